#!/bin/sh
# A site, its certificate about to end, and a seller: the whole round on this machine, from nothing.
#
#   examples/nginx/run.sh                      Namecheap, control proved by a file
#   examples/nginx/run.sh cname                the same by a CNAME record (needs pebble-challtestsrv; Debian: pebble)
#   examples/nginx/run.sh realtimeregister     Realtime Register, by a file
#   examples/nginx/run.sh http --stay          goes on serving until Ctrl-C
#
# It ends with 0 when the new certificate is served. Nothing stays behind.

set -eu

round=http
stay=
for word in "$@"; do
  case $word in
    http | cname | realtimeregister) round=$word ;;
    --stay) stay=yes ;;
    *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
  esac
done

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
[ -e "$tree/build/lib/libreseal.so" ] || make -C "$tree"
# shellcheck source=/dev/null
. "$tree/build/env.sh"

for program in nginx openssl curl; do
  command -v $program >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
if [ "$round" = cname ] && ! command -v pebble-challtestsrv >/dev/null; then
  echo 'pebble-challtestsrv is not installed (Debian, Ubuntu: apt-get install pebble)' >&2
  exit 1
fi

dir=$(mktemp -d)
pids=
finish() {
  trap - EXIT INT TERM
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 141' PIPE

lua=$(command -v luajit || command -v lua5.1 || command -v lua5.4 || command -v lua)
free_port() { "$lua" -e 'print(require("reseal.system").free_port())'; }
http=$(free_port)
https=$(free_port)
dns_port=$(free_port)
dns=127.0.0.1:$(free_port)

# wait_for SECONDS COMMAND: until the command succeeds
wait_for() {
  stop=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt $stop ] || return 1
    sleep 0.1
  done
}

# Started by root, nginx's workers are somebody else, who may not be able to look into the folder of this tree: what they
# have to read stands beside the configuration.
mkdir "$dir/lib"
cp -R "$tree/lua" "$dir/lua"
cp "$here/rounds.lua" "$here/dns_hook.lua" "$dir/lua"
cp "$tree/build/lib/libreseal.so" "$dir/lib"

# The old certificate, self-signed, of which five days are left; and the one that nginx wants to read itself.
mkdir "$dir/certs"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 5 -subj '/CN=example.com' \
  -addext 'subjectAltName=DNS:example.com,DNS:www.example.com' \
  -keyout "$dir/certs/example.com.key" -out "$dir/certs/example.com.pem" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj '/CN=placeholder' \
  -keyout "$dir/placeholder.key" -out "$dir/placeholder.pem" 2>/dev/null
chmod -R a+rX "$dir/lua" "$dir/lib"
chmod 755 "$dir"

# The seller: an order that goes on for most of a year. It looks for files and records at our own two ports.
cat >"$dir/scenario.json" <<'JSON'
{"namecheap": {"certificates": [
   {"id": 501904, "type": "PositiveSSL", "host": "example.com", "status": "active", "expires_in_days": 300}]},
 "realtimeregister": {"certificates": [
   {"id": 7, "product": "ssl_sectigo", "status": "ACTIVE", "expires_in_days": 300, "host": "example.com",
    "names": ["www.example.com"]}]}}
JSON
reseal sandbox --listen 127.0.0.1:0 --scenario "$dir/scenario.json" --dcv-http "127.0.0.1:$http" \
  --dcv-dns "127.0.0.1:$dns_port" >"$dir/sandbox" &
pids="$pids $!"
wait_for 60 grep -q '^ready' "$dir/sandbox" || { echo 'the sandbox did not start' >&2; exit 1; }
sandbox=$(sed -n 's/^ready //p' "$dir/sandbox")

if [ "$round" = cname ]; then
  pebble-challtestsrv -dns01 "127.0.0.1:$dns_port" -management "$dns" -http01 '' -https01 '' -tlsalpn01 '' \
    -defaultIPv4 '' -defaultIPv6 '' >"$dir/dns" 2>&1 &
  pids="$pids $!"
fi

modules=
folder=$(nginx -V 2>&1 | sed -n 's/.*modules-path=\([^ ]*\).*/\1/p')
for module in ndk_http_module ngx_http_lua_module; do
  [ ! -e "$folder/$module.so" ] || modules="$modules load_module $folder/$module.so;"
done
ca=/etc/ssl/certs/ca-certificates.crt
[ -e $ca ] || ca=$dir/placeholder.pem
sed -e "s|@modules@|$modules|" -e "s|@dir@|$dir|g" -e "s|@lua@|$dir/lua|g" -e "s|@lib@|$dir/lib|g" \
  -e "s|@ca@|$ca|g" -e "s|@round@|$round|" -e "s|@sandbox@|$sandbox|" -e "s|@dns@|$dns|" \
  -e "s|@http@|$http|g" -e "s|@https@|$https|g" "$here/nginx.conf" >"$dir/nginx.conf"

issuer() {
  openssl s_client -connect "127.0.0.1:$https" -servername example.com </dev/null 2>/dev/null |
    openssl x509 -noout -issuer -enddate 2>/dev/null
}
is_served() { issuer >/dev/null; }
is_new() { issuer | grep -q 'reseal sandbox intermediate'; }

nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" -g 'daemon off;' &
pids="$pids $!"
wait_for 60 is_served || { cat "$dir/error.log" >&2; exit 1; }
echo 'served at first:'
issuer

if ! wait_for 120 is_new; then
  echo 'no new certificate came:' >&2
  curl -s "http://127.0.0.1:$http/reseal/status" >&2 || true
  cat "$dir/error.log" >&2
  exit 1
fi
echo 'served now:'
issuer
echo 'how it came:'
sed -n 's/.*\(example\.com: [a-z][a-z a-z0-9]*\).*/  \1/p' "$dir/error.log"
echo 'its status:'
curl -s "http://127.0.0.1:$http/reseal/status"
echo

if [ -n "$stay" ]; then
  echo "https://127.0.0.1:$https and http://127.0.0.1:$http/reseal/status; the seller is $sandbox. Ctrl-C ends it."
  while :; do sleep 1; done
fi
