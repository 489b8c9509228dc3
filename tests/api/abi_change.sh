#!/bin/sh
# The check of the interface notices what an older program would misread, and accepts additions: sh abi_change.sh CC
set -u
cc=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0

# try NAME HEADER SED_SCRIPT PATTERN ARGUMENTS...: abi.sh on a copy with one header changed prints a line that matches.
try() {
    name=$1 header=$2 script=$3 pattern=$4
    shift 4
    rm -rf "$dir/copy"
    mkdir -p "$dir/copy/tests"
    cp -r "$source/include" "$dir/copy"
    cp -r "$source/tests/api" "$dir/copy/tests"
    sed -i "$script" "$dir/copy/include/fer/$header"
    if cmp -s "$source/include/fer/$header" "$dir/copy/include/fer/$header"; then
        echo "FAIL $name: $header is unchanged"
        failures=$((failures + 1))
    elif sh "$dir/copy/tests/api/abi.sh" "$@" >"$dir/log" 2>&1; ! grep -q "$pattern" "$dir/log"; then
        echo "FAIL $name"
        cat "$dir/log"
        failures=$((failures + 1))
    else echo "ok   $name"; fi
}

abi=$(awk '/^#define FER_ABI / { print $3 }' "$source/include/fer/abi.h")
next=$((abi + 1))
member='s/^    float confidence;/    float pose[3]; float confidence;/'
try 'a new member' face.h "$member" "Raise FER_ABI in include/fer/abi.h to $next" "$cc"
try 'a new member, --update' face.h "$member" "Raise FER_ABI in include/fer/abi.h to $next" --update "$cc"
try 'members in another order' model.h 's/bool tta; /int other; bool tta;/' 'Raise FER_ABI' "$cc"
try 'another type of the same size' base.h 's/double per_second;/uint64_t per_second;/' 'Raise FER_ABI' "$cc"
try 'another constant' image.h 's/^    FER_BGR8,//' 'Raise FER_ABI' "$cc"
try 'another parameter' fer.h 's/fer_version(void)/fer_version(int style)/' 'Raise FER_ABI' "$cc"
try 'a function that is gone' fer.h '/fer_version/d' 'Raise FER_ABI' "$cc"
try 'a new function' fer.h 's/^FER_API.*fer_version(void);/& FER_API int fer_more(void);/' 'abi.txt is not up to date' "$cc"
try 'a new function, --update' fer.h 's/^FER_API.*fer_version(void);/& FER_API int fer_more(void);/' '^ok' --update "$cc"
try 'a raised number' abi.h "s/^#define FER_ABI .*/#define FER_ABI $next/" 'abi.txt is not up to date' "$cc"
try 'a raised number, --update' abi.h "s/^#define FER_ABI .*/#define FER_ABI $next/" "^ok   version $next" --update "$cc"
try 'another name of a parameter' base.h 's/fer_status_name(fer_status status)/fer_status_name(fer_status s)/' '^ok' "$cc"
[ "$failures" -eq 0 ]
