#!/bin/sh
# sh tests/web/run.sh BUILD_WASM FER: the tests of the package for browsers and Node (docs/web.md), in Node. Pictures are
# the portraits next to the repository, where they are, and those of examples/.
dir=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 1
fer=$2
portraits=${FER_PORTRAITS:-$dir/../../../shared/data/portraits/portraits.tar}
python=/usr/bin/python3 # Debian's, which has PIL
[ -x $python ] || python=python3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

for program in "$build"/tests/*.wasm; do
    [ -f "$program" ] || continue
    node --no-warnings "$dir/program.mjs" "$program" >"$work/out" || { cat "$work/out"; echo "FAIL $program"; exit 1; }
    echo "ok   $(grep -c '^ok' "$work/out") tests of $(basename "$program" .wasm) in WebAssembly"
done

$python "$dir/pictures.py" "$work" "$dir/../../examples" "$portraits" || exit 1
# WebAssembly's vectors have 128 bits. Wider kernels add in another order, and a pixel of a crop may round otherwise.
"$fer" predict --quiet --isa vec128 "$work"/*.png >"$work/predictions.jsonl" || exit 1
"$fer" predict --quiet --isa vec128 --faces whole "$work"/*.png >"$work/whole.jsonl" || exit 1
FER_WEB_PACKAGE=$build/libfer FER_WEB_PICTURES=$work node --test "$dir/test_web.mjs"
