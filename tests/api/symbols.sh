#!/bin/sh
# The library exports what tests/api/symbols.txt lists and nothing else: sh symbols.sh libfer.so
set -eu
list=$(dirname "$0")/symbols.txt
found=$(mktemp)
trap 'rm -f "$found"' EXIT
# The version node FER_ABI_<n> is a symbol too, and follows the name of every other symbol.
nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $3); print $3 }' | grep -v '^FER_ABI_' | LC_ALL=C sort >"$found"
if grep -v '^fer_' "$found"; then
    echo "FAIL these exported symbols do not begin with fer_"
    exit 1
fi
if diff -u "$list" "$found"; then
    echo "ok   $(wc -l <"$found") exported symbols are those listed"
else
    echo "FAIL exported symbols differ from the list"
    exit 1
fi
