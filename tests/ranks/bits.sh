#!/bin/sh
# The weights after two epochs by 1 process of 1 and 2 threads and by 2, 3, 4 and 8 ranks; then a job of 4 ranks of which
# one is killed, resumed by 3: sh bits.sh FER DATA FACES [MODEL...]. FER is a build with MPI, DATA a small set of labelled
# faces, FACES a small set for the detector. Not part of the tests: it takes minutes.
set -eu
FER=$1 DATA=$2 FACES=$3
shift 3
[ $# -gt 0 ] || set -- resnet-8 libfer-s mcct-1 face-s
. "$(dirname "$0")/mpi.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

options() { # MODEL
    case $1 in
    face-s) echo "train-detector --data $FACES --canvases 16 --batch 8 --size 64" ;;
    mcct-*) echo "train --model $1 --data $DATA --batch 8 --input 112 --mixup 0.4 --ema 0.9" ;;
    *) echo "train --model $1 --data $DATA --batch 16 --input 32 --mixup 0.4 --ema 0.9" ;;
    esac
}
state() { # FILE: a hash of all its tensors
    python3 -c '
import hashlib, json, struct, sys
data = open(sys.argv[1], "rb").read()
size = struct.unpack("<Q", data[:8])[0]
digest = hashlib.sha256()
for name, t in sorted(json.loads(data[8:8 + size]).items()):
    if name != "__metadata__":
        begin, end = (8 + size + o for o in t["data_offsets"])
        digest.update(name.encode() + data[begin:end])
print(digest.hexdigest()[:16])' "$1"
}
for model in "$@"; do
    for threads in 1 2; do
        "$FER" $(options "$model") --epochs 2 --threads $threads --out "$dir/$model-t$threads" >/dev/null 2>&1
        echo "$model: 1 process, $threads threads: $(state "$dir/$model-t$threads/last.safetensors")"
    done
    for ranks in 2 3 4 8; do
        mpirun -n $ranks "$FER" $(options "$model") --epochs 2 --threads 1 --out "$dir/$model-r$ranks" >/dev/null 2>&1
        echo "$model: $ranks ranks: $(state "$dir/$model-r$ranks/last.safetensors")"
    done
    # The last rank is killed as soon as the first epoch is saved.
    out=$dir/$model-killed
    mpirun -n 4 "$FER" $(options "$model") --epochs 2 --threads 1 --out "$out" >/dev/null 2>&1 &
    job=$!
    while kill -0 $job 2>/dev/null && [ ! -s "$out/last.safetensors" ]; do sleep 0.05; done
    pgrep -f "^$FER .*--out $out" | tail -n 1 | xargs -r kill -9 || true
    wait $job && echo "$model: the job ended before the kill" || true
    mpirun -n 3 "$FER" $(options "$model") --epochs 2 --threads 1 --out "$out" --resume >/dev/null 2>&1
    echo "$model: 4 ranks, one killed, resumed by 3: $(state "$out/last.safetensors")"
done
