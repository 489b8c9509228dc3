#!/bin/sh
# sh tests/python/run.sh BUILD [TEST...]: the tests of the Python package, with the library of a build.
# FER_PYTHON_CALLS=100000 makes the test for leaks long.
dir=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 1
shift
python=/usr/bin/python3 # Debian's, which has NumPy
[ -x $python ] || python=python3
abi=$(awk '/^#define FER_ABI / { print $3 }' "$dir/../../include/fer/abi.h")
export LIBFER_LIBRARY="$build/libfer.so.$abi" PYTHONPATH="$dir/../../python${PYTHONPATH:+:$PYTHONPATH}"
[ -x "$build/fer" ] && export FER="$build/fer"
FER_WHEEL=$(ls "$build"/libfer-*.whl 2>/dev/null | tail -n 1)
export FER_WHEEL
cd "$dir" || exit 1
[ $# -gt 0 ] || set -- discover -s "$dir"
exec $python -B -m unittest "$@"
