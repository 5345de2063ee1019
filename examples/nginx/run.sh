#!/bin/sh
# A site, its certificate about to end, and a seller: the whole round on this machine, from nothing.
#
#   examples/nginx/run.sh                      Namecheap, control proved by a file
#   examples/nginx/run.sh cname                the same by a CNAME record (needs pebble-challtestsrv; Debian: pebble)
#   examples/nginx/run.sh realtimeregister     Realtime Register, by a file
#   examples/nginx/run.sh http --stay          goes on serving until Ctrl-C
#
# It ends with 0 when the new certificate is served. Nothing stays behind. (The specs' scratch servers do the work:
# run.lua.)

set -eu

round=http
stay=
for word in "$@"; do
  case $word in
    http | cname | realtimeregister) round=$word ;;
    --stay) stay=--stay ;;
    *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
  esac
done

cd "$(dirname "$0")/../.."
[ -e build/lib/libreseal.so ] || make
# shellcheck source=/dev/null
. build/env.sh

for program in nginx openssl curl; do
  command -v $program >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
if [ "$round" = cname ] && ! command -v pebble-challtestsrv >/dev/null; then
  echo 'pebble-challtestsrv is not installed (Debian, Ubuntu: apt-get install pebble)' >&2
  exit 1
fi

# shellcheck disable=SC2046
lua=$(tools/one_lua.sh $(cd build && ls -d lua*))
exec "$(tools/lua.sh "$lua")" examples/nginx/run.lua "$round" "$stay"
