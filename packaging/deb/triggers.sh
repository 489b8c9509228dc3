#!/bin/sh
# sh triggers.sh PACKAGE: CPack gives a library's package scripts that call ldconfig. Debian wants a trigger instead, which
# runs it once however many libraries are installed.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
dpkg-deb -R "$1" "$dir/package"
control=$dir/package/DEBIAN
grep -qs ldconfig "$control/postinst" || exit 0
rm -f "$control/postinst" "$control/postrm"
echo 'activate-noawait ldconfig' >"$control/triggers"
chmod 644 "$control/triggers"
dpkg-deb --root-owner-group -b "$dir/package" "$1" >/dev/null
