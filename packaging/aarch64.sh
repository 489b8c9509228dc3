#!/bin/sh
# sh packaging/aarch64.sh [BUILD]: compile the base, the kernels and the graph for 64-bit ARM, and run the kernels' tests
# under QEMU. It needs gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user and jansson's header. There is no cmocka for
# ARM at hand, so packaging/aarch64/cmocka.h stands in for what these tests use of it. Takes minutes: no part of `make test`.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-aarch64}
cc=${CC:-aarch64-linux-gnu-gcc}
for tool in "$cc" qemu-aarch64; do
    command -v "$tool" >/dev/null || { echo "aarch64.sh: needs $tool" >&2; exit 2; }
done
flags="-std=c11 -Iinclude -Isrc -Wall -Wextra -Wshadow -Wconversion -Werror -fvisibility=hidden -fno-math-errno -ffunction-sections -fdata-sections -DNDEBUG"
mkdir -p "$build"
rm -f "$build"/*.o

compile() { # PREFIX FLAGS... -- FILES...
    prefix=$1
    shift
    options=
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    for file in "$@"; do
        # shellcheck disable=SC2086
        $cc $flags $options -c "$file" -o "$build/$prefix-$(basename "$file" .c).o"
    done
}
compile base -O2 -- src/base/*.c
compile ref -O2 -ffp-contract=off -DFERI_HAVE_VEC128 -- src/kernels/*.c src/kernels/ref/*.c
compile vec128 -O3 -ffp-contract=fast -Wno-psabi -DFERI_ISA_NAME=vec128 -- src/kernels/simd/*.c
compile graph -O2 -- src/graph/*.c src/graph/ops/*.c
objects=$(ls "$build"/base-*.o "$build"/ref-*.o "$build"/vec128-*.o "$build"/graph-*.o | grep -v base-json)

failed=0
for test in tests/kernels/test_*.c; do
    name=$(basename "$test" .c)
    # shellcheck disable=SC2086
    $cc $flags -O2 -Ipackaging/aarch64 "$test" $objects -static -Wl,--gc-sections -pthread -lm -o "$build/$name"
    if qemu-aarch64 "$build/$name" >"$build/$name.log" 2>&1; then
        echo "ok   $name: $(grep -c '^ok' "$build/$name.log") tests on $(qemu-aarch64 --version | head -n 1)"
    else
        echo "FAIL $name"
        tail -n 5 "$build/$name.log"
        failed=1
    fi
done
exit $failed
