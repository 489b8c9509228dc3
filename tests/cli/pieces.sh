#!/bin/sh
# fer video --piece: a film in pieces, by one process, by threads, by shards, and after a kill: the same bytes.
. "$(dirname "$0")/lib.sh"
if ! command -v ffmpeg >/dev/null || ! "$FER" video nowhere.mp4 2>&1 | grep -q 'No such file'; then
    echo "skipped: no ffmpeg, or fer was built without it"
    exit 0
fi
# 7 seconds of 4 frames: a face that moves, and one that hides from 2.8 s to 3.5 s, while the film is cut at 3 s.
face=$tests/../../examples/face.png
mkdir in
ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=300x128:rate=4:duration=7 -i "$face" -filter_complex \
    "[1]scale=120:-1,split[a][b];[0][a]overlay=x=5+6*t:y=4[c];[c][b]overlay=x=180-4*t:y=6:enable='lt(t,2.8)+gt(t,3.4)'" \
    -c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p -movflags +faststart in/long.mp4
ffmpeg -y -loglevel error -i in/long.mp4 -t 1 -c copy in/short.mp4
P="--piece 3 --write csv,jsonl --smallest 30 --threads 1"
same() { said "$1 and $2: the same bytes" diff -r --exclude=journal "$1" "$2"; }

gives 2 "pieces without a directory" "$FER" video in/long.mp4 --piece 3
err_has 'video: --piece needs --out DIR'
gives 2 "blurred pieces" "$FER" video in --piece 3 --out no --write annotate --blur-faces
err_has 'films with blurred faces are not cut'
no_file no

gives 0 "in pieces" "$FER" video in $P --out one
err_has 'fer: 2 films analysed, 0 complete before, 0 failed'
said "the pieces' files are gone" [ -z "$(find one/journal -name '*.faces')" ]
gives 0 "whole" "$FER" video in $(without piece $P) --out whole
same_short() { cmp -s one/short.csv whole/short.csv; }
said "a short film is not cut" same_short
cat >.log/compare.py <<'END'
import csv
a, b = (list(csv.DictReader(open(f + "/long.csv"))) for f in ("whole", "one"))
key = lambda r: (r["frame"], r["face_id"], r["timestamp"])
assert len(a) > 40 and [key(r) for r in a] == [key(r) for r in b], (len(a), len(b))
assert {r["face_id"] for r in b} == {"1", "2"}
assert a != b  # the smoothed scores began anew
assert all(abs(float(x[c]) - float(y[c])) < 1 for x, y in zip(a, b) for c in "xywh")
END
said "frames, numbers and boxes are those of the whole film" python3 .log/compare.py

gives 0 "by two threads" "$FER" video in $P --jobs 2 --out two
same one two
for i in 1 2; do
    gives 0 "shard $i" "$FER" video in $P --shard $i/2 --out shards
done
gives 0 "joined" "$FER" merge shards
for f in summary.csv failures.csv long.csv long.jsonl long.summary.csv short.csv; do
    said "$f of two shards" cmp -s one/$f shards/$f
done

# Killed when the first piece is there.
"$FER" video in $P --out killed >/dev/null 2>&1 &
job=$!
while kill -0 $job 2>/dev/null && [ ! -e killed/journal/film-0.piece-0.faces ]; do sleep 0.02; done
kill -9 $job
wait $job 2>/dev/null
said "it was killed between the pieces" [ -e killed/journal/film-0.piece-0.faces -a ! -e killed/summary.csv ]
gives 1 "pieces of another length" "$FER" video in $(without piece $P) --piece 2 --out killed --resume
err_has '--piece: .*3.* before, .*2.* now'
head -c 100 killed/journal/film-0.piece-0.faces >killed/journal/film-0.piece-1.faces
gives 0 "resumed" "$FER" video in $P --out killed --resume
same one killed

# --fps chooses the same frames for a piece as for the whole.
gives 0 "fewer frames" "$FER" video in/long.mp4 $P --fps 2 --baseline auto --out slow
cp slow/long.csv .log/out
out_is 'sorted({float(r[3]) for r in rows[1:] if r[1] and float(r[3]) < 7}) == [k / 2 for k in range(14)]'

# A film that breaks off: what there is, and a failure.
head -c $(($(wc -c <in/long.mp4) * 4 / 5)) in/long.mp4 >cut.mp4
gives 1 "a film that breaks off" "$FER" video cut.mp4 $P --out cut
cp cut/failures.csv .log/out
out_is 'len(rows) == 2 and "cut off" in rows[1][1]'
said "its first piece is written" [ "$(wc -l <cut/cut.csv)" -gt 20 ]
finish
