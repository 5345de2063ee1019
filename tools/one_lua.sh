#!/bin/sh
# Usage: tools/one_lua.sh LUA…: prints the newest of these (lua5.4, luajit, …) that runs here and has the Lua modules that
# command line and sandbox need. LuaJIT comes last. Fails when there is none.
set -u

cd "$(dirname "$0")/.." || exit 1
found=
for lua in $(printf '%s\n' "$@" | sed 's/^luajit$/lua0 &/' | sort | sed 's/^lua0 //'); do
  command=$(tools/lua.sh "$lua" 2>/dev/null) || continue
  "$command" -e 'require "cjson" require "argparse" require "openssl.x509" require "lfs"' >/dev/null 2>&1 && found=$lua
done
[ -n "$found" ] && echo "$found"
