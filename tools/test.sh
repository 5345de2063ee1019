#!/bin/sh
# Usage: tools/test.sh MODE "LUAS" [SPEC…]: all; lint; quick, of some specs; and the parts of all that run beside each other: each,
# once-orders, once-servers. Started by make, which sets MAKE and BUILD. One line per step; the first step that fails shows its
# output and ends the run. The last line counts all checks. LIMIT: seconds that one step of specs may take.
set -u

cd "$(dirname "$0")/.." || exit 1
mode=$1
luas=$2
shift 2
spec=${*:-spec}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0
failed=0
# Where there is such a command, no run of specs waits for ever. A busy machine takes several times as long as a quiet one.
seconds=${LIMIT:-1800}
limit=
if timeout --foreground 5 true 2>/dev/null; then limit="timeout --foreground $seconds"; fi
mkdir -p "$BUILD"
# shellcheck disable=SC1091
. "$BUILD/env.sh"

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# report NAME OK BAD START: one step's line; ends the run when something in it failed.
report() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  if [ "$3" -eq 0 ]; then
    echo "$1: $2 passed ($(($(date +%s) - $4)) s)"
    return
  fi
  cat "$log"
  echo "$1: $2 passed, $3 FAILED"
  finish
}

# note TEXT: what was left out and why; it counts neither way.
note() { echo "note: $1"; }

# check NAME COMMAND…: a step that is one check.
check() {
  name=$1
  shift
  start=$(date +%s)
  if "$@" >"$log" 2>&1; then report "$name" 1 0 "$start"; else report "$name" 0 1 "$start"; fi
}

# busted NAME LUA ENV… -- SPEC…: with the environment changed by ENV.
busted() {
  name=$1
  lua=$(tools/lua.sh "$2") || exit 1
  shift 2
  start=$(date +%s)
  # shellcheck disable=SC2086
  $limit env RESEAL_LUA="$lua" "$@" "$lua" tools/busted.lua $spec >"$log" 2>&1
  status=$?
  counts=$(sed -nE 's/^([0-9]+) success(es)? \/ ([0-9]+) failures? \/ ([0-9]+) errors? \/ ([0-9]+) pending.*/\1 \3 \4 \5/p' \
    "$log" | tail -n 1)
  # shellcheck disable=SC2086
  set -- ${counts:-0 0 1 0}
  # A test that is left out counts as failed, and so does a run that ends badly or has no test.
  bad=$(($2 + $3 + $4))
  if [ $bad -eq 0 ] && { [ "$1" -eq 0 ] || [ $status -ne 0 ]; }; then bad=1; fi
  if [ -n "$limit" ] && [ $status -eq 124 ]; then
    name="$name: stopped after $seconds s (LIMIT= allows more)"
    set -- "$(head -n 1 "$log" | tr -cd + | wc -c)" # of the dots that busted writes as it goes
  fi
  report "$name" "$1" $bad "$start"
}

# lua_run NAME: busted on one Lua with the C module; luajit-ffi is LuaJIT with the FFI binding, sanitized is lua5.4 with
# instrumented modules.
lua_run() {
  case $1 in
  luajit) busted luajit luajit "LUA_CPATH=$BUILD/luajit/?.so;$LUA_CPATH" ;;
  luajit-ffi) busted luajit-ffi luajit RESEAL_BINDING=ffi "LUA_CPATH=$BUILD/luajit/?.so;$LUA_CPATH" ;;
  sanitized) sanitized_lua ;;
  *) busted "$1" "$1" ;;
  esac
}

# c_tests: every spec/c/test_*.c under AddressSanitizer and UndefinedBehaviorSanitizer.
c_tests() {
  start=$(date +%s)
  if ! sanitized c-tests >"$log" 2>&1; then report "C tests (build)" 0 1 "$start"; fi
  for program in "$BUILD"/sanitized/ctest/test_*; do
    case $program in *.d | *'*') continue ;; esac
    start=$(date +%s)
    CMOCKA_MESSAGE_OUTPUT=tap "$program" >"$log" 2>&1
    status=$?
    good=$(grep -c '^ok ' "$log")
    bad=$(grep -c '^not ok ' "$log")
    if [ "$bad" -eq 0 ] && { [ "$good" -eq 0 ] || [ $status -ne 0 ]; }; then bad=1; fi
    report "C: ${program##*/}" "$good" "$bad" "$start"
  done
}

# sanitized TARGET…: builds these with gcc's sanitizers, apart from the usual build.
# shellcheck disable=SC2317
sanitized() {
  "$MAKE" --no-print-directory CC=gcc CFLAGS='-O1 -g' SANITIZE=address,undefined BUILD="$BUILD/sanitized" LUAS=lua5.4 "$@"
}

# sanitized_lua: the C modules under the same sanitizers, in every spec that starts no other program: the runtime has to
# be preloaded, and would be so in those as well. Lua itself is not instrumented, so leaks are valgrind's business.
# Nor in those of reseal.x509 and of what reads keys by it, which have no C of ours: luaossl itself reads OpenSSL's texts of
# errors after they are freed.
sanitized_lua() {
  check "sanitized modules (build)" sanitized all
  [ "$spec" != spec ] || spec=$(find spec -name '*_spec.lua' | grep -vE "$once" | sort | xargs grep -LE \
    'support\.(cli|nginx|program|rockspec|sandbox)|popen|os\.execute|system\.run|reseal\.(x509|order\.(accept|keys))')
  busted "lua5.4, sanitized" lua5.4 "LUA_CPATH_5_4=$BUILD/sanitized/lua5.4/?.so;$LUA_CPATH_5_4" \
    "LD_PRELOAD=$(gcc -print-file-name=libasan.so)" ASAN_OPTIONS=detect_leaks=0
}

# checker TOOL "VERSIONS" COMMAND…: a check by a tool whose other versions find other things. It counts with those versions that
# the tree was written with; with another one it is said that it was left out.
checker() {
  tool=$1 versions=$2
  shift 2
  version=$("$tool" --version 2>/dev/null | sed -nE 's/.*[Vv]ersion:? ([0-9.]+).*/\1/p; s/^Luacheck: ([0-9.]+).*/\1/p' | head -n 1)
  for one in $versions; do
    case $version in "$one" | "$one".*) check "$tool" "$@" && return ;; esac
  done
  note "$tool ${version:-of no version} was not asked: others find other things than $tool $versions"
}

# The oldest, and the newest where it is.
# shellcheck disable=SC2317
other_syntax() {
  for lua in lua5.1 luajit lua5.5; do
    command=$(tools/lua.sh "$lua" 2>/dev/null) || continue
    for file in $lua_files; do "$command" -e "assert(loadfile('$file'))" || return; done
  done
}

# By the Lua for which luacheck is there.
# shellcheck disable=SC2317
loops() {
  for lua in luajit lua5.1 lua5.2 lua5.3 lua5.4; do
    command=$(tools/lua.sh "$lua" 2>/dev/null) || continue
    ! "$command" -e 'require "luacheck.parser"' 2>/dev/null || break
  done
  "$command" tools/loops.lua "$@"
}

lint() {
  lua_files=$(find lua -name '*.lua'; grep -lE '^#!.*lua' bin/* 2>/dev/null)
  # shellcheck disable=SC2046,SC2086
  {
    checker luacheck "0.26 1.0 1.1 1.2" luacheck -q --no-color $lua_files $(find spec bench examples tools .luacheckrc .busted \
      -name '*.lua' -o -name '.luacheckrc' -o -name .busted)
    check "syntax of Lua 5.1, LuaJIT, 5.5" other_syntax
    check "loops as Lua 5.5 wants them" loops $lua_files $(find spec bench examples tools -name '*.lua')
    checker clang-format 14 clang-format --dry-run -Werror $(find csrc spec bench examples -name '*.[ch]')
    checker shellcheck "0.9 0.10" shellcheck $(grep -rlE '^#!.*sh$' tools .ci bin examples bench)
  }
}

# What runs inside nginx is the same whichever Lua asks it, and so are these tools; and what takes long, or looks at whole
# processes, is so too. Those specs run once, beside the others, in two lots that take as long.
servers='^spec/(sandbox|nginx|tools|chaos)/|^spec/tree/rock_'
orders='^spec/orders/|^spec/cli/(order|standing)_|^spec/order/(model|budget|scale|faults|queue|simulate)_'
once="$servers|$orders"
pure='^spec/order/(model|simulate)_' # of them those that only compute: by LuaJIT, where it is

# What needs no C of ours, or only through what is tested beside it, runs on the newest Lua and on LuaJIT (the oldest, where there
# is none): the shell, the tree, certificates, the engine of orders. Its journal, and all that it stands on, runs on all.
above='^spec/(cli|tree)/|^spec/client/x509_|^spec/order/(accept|calendar|config|durable|install|keys|machine|plan|prove|run|sellers)_'

# specs_for LUA "LUAS": those that each of these Luas runs.
specs_for() {
  lua5=$(echo "$2" | tr ' ' '\n' | grep '^lua5' | sort)
  less=$above
  case $1 in
  luajit | "$(echo "$lua5" | tail -n 1)") less='^$' ;;
  "$(echo "$lua5" | head -n 1)") case " $2 " in *' luajit '*) ;; *) less='^$' ;; esac ;;
  esac
  find spec -name '*_spec.lua' | grep -vE "$once" | grep -vE "$less" | sort
}

# Most specs wait for something most of the time: several runs go beside each other.
# beside MODE "LUAS": a run of this script in the background.
beside=
beside() {
  file=$(mktemp) || exit 1
  "$0" "$1" "$2" >"$file" 2>&1 &
  beside="$beside $!:$file"
  trap 'for one in $beside; do pkill -TERM -P "${one%%:*}"; kill "${one%%:*}"; rm -f "${one#*:}"; done 2>/dev/null
    rm -f "$log"' EXIT
}

# Waits for them, and counts with what they counted.
beside_finish() {
  for one in $beside; do
    wait "${one%%:*}"
    sed '$d' "${one#*:}"
    # shellcheck disable=SC2046
    set -- $(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "${one#*:}")
    passed=$((passed + ${1:-0}))
    failed=$((failed + ${2:-1}))
  done
}

# A Lua that is there without what the specs need (a new one, mostly) is said.
# shellcheck disable=SC2086
set -- $luas
luas=
for l in "$@"; do
  case $l in sanitized) lua=$(tools/lua.sh lua5.4) ;; *) lua=$(tools/lua.sh "${l%-ffi}") ;; esac || exit
  if "$lua" -e 'require "busted.runner" require "cjson" require "openssl.x509"' >/dev/null 2>&1; then
    luas="$luas $l"
  else
    note "$l is left out: busted, cjson or luaossl are not there for it"
  fi
done

case $mode in
quick)
  for one in $spec; do
    [ -e "$one" ] || {
      echo "SPEC: there is no $one"
      failed=1
      finish
    }
  done
  for l in $luas; do lua_run "$l"; done
  ;;
lint)
  lint
  ;;
all)
  lint
  here='' there=''
  for l in $luas; do
    case $l in
    luajit) here="$here $l" there="$there luajit-ffi" ;;
    *) if [ -z "$here" ]; then here=$l; else there="$there $l"; fi ;;
    esac
  done
  of_all=$luas
  export of_all
  beside once-orders "$luas"
  beside once-servers "$luas"
  if [ -n "$there" ]; then beside each "$there"; fi
  check "build with clang" "$MAKE" --no-print-directory CC=clang BUILD="$BUILD/clang" LUAS="$luas" all c-tests
  c_tests
  for l in $here; do
    spec=$(specs_for "$l" "$luas")
    lua_run "$l"
  done
  spec=spec
  lua_run sanitized
  beside_finish
  ;;
each)
  for l in $luas; do
    spec=$(specs_for "$l" "$of_all")
    lua_run "$l"
  done
  ;;
once-orders | once-servers)
  one=$(echo "$luas" | tr " " "\n" | grep "^lua5" | tail -n 1)
  if [ "$mode" = once-servers ]; then
    spec=$(find spec -name '*_spec.lua' | grep -E "$servers" | sort)
    busted "once: sandbox, nginx, tools, chaos, by ${one:=luajit}" "$one"
    finish
  fi
  spec=$(find spec -name '*_spec.lua' | grep -E "$orders" | grep -vE "$pure" | sort)
  busted "once: orders, by ${one:=luajit}" "$one"
  spec=$(find spec -name '*_spec.lua' | grep -E "$pure" | sort)
  case " $luas " in
  *' luajit '*) lua_run luajit ;;
  *) lua_run "$one" ;;
  esac
  ;;
esac
finish
