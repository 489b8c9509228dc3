#!/bin/sh
# The library and the command are guarded as cmake/hardening.cmake says, and hold no path of the build:
# sh hardening.sh SOURCE_DIR BUILD_DIR LIBRARY COMMAND
set -u
source=$1
build=$2
shift 2
failed=0
listing=$(mktemp)
trap 'rm -f "$listing"' EXIT

fail() {
    echo "FAIL $*"
    failed=1
}

grep -q 'FER_HARDENING:BOOL=OFF' "$build/CMakeCache.txt" && { echo "skip: built with FER_HARDENING=OFF"; exit 0; }
command -v readelf >/dev/null || { echo "skip: no readelf"; exit 0; }
for file in "$@"; do
    name=$(basename "$file")
    readelf -lWd "$file" >"$listing" 2>/dev/null || { echo "skip: $name is no ELF file"; exit 0; }
    grep -q GNU_RELRO "$listing" || fail "$name: relocations stay writable (no RELRO)"
    grep -qE 'BIND_NOW|Flags:.*NOW' "$listing" || fail "$name: symbols are bound lazily, RELRO is partial"
    grep GNU_STACK "$listing" | grep -q ' RWE ' && fail "$name: the stack is executable"
    grep GNU_STACK "$listing" | grep -q 0x800000 || fail "$name: threads of musl have too little stack"
    grep -E '^ *LOAD' "$listing" | grep -q ' RWE ' && fail "$name: a segment is writable and executable"
    grep -E 'RPATH|RUNPATH' "$listing" | grep -vE '\[\$ORIGIN(:\$ORIGIN/[^:]*)?\]' && fail "$name: run path"
    readelf -sW "$file" | grep -q '__stack_chk_fail' || fail "$name: no stack protector"
    readelf -sW "$file" | grep -qE '__[a-z]+_chk' || fail "$name: no fortified calls"
    grep -qF -e "$source" -e "$build" "$file" && fail "$name: holds the path of the source or build directory"
done
[ $failed -eq 0 ] && echo "ok   hardened, and no path of the build in $#"
exit $failed
