#!/bin/sh
# fuzz/run.sh SECONDS BUILD_DIR [FUZZER]: replays the inputs that once broke a parser, then runs every fuzzer, or one such as fuzz_tar,
# for SECONDS on a copy of its corpus; as many at a time as there are processors.
# Exits non-zero on a finding; what was found stays in BUILD_DIR/fuzz/findings/<target>/.
[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: $0 SECONDS BUILD_DIR [FUZZER]" >&2; exit 2; }
seconds=$1
build=$(cd "$2" && pwd) || exit 2
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -eq 2 ]; then
    for source in "$here"/fuzz_*.c; do basename "$source" .c; done |
        xargs -P "$(nproc 2>/dev/null || echo 2)" -n 1 sh "$0" "$seconds" "$build"
    exit
fi

name=$3
target=${name#fuzz_}
program=$build/fuzz/$name
[ -x "$program" ] || { echo "$name: not built in $build" >&2; exit 2; }
findings=$build/fuzz/findings/$target
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$findings"
sh "$here/seeds.sh" "$target" "$work/seeds" || exit 1
# As in tests/CMakeLists.txt: what a library keeps of damaged pictures is not a finding.
export LSAN_OPTIONS="suppressions=$here/../tests/lsan.txt:print_suppressions=0:intercept_tls_get_addr=0"
limits="-rss_limit_mb=1024 -timeout=10"
status=0
if [ -d "$here/crashers/$target" ]; then
    # shellcheck disable=SC2086
    if ! "$program" $limits -artifact_prefix="$findings/" "$here/crashers/$target"/* >"$work/log" 2>&1; then
        echo "$name: an old finding is back"
        tail -n 60 "$work/log"
        status=1
    fi
fi
# shellcheck disable=SC2086
if "$program" $limits -max_total_time="$seconds" -max_len=8192 -artifact_prefix="$findings/" "$work/seeds" >"$work/log" 2>&1; then
    sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) .*/\1 \2/p' "$work/log" |
        while read -r runs took; do echo "$name: $runs runs in $took s, $((runs / took)) a second"; done
else
    echo "$name: found something, see $findings"
    tail -n 60 "$work/log"
    status=1
fi
exit $status
