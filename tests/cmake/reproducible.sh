#!/bin/sh
# Built once more from a copy of the sources in a directory of another name, the same bytes are installed:
# sh reproducible.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1
build=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/copy"
(cd "$source" && tar cf - --exclude='./build*' --exclude=./.git .) | tar xf - -C "$dir/copy"
cmake -G Ninja -S "$dir/copy" -B "$dir/copy/build" >"$dir/log" 2>&1 &&
    ninja -C "$dir/copy/build" >"$dir/log" 2>&1 &&
    DESTDIR="$dir/first" cmake --install "$build" >"$dir/log" 2>&1 &&
    DESTDIR="$dir/second" cmake --install "$dir/copy/build" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
(cd "$dir/first" && find . -type f -o -type l | sort) >"$dir/files"
n=$(wc -l <"$dir/files")
[ "$n" -gt 20 ] || { echo "FAIL only $n files were installed"; exit 1; }
diff -r "$dir/first" "$dir/second" || { echo "FAIL the builds differ"; exit 1; }
for wanted in LICENSE CHANGELOG.md third-party.md model-cards.md; do
    grep -q "/doc/.*/$wanted\$" "$dir/files" || { echo "FAIL $wanted is not installed"; exit 1; }
done
echo "ok   two builds install the same $n files"
