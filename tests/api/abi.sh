#!/bin/sh
# The public structures, constants and prototypes are those of tests/api/abi.txt:
# sh abi.sh CC LIBRARY, or, after a change, sh abi.sh --update [CC]
set -u
dir=$(cd "$(dirname "$0")" && pwd)
include=$dir/../../include
list=$dir/abi.txt
update=
[ "${1:-}" = --update ] && update=1 && shift
cc=${1:-cc}
library=${2:-}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if [ "$(printf '#include <stdint.h>\nUINTPTR_MAX' | "$cc" -E -P - | tail -n 1 | grep -c 18446744073709551615)" != 1 ]; then
    echo "skip: tests/api/abi.txt lists the sizes of 64-bit systems"
    exit 0
fi

printf '#include "fer/fer.h"\n' >"$work/all.c"
"$cc" -std=c11 -E -I "$include" "$work/all.c" | awk -f "$dir/abi.awk" >"$work/list.c" || exit 1
set -- -std=c11 -I "$include" "$work/list.c" -o "$work/list"
[ -n "$library" ] && set -- "$@" -DWITH_LIBRARY "$library" "-Wl,-rpath,$(dirname "$library")"
"$cc" "$@" || exit 1
abi=$(awk '/^#define FER_ABI / { print $3 }' "$include/fer/abi.h")
"$work/list" >"$work/lines" || exit 1
{ echo "FER_ABI $abi" && LC_ALL=C sort "$work/lines"; } >"$work/abi.txt"

old=$(awk 'NR == 1 { print $2 }' "$list")
# Additions are harmless: a program that was built before does not know them.
diff "$list" "$work/abi.txt" | grep '^<' >"$work/broken"
if [ "$old" = "$abi" ] && [ -s "$work/broken" ]; then
    diff -u "$list" "$work/abi.txt"
    echo "FAIL programs built for version $abi of the interface would misread these."
    echo "     Raise FER_ABI in include/fer/abi.h to $((abi + 1)), then run: sh tests/api/abi.sh --update"
    exit 1
fi
if [ -n "$update" ]; then
    cp "$work/abi.txt" "$list"
    tool=$dir/../../tools/python_abi.py
    [ ! -f "$tool" ] || python3 "$tool" || exit 1 # the Python package declares the same
elif ! diff -u "$list" "$work/abi.txt"; then
    echo "FAIL tests/api/abi.txt is not up to date. Run: sh tests/api/abi.sh --update"
    exit 1
fi
echo "ok   version $abi of the interface: $(wc -l <"$list") lines"
