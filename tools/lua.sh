#!/bin/sh
# Usage: tools/lua.sh lua5.4|luajit|...: prints the command of that Lua; fails when the machine has none.
set -eu

case $1 in
luajit) candidates=luajit expected=LuaJIT ;;
lua5.*) candidates="$1 lua-${1#lua} lua5${1#lua5.} lua" expected="Lua ${1#lua}" ;;
*)
  echo "$0: no such Lua: $1" >&2
  exit 2
  ;;
esac
for command in $candidates; do
  path=$(command -v "$command") || continue
  case $("$path" -v 2>&1) in
  "$expected"*)
    echo "$path"
    exit 0
    ;;
  esac
done
echo "$1 is not installed" >&2
exit 1
