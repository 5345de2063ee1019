# `make help` lists the targets. Everything that is built stands under $(BUILD).

BUILD ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config

# What a compiler finds that the code has not met yet is shown, and stops nobody.
COMPILER := $(shell if $(CC) --version 2>/dev/null | grep -q clang; then printf clang-; else printf gcc-; fi; \
  $(CC) -dumpversion 2>/dev/null | sed 's/[.].*//')
WERROR := $(if $(filter gcc-12 gcc-13 gcc-14 clang-14 clang-19,$(COMPILER)),-Werror)
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla $(WERROR)
ALL_CFLAGS = -std=c11 $(WARNINGS) -fPIC -fvisibility=hidden -Icsrc -Icsrc/include $(SANITIZE_CFLAGS) $(CFLAGS)
# The codec is plain C11 and sees no POSIX; the rest does.
POSIX := -D_POSIX_C_SOURCE=200809L

# libreseal's interface: another number when a program that was linked with the last one can't go on with it. It is the soname's
# and the version node's (csrc/libreseal.map). `library` is the library's name with a version behind it, or with none.
ABI := 0
VERSION := $(shell tools/version.sh)

# `hidden` links an archive without showing its symbols. What is loaded stays (nodelete): libxml2 and libcurl have code to run
# at the end of every thread that used them. Where the linker can't be told, the modules hold themselves (csrc/lua/compat.h).
ifeq ($(shell uname -s),Darwin)
library = libreseal$(1:%=.%).dylib
SHARED := -dynamiclib -install_name @rpath/$(call library,$(ABI)) -current_version $(VERSION) \
  -Wl,-exported_symbol,'_reseal_[a-z]*'
MODULE := -bundle -undefined dynamic_lookup
hidden = -Wl,-load_hidden,$(1)
else
library = libreseal.so$(1:%=.%)
NODELETE := -Wl,-z,nodelete
SHARED := -shared -Wl,-soname,$(call library,$(ABI)) -Wl,--version-script=csrc/libreseal.map $(NODELETE)
MODULE := -shared $(NODELETE)
hidden = -Wl,--exclude-libs,$(notdir $(1)) $(1)
endif

# SANITIZE=address,undefined makes an instrumented build: give it a BUILD of its own.
ifneq ($(SANITIZE),)
SANITIZE_CFLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE_LDFLAGS := -fsanitize=$(SANITIZE)
endif
ALL_LDFLAGS = $(SANITIZE_LDFLAGS) $(LDFLAGS)

# What follows asks the machine, when this file is read: a target that installs something first goes on in a make of its
# own. Before that not even pkg-config need be there, so its silence is no error here; `missing` says what is.
#
# A Lua counts as found when pkg-config knows its headers; what its package is called differs.
pc_lua = $(shell for p in lua$(1) lua-$(1) lua$(subst .,,$(1)); do \
  $(PKG_CONFIG) --exists $$p 2>/dev/null && echo $$p && exit; done; \
  $(PKG_CONFIG) --exists 'lua >= $(1)' 'lua < $(1).99' 2>/dev/null && echo lua)
PC_lua5.1 := $(call pc_lua,5.1)
PC_lua5.2 := $(call pc_lua,5.2)
PC_lua5.3 := $(call pc_lua,5.3)
PC_lua5.4 := $(call pc_lua,5.4)
PC_lua5.5 := $(call pc_lua,5.5)
PC_luajit := $(shell $(PKG_CONFIG) --exists luajit 2>/dev/null && echo luajit)
ALL_LUAS := lua5.1 lua5.2 lua5.3 lua5.4 lua5.5 luajit
LUAS ?= $(foreach l,$(ALL_LUAS),$(if $(PC_$(l)),$(l)))

# Where any Lua does.
ONE_LUA = $(or $(LUA),$(lastword $(filter lua5.%,$(LUAS))),$(LUAS))

XML_CFLAGS := $(shell $(PKG_CONFIG) --cflags libxml-2.0 2>/dev/null)
XML_LIBS := $(shell $(PKG_CONFIG) --libs libxml-2.0 2>/dev/null)
CURL_CFLAGS := $(shell $(PKG_CONFIG) --cflags libcurl 2>/dev/null)
CURL_LIBS := $(shell $(PKG_CONFIG) --libs libcurl 2>/dev/null) -pthread
SQLITE_CFLAGS := $(shell $(PKG_CONFIG) --cflags sqlite3 2>/dev/null)
SQLITE_LIBS := $(shell $(PKG_CONFIG) --libs sqlite3 2>/dev/null)
PQ_CFLAGS := $(shell $(PKG_CONFIG) --cflags libpq 2>/dev/null)
PQ_LIBS := $(shell $(PKG_CONFIG) --libs libpq 2>/dev/null)

objects = $(patsubst csrc/%.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(1))))
CODEC := $(call objects,csrc/codec/*.c csrc/providers/*.c csrc/providers/*/*.c)
CURL := $(call objects,csrc/curl/*.c csrc/codec/url.c)
SYSTEM := $(call objects,csrc/system/*.c)
SQLITE := $(call objects,csrc/sql/sql.c csrc/sql/sqlite.c)
POSTGRES := $(call objects,csrc/sql/sql.c csrc/sql/postgres.c)
# Each of the two databases is there where its library is.
OPTIONAL := $(if $(shell $(PKG_CONFIG) --exists sqlite3 2>/dev/null || echo no),sqlite) \
  $(if $(shell $(PKG_CONFIG) --exists libpq 2>/dev/null || echo no),postgres)
MODULES := $(filter-out $(OPTIONAL),$(patsubst csrc/lua/%.c,%,$(wildcard csrc/lua/*.c)))

ARCHIVE := $(BUILD)/lib/libreseal.a
LIBRARY := $(BUILD)/lib/$(call library,$(VERSION))
# The names that programs are run and linked with; the last is the one that package.cpath has for it.
LIBRARY_LINKS := $(sort $(call library,$(ABI)) $(call library,) libreseal.so)
BINDINGS := $(foreach l,$(LUAS),$(patsubst %/core.so,%/core/native.so,$(MODULES:%=$(BUILD)/$(l)/reseal/%.so)))

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),@:,@echo '  $(1) $(2)')

.PHONY: all
all: missing library $(BINDINGS) $(BUILD)/env.sh sellers

.PHONY: missing
missing:
	@command -v $(firstword $(PKG_CONFIG)) >/dev/null || { \
	  echo "there is no $(PKG_CONFIG): make deps installs what is missing, or says what that is" >&2; exit 1; }
	@for l in libxml-2.0 libcurl; do $(PKG_CONFIG) --exists $$l || { \
	  echo "$(PKG_CONFIG) does not know $$l: make deps installs what is missing, or says what that is" >&2; exit 1; }; done
ifeq ($(strip $(LUAS)),)
	@echo "no Lua found by $(PKG_CONFIG): make deps installs what is missing, or says what that is" >&2; exit 1
endif
ifneq ($(origin LUAS),command line)
	@for l in $(foreach l,$(filter-out lua5.5,$(ALL_LUAS)),$(if $(PC_$(l)),,$(l))); do \
	  echo "without $$l: $(PKG_CONFIG) does not know it"; done
endif

# Whatever changes the meaning of an object (compiler, flags) makes all of them again.
FLAGS := $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(XML_CFLAGS) $(CURL_CFLAGS)
$(BUILD)/flags: force
	@mkdir -p $(@D); echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
.PHONY: force
force:

$(BUILD)/obj/curl/%.o: EXTRA = $(POSIX) $(CURL_CFLAGS)
$(BUILD)/obj/system/%.o: EXTRA = $(POSIX)
$(BUILD)/obj/sql/%.o: EXTRA = $(POSIX) $(SQLITE_CFLAGS) $(PQ_CFLAGS)
$(BUILD)/obj/codec/%.o $(BUILD)/obj/providers/%.o $(BUILD)/obj/lint/%.o: EXTRA = $(XML_CFLAGS)
$(BUILD)/obj/%.o: csrc/%.c $(BUILD)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

$(ARCHIVE): $(CODEC)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(LIBRARY): $(CODEC) csrc/libreseal.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHARED) $(ALL_LDFLAGS) -o $@ $(CODEC) $(XML_LIBS)

.PHONY: library
library: $(LIBRARY) $(LIBRARY_LINKS:%=$(BUILD)/lib/%)
$(LIBRARY_LINKS:%=$(BUILD)/lib/%): $(LIBRARY)
	@ln -sf $(<F) $@

# One Lua's modules: $(1) is its name in $(ALL_LUAS).
define lua_rules
$(BUILD)/obj/$(1)/%.o: csrc/lua/%.c $(BUILD)/flags
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(POSIX) $(shell $(PKG_CONFIG) --cflags $(PC_$(1))) $(CURL_CFLAGS) -MMD -MP -c -o $$@ $$<

$(BUILD)/$(1)/reseal/core/native.so: $(BUILD)/obj/$(1)/core.o $(ARCHIVE)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(MODULE) $(ALL_LDFLAGS) -o $$@ $$< $(call hidden,$(ARCHIVE)) $(XML_LIBS)

$(BUILD)/$(1)/reseal/curl.so: $(BUILD)/obj/$(1)/curl.o $(CURL)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(MODULE) $(ALL_LDFLAGS) -o $$@ $$^ $(CURL_LIBS)

$(BUILD)/$(1)/reseal/system.so: $(BUILD)/obj/$(1)/system.o $(SYSTEM)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(MODULE) $(ALL_LDFLAGS) -o $$@ $$^

$(BUILD)/$(1)/reseal/sqlite.so: $(BUILD)/obj/$(1)/sqlite.o $(SQLITE)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(MODULE) $(ALL_LDFLAGS) -o $$@ $$^ $(SQLITE_LIBS)

$(BUILD)/$(1)/reseal/postgres.so: $(BUILD)/obj/$(1)/postgres.o $(POSTGRES)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(MODULE) $(ALL_LDFLAGS) -o $$@ $$^ $(PQ_LIBS)
endef
$(foreach l,$(LUAS),$(eval $(call lua_rules,$(l))))

$(BUILD)/env.sh: tools/env.sh
	@mkdir -p $(@D)
	@tools/env.sh "$(CURDIR)" "$(abspath $(BUILD))" > $@

# The library and the C module once more, with a further seller that exists nowhere: its tables alone (spec/providers/). What
# holds for every seller is tested with these; nothing else uses or installs them.
SELLERS := $(patsubst spec/%.c,$(BUILD)/obj/spec/%.o,$(sort $(wildcard spec/providers/*.c spec/providers/*/*.c)))
.PHONY: sellers
sellers: $(BUILD)/sellers/lib/libreseal.so $(LUAS:%=$(BUILD)/sellers/%/reseal/core/native.so)
$(BUILD)/obj/spec/%.o: spec/%.c $(BUILD)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Ispec -MMD -MP -c -o $@ $<
$(BUILD)/sellers/lib/libreseal.so: $(filter-out $(BUILD)/obj/providers/providers.o,$(CODEC)) $(SELLERS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHARED) $(ALL_LDFLAGS) -o $@ $^ $(XML_LIBS)
$(BUILD)/sellers/%/reseal/core/native.so: $(BUILD)/obj/%/core.o $(SELLERS) $(ARCHIVE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(MODULE) $(ALL_LDFLAGS) -o $@ $< $(SELLERS) $(call hidden,$(ARCHIVE)) $(XML_LIBS)

# Every spec/c/test_*.c is one cmocka program, linked with the codec's own objects so that internals can be tested.
C_TESTS := $(filter-out $(OPTIONAL:%=$(BUILD)/ctest/test_%),\
  $(patsubst spec/c/%.c,$(BUILD)/ctest/%,$(sort $(wildcard spec/c/test_*.c))))
$(BUILD)/ctest/test_sqlite: TEST_LIBS = $(SQLITE_CFLAGS) $(SQLITE_LIBS)
.PHONY: c-tests
c-tests: $(C_TESTS)
$(BUILD)/ctest/%: spec/c/%.c $(ARCHIVE) $(BUILD)/flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(POSIX) -MMD -MP $(XML_CFLAGS) $(shell $(PKG_CONFIG) --cflags cmocka) $(ALL_LDFLAGS) \
	  -o $@ $< $(TEST_OBJECTS) $(ARCHIVE) $(XML_LIBS) $(TEST_LIBS) $(shell $(PKG_CONFIG) --libs cmocka)

# The tables themselves are a test, and tests are not built while they are wrong. The library has no lint.
LINT := $(call objects,csrc/lint/*.c)
$(BUILD)/ctest/test_lint: $(LINT) $(SELLERS)
$(BUILD)/ctest/test_lint: TEST_OBJECTS = $(LINT) $(SELLERS)
c-tests: $(BUILD)/ctest/tables
$(BUILD)/ctest/tables: $(BUILD)/ctest/test_lint
	@$< >$@ 2>&1 || { cat $@; rm -f $@; exit 1; }

# test_growth counts the blocks of code that run: its own build of the codec calls it at each.
COUNTED := $(CODEC:$(BUILD)/obj/%=$(BUILD)/counted/%)
$(BUILD)/counted/%.o: csrc/%.c $(BUILD)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize-coverage=trace-pc $(XML_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/ctest/test_growth: spec/c/test_growth.c $(COUNTED)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(POSIX) -MMD -MP $(XML_CFLAGS) $(shell $(PKG_CONFIG) --cflags cmocka) $(ALL_LDFLAGS) \
	  -o $@ $(filter %.c %.o,$^) $(XML_LIBS) $(shell $(PKG_CONFIG) --libs cmocka)

# test_lua is the C module under a Lua that the test drives; test_states loads it from files, one of them without NODELETE.
C_LUA = $(or $(lastword $(filter lua5.%,$(LUAS))),$(LUAS))
C_LUA_FLAGS = $(POSIX) $(shell $(PKG_CONFIG) --cflags $(PC_$(C_LUA)) cmocka)
C_LUA_LIBS = $(shell $(PKG_CONFIG) --libs $(PC_$(C_LUA)) cmocka)
$(BUILD)/ctest/test_lua: spec/c/test_lua.c $(BUILD)/obj/$(C_LUA)/core.o $(ARCHIVE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(C_LUA_FLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(XML_LIBS) $(C_LUA_LIBS)
$(BUILD)/ctest/loose/reseal/core/native.so: $(BUILD)/obj/$(C_LUA)/core.o $(ARCHIVE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out $(NODELETE),$(MODULE)) $(ALL_LDFLAGS) -o $@ $< $(call hidden,$(ARCHIVE)) $(XML_LIBS)
$(BUILD)/ctest/test_states: spec/c/test_states.c $(BUILD)/$(C_LUA)/reseal/core/native.so $(BUILD)/ctest/loose/reseal/core/native.so
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(C_LUA_FLAGS) -MMD -MP $(ALL_LDFLAGS) -DBUILT='"$(abspath $(BUILD))/$(C_LUA)/?.so"' \
	  -DLOOSE='"$(abspath $(BUILD))/ctest/loose/?.so"' -o $@ $< $(C_LUA_LIBS) -pthread

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

LUA ?=
SPEC ?=
.PHONY: deps test run-test lint format demo run-demo bench run-bench bench-nginx run-bench-nginx fresh
.PHONY: simulate run-simulate chaos run-chaos
INSTALL = @BUILD='$(abspath $(BUILD))' LUA='$(LUA)' tools/deps.sh
# What the machine has is asked anew, after installing.
AGAIN = @$(MAKE) --no-print-directory

deps:
	$(INSTALL) test

# The whole check; with SPEC= (spec files, folders) or LUA= (lua5.4, luajit-ffi, sanitized, …) only that part of it.
test:
	$(INSTALL) test
	$(AGAIN) run-test
run-test:
	@$(MAKE) --no-print-directory all || { echo '0 passed, 1 failed'; exit 1; }
	@MAKE='$(MAKE)' BUILD='$(abspath $(BUILD))' tools/test.sh \
	  $(if $(SPEC)$(LUA),quick "$(or $(LUA),$(LUAS))" $(SPEC),all "$(LUAS)")

lint:
	@MAKE='$(MAKE)' BUILD='$(abspath $(BUILD))' tools/test.sh lint "$(LUAS)"

format:
	clang-format -i $(sort $(shell find csrc spec examples bench -name '*.[ch]'))

# After files came or went, and after a change of the header: what repeats them.
.PHONY: rockspec cdef
rockspec:
	"$$(tools/lua.sh $(ONE_LUA))" tools/rockspec.lua rockspec/*.rockspec

# docs/reference/ and the LuaLS types, from the descriptions.
.PHONY: docs
docs: all
	@. $(BUILD)/env.sh && "$$(tools/lua.sh $(ONE_LUA))" tools/docs.lua

cdef:
	@mkdir -p $(BUILD)
	tools/cdef.sh > $(BUILD)/cdef.lua
	mv $(BUILD)/cdef.lua lua/reseal/core/cdef.lua

# With one Lua, whichever is there.
demo:
	$(INSTALL) demo
	$(AGAIN) run-demo
DEMO_LUA = $(or $(LUA),$(shell tools/one_lua.sh $(LUAS)))
run-demo:
	@$(MAKE) --no-print-directory all LUAS='$(DEMO_LUA)'
	@. $(BUILD)/env.sh && "$$(tools/lua.sh $(DEMO_LUA))" examples/demo.lua

bench:
	$(INSTALL) bench
	$(AGAIN) run-bench
run-bench: all
	@. $(BUILD)/env.sh && for l in $(or $(LUA),$(ONE_LUA) $(filter luajit,$(LUAS))); do \
	  "$$(tools/lua.sh $$l)" bench/run.lua && "$$(tools/lua.sh $$l)" bench/orders.lua || exit; done

# Handshakes with certificates from memory against static ones.
bench-nginx:
	$(INSTALL) test
	$(AGAIN) run-bench-nginx
run-bench-nginx: all
	@. $(BUILD)/env.sh && "$$(tools/lua.sh $(ONE_LUA))" bench/nginx/run.lua

# Years of orders in virtual time: see spec/simulate/. A seed replays its run; SEEDS= runs so many small fleets.
SEED ?=
SEEDS ?=
YEARS ?=
CERTS ?=
FAULTS ?=
LOOKS ?=
simulate:
	$(INSTALL) test
	$(AGAIN) run-simulate
# Not by 5.1, where nothing may yield within pcall.
SIMULATE_LUA = $(or $(LUA),$(filter luajit,$(LUAS)),$(ONE_LUA))
run-simulate: all
	@. $(BUILD)/env.sh && SEED='$(SEED)' SEEDS='$(SEEDS)' YEARS='$(YEARS)' CERTS='$(CERTS)' FAULTS='$(FAULTS)' \
	  LOOKS='$(LOOKS)' LUA_CPATH="$(abspath $(BUILD))/$(SIMULATE_LUA)/?.so;$$LUA_CPATH" \
	  PROCESSES="$$(nproc)" SIMULATE_LUA="$$(tools/lua.sh $(SIMULATE_LUA))"; export SEED SEEDS YEARS CERTS FAULTS LOOKS \
	  LUA_CPATH PROCESSES SIMULATE_LUA; "$$SIMULATE_LUA" spec/simulate/main.lua

# Orders while all breaks: see spec/chaos/main.lua.
ORDERS ?=
KEEP ?=
chaos:
	$(INSTALL) test
	$(AGAIN) run-chaos
run-chaos: all
	@. $(BUILD)/env.sh && SEED='$(SEED)' ORDERS='$(ORDERS)' KEEP='$(KEEP)' "$$(tools/lua.sh $(ONE_LUA))" spec/chaos/main.lua

# The first command on bare machines: see tools/fresh.sh. RELEASES= and COMMANDS= choose some of them.
RELEASES ?=
COMMANDS ?=
fresh:
	$(INSTALL) fresh
	@BUILD='$(abspath $(BUILD))' RELEASES='$(RELEASES)' COMMANDS='$(COMMANDS)' tools/fresh.sh

# The C library, shared and static, with its header and pkg-config file. The Lua side is a rock: luarocks make rockspec/*.rockspec
# `uninstall` takes back the same files. Folders stay: they may be anybody's.
INSTALLED_LINKS := $(call library,$(ABI)) $(call library,)
INSTALLED = $(INCLUDEDIR)/reseal.h $(LIBDIR)/libreseal.a $(LIBDIR)/$(notdir $(LIBRARY)) $(INSTALLED_LINKS:%=$(LIBDIR)/%) \
  $(LIBDIR)/pkgconfig/reseal.pc
under_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
.PHONY: install uninstall
install: library $(ARCHIVE)
	install -d '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig'
	install -m 644 csrc/include/reseal.h '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 $(ARCHIVE) '$(DESTDIR)$(LIBDIR)'
	install -m 755 $(LIBRARY) '$(DESTDIR)$(LIBDIR)'
ifeq ($(shell uname -s),Darwin)
	install_name_tool -id '$(LIBDIR)/$(call library,$(ABI))' '$(DESTDIR)$(LIBDIR)/$(notdir $(LIBRARY))'
endif
	for link in $(INSTALLED_LINKS); do ln -sf $(notdir $(LIBRARY)) '$(DESTDIR)$(LIBDIR)'/$$link || exit; done
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call under_prefix,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(call under_prefix,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' tools/reseal.pc.in \
	  > $(BUILD)/reseal.pc
	install -m 644 $(BUILD)/reseal.pc '$(DESTDIR)$(LIBDIR)/pkgconfig'
uninstall:
	rm -f $(INSTALLED:%='$(DESTDIR)%')

# The release archive, from the last commit; the rock's source.
.PHONY: dist
dist:
	@mkdir -p $(BUILD)
	git archive --prefix=reseal-$(VERSION)/ -o $(BUILD)/reseal-$(VERSION).tar.gz HEAD

.PHONY: print-luas
print-luas:
	@echo $(LUAS)

.PHONY: clean
clean:
	rm -rf $(BUILD)

.PHONY: help
help:
	@echo 'make            the library, the modules of every Lua found, $(BUILD)/env.sh'
	@echo 'make deps       install what the tests need (Debian, Ubuntu), or say what is missing'
	@echo 'make fresh      make demo and make test as first commands on bare Debians (root; debootstrap)'
	@echo 'make demo       renew and reissue against the sandbox'
	@echo 'make test       every check;  quick: make test SPEC="spec/codec spec/x_spec.lua" LUA=lua5.4'
	@echo 'make lint       luacheck, old syntaxes, clang-format, shellcheck'
	@echo 'make format     lay out the C files'
	@echo 'make docs       docs/reference and the LuaLS types, after a change of the descriptions'
	@echo 'make rockspec   its lists of files, after one came or went'
	@echo 'make cdef       the declarations for FFI, after a change of the header'
	@echo 'make chaos      2,000 orders while all breaks, some minutes: SEED=, ORDERS=, KEEP=1'
	@echo 'make bench      compare speed with other libraries'
	@echo 'make bench-nginx  TLS handshakes: certificates from memory against static ones'
	@echo 'make simulate   years of orders in virtual time; SEED= YEARS= CERTS=, or SEEDS= for many small fleets'
	@echo 'make install    the C library and its header, under PREFIX (now $(PREFIX)), or in LIBDIR and INCLUDEDIR'
	@echo 'make uninstall  what make install put there with the same variables'
	@echo 'make dist       the release archive, under $(BUILD)'
	@echo 'make clean      remove $(BUILD)'
	@echo 'Variables: BUILD CC CFLAGS LDFLAGS LUAS PREFIX LIBDIR INCLUDEDIR DESTDIR SANITIZE LIMIT V'
