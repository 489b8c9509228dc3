#!/bin/sh
# fuzz/coverage.sh BUILD_DIR [CORPUS]: prints which part of each parser's lines its fuzzer's seeds run through. CORPUS has a folder of
# more inputs for each target, such as those that fuzz/run.sh keeps. BUILD_DIR is made with clang and
# -DFER_FUZZ=ON -DFER_SANITIZE=address -DCMAKE_C_FLAGS="-fprofile-instr-generate -fcoverage-mapping"; targets not built are left out.
[ $# -ge 1 ] || { echo "usage: $0 BUILD_DIR [CORPUS]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 2
corpus=${2:-}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export ASAN_OPTIONS=detect_leaks=0 # fuzz/run.sh looks for leaks

# tool NAME: llvm-NAME of the same version as the compiler's, or the one without a version.
tool() {
    compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
    version=$("$compiler" -dumpversion | cut -d. -f1)
    command -v "llvm-$1-$version" || command -v "llvm-$1" || { echo "llvm-$1 is missing: install llvm-$version" >&2; exit 2; }
}
profdata=$(tool profdata) && cov=$(tool cov) || exit 2

# run TARGET: its profile becomes $work/TARGET.raw; false if it is not built.
run() {
    program=$build/fuzz/fuzz_$1
    [ -x "$program" ] || return 1
    [ ! -e "$work/$1.raw" ] || return 0
    sh "$here/seeds.sh" "$1" "$work/seeds-$1" || exit 1
    dirs=$work/seeds-$1
    for dir in "$corpus/$1" "$here/crashers/$1"; do
        [ ! -d "$dir" ] || dirs="$dirs $dir"
    done
    # shellcheck disable=SC2086
    if ! LLVM_PROFILE_FILE="$work/$1.raw" "$program" -runs=0 -rss_limit_mb=1024 $dirs >"$work/log" 2>&1; then
        tail -n 30 "$work/log"
        exit 1
    fi
}

# parser "TARGET..." SOURCE...: a line for each source, of all these targets together.
parser() {
    targets=$1
    shift
    raw=
    programs=
    for target in $targets; do
        run "$target" || continue
        raw="$raw $work/$target.raw"
        programs="$programs ${programs:+-object} $build/fuzz/fuzz_$target"
    done
    [ -n "$raw" ] || return
    # shellcheck disable=SC2086
    "$profdata" merge -o "$work/merged" $raw || exit 1
    # shellcheck disable=SC2086
    "$cov" export -summary-only -instr-profile="$work/merged" $programs >"$work/json" || exit 1
    for source; do
        python3 -c '
import json, sys
files = json.load(open(sys.argv[3]))["data"][0]["files"]
lines = next(f["summary"]["lines"] for f in files if f["filename"].endswith("/src/" + sys.argv[2]))
print("%-16s %-28s %5d lines %6.1f %%" % (sys.argv[1], sys.argv[2], lines["count"], lines["percent"]))' \
            "$targets" "$source" "$work/json" || exit 1
    done
}

parser csv base/csv.c base/encoding.c
parser npy formats/npy.c
parser pack formats/pack.c
parser pth formats/pth.c formats/pickle.c
parser safetensors formats/safetensors.c base/json_pull.c
parser "safetensors pth" formats/tensors.c formats/tensors_file.c
parser tar formats/archive_tar.c
parser zip formats/archive_zip.c
parser folder formats/archive_dir.c
parser "tar zip folder" formats/archive_read.c formats/archive_open.c formats/archive_entries.c formats/archive_decoder.c
parser kind formats/file_kind.c
