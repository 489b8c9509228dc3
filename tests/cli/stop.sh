# Signals: what is interrupted is complete up to there; a terminal that closes (SIGHUP) is like SIGTERM. Full outputs.
. "$(dirname "$0")/lib.sh"

W="--weights w.safetensors"
i=0
while [ $i -lt 20000 ]; do echo face.png; i=$((i + 1)); done >many

# interrupted NAME SIGNAL EXIT-CODE FILE COMMAND...: the signal is sent once FILE has something in it.
interrupted() {
    label=$1
    signal=$2
    want=$3
    grows=$4
    shift 4
    "$@" >.log/out 2>.log/err </dev/null &
    pid=$!
    i=0
    while [ $i -lt 200 ] && [ ! -s $grows ]; do sleep 0.05; i=$((i + 1)); done
    kill -$signal $pid
    wait $pid
    code=$?
    said "$label, $signal: exit code $want, got $code" [ $code -eq $want ]
}

is_xml() { python3 -c 'import sys, xml.etree.ElementTree as e; assert len(e.parse(sys.argv[1]).getroot()) > 0' "$1"; }

for signal in HUP TERM; do
    [ $signal = HUP ] && number=1 || number=15
    rm -f .log/out
    interrupted "predict" $signal $((128 + number)) .log/out "$FER" predict $W --list many --format emotionml --threads 1
    said "the document is closed" is_xml .log/out
    err_has 'stopped; [0-9]* of 20000 pictures'
done
rm -f .log/out
interrupted "predict as JSON" HUP 129 .log/out "$FER" predict $W --list many --threads 1
said "lines are whole" python3 -c 'import json; [json.loads(l) for l in open(".log/out")]'

if reads_films; then
    ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=320x240:rate=25:duration=60 -c:v libx264 \
        -preset ultrafast -pix_fmt yuv420p film.mp4
    for signal in HUP INT TERM; do
        rm -f .log/out o.mp4 o.csv
        # A shell ignores SIGINT for jobs in the background; python gives it back.
        interrupted "video" $signal 0 .log/out python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$FER" video film.mp4 --threads 1 --csv o.csv --jsonl - --annotate o.mp4
        err_has 'stopped at'
        said "the table is there" [ -s o.csv ]
        said "the film plays" ffprobe -v error o.mp4
        no_leftover
    done
fi

# ---- standard output without room ----
if [ -w /dev/full ]; then
    for command in "predict $W face.png" "predict $W face.png --format text" "predict $W --list many --format csv" \
        "eval $W --data data" "eval $W --data data --format json" "models" "info w.safetensors" \
        "info w.safetensors --format json" "data info data" "data info data --format json" "--help" "--version" \
        "convert w.safetensors v.safetensors" "models --format json"; do
        "$FER" $command >/dev/full 2>.log/err </dev/null
        code=$?
        said "$command into a full disk: exit code 1, got $code" [ $code -eq 1 ]
        said "one sentence with the cause" [ "$(grep -c '' .log/err) $(grep -c 'standard output: .*No space left' .log/err)" = "1 1" ]
    done
fi
finish
