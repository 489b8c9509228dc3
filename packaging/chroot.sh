#!/bin/sh
# sh packaging/chroot.sh DIR SUITE COMMAND: run a shell command in a fresh copy of a minimal Debian or Ubuntu, with this
# source tree at /src there. It prints the seconds that the command took, of the clock and of the processor, the megabytes
# that it downloaded and those that the system grew by. Needs root, debootstrap and a few gigabytes in DIR. DIR/SUITE.base
# is kept, so that a second run starts at once; DIR/SUITE is the system that the command ran in, for a look afterwards.
# With FER_KEEP=1 the system of the last run is used as it is. FER_COPY names a file or folder that becomes /given.
# FER_MOUNTS="FOLDER:PLACE..." shows folders of this machine there, such as a compiler cache or the tests' data.
# FER_UNCHECKED=1 makes the minimal system without its archive's key, for a suite whose key this machine does not have.
set -eu
[ $# -eq 3 ] || { echo "usage: sh packaging/chroot.sh DIR SUITE COMMAND" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "chroot.sh: needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "chroot.sh: needs debootstrap: apt-get install debootstrap" >&2; exit 2; }
source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
suite=$2
command=$3
base=$dir/$suite.base
root=$dir/$suite

# Ubuntu's archive has another address and another key (package ubuntu-keyring).
mirror=${FER_MIRROR:-http://deb.debian.org/debian}
lists="deb $mirror $suite main"
keys=
script=
case $suite in
jammy | noble)
    mirror=${FER_MIRROR:-http://archive.ubuntu.com/ubuntu}
    lists="deb $mirror $suite main universe"
    keys=--keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    script=/usr/share/debootstrap/scripts/gutsy # what all of Ubuntu's are links to; an older debootstrap lacks newer ones
    ;;
esac

if [ ! -e "$base/.made" ]; then
    rm -rf "$base"
    [ -z "${FER_UNCHECKED:-}" ] || keys=--no-check-gpg
    # shellcheck disable=SC2086
    debootstrap --variant=minbase $keys "$suite" "$base" "$mirror" $script >"$dir/$suite.log" 2>&1 || { tail "$dir/$suite.log" >&2; exit 1; }
    rm -f "$base"/var/cache/apt/archives/*.deb
    touch "$base/.made"
fi
if [ -z "${FER_KEEP:-}" ] || [ ! -d "$root" ]; then
    rm -rf "$root"
    cp -a "$base" "$root"
fi
rm -rf "$root/src"
mkdir "$root/src"
(cd "$source" && tar cf - --exclude='./build*' --exclude=./.git .) | tar xf - -C "$root/src"
echo "$lists" >"$root/etc/apt/sources.list"
# What was downloaded stays, to be counted.
echo 'APT::Keep-Downloaded-Packages "true"; Binary::apt::APT::Keep-Downloaded-Packages "true";' >"$root/etc/apt/apt.conf.d/99keep"
# A system that is thrown away need not be safe from a power failure.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe"
[ -z "${FER_COPY:-}" ] || { rm -rf "$root/given" && cp -r "$FER_COPY" "$root/given"; }
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"

# The processor's seconds of all commands so far, in `used`; not in a subshell, which has used none.
count_used() {
    times >"$root/tmp/times"
    used=$(awk -F '[ ms]+' 'NR == 2 { print int(60 * $1 + $2 + 60 * $3 + $4) }' "$root/tmp/times")
}

megabytes() { du -sm "$@" | awk '{ sum += $1 } END { print sum }'; }
grown() { megabytes --exclude="$root/var/cache/apt" --exclude="$root/var/lib/apt" --exclude="$root/src" "$root"; }
before=$(grown)
begun=$(date +%s)
count_used
used_before=$used
code=0
# In namespaces of its own, so that no mount and no process is left over.
unshare --mount --pid --fork --mount-proc="$root/proc" sh -c '
    mount --rbind /dev "$1/dev"
    mount --bind -o ro /sys "$1/sys"
    mount -t tmpfs tmpfs "$1/dev/shm" 2>/dev/null
    for pair in $3; do
        mkdir -p "$1/${pair#*:}"
        mount --bind "${pair%%:*}" "$1/${pair#*:}"
    done
    exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
        sh -c "cd /src && $2"' sh "$root" "$command" "${FER_MOUNTS:-}" || code=$?
count_used
echo "$suite: exit code $code after $(($(date +%s) - begun)) s, $((used - used_before)) s of the processor;" \
    "$(megabytes "$root/var/cache/apt/archives") MB downloaded, the system grew from $before MB by $(($(grown) - before)) MB"
exit $code
