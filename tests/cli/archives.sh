#!/bin/sh
# Many pictures into one directory: shards, merging, and runs that end early.
# In memory where possible: each of these runs waits for the disk several times.
[ -w /dev/shm ] && export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
python3 "$tests/scene.py" "$tests/../../examples/face.png" || exit 1
cp "$tests/../../examples/face.png" person.png
pictures="data two.png cut.jpg person.png empty.png none.png face.png"
good="data two.png person.png none.png face.png"
journal=journal/shard-1-of-1.rank-0.journal
same() { said "$1 is $2" cmp -s "$1" "$2"; }
differs() { said "$1 is not $2" sh -c "! cmp -s $1 $2"; }

# ---- one process ----------------------------------------------------------------------------------------------------------
gives 1 "pictures, two of them unreadable" "$FER" predict $pictures --out one
said "prints nothing" [ ! -s .log/out ]
err_has '^fer: cut.jpg: JPEG: the file is cut off'
said "the failures are named" [ "$(cut -d, -f1 one/failures.csv | tr '\n' ' ')" = "file cut.jpg empty.png " ]
said "a row per face" python3 -c '
import csv
rows = list(csv.reader(open("one/faces.csv")))
names = ["data/%s/%02d.png" % (c, i) for c, n in (("anger", 4), ("happiness", 5), ("neutral", 6)) for i in range(n)]
assert [r[0] for r in rows[1:]] == names + ["two.png"] * 2 + ["person.png", "none.png", "face.png"], rows
assert rows[0][-1] == "whole" and rows[-3][1] == "happiness"'
for format in json csv openface pyfeat emotionml; do
    "$FER" predict $good --format $format >plain
    gives 0 "$format" "$FER" predict $good --format $format --out table.$format
    said "the same as on standard output" cmp -s plain table.$format/faces.*
done
gives 0 "unreadable pictures may be left out" "$FER" predict $pictures --out skipped --skip-bad --threads 3
same skipped/faces.csv one/faces.csv
same skipped/failures.csv one/failures.csv

# ---- shards ---------------------------------------------------------------------------------------------------------------
gives 1 "shard 3" "$FER" predict $pictures --out four --shard 3/4
gives 1 "not all shards" "$FER" merge four
err_has '16 of 21 inputs have no answer; the first is of shard 1/4: run that again with --resume'
no_file four/faces.csv
for i in 1 2 4; do "$FER" predict $pictures --out four --shard $i/4 --quiet 2>>.log/shards; done
said "tables of the shards" [ "$(cat four/faces.?-of-4.csv | grep -c -v '^file,label')" = 20 ]
gives 0 "merge" "$FER" merge four
err_has '2 of 21 inputs failed: four/failures.csv'
same four/faces.csv one/faces.csv
same four/failures.csv one/failures.csv
for i in 1 2 3; do "$FER" predict $pictures --out apart$i --shard $i/3 2>>.log/shards; done
gives 0 "merge directories, in any order" "$FER" merge apart2 apart3 apart1 --out joined
same joined/faces.csv one/faces.csv
gives 1 "shards of several runs" "$FER" merge one four
err_has 'is of one of 4 shards, but one/.* of one of 1'
"$FER" predict $pictures --out other1 --shard 1/3 --tta 2>>.log/shards
gives 1 "shards of other settings" "$FER" merge other1 apart2 apart3
err_has 'apart2/journal/.*: is of another run than other1/.*: --tta: "on" before, "off" now'
gives 1 "no journal" "$FER" merge data
err_has '^fer: data: has no journal'
gives 0 "more shards than inputs" "$FER" predict $pictures --out many --shard 500/1000
said "a table without rows" [ "$(wc -l <many/faces.500-of-1000.csv)" -eq 1 ]

# ---- runs that ended early ------------------------------------------------------------------------------------------------
gives 1 "a second run into the directory" "$FER" predict $pictures --out one
err_has 'one: has the answers of an earlier run; --resume continues it'
gives 1 "resume a complete run" "$FER" predict $pictures --out one --resume
err_has 'one: 19 of 21 inputs have their answer'
same one/faces.csv skipped/faces.csv
size=$(wc -c <table.csv/$journal)
for cut in 1 17 600 $((size / 2)); do
    rm -rf torn && mkdir -p torn/journal
    head -c $((size - cut)) table.csv/$journal >torn/$journal
    gives 0 "the journal without its last $cut bytes" "$FER" predict $good --out torn --resume
    same torn/faces.csv table.csv/faces.csv
    same torn/$journal table.csv/$journal
done
rm -rf torn && mkdir -p torn/journal
sed '5s/anger/angry/; 9s/.*/garbage/' table.csv/$journal >torn/$journal
gives 0 "lines that something changed" "$FER" predict $good --out torn --resume
err_has '2 lines of the journal are incomplete or damaged'
same torn/faces.csv table.csv/faces.csv
said "the other answers are kept" [ "$(wc -l <torn/$journal)" -eq $(($(wc -l <table.csv/$journal) + 2)) ]
echo no >torn/$journal
gives 1 "no journal at all" "$FER" predict $good --out torn --resume
err_has 'is not a journal of fer'
cp face.png later.png && echo later.png >list
printf nothing >late.png
gives 1 "a picture fails" "$FER" predict late.png face.png --out late
cp person.png late.png
gives 0 "it is tried again" "$FER" predict late.png face.png --out late --resume
said "and has its answer" grep -q '^late.png,happiness' late/faces.csv
said "and no failure" [ "$(cat late/failures.csv)" = file,error ]

# ---- what is refused ------------------------------------------------------------------------------------------------------
gives 1 "other inputs" "$FER" predict $pictures later.png --out one --resume
err_has 'one: cannot be resumed, .*: inputs: 21 before, 22 now'
gives 1 "renamed inputs" "$FER" predict later.png face.png --out late --resume
err_has 'names: '
gives 1 "other options" "$FER" predict $pictures --out one --resume --faces whole
err_has '\-\-faces: "auto" before, "whole" now'
gives 1 "another model" "$FER" predict $pictures --out one --resume --weights w.safetensors
err_has '\-\-weights: '
gives 1 "another instruction set" "$FER" predict $pictures --out one --resume --isa ref
err_has '\-\-isa: '
gives 1 "another number of shards" "$FER" predict $pictures --out one --resume --shard 1/2
err_has 'was begun by 1 processes'
head -c 300 table.csv/$journal >torn/$journal
gives 1 "not even a journal's first line" "$FER" predict $good --out torn --resume
gives 2 "--shard without --out" "$FER" predict face.png --shard 1/2
gives 2 "--resume without --out" "$FER" predict face.png --resume
for shard in 0/2 3/2 1 /2 1/ 1/2/3 -1/2 x/y 1/10000000; do
    gives 2 "shard $shard" "$FER" predict face.png --out x --shard $shard
done
gives 2 "text is no table" "$FER" predict face.png --out x --format text
gives 2 "standard input has no name" "$FER" predict - --out x
no_file x
gives 1 "a file in the way" "$FER" predict face.png --out face.png/x
mkdir full
with_disk 3 gives 1 "a full disk" "$FER" predict $good --out full
err_has 'File too large'
no_file full/faces.csv
gives 0 "resumed with room" "$FER" predict $good --out full --resume
same full/faces.csv table.csv/faces.csv
differs one/failures.csv late/failures.csv
no_leftover
finish
