#!/bin/sh
# Install into a temporary prefix, build the examples against it through CMake and one of them through pkg-config, and run them:
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
# says NAME PATTERN COMMAND...: it succeeds, and a line of what it prints matches.
says() {
    name=$1
    pattern=$2
    shift 2
    answer=$("$@" 2>"$dir/log") || { cat "$dir/log"; echo "FAIL $name"; exit 1; }
    printf '%s\n' "$answer" | grep -q "$pattern" || { echo "FAIL $name: '$answer'"; exit 1; }
    echo "ok   $name: $(printf '%s\n' "$answer" | grep "$pattern" | tail -n 1)"
}
person=$source/examples/face.png
says faces '^[0-9-]*,[0-9-]* [0-9]* x [0-9]*  happiness [0-9]* %$' "$dir/cmake/faces" "$person"
says threads 'face.png: 1 faces, the first: happiness$' "$dir/cmake/threads" "$dir/files/photo.jpg" "$person" "$person" "$dir/files/colour.png"
if "$dir/cmake/threads" "$person" "$dir/files/cut.png" >"$dir/log" 2>&1 || ! grep -q 'cut.png' "$dir/log"; then
    echo "FAIL threads with a broken picture"
    exit 1
fi
if command -v ffmpeg >/dev/null; then
    ffmpeg -nostdin -v error -loop 1 -i "$person" -t 0.5 -r 10 -pix_fmt yuv420p -c:v mpeg4 -q:v 2 "$dir/film.mp4"
    if ! grep -q 'FER_FFMPEG:BOOL=ON' "$build/CMakeCache.txt" || ! grep -q '^FFMPEG_FOUND:INTERNAL=1' "$build/CMakeCache.txt"; then
        echo "skip video: built without FFmpeg"
    else
        says video '^ *0.400  face 1  .*  happiness [0-9]* %$' "$dir/cmake/video" "$dir/film.mp4"
    fi
else
    echo "skip video: no ffmpeg"
fi
unset LD_LIBRARY_PATH
"$prefix/bin/fer" predict "$dir/files/face.png" >/dev/null || { echo "FAIL the installed command"; exit 1; }
echo "ok   the installed command finds its library and the default weights"
