#!/bin/sh
# fer video --out: many films, one directory of outputs.
. "$(dirname "$0")/lib.sh"
needs_films
source=$tests/../..
# FILE X: a second of 5 frames, the face at X
make() { make_film "$1" 240x200 5 1 "x=$2+20*t:y=30" -movflags +faststart; }
mkdir -p in/day2 other
make in/talk.mp4 20
make in/day2/talk.mp4 40
make in/talk.mov 30
make in/summary.mkv 10
make other/solo.mp4 50
cp other/solo.mp4 solo.mp4
head -c $(($(wc -c <solo.mp4) * 2 / 3)) solo.mp4 >in/cut.mp4
echo nothing >in/bad.mkv
: >in/notes.txt

gives 1 "many films, two of them bad" "$FER" video in solo.mp4 in/talk.mp4 --out out --write csv,jsonl,openface,vtt
err_has 'left out: 1 x no film by its name (.txt); the first: in/notes.txt'
err_has 'bad.mkv: not a video'
err_has 'fer: 5 films analysed, 0 complete before, 2 failed'
out_is '[l.split() for l in lines] == [["failed", "in/bad.mkv", "out/bad"], ["failed", "in/cut.mp4", "out/cut"],
    ["done", "in/day2/talk.mp4", "out/day2/talk"], ["done", "in/summary.mkv", "out/summary.mkv"],
    ["done", "in/talk.mov", "out/talk.mov"], ["done", "in/talk.mp4", "out/talk.mp4"], ["done", "solo.mp4", "out/solo"]]'
cp out/summary.csv .log/out
out_is '[(r[0], r[1], r[-1]) for r in rows[1:]] == [("in/bad.mkv", "0", "0"), ("in/cut.mp4", "1", "0"), ("in/day2/talk.mp4", "1", "1"),
    ("in/summary.mkv", "1", "1"), ("in/talk.mov", "1", "1"), ("in/talk.mp4", "1", "1"), ("solo.mp4", "1", "1")]'
out_is 'len(set(map(len, rows))) == 1 and rows[0][:6] == ["file", "face_id", "first", "last", "seconds", "confidence"]'
out_is 'all(float(r[rows[0].index("happiness")]) == 1 and float(r[rows[0].index("happiness_mean")]) > 0.9
    and r[rows[0].index("transitions")] == "0" and abs(float(r[4]) - 1) < 1e-6 for r in rows[3:])'
for table in out/day2/talk.csv out/day2/talk.openface.csv; do
    cp $table .log/out
    out_is 'rows[0][0] == "file" and len(rows) == 6 and all(r[0] == "in/day2/talk.mp4" for r in rows[1:])'
done
cp out/day2/talk.jsonl .log/out
out_is 'all(json.loads(l)["file"] == "in/day2/talk.mp4" for l in lines) and len(lines) == 5'
said "nothing else is written" [ "$(find out -type f -not -path '*/journal/*' | wc -l)" -eq $((6 * 5 + 2)) ]
cp out/failures.csv .log/out
out_is '[r[0] for r in rows] == ["file", "in/bad.mkv", "in/cut.mp4"] and "not a video" in rows[1][1] and "cut off" in rows[2][1]'
no_leftover

# The same numbers as alone, but for the name.
"$FER" video solo.mp4 >alone.csv 2>/dev/null
said "the table is that of the film alone" python3 -c '
import csv
a, b = (list(csv.reader(open(f))) for f in ("alone.csv", "out/solo.csv"))
assert [r[1:] for r in b] == a and all(r[0] == "solo.mp4" for r in b[1:])'

# Names that cannot differ, and outputs on top of inputs.
gives 2 "the same file name in one place" "$FER" video other/solo.mp4 other/../other/solo.mp4 ./other/solo.mp4 --out o2
err_has 'would both be written as o2/other/solo.mp4.csv; use two output directories'
no_file o2
gives 0 "the same file name in two places" "$FER" video other/solo.mp4 in/../solo.mp4 solo.mp4 --out o3
said "paths keep them apart" [ -f o3/other/solo.mp4.csv ]
cp solo.mp4 in/talk.annotated.mp4
gives 2 "an output that is a film" "$FER" video in/talk.mp4 in/talk.annotated.mp4 --out in --write annotate
err_has 'in/talk.annotated.mp4 would replace the film in/talk.annotated.mp4'
rm in/talk.annotated.mp4

cp "$source/examples/face.png" other/
gives 1 "films for predict" "$FER" predict other/solo.mp4
err_has "'fer video' reads films"
gives 0 "films beside pictures" "$FER" predict other
err_has "left out: 1 x film, which 'fer video' reads; the first: other/solo.mp4"
rm other/face.png

gives 2 "many films without --out" "$FER" video solo.mp4 other
err_has '2 films; --out DIR is needed'
gives 2 "a directory without --out" "$FER" video other
err_has 'other is a directory; --out DIR is needed'
gives 2 "an output of one film" "$FER" video solo.mp4 --out o4 --csv x.csv
err_has '\-\-csv is for one film; with --out, --write names the outputs'
gives 2 "no such output" "$FER" video solo.mp4 --out o4 --write csv,vttt
err_has "'vttt' is no output of a film; choose from csv, jsonl, "
gives 2 "nothing to do" "$FER" video --out o4
gives 1 "no films" "$FER" video .log --out o4
err_has 'no film (.mp4, '
gives 1 "an output directory that cannot be" "$FER" video solo.mp4 --out solo.mp4/x
printf 'solo.mp4\r\nother\n' >names.txt
gives 0 "a list" "$FER" video --list names.txt --out o5 --quiet
out_is '[l.split()[:2] for l in lines] == [["done", "solo.mp4"], ["done", "other/solo.mp4"]]'

# ---- shards, and runs that end early --------------------------------------------------------------------------------------
films="in solo.mp4 in/talk.mp4"
for i in 1 2 3; do "$FER" video $films --out shards --write csv --shard $i/3 --quiet >>.log/shards 2>&1; done
gives 0 "merge" "$FER" merge shards
said "the summary of all" cmp -s shards/summary.csv out/summary.csv
said "the failures of all" cmp -s shards/failures.csv out/failures.csv
said "and the films" cmp -s shards/day2/talk.csv out/day2/talk.csv
rm shards/day2/talk.csv
sed -i '$d' out/journal/*.journal # as if the last film had been running
rm out/solo.summary.csv out/summary.csv in/cut.mp4
cp solo.mp4 in/cut.mp4
gives 1 "resume" "$FER" video $films --out out --write csv,jsonl,openface,vtt --resume --jobs 2
out_is 'sorted(l.split()[0] for l in lines) == ["done"] * 2 + ["failed"] + ["skipped"] * 4'
cp out/summary.csv .log/out
out_is '[(r[0], r[-1]) for r in rows[1:]] == [("in/bad.mkv", "0"), ("in/cut.mp4", "1"), ("in/day2/talk.mp4", "1"),
    ("in/summary.mkv", "1"), ("in/talk.mov", "1"), ("in/talk.mp4", "1"), ("solo.mp4", "1")]'
gives 0 "outputs that somebody deleted" "$FER" video $films --out shards --write csv --shard 3/3 --resume
out_has '^done    in/day2/talk.mp4'
said "are made again" cmp -s shards/day2/talk.csv out/day2/talk.csv
gives 1 "a second run" "$FER" video $films --out out
err_has 'has the answers of an earlier run; --resume continues it'
gives 1 "other outputs" "$FER" video $films --out out --resume
err_has '\-\-write: "csv,jsonl,openface,vtt" before, "csv" now'
gives 2 "--shard without --out" "$FER" video solo.mp4 --shard 1/2
finish
