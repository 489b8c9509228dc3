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
# A library with sanitizers needs their runtime before everything else, and all memory from malloc. What lives when the
# interpreter ends is not freed (python/libfer/_library.py), so leaks cannot be looked for.
runtime=$(ldd "$LIBFER_LIBRARY" 2>/dev/null | awk '/libasan|libubsan|libclang_rt/ { print $3 }' | paste -sd : -)
if [ -n "$runtime" ]; then
    export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}" UBSAN_OPTIONS="halt_on_error=1:${UBSAN_OPTIONS:-}"
    export PYTHONMALLOC=malloc
    python="env LD_PRELOAD=$runtime $python"
fi
cd "$dir" || exit 1
[ $# -gt 0 ] || set -- discover -s "$dir"
exec $python -B -m unittest "$@"
