#!/bin/sh
# fer train and train-detector by many processes: the bits of one process, kills, refusals.
# sh ranks.sh FER FIXTURES SHIM; FER is a build with MPI, SHIM makes its disk fail.
command -v mpirun >/dev/null || { echo "skip: no mpirun"; exit 77; }
shim=$3
. "$(dirname "$0")/../cli/lib.sh"
. "$tests/../ranks/mpi.sh"
export OMPI_MCA_btl=self,vader OMPI_MCA_plm=isolated # messages stay on this machine
ranks() { # N ARGUMENTS...: fer by N ranks
    n=$1
    shift
    timeout 120 mpirun -n "$n" "$FER" "$@"
}
# One line per tensor of a file, without its metadata: the log there has the speed.
tensors() {
    python3 -c '
import hashlib, json, struct, sys
data = open(sys.argv[1], "rb").read()
size = struct.unpack("<Q", data[:8])[0]
for name, t in sorted(json.loads(data[8:8 + size]).items()):
    if name != "__metadata__":
        begin, end = (8 + size + o for o in t["data_offsets"])
        print(name, t["shape"], hashlib.sha256(data[begin:end]).hexdigest())' "$1"
}
same_state() {
    tensors "$1/last.safetensors" >.log/a
    tensors "$2/last.safetensors" >.log/b
    said "$1 and $2: the same weights, average and optimiser" cmp -s .log/a .log/b
    cut -d, -f1-6,8 "$1/log.csv" >.log/a
    cut -d, -f1-6,8 "$2/log.csv" >.log/b
    said "$1 and $2: the same log" cmp -s .log/a .log/b
}

T="--model resnet-8 --input 16 --data data --val data --batch 8 --randaugment 0,0 --shift 0.1 --ema 0.9 --epochs 2 --threads 1"
gives 0 "one process of a build with MPI" "$FER" train $T --out one
said "it starts nothing of MPI" [ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 \( -name 'ompi.*' -o -name 'prte*' \) -newer one/config.json 2>/dev/null)" ]
gives 0 "two ranks" ranks 2 train $T --out two
err_has 'ranks: 2; of the time '
said "rank 0 alone speaks" [ "$(grep -c 'epoch   2/2' .log/err)" -eq 1 ]
same_state one two
gives 0 "three ranks" ranks 3 train $T --out three
same_state one three

# Rank 1 is killed after the first epoch; the job ends, and three ranks go on from the checkpoint.
L=$(without epochs $T)
gives 0 "a longer run" "$FER" train $L --epochs 6 --out long
timeout 120 mpirun -n 2 "$FER" train $L --epochs 6 --out killed >.log/out 2>.log/err &
job=$!
while kill -0 $job 2>/dev/null && [ ! -s killed/last.safetensors ]; do sleep 0.05; done
# The ranks are those that have this command line; mpirun's own begins with another word.
victim=$(pgrep -f "^$FER train .*--out killed" | tail -n 1)
kill -9 "$victim"
start=$(date +%s)
wait $job
said "a job whose rank dies fails" [ $? -ne 0 ]
said "within seconds" [ $(($(date +%s) - start)) -le 10 ]
said "with a message" grep -qi 'signal 9\|killed' .log/err
said "its checkpoint is whole" eval 'tensors killed/last.safetensors >/dev/null'
gives 0 "three ranks go on" ranks 3 train $L --epochs 6 --out killed --resume
same_state long killed

"$FER" eval --weights one/final.safetensors --data data --batch 4 --predictions one.csv --format csv >one.txt 2>/dev/null
gives 0 "an evaluation" ranks 2 eval --weights one/final.safetensors --data data --batch 4 --predictions two.csv --format csv
said "the same figures" cmp -s one.txt .log/out
said "the same predictions" cmp -s one.csv two.csv

# What all ranks must agree on.
P=$(without data $T)
pair() { two_ranks "$1" "$2" "$FER" train $P --out pair; }
mkdir other
cp -r data/. other
rm "$(find other -name '*.png' | head -n 1)"
gives 1 "other options" pair '--data data --lr 0.001' '--data data --lr 0.002'
err_has "'lr' is 0.001 in rank 0 and 0.002 in rank 1"
gives 1 "other data" pair '--data data' '--data other'
err_has "'data' is .* images.* in rank 0 and .* images.* in rank 1"
gives 1 "other kernels" pair '--data data --isa ref' '--data data --isa vec128'
err_has "'instruction set' is \"ref\" in rank 0 and \"vec128\" in rank 1"
gives 1 "data that one rank cannot read" pair '--data data' '--data nowhere'
err_has 'rank 1 of 2 .* nowhere'
gives 1 "a batch for fewer ranks" ranks 3 train $(without batch $T) --batch 2 --out pair
err_has '2 images make 2 slots, which cannot be divided among 3 ranks'
said "nothing of those was written" [ ! -e pair ]
# Only the ranks' disk is full: mpirun needs files of its own.
cp -r two full
full() {
    timeout 120 mpirun -n 2 env LD_PRELOAD="$shim" FER_FAULT=rename,linkat:ENOSPC "$FER" train $L --epochs 3 --out full --resume
}
gives 1 "a full disk" full
err_has 'rank 0 of 2 .*full/.*No space left'
said "the checkpoint is as it was" cmp -s two/last.safetensors full/last.safetensors

# The detector.
mkdir -p set/images
cp colour.png set/images/a.png
cp face.png set/images/b.png
printf '%s\n' image,x,y,w,h,lx1,ly1,lx2,ly2,lx3,ly3,lx4,ly4,lx5,ly5 a.png,20,10,24,30,26,20,38,20,32,26,28,32,36,32 \
    b.png,8,6,30,36,,,,,,,,,, >set/faces.csv
D="--data set --val set --epochs 1 --canvases 8 --batch 4 --size 64 --threads 1"
gives 0 "a detector" "$FER" train-detector $D --out faces
gives 0 "by two ranks" ranks 2 train-detector $D --out faces2
same_state faces faces2

# Its evaluation: more pictures than ranks, and not a multiple of them.
for i in c d e; do
    cp set/images/a.png set/images/$i.png
    sed -n "s/^a\.png/$i.png/p" set/faces.csv >>set/faces.csv
done
E="--detector faces/final.safetensors --smallest 8"
for format in text json; do
    "$FER" eval-detector --data set $E --threads 1 --format $format >one.$format 2>/dev/null
    for n in 1 2 3; do
        gives 0 "a detector's evaluation by $n ranks" ranks $n eval-detector --data set $E --threads 1 --format $format
        said "the same figures, once" cmp -s one.$format .log/out
    done
done
said "there are figures" grep -q '"images": 5' one.json
gives 0 "more ranks than pictures" ranks 6 eval-detector --data set $E --format json
said "the same figures" cmp -s one.json .log/out
cp -r set set2
sed -i 's/^a.png,20/a.png,21/' set2/faces.csv
measured() { two_ranks "$1" "$2" "$FER" eval-detector $E; }
gives 1 "ranks with other faces" measured '--data set' '--data set2'
err_has "'data' is .* in rank 0 and .* in rank 1"
gives 1 "ranks with another overlap" measured '--data set --iou 0.5' '--data set --iou 0.4'
err_has "'iou' is 0.5 in rank 0 and 0.4 in rank 1"
gives 1 "a set that one rank cannot read" measured '--data set' '--data nowhere'
err_has 'rank 1 of 2 .* nowhere'

# Valence and arousal: concordance of the whole batch, of which some pictures have no values, in ranks of unequal slots.
mkdir -p va/images
i=0
echo number,exp,valence,arousal >va/labels.csv
for picture in $(find data -name '*.png' | sort); do
    cp "$picture" va/images/$i.png
    case $((i % 5)) in
    3) echo "$i.png,$((i % 2)),-2,-2" ;;
    *) echo "$i.png,$((i % 2)),$(((i * 37 % 19) - 9))e-1,$(((i * 23 % 17) - 8))e-1" ;;
    esac >>va/labels.csv
    i=$((i + 1))
done
V="--order affectnet --classes neutral,happiness"
W="--model resnet-8 --input 16 $V --data va/labels.csv --val va/labels.csv --valence-arousal --va-weight 2 --batch 8
   --randaugment 0,0 --mixup 0.4 --ema 0.9 --epochs 2 --threads 1"
concordances() { grep -o 'val CCC .* arousal' .log/err; }
gives 0 "valence and arousal by one process" "$FER" train $W --out va1
concordances >va1.ccc
said "each epoch has them" [ "$(wc -l <va1.ccc)" -eq 2 ]
for n in 2 3; do
    gives 0 "by $n ranks" ranks $n train $W --out va$n
    said "the same concordances" eval 'concordances | cmp -s - va1.ccc'
    same_state va1 va$n
done
gives 0 "with SAM by one process" "$FER" train $W --sam 0.05 --out vasam1
gives 0 "with SAM by two ranks" ranks 2 train $W --sam 0.05 --out vasam2
same_state vasam1 vasam2
"$FER" eval --weights va1/final.safetensors --data va/labels.csv $V --batch 4 --predictions va1.csv >va1.txt 2>/dev/null
gives 0 "their evaluation" ranks 2 eval --weights va1/final.safetensors --data va/labels.csv $V --batch 4 --predictions va2.csv
said "the same figures" cmp -s va1.txt .log/out
out_has '^valence  *12 '
said "the same predictions" cmp -s va1.csv va2.csv
finish
