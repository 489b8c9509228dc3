#!/bin/sh
# fer bench: what it says, and batches that no memory holds.
. "$(dirname "$0")/lib.sh"

gives 0 "bench" "$FER" bench --model resnet-8 --runs 1 --threads 1 --format json
out_is 'doc["runs"] == 1 and doc["median_ms"] > 0 and doc["peak_memory_mb"] > doc["arena_mb"] > 0'
for mode in "" --train; do
    gives 1 "a batch beyond any memory $mode" timeout 10 "$FER" bench --model vcct-1 --input 1024 --batch 4096 $mode
    err_has '^fer: batch 4096 needs about [0-9.]* GB of memory, this machine has [0-9.]* GB$'
done
finish
