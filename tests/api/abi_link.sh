#!/bin/sh
# A program that was linked against another version of the interface does not start, and the dynamic linker says why:
# sh abi_link.sh CC LIBRARY
set -eu
cc=$1
library=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! nm -D "$library" | grep -q '@@FER_ABI_'; then
    echo "skip: the library has no symbol versions"
    exit 0
fi
soname=$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')

# Another version under the same file name, as a copy in the wrong place would be.
echo 'const char *fer_version(void); const char *fer_version(void) { return "other"; }' >"$dir/other.c"
echo 'FER_ABI_0 { global: fer_*; local: *; };' >"$dir/other.map"
echo '#include "fer/fer.h"
#include <stdio.h>
int main(void) { return puts(fer_version()) < 0; }' >"$dir/program.c"
"$cc" -shared -fPIC "$dir/other.c" -Wl,--version-script="$dir/other.map" -Wl,-soname,"$soname" -o "$dir/$soname"
"$cc" -std=c11 -I "$(dirname "$0")/../../include" "$dir/program.c" "$dir/$soname" -o "$dir/program"

answer=$(LD_LIBRARY_PATH=$dir "$dir/program")
[ "$answer" = other ] || { echo "FAIL the program and its own library: '$answer'"; exit 1; }
if answer=$(LD_LIBRARY_PATH=$(dirname "$library") "$dir/program" 2>&1); then
    echo "FAIL a program built for FER_ABI_0 runs with this library: '$answer'"
    exit 1
fi
case $answer in
*FER_ABI_0*not\ found*) echo "ok   $answer" ;;
*) echo "FAIL the message does not name the version: '$answer'"; exit 1 ;;
esac
