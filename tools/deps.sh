#!/bin/sh
# Usage: tools/deps.sh [bench]: sees to it that what `make test` needs (or `make bench` as well) is there.
# Nothing missing: nothing done. Debian and Ubuntu: installed by apt-get. Elsewhere: said, and failed.
set -u

cd "$(dirname "$0")/.." || exit 1
what=${1:-test}
apt=$(command -v apt-get)

# luajit2, not luajit: they conflict, and nginx's Lua module needs luajit2's library.
debian="gcc libc6-dev make pkg-config libxml2-dev libcurl4-openssl-dev libcmocka-dev
  lua5.1 liblua5.1-0-dev lua5.2 liblua5.2-dev lua5.3 liblua5.3-dev lua5.4 liblua5.4-dev luajit2 libluajit2-5.1-dev
  lua-cjson lua-argparse lua-luaossl lua-expat lua-busted lua-check luarocks nginx libnginx-mod-http-lua
  lua-nginx-dns pebble python3 python3-namecheap clang clang-format shellcheck curl ca-certificates openssl perl procps"

# missing: what is not there, one a line, by trying it.
missing() {
  for command in gcc clang make pkg-config curl openssl perl ps nm luarocks luacheck clang-format shellcheck \
    pebble-challtestsrv python3; do
    command -v "$command" >/dev/null || echo "command $command"
  done
  for library in libxml-2.0 libcurl cmocka; do
    pkg-config --exists "$library" 2>/dev/null || echo "library $library"
  done
  # With apt-get all five Luas can be had, so all are tested; elsewhere those that are there.
  headers=$(make -s --no-print-directory print-luas 2>/dev/null)
  if [ -n "$apt" ]; then luas="lua5.1 lua5.2 lua5.3 lua5.4 luajit"; else luas=$headers; fi
  [ -n "$luas" ] || echo "any Lua with its headers"
  for lua in $luas; do
    case " $headers " in *" $lua "*) ;; *) echo "headers of $lua" ;; esac
    if command=$(tools/lua.sh "$lua" 2>/dev/null); then
      for module in cjson argparse openssl.x509 busted.runner; do
        "$command" -e "require '$module'" >/dev/null 2>&1 || echo "$lua module $module"
      done
    else
      echo "command $lua"
    fi
  done
  nginx_has_lua || echo "nginx with its Lua module"
  nginx_has_dns || echo "nginx's DNS resolver in Lua"
  # Another python3 than the distribution's may come first on the path.
  python3 -c 'import namecheap' 2>/dev/null || "${PYTHON:-/usr/bin/python3}" -c 'import namecheap' 2>/dev/null ||
    echo "Python's namecheap"
  if [ "$what" = bench ]; then
    for lua in $luas; do
      "$(tools/lua.sh "$lua")" -e 'require "lxp"' >/dev/null 2>&1 || echo "$lua module lxp"
    done
  fi
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
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o Acquire::Retries=3 update
apt-get -q -o Acquire::Retries=3 install -y --no-install-recommends "$@"
'

lacking=$(missing)
[ -z "$lacking" ] && exit 0
echo "missing:"
printf '%s\n' "$lacking" | sed 's/^/  /'

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
if [ -n "$apt" ] && { [ -z "$as_root" ] || command -v sudo >/dev/null; }; then
  # shellcheck disable=SC2086
  $as_root sh -c "$install" install $debian || exit
  lacking=$(missing)
  [ -z "$lacking" ] && exit 0
  echo "still missing:"
  printf '%s\n' "$lacking" | sed 's/^/  /'
  exit 1
fi
cat <<END
What to install:
  Debian, Ubuntu (as root: apt-get install --no-install-recommends …):
$(printf '%s\n' "$debian" | sed 's/^ */    /')
  Fedora: gcc make pkgconf libxml2-devel libcurl-devel libcmocka-devel lua-devel luajit-devel luarocks
    nginx-mod-http-lua or OpenResty, clang clang-tools-extra ShellCheck curl openssl perl procps-ng
  Alpine: build-base pkgconf libxml2-dev curl-dev cmocka-dev lua5.1-dev lua5.2-dev lua5.3-dev lua5.4-dev luajit-dev
    luarocks nginx nginx-mod-http-lua clang clang-extra-tools shellcheck curl openssl perl procps
  macOS (brew): pkgconf libxml2 curl cmocka lua luajit luarocks openresty/brew/openresty llvm
    clang-format shellcheck openssl
  and outside Debian from LuaRocks, for each Lua: lua-cjson argparse luaossl busted (bench: luaexpat); luacheck once;
  PyNamecheap for Python 3, pebble's challtestsrv and lua-resty-dns where no package has them
END
exit 1
