#!/bin/sh
# Usage: tools/deps.sh [make|demo|test|bench|fresh]: sees to it that what `make test` (or the other one) needs is there.
# Nothing missing: nothing done, nothing said. Debian and Ubuntu: installed by apt-get, which removes nothing: where it
# would have to, that is said instead. Elsewhere: said what to install, and failed.
#
# From make: BUILD, where the log is written; LUA, the one Lua that is wanted (demo).
set -u

cd "$(dirname "$0")/.." || exit 1
what=${1:-test}
apt=$(command -v apt-get)
log=${BUILD:-$PWD/build}/deps.log
# How long another package manager is waited for, in seconds.
patience=${PATIENCE:-900}

# ---- what is not there, one a line, by trying it ----------------------------------------------------------------

missing() {
  case $what in
  make) missing_commands make git ;;
  demo) missing_for_demo ;;
  test) missing_for_tests ;;
  bench)
    missing_for_tests
    for lua in $(make_says); do missing_modules "$lua" lxp; done
    ;;
  fresh) missing_commands debootstrap git unshare ;;
  *) echo "no such set: $what" ;;
  esac
}

missing_commands() {
  for command in "$@"; do command -v "$command" >/dev/null || echo "command $command"; done
}

missing_libraries() {
  for library in "$@"; do pkg-config --exists "$library" 2>/dev/null || echo "library $library"; done
}

# missing_modules LUA MODULE…
missing_modules() {
  command=$(tools/lua.sh "$1" 2>/dev/null) || return 0
  lua=$1
  shift
  for module in "$@"; do
    "$command" -e "require '$module'" >/dev/null 2>&1 || echo "$lua module $module"
  done
}

# The Luas whose headers pkg-config knows.
make_says() { make -s --no-print-directory print-luas 2>/dev/null; }

missing_for_demo() {
  missing_commands "${CC:-cc}" make pkg-config openssl ps
  missing_libraries libxml-2.0 libcurl sqlite3
  headers=$(make_says)
  for lua in ${LUA:-}; do case " $headers " in *" $lua "*) ;; *) echo "headers of $lua" ;; esac; done
  # shellcheck disable=SC2086
  tools/one_lua.sh ${LUA:-$headers} >/dev/null ||
    echo "${LUA:-any Lua} with its headers and the modules cjson, argparse, luaossl, lfs"
  nginx_has_lua || echo "nginx with its Lua module"
}

missing_for_tests() {
  missing_commands gcc clang make pkg-config curl openssl perl ps nm luarocks luacheck clang-format shellcheck \
    pebble-challtestsrv python3
  missing_libraries libxml-2.0 libcurl cmocka sqlite3 libpq
  [ -x "$(pg_config --bindir 2>/dev/null)/initdb" ] || echo "PostgreSQL's server"
  # With apt-get five Luas can be had, so all are tested; elsewhere those that are there.
  headers=$(make_says)
  if [ -n "$apt" ]; then luas="lua5.1 lua5.2 lua5.3 lua5.4 luajit"; else luas=$headers; fi
  [ -n "$luas" ] || echo "any Lua with its headers"
  for lua in $luas; do
    case " $headers " in *" $lua "*) ;; *) echo "headers of $lua" ;; esac
    tools/lua.sh "$lua" >/dev/null 2>&1 || echo "command $lua"
    missing_modules "$lua" cjson argparse openssl.x509 lfs busted.runner
  done
  nginx_has_lua || echo "nginx with its Lua module"
  nginx_has_dns || echo "nginx's DNS resolver in Lua"
  # Another python3 than the distribution's may come first on the path.
  python3 -c 'import namecheap' 2>/dev/null || "${PYTHON:-/usr/bin/python3}" -c 'import namecheap' 2>/dev/null ||
    echo "Python's namecheap"
}

# Built in (OpenResty), or a module in nginx's own folder.
nginx_has_lua() {
  PATH=$PATH:/usr/sbin:/usr/local/sbin
  about=$(nginx -V 2>&1) || return
  case $about in *ngx_lua* | *lua-nginx-module*) return 0 ;; esac
  modules=$(printf '%s\n' "$about" | sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')
  [ -n "$modules" ] && [ -e "$modules/ngx_http_lua_module.so" ]
}

# Debian's name for it, or OpenResty's own.
nginx_has_dns() {
  lua=$(tools/lua.sh luajit 2>/dev/null) || return
  find='for _, name in ipairs {"nginx.dns.resolver", "resty.dns.resolver"} do
    if package.searchpath(name, package.path) then os.exit(0) end
  end
  os.exit(1)'
  "$lua" -e "$find" || case $(nginx -V 2>&1) in *openresty*) ;; *) false ;; esac
}

# ---- Debian's packages ------------------------------------------------------------------------------------------

available() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

# LuaJIT for nginx's Lua module is OpenResty's branch. Where Debian has it beside the other one it is luajit2, and the
# two exclude each other; where there is one only, that is it.
luajit_packages() {
  if available luajit2; then echo luajit2 libluajit2-5.1-dev; else echo luajit libluajit-5.1-dev; fi
}

lua_packages() {
  case $1 in
  luajit*) luajit_packages ;;
  lua5.1) echo lua5.1 liblua5.1-0-dev ;;
  *) echo "$1 lib$1-dev" ;;
  esac
}

packages() {
  case $what in
  make) echo make git ca-certificates ;;
  fresh) echo debootstrap git ;;
  *)
    echo gcc libc6-dev make pkg-config libxml2-dev libcurl4-openssl-dev libsqlite3-dev lua-cjson lua-argparse \
      lua-luaossl lua-filesystem lua-unbound nginx libnginx-mod-http-lua openssl procps
    ;;
  esac
  case $what in
  # A Lua that is there with its headers is taken.
  demo) if [ -n "${LUA:-}" ] || [ -z "$(make_says)" ]; then lua_packages "${LUA:-lua5.4}"; fi ;;
  test | bench)
    for lua in lua5.1 lua5.2 lua5.3 lua5.4 luajit; do lua_packages $lua; done
    echo libcmocka-dev libpq-dev postgresql lua-busted lua-check luarocks lua-nginx-dns pebble python3 \
      python3-namecheap clang clang-format shellcheck curl ca-certificates perl
    ;;
  esac
  case $what in bench) echo lua-expat ;; esac
}

# ---- apt-get ----------------------------------------------------------------------------------------------------

started=$(date +%s)
seconds() { echo $(($(date +%s) - started)); }

fail() {
  echo "$1; the end of $log:" >&2
  tail -n 25 "$log" | sed 's/^/  /' >&2
  exit 1
}

# How far it is, now and then, from the log.
watch_log() {
  while :; do
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 1; done
    echo "  $(seconds) s: $(grep -c '^Get:' "$log") fetched, $(grep -c '^Unpacking ' "$log") unpacked," \
      "$(grep -c '^Setting up ' "$log") set up"
  done
}

# patiently COMMAND…: its output goes into the log; while another package manager holds the lock, again.
patiently() {
  said=
  while :; do
    "$@" >"$log" 2>&1 </dev/null && return
    status=$?
    holder=$(sed -nE 's/.*(Could not get lock|Unable to lock|Unable to acquire).*(held by process[^.]*).*/\2/p' "$log" | head -n 1)
    grep -qE 'Could not get lock|Unable to lock|Unable to acquire the dpkg' "$log" || return $status
    [ "$(seconds)" -lt "$patience" ] || return $status
    [ -n "$said" ] || echo "  another package manager is at work (its lock is ${holder:-held}): waiting up to $patience s"
    said=yes
    sleep 2
  done
}

# Run as root. The service that comes with nginx is not started: a policy that forbids it stands there meanwhile.
# shellcheck disable=SC2016
install='
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap "rm -f $policy" EXIT
  trap "exit 1" HUP INT TERM
  printf "#!/bin/sh\nexit 101\n" >$policy
  chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt-get -q -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false -o Dpkg::Use-Pty=0 \
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
  install -y --no-install-recommends --no-remove "$@"
'

install_by_apt() {
  mkdir -p "$(dirname "$log")" || exit 1
  [ -z "$as_root" ] || $as_root sh -c : || exit 1 # asks for the password, if it does, where that can be seen
  echo "apt-get update (its words go into $log)"
  patiently $as_root env LC_ALL=C apt-get -q -o Acquire::Retries=3 update ||
    echo "  it failed for some source: $(grep -E '^(E|Err)' "$log" | head -n 1); going on with the lists that are there"
  list=
  for package in $(packages); do
    if available "$package"; then
      list="$list $package"
    else
      echo "  there is no package $package here"
    fi
  done
  # What would be removed has its users: not by us. Nobody's locale changes these words.
  # shellcheck disable=SC2086
  LC_ALL=C apt-get -s install --no-install-recommends $list >"$log" 2>&1 || fail "apt-get can't install what is missing"
  removed=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' "$log" | tr '\n' ' ')
  if [ -n "$removed" ]; then
    cat >&2 <<END
Nothing was installed: these packages can't be together with others that are here, and apt-get would remove
  $removed
(nginx's Lua module works with OpenResty's branch of LuaJIT alone.) If you can do without, type
  ${as_root:+$as_root }apt-get install --no-install-recommends$list
END
    exit 1
  fi
  count=$(grep -c '^Inst ' "$log")
  # shellcheck disable=SC2086
  bytes=$(apt-get -q -y --print-uris install --no-install-recommends $list 2>/dev/null | awk '/^\047/ { n += $3 } END { print int(n / 1e6) }')
  echo "apt-get install: $count packages, $bytes MB to fetch"
  started=$(date +%s)
  watch_log &
  watcher=$!
  trap 'kill $watcher 2>/dev/null' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # shellcheck disable=SC2086
  patiently $as_root sh -c "$install" install $list || fail "apt-get failed"
  kill $watcher 2>/dev/null
  wait $watcher 2>/dev/null
  trap - EXIT INT TERM
  echo "installed in $(seconds) s$(sed -n 's/^After this operation, \(.*\) of additional disk space.*/: \1 more on disk/p' "$log")"
}

lacking=$(missing)
[ -z "$lacking" ] && exit 0
case $what in make) echo "missing:" ;; *) echo "missing for make $what:" ;; esac
printf '%s\n' "$lacking" | sed 's/^/  /'

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
if [ -n "$apt" ] && { [ -z "$as_root" ] || command -v sudo >/dev/null; }; then
  install_by_apt
  lacking=$(missing)
  [ -z "$lacking" ] && exit 0
  echo "still missing:"
  printf '%s\n' "$lacking" | sed 's/^/  /'
  exit 1
fi
if [ -n "$apt" ]; then
  echo "Neither root nor sudo. As root: apt-get update && apt-get install --no-install-recommends $(packages | tr '\n' ' ')"
  exit 1
fi
cat <<END
What to install:
  Fedora: gcc make pkgconf libxml2-devel libcurl-devel lua-devel luarocks nginx-mod-http-lua or OpenResty;
    for the tests also: luajit-devel libcmocka-devel clang clang-tools-extra ShellCheck curl openssl perl procps-ng
  Alpine: build-base pkgconf libxml2-dev curl-dev lua5.4-dev luarocks nginx nginx-mod-http-lua;
    for the tests also: lua5.1-dev lua5.2-dev lua5.3-dev luajit-dev cmocka-dev clang clang-extra-tools shellcheck curl
    openssl perl procps
  macOS (brew): pkgconf libxml2 curl lua luarocks openresty/brew/openresty;
    for the tests also: luajit cmocka llvm clang-format shellcheck openssl
  and outside Debian from LuaRocks, for each Lua: lua-cjson argparse luaossl luafilesystem (tests: busted; bench: luaexpat);
  luacheck once; for the tests SQLite and PostgreSQL with their headers, PyNamecheap for Python 3, pebble's challtestsrv and lua-resty-dns where no package has them
END
exit 1
