#!/bin/sh
# sh packaging/test_debs.sh DIR SUITE [PACKAGES]: install the Debian packages of the folder PACKAGES (build-deb) in a
# fresh Debian SUITE, which must be the one that they were built on, use what they contain, remove them, and look for what
# they left. DIR is for packaging/chroot.sh. Needs root and debootstrap; takes minutes, so it is no part of `make test`.
# The part that runs in there is packaging/deb/check.sh.
set -eu
[ $# -ge 2 ] || { echo "usage: sh packaging/test_debs.sh DIR SUITE [PACKAGES]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
given=$(mktemp -d)
trap 'rm -rf "$given"' EXIT
cp "${3:-$here/../build-deb}"/*.deb "$given"
if command -v lintian >/dev/null; then
    # The packages are no upload to Debian, which would close a bug there.
    lintian --suppress-tags initial-upload-closes-no-bugs --fail-on error,warning --tag-display-limit 0 "$given"/*.deb
    echo "ok   lintian has no errors and no warnings"
else
    echo "skip lintian: not installed"
fi
FER_COPY=$given sh "$here/chroot.sh" "$1" "$2" 'sh packaging/deb/check.sh /given'
