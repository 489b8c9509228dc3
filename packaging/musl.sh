#!/bin/sh
# sh packaging/musl.sh [BUILD]: compile what libfer is without the optional libraries with musl's headers; link the base,
# the kernels and the graph with musl, statically, and run the kernels' tests. It needs musl-tools and the headers of
# libpng, libjpeg-turbo, libarchive, jansson and zlib, which are the same for every C library. Debian has none of these
# compiled for musl, so the whole library is not linked, and packaging/musl/cmocka.h stands in for what the tests use of
# cmocka. Takes minutes, so it is no part of `make test`.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-musl}
cc=${CC:-musl-gcc}
command -v "$cc" >/dev/null || { echo "musl.sh: needs $cc: apt-get install musl-tools" >&2; exit 2; }
mkdir -p "$build/include"
rm -f "$build"/*.o
for header in png.h pngconf.h pnglibconf.h jansson.h jansson_config.h zlib.h zconf.h archive.h archive_entry.h turbojpeg.h; do
    for folder in /usr/include /usr/include/libpng16 /usr/include/"$(uname -m)"-linux-gnu; do
        [ -f "$folder/$header" ] && ln -sf "$folder/$header" "$build/include/$header"
    done
    [ -e "$build/include/$header" ] || { echo "musl.sh: needs $header: make core-packages" >&2; exit 2; }
done
flags="-std=c11 -Iinclude -Isrc -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fvisibility=hidden -fno-math-errno"
flags="$flags -ffunction-sections -fdata-sections -DNDEBUG -isystem $build/include"

# Optional parts are those that say that something is missing.
for file in src/base/*.c src/kernels/*.c src/kernels/ref/*.c src/formats/*.c src/formats/none/*.c src/formats/ffmpeg_none/*.c \
    src/image/*.c src/graph/*.c src/graph/ops/*.c src/models/*.c src/data/*.c src/data/layouts/*.c src/vision/*.c src/train/*.c \
    src/api/*.c cli/*/*.c cli/draw/none/*.c cli/window/none/*.c cli/serve/none/*.c cli/ranks/none/*.c; do
    # shellcheck disable=SC2086
    $cc $flags -fsyntax-only -Icli -DFER_VERSION='"0"' -DFER_RELEASED='"0"' -DFER_DATADIR='"/"' -DFER_DATADIR_FROM_LIB='""' \
        -DFER_DATADIR_FROM_BIN='""' -DFER_LIBARCHIVE='"libarchive.so"' "$file"
done
echo "ok   every source file is correct with musl's headers"

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
compile vec128 -O3 -ffp-contract=fast -Wno-pedantic -Wno-psabi -DFERI_ISA_NAME=vec128 -- src/kernels/simd/*.c
compile graph -O2 -- src/graph/*.c src/graph/ops/*.c
objects=$(ls "$build"/base-*.o "$build"/ref-*.o "$build"/vec128-*.o "$build"/graph-*.o | grep -v base-json)

failed=0
for test in tests/kernels/test_*.c; do
    name=$(basename "$test" .c)
    # shellcheck disable=SC2086
    $cc $flags -O2 -Ipackaging/musl "$test" $objects -static -Wl,--gc-sections -pthread -lm -o "$build/$name"
    if "$build/$name" >"$build/$name.log" 2>&1; then
        echo "ok   $name: $(grep -c '^ok' "$build/$name.log") tests"
    else
        echo "FAIL $name"
        tail -n 5 "$build/$name.log"
        failed=1
    fi
done
exit $failed
