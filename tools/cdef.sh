#!/bin/sh
# Prints lua/reseal/core/cdef.lua from csrc/include/reseal.h: what the FFI binding declares. `make cdef` writes it; a test compares.
set -eu
header=${1:-csrc/include/reseal.h}
# shellcheck disable=SC2016
printf '%s\n' '-- The declarations of csrc/include/reseal.h for the FFI binding. Made by `make cdef`; not edited by hand.' 'return [['
# shellcheck disable=SC2016
perl -0777 -ne '
  s{/\*.*?\*/}{}gs;
  s{^\s*#(?:[^\n\\]|\\\n|\\.)*\n}{}gm;
  s{extern "C" \{\n}{}; s{^\}\n}{}m;
  s{RESEAL_API }{}g;
  s{\n\s*\n+}{\n}g; s{^\s+}{};
  s{\n +}{ }g;
  print;
' "$header"
printf '%s\n' ']]'
