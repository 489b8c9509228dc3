#!/bin/sh
# Install into a temporary prefix, build the example against it through CMake and through pkg-config, and run it:
# sh install.sh SOURCE_DIR BUILD_DIR FIXTURES
set -eu
source=$1
build=$2
fixtures=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cmake --install "$build" --prefix "$dir/first" >"$dir/log" || { cat "$dir/log"; exit 1; }
# Moved away from where it was installed, everything must still find each other.
mv "$dir/first" "$dir/prefix"
prefix=$dir/prefix
mkdir "$dir/files"
(cd "$dir/files" && "$fixtures")
[ -e "$prefix/share/fer/default.safetensors" ] || {
    mkdir -p "$prefix/share/fer"
    cp "$dir/files/w.safetensors" "$prefix/share/fer/default.safetensors"
}

cmake -S "$source/examples" -B "$dir/cmake" -DCMAKE_PREFIX_PATH="$prefix" >"$dir/log" 2>&1 &&
    cmake --build "$dir/cmake" >>"$dir/log" 2>&1 || { cat "$dir/log"; echo "FAIL find_package(fer)"; exit 1; }
pc=$(find "$prefix" -name fer.pc)
export PKG_CONFIG_PATH="$(dirname "$pc")"
# shellcheck disable=SC2046
${CC:-cc} "$source/examples/classify.c" -o "$dir/classify" $(pkg-config --cflags --libs fer) ||
    { echo "FAIL pkg-config"; exit 1; }
LD_LIBRARY_PATH=$(pkg-config --variable=libdir fer)
export LD_LIBRARY_PATH

for program in "$dir/cmake/classify" "$dir/classify"; do
    answer=$("$program" "$dir/files/face.png") || { echo "FAIL $program"; exit 1; }
    case $answer in
    [a-zA-Z]*\ [01].*) echo "ok   $(basename "$(dirname "$program")")/classify: $answer" ;;
    *) echo "FAIL $program: '$answer'"; exit 1 ;;
    esac
done
unset LD_LIBRARY_PATH
"$prefix/bin/fer" predict "$dir/files/face.png" >/dev/null || { echo "FAIL the installed command"; exit 1; }
echo "ok   the installed command finds its library and the default weights"
