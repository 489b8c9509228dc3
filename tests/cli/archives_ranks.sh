#!/bin/sh
# Archives whose inputs the processes of one MPI job share.
[ -w /dev/shm ] && export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
. "$tests/../ranks/mpi.sh"
python3 "$tests/scene.py" "$tests/../../examples/face.png" || exit 1
pictures="data two.png cut.jpg none.png empty.png face.png"
many() { n=$1 && shift && timeout 60 mpirun -n "$n" "$@"; }
if ! command -v mpirun >/dev/null || many 2 "$FER" predict face.png --out probe 2>&1 | grep -q 'built without MPI'; then
    echo "skipped: no mpirun, or fer was built without MPI"
    exit 0
fi
same() { said "$1 is $2" cmp -s "$1" "$2"; }

gives 1 "one process" "$FER" predict $pictures --out one
for n in 2 4; do
    many $n "$FER" predict $pictures --threads 1 --out r$n >.log/out 2>.log/err
    said "$n ranks: exit code 1 for the unreadable pictures" [ $? -eq 1 ]
    same r$n/faces.csv one/faces.csv
    same r$n/failures.csv one/failures.csv
    said "$n journals" [ "$(ls r$n/journal/*.journal | wc -l)" -eq $n ]
    said "each input has one answer" [ "$(cat r$n/journal/*.journal | grep -c '"n":')" -eq 20 ]
    said "each failure is reported once" [ "$(grep -c '^fer: cut.jpg' .log/err)" -eq 1 ]
done
for journal in r4/journal/*.journal; do
    head -c $(($(wc -c <$journal) - 30)) $journal >.log/torn && cp .log/torn $journal
done
rm r4/faces.csv
many 2 "$FER" predict $pictures --threads 1 --out r4 --resume >.log/out 2>.log/err
same r4/faces.csv one/faces.csv
gives 1 "one process resumes what ranks began" "$FER" predict $pictures --out r2 --resume
same r2/faces.csv one/faces.csv
two_ranks "" --tta "$FER" predict $pictures --out other >.log/out 2>.log/err
said "ranks with other options" [ $? -ne 0 ]
err_has 'rank 1 of 2 .*: has other inputs or settings than rank 0: --tta: "off" before, "on" now'

# A film in pieces, which two ranks and one process share; then one rank dies, and three go on.
if command -v ffmpeg >/dev/null && "$FER" video nowhere.mp4 2>&1 | grep -q 'No such file'; then
    mkdir films
    ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=200x140:rate=4:duration=7 -i "$tests/../../examples/face.png" \
        -filter_complex "[0][1]overlay=x=5+6*t:y=4" -c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p films/a.mp4
    head -c 3000 films/a.mp4 >films/bad.mp4
    P="--piece 2 --smallest 40 --threads 1"
    gives 1 "pieces by one process" "$FER" video films $P --out f1
    for n in 2 3; do
        many $n "$FER" video films $P --out f$n >.log/out 2>.log/err
        said "$n ranks share pieces" [ $? -eq 1 ]
        said "the same bytes" diff -r --exclude=journal f1 f$n
    done
    many 2 "$FER" video films $P --out killed >.log/out 2>.log/err &
    job=$!
    while kill -0 $job 2>/dev/null && [ -z "$(ls killed/journal/*.faces 2>/dev/null)" ]; do sleep 0.02; done
    kill -9 "$(pgrep -f "^$FER video .*--out killed" | tail -n 1)"
    wait $job
    said "a rank that dies ends the job" [ $? -ne 0 ]
    many 3 "$FER" video films $P --out killed --resume >.log/out 2>.log/err
    said "the same bytes after it" diff -r --exclude=journal f1 killed
fi
many 2 "$FER" predict nowhere --out none >.log/out 2>.log/err
said "no input" [ $? -ne 0 ]
finish
