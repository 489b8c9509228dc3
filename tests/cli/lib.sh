# Black-box tests of the command. Sourced by every script here: sh SCRIPT FER FIXTURES
# FER is the command, FIXTURES the program that makes its inputs. Works in a directory of its own.
set -u
FER=$1
tests=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C
PATH=/usr/bin:$PATH # a wrapper of python3 that first chooses a version takes longer than most commands here
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
cd "$dir" || exit 1
"$2" || exit 1
mkdir .log # what the command printed, out of the way of its inputs
failures=0

# said NAME CONDITION...: one line of the report.
said() {
    name=$1
    shift
    if "$@"; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        sed 's/^/     stdout: /' .log/out | head -n 5
        sed 's/^/     stderr: /' .log/err | head -n 5
        failures=$((failures + 1))
    fi
}

# gives CODE NAME COMMAND...: run it, compare the exit code, and look at what every exit code promises.
gives() {
    want=$1
    label=$2
    shift 2
    "$@" >.log/out 2>.log/err </dev/null
    code=$?
    said "$label: exit code $want, got $code" [ "$code" -eq "$want" ]
    [ "$want" -eq 0 ] || said "$label: a sentence on stderr" grep -q '^fer: ....' .log/err
    [ "$want" -ne 2 ] || said "$label: nothing on stdout" [ ! -s .log/out ]
}

out_has() { said "stdout has '$1'" grep -q -e "$1" .log/out; }
err_has() { said "stderr has '$1'" grep -q -e "$1" .log/err; }
out_lines() { said "stdout has $1 lines" [ "$(wc -l <.log/out)" -eq "$1" ]; }
# python EXPRESSION over `text`, the whole of stdout, and `doc`, its JSON if it is such.
out_is() {
    said "$(printf %s "$1" | tr -s '\n ' ' ')" python3 -c '
import csv, io, json, sys
text = open(".log/out", newline="").read()
try:
    doc = json.loads(text)
except ValueError:
    doc = None
csv.field_size_limit(1 << 30) # a page of HTML has longer lines than csv allows
rows = list(csv.reader(io.StringIO(text)))
lines = text.splitlines()
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1"
}
no_file() { said "no $1 is left" [ ! -e "$1" ]; }
no_leftover() { said "nothing unfinished is left" [ -z "$(find . -name '*.tmp')" ]; }
# Every file the command writes may hold this many blocks of 512 bytes and no more, as if the disk were full.
with_disk() {
    blocks=$1
    shift
    (
        trap '' XFSZ
        ulimit -f "$blocks"
        "$@"
    )
}
# without NAME OPTIONS...: the options, except --NAME and its value.
without() {
    left_out=--$1
    shift
    while [ $# -gt 0 ]; do
        if [ "$1" = "$left_out" ]; then shift; else printf '%s ' "$1"; fi
        shift
    done
}
reads_films() { command -v ffmpeg >/dev/null && "$FER" video nowhere.mp4 2>&1 | grep -q 'No such file'; }
# For scripts that are about films only.
needs_films() {
    reads_films && return
    echo "skipped: no ffmpeg, or fer was built without it"
    exit 0
}
# make_film FILE SIZE RATE SECONDS OVERLAY OPTIONS...: the face of examples/face.png over a plain ground, where ffmpeg's
# filter overlay=OVERLAY puts it.
make_film() {
    film=$1 size=$2 rate=$3 seconds=$4 overlay=$5
    shift 5
    ffmpeg -y -loglevel error -f lavfi -i "color=0x708090:size=$size:rate=$rate:duration=$seconds" \
        -i "$tests/../../examples/face.png" -filter_complex "[0][1]overlay=$overlay" -c:v libx264 -preset ultrafast \
        -pix_fmt yuv420p "$@" "$film"
}
finish() {
    echo "$failures failures"
    [ "$failures" -eq 0 ]
    exit
}
