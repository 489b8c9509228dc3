#!/bin/sh
# fuzz/seeds.sh TARGET DIR: puts what a fuzzer begins with into DIR: its folder of fuzz/corpus, and the tests' fixtures of its format.
[ $# -eq 2 ] || { echo "usage: $0 TARGET DIR" >&2; exit 2; }
target=$1
here=$(cd "$(dirname "$0")" && pwd)
fixtures=$here/../tests/formats/fixtures
mkdir -p "$2" || exit 1
case $target in
npy | pth | safetensors | tar | zip) find "$fixtures" -type f -name "*.$target" -size -16k ;;
kind) find "$here/corpus" "$fixtures" -type f -size -16k ;;
faces) find "$here/corpus/pixels" -type f ;;
esac | while read -r file; do
    cp "$file" "$2/$(basename "$(dirname "$file")")-$(basename "$file")"
done
[ ! -d "$here/corpus/$target" ] || cp -r "$here/corpus/$target/." "$2"
