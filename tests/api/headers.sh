#!/bin/sh
# Every public header compiles alone, in C11 and in C++, with every warning: sh headers.sh SOURCE_DIR [CC [CXX]]
set -u
cc=${2:-cc}
cxx=${3:-c++}
failures=0
one() {
    what=$1
    shift
    if "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$include" -include "$header" "$empty"; then
        echo "ok   $header $what"
    else
        echo "FAIL $header $what"
        failures=$((failures + 1))
    fi
}
include=$1/include
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for path in "$include"/fer/*.h; do
    header=fer/$(basename "$path")
    empty=$dir/empty.c
    echo 'int fer_empty;' >"$empty"
    one C11 "$cc" -std=c11
    empty=$dir/empty.cpp
    echo 'int fer_empty;' >"$empty"
    if command -v "$cxx" >/dev/null; then one C++ "$cxx" -std=c++11; else echo "skip $header C++: no $cxx"; fi
done
[ "$failures" -eq 0 ]
