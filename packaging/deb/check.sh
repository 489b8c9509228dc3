#!/bin/sh
# sh check.sh FOLDER: as root, in a system that may be thrown away: install the packages in FOLDER, use them, remove them.
set -eu
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
picture=$(cd "$(dirname "$0")/../../examples" && pwd)/astronaut.jpg
apt="apt-get -qy -o Dpkg::Use-Pty=0 --no-install-recommends"

fail() {
    echo "FAIL $*"
    [ ! -s "$work/out" ] || sed 's/^/     /' "$work/out" | head -n 20
    exit 1
}
does() { # NAME PATTERN COMMAND...: it succeeds and prints a line that matches
    name=$1
    pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1 || fail "$name: exit code $?"
    grep -q -e "$pattern" "$work/out" || fail "$name: no '$pattern'"
    echo "ok   $name"
}
entries() { # every file, link and folder, without those that any use of the system changes
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /var/cache -o -path /var/lib -o -path /var/log \
        -o -path /tmp -o -path /src \) -prune -o -print | sort
}

apt-get -q update >"$work/out" 2>&1 || fail "apt-get update"
# What they stand on first, so that only their own files count.
needs=$(dpkg-deb -f "$folder"/libfer[0-9]*.deb Depends | tr ',' '\n' | sed 's/(.*//; /libfer/d')
# shellcheck disable=SC2086
$apt install $needs python3 >"$work/out" 2>&1 || fail "installing$needs"
entries >"$work/before"

$apt install "$folder"/*.deb >"$work/out" 2>&1 || fail "installing the packages"
echo "ok   the packages install"
does "fer runs" '^fer [0-9.]*$' fer --version
does "fer finds the weights and a face" 'astronaut.jpg  face 1 .*happiness' fer predict --format text "$picture"
if fer video "$picture.mp4" >"$work/out" 2>&1; then fail "a film that is not there"; fi
printf 'RIFF\044\000\000\000WEBPVP8 ' >"$work/broken.webp"
if fer predict "$work/broken.webp" >"$work/out" 2>&1; then fail "a broken picture"; fi
grep -q "Debian's package libwebp" "$work/out" || fail "the message does not name the recommended package"
echo "ok   without a recommended library, the message names it"
does "Python finds the library" 'happiness' python3 -c "import libfer; print(libfer.analyze('$picture')[0].label)"
does "the completion loads" 'fer' bash -c '. /usr/share/bash-completion/completions/fer; complete -p fer'
does "pkg-config's file" '^Version: ' cat "$(dpkg -L libfer-dev | grep '/fer.pc$')"
: >"$work/out"
for file in /usr/share/man/man1/fer-predict.1.gz /usr/share/doc/libfer-data/model-cards.md /usr/share/doc/libfer-data/third-party.md \
    /usr/share/doc/fer/copyright /usr/share/fer/default.safetensors /usr/share/fer/libfer-xs.safetensors; do
    # A minimal system may be set up to leave manual pages and documentation out.
    dpkg -L fer libfer-data | grep -qx "$file" || fail "$file is in no package"
done
echo "ok   manual, licence, model cards and notices are there"
find /usr/lib/python3/dist-packages/libfer -name '*.pyc' | grep -q . || fail "the Python modules are not compiled"

for field in Recommends Suggests; do
    for deb in "$folder"/*.deb; do dpkg-deb -f "$deb" $field; done
done | tr -d ' ' | tr ',' '\n' | sort -u >"$work/named"
grep -qx libcairo2 "$work/named" || fail "libcairo2 is recommended by no package"
# shellcheck disable=SC2046
does "what is recommended and suggested can be installed" '^Inst libcairo2 ' $apt -s install $(cat "$work/named")

# shellcheck disable=SC2046
$apt purge $(for deb in "$folder"/*.deb; do dpkg-deb -f "$deb" Package; done) >"$work/out" 2>&1 || fail "removing the packages"
entries >"$work/after"
comm -13 "$work/before" "$work/after" >"$work/out"
[ ! -s "$work/out" ] || fail "files are left"
echo "ok   removed, nothing is left"
