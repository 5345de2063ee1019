#!/bin/sh
# Usage: tools/env.sh TREE BUILD: prints the file that a shell sources to use reseal from the tree.
set -eu

quote() {
  printf '%s' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"
}

tree=$(quote "$1")
build=$(quote "$2")
cat <<END
# Source this (sh, dash, bash) to use reseal from its tree: it sets LUA_PATH, LUA_CPATH and PATH.
_reseal_tree=$tree
_reseal_build=$build
END
# Lua 5.1 and LuaJIT read the same variables; their C API is one, so either one's modules serve both.
cat <<'END'
_reseal_lua="$_reseal_tree/lua/?.lua;$_reseal_tree/lua/?/init.lua"
_reseal_lib="$_reseal_build/lib/?.so"
export LUA_PATH="$_reseal_lua;${LUA_PATH:-;}"
export LUA_CPATH="$_reseal_build/lua5.1/?.so;$_reseal_build/luajit/?.so;$_reseal_lib;${LUA_CPATH:-;}"
END
for v in 2 3 4 5; do
  cat <<END
if [ -n "\${LUA_PATH_5_$v:-}" ]; then export LUA_PATH_5_$v="\$_reseal_lua;\$LUA_PATH_5_$v"; fi
export LUA_CPATH_5_$v="\$_reseal_build/lua5.$v/?.so;\$_reseal_lib;\${LUA_CPATH_5_$v:-;}"
END
done
cat <<'END'
export PATH="$_reseal_tree/bin:$PATH"
unset _reseal_tree _reseal_build _reseal_lua _reseal_lib
END
