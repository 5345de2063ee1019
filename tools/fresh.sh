#!/bin/sh
# Usage: make fresh [RELEASES="bookworm trixie"] [COMMANDS="demo test sudo luajit lock"]: as root, on Debian.
#
# Proves that `make demo` and `make test` work as the very first command: for each release a bare root (debootstrap's
# minbase with git and make) and in it a clone of the last commit, below a home that nobody else may read. Commands:
#   demo    make demo, as root               test    make test, as root
#   sudo    make test, as an ordinary user with sudo
#   luajit  make demo where Debian's own LuaJIT is: it stays
#   lock    make demo while another process holds dpkg's lock for half a minute
#   ci      .ci/run where there is no make
# Whole logs: $BUILD/fresh/RELEASE-COMMAND.log. The bare roots are kept as $BUILD/fresh/RELEASE.tar until make clean.
#
# Every root has mounts in a namespace of its own, and its own /dev, made by debootstrap: this machine's is never in it. Its
# processes are in a namespace of their own too: what a command leaves behind is seen there, and ends with it.
set -u

cd "$(dirname "$0")/.." || exit 1
tree=$PWD
keep=${BUILD:-$PWD/build}/fresh
releases=${RELEASES:-bookworm trixie}
commands=${COMMANDS:-demo test sudo luajit lock ci}
user=someone

stop() {
  echo "$0: $1" >&2
  exit 1
}

# ---- where packages come from: this machine's own sources, for another release -------------------------------------

codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)

# sources RELEASE: lines of a sources.list, from one-line and deb822 files.
sources() {
  # shellcheck disable=SC2016
  find /etc/apt/sources.list /etc/apt/sources.list.d \( -name '*.list' -o -name '*.sources' \) \
    -exec sh -c 'for file; do cat "$file"; echo; done' sh {} + 2>/dev/null | awk -v own="$codename" -v release="$1" '
    function one(uri, suite) {
      if (suite == own || suite == own "-updates" || suite == own "-security") {
        sub("^" own, release, suite)
        print "deb " uri " " suite " main"
      }
    }
    function stanza(u, s, i, j, uris, suites) {
      if (types ~ /(^| )deb( |$)/ && parts ~ /(^| )main( |$)/) {
        u = split(all_uris, uris, " "); s = split(all_suites, suites, " ")
        for (i = 1; i <= u; i++) for (j = 1; j <= s; j++) one(uris[i], suites[j])
      }
      types = all_uris = all_suites = parts = ""
    }
    /^[ \t]*#/ { next }
    /^[ \t]*$/ { stanza() }
    $1 == "deb" { gsub(/\[[^]]*\]/, ""); if ($0 ~ / main( |$)/) one($2, $3) }
    { name = tolower($1); value = $0; sub(/^[^:]*:[ \t]*/, "", value) }
    name == "types:" { types = value }
    name == "uris:" { all_uris = value }
    name == "suites:" { all_suites = value }
    name == "components:" { parts = value }
    END { stanza() }' | sort -u
}

# How this machine fetches (proxies and the like), for the root's apt.
fetching() {
  apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries|ForceIPv)' | grep -v 'Proxy-Auto-Detect'
}

# ---- roots ---------------------------------------------------------------------------------------------------------

# bare RELEASE: $keep/RELEASE.tar, made once.
bare() {
  [ ! -e "$keep/$1.tar" ] || return 0
  list=$(sources "$1")
  mirror=$(printf '%s\n' "$list" | awk -v release="$1" '$3 == release { print $2; exit }')
  [ -n "$mirror" ] || stop "this machine's apt has no source of Debian's $codename whose place $1 could take"
  clear_root
  more=git,make,sudo
  case $mirror in https:*) more=$more,ca-certificates ;; esac
  start=$(date +%s)
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -c '
    debootstrap --variant=minbase --include="$1" "$2" "$3" "$4"' sh "$more" "$1" "$root" "$mirror" >"$keep/$1.log" 2>&1 ||
    { tail -n 20 "$keep/$1.log" >&2; stop "debootstrap failed"; }
  printf '%s\n' "$list" >"$root/etc/apt/sources.list"
  fetching >"$root/etc/apt/apt.conf.d/90fetching"
  find "$root/var/lib/apt/lists" "$root/var/cache/apt" -type f -exec rm -f {} +
  tar -C "$root" --one-file-system -cf "$keep/$1.tar.new" . || stop "tar failed"
  mv "$keep/$1.tar.new" "$keep/$1.tar"
  clear_root
  echo "$1: a bare root in $(($(date +%s) - start)) s"
}

clear_root() {
  rm -rf --one-file-system "$root"
  mkdir -m 755 "$root"
}

# inside COMMAND…: in the root, as root, with nothing of this environment.
inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --propagation private sh -c '
    root=$1
    shift
    mount -t proc proc "$root/proc" && mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts" &&
      mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" || exit
    rm -f "$root/dev/ptmx"
    ln -s pts/ptmx "$root/dev/ptmx"
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
  ' sh "$root" "$@" </dev/null &
  running=$!
  wait $running
  status=$?
  running=
  return $status
}

# What the command leaves running, when it is over; only the shell that asks and what it starts may be there.
# shellcheck disable=SC2016
watched='
"$@"
status=$?
sleep 5
for process in /proc/[0-9]*; do
  pid=${process#/proc/}
  [ "$pid" -gt 1 ] && [ "$pid" != $$ ] || continue
  words=$(tr "\0\n" "  " <"$process/cmdline" 2>/dev/null) || continue
  [ -z "$words" ] || { echo "left running: $pid $words"; [ $status -ne 0 ] || status=99; }
done
exit $status
'

# first RELEASE COMMAND: the command in a root that has seen none before.
failed=
first() {
  release=$1 command=$2 log=$keep/$1-$2.log
  clear_root
  tar -C "$root" -xf "$keep/$release.tar" || stop "tar failed"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  home=/root owner=root become=
  if [ "$command" = sudo ]; then
    home=/home/$user owner=$user become="runuser -u $user --"
    chroot "$root" useradd --create-home --shell /bin/bash $user
    echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
  fi
  git -c advice.detachedHead=false clone -q --no-hardlinks "$tree" "$root$home/reseal" || stop "git clone failed"
  chroot "$root" chown -R $owner: $home
  chmod 700 "$root$home"
  expected=0
  what="make $command"
  case $command in
  sudo) what="make test" ;;
  luajit | lock) what="make demo" ;;
  ci) what=".ci/run" ;;
  esac
  case $command in
  luajit) inside sh -c 'apt-get -q update && apt-get -q install -y --no-install-recommends luajit' >"$log" 2>&1 ||
    stop "luajit can't be installed: $log" ;;
  ci) inside sh -c 'dpkg --remove --force-depends make' >"$log" 2>&1 ;;
  *) : >"$log" ;;
  esac
  # Where the two branches exclude each other it is said, and nothing is done.
  if [ "$command" = luajit ] && grep -q '^Package: luajit2$' "$root"/var/lib/apt/lists/*_Packages 2>/dev/null; then
    expected=2
  fi
  before=$(du -sxm "$root" | cut -f1)
  # shellcheck disable=SC2016
  hold='
    if [ "$1" = lock ]; then
      perl -e "use Fcntl; open(my \$f, q(>>), q(/var/lib/dpkg/lock-frontend)) or die;
        fcntl(\$f, F_SETLK, pack(q(s s l! l! i), F_WRLCK, 0, 0, 0, 0)) or die; sleep 30" &
      sleep 1
    fi
    shift
    cd "$1" || exit
    shift
    '
  start=$(date +%s)
  # shellcheck disable=SC2086
  inside sh -c "$hold$watched" sh "$command" "$home/reseal" $become env HOME=$home $what >>"$log" 2>&1
  status=$?
  took=$(($(date +%s) - start))
  after=$(du -sxm "$root" | cut -f1)
  good=yes
  [ $status -eq $expected ] || good=
  case $command in
  luajit) chroot "$root" dpkg -s luajit 2>/dev/null | grep -q '^Status: install ok installed' || good= ;;
  esac
  tail -n 4 "$log" | cut -c 1-160 | sed 's/^/    /'
  if [ -n "$good" ]; then word=good; else word=FAILED failed=yes; fi
  echo "$release, $command: $what ended with $status (to be $expected) after $took s, $((after - before)) MB more on disk: $word"
}

[ "$(id -u)" -eq 0 ] || stop "bare roots are made by root: sudo make fresh"
mkdir -p "$keep" || exit 1
holder=$(mktemp -d) || exit 1
root=$holder/root
running=
# Whatever runs in the root ends with the process that holds its namespace.
trap '[ -z "$running" ] || { kill -KILL $running; wait $running; } 2>/dev/null; rm -rf --one-file-system "$holder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ -z "$(git status --porcelain 2>/dev/null)" ] || echo "what is not committed is not tried"
for release in $releases; do
  bare "$release"
  for command in $commands; do first "$release" "$command"; done
done
[ -z "$failed" ]
