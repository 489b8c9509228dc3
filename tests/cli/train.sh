#!/bin/sh
# fer train: files of a run, resume, refusals.
. "$(dirname "$0")/lib.sh"
T="--model resnet-8 --input 16 --data data --val data --batch 4 --randaugment 0,0 --shift 0.1 --ema 0.9"
R="$T --epochs 2 --schedule cosine --warmup 0.5"
# The log without the speed.
log_of() { cut -d, -f1-6,8 "$1/log.csv"; }
same_run() {
    said "$1 and $2: same final.safetensors" cmp -s "$1/final.safetensors" "$2/final.safetensors"
    said "$1 and $2: same best.safetensors" cmp -s "$1/best.safetensors" "$2/best.safetensors"
    log_of "$1" >.log/a
    log_of "$2" >.log/b
    said "$1 and $2: same log" cmp -s .log/a .log/b
}

gives 0 "a run" "$FER" train $R --out run --format json
said "log.csv and the console have the same losses" python3 -c '
import csv, re
console = re.findall(r"epoch +\d+/\d+  loss ([0-9.]+) .*val loss ([0-9.]+)", open(".log/err").read())
log = [("%.4f" % float(r["Loss"]), "%.4f" % float(r["VAL_Loss"])) for r in csv.DictReader(open("run/log.csv"))]
assert len(log) == 2 and console == log, (console, log)'
out_is 'doc["epochs"] == 2 and doc["model"] == "resnet-8" and 0 <= doc["last"]["accuracy"] <= 1'
for file in config.json log.csv last.safetensors best.safetensors final.safetensors; do
    said "$file is there" [ -s "run/$file" ]
done
said "no unfinished file" [ -z "$(find run -name '*.tmp')" ]
cp run/log.csv .log/out
out_is 'rows[0] == "Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy,LR,Images_per_s,Schema".split(",") and [r[0] for r in rows[1:]] == ["1", "2"]'
cp run/config.json .log/out
out_is 'doc["lr"] == 0.001 and doc["batch"] == 4 and doc["schedule"] == "cosine" and doc["freeze"] == []'

out_is 'doc["data_digest"].startswith("15 images, 3 classes, digest ") and doc["val_digest"] == doc["data_digest"]'
out_is 'doc["params"] > 1e5 and doc["machine"]["threads"] >= 1 and doc["machine"]["cpu"] and doc["machine"]["isa"]'
out_is 'doc["seconds"] > 0 and __import__("time").strptime(doc["started"], "%Y-%m-%dT%H:%M:%SZ")'
cp run/config.json .log/first

gives 0 "the result's evaluation" "$FER" eval --weights run/best.safetensors --data data --format json
cp .log/out .log/best
python3 -c '
import csv, json
best = max(float(r["VAL_Accuracy"]) for r in csv.DictReader(open("run/log.csv")))
raise SystemExit(abs(best - json.load(open(".log/best"))["accuracy"]) > 1e-6)'
said "best.safetensors has the accuracy of the log's best row" [ $? -eq 0 ]
gives 0 "the result's description" "$FER" info run/final.safetensors
out_is 'doc["classes"] == ["neutral", "happiness", "anger"] and "on data from random weights, 2 epochs, seed 0" in doc["provenance"]'

gives 0 "other threads" "$FER" train $R --out threads --threads 3 --workers 2
same_run run threads

# Killed again and again until one process comes through.
i=0
while :; do
    i=$((i + 1))
    "$FER" train $R --out killed --resume >/dev/null 2>&1 &
    pid=$!
    sleep "0.0$((i % 10))"
    [ "$i" -ge 12 ] || kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null && break
    [ "$i" -lt 12 ] || break
done
gives 0 "resumed for the last time" "$FER" train $R --out killed --resume
same_run run killed

# Several sets.
cat >soft.csv <<EOF
image,label,distribution
data/happiness/00.png,happiness,happiness:0.7;neutral:0.3
data/anger/00.png,anger,anger:0.5;neutral:0.5
EOF
S="$(without data $T) --schedule constant"
gives 0 "several sets" "$FER" train $S --epochs 2 --out several --data data,soft.csv:distribution:2.5
cp several/config.json .log/out
out_is 'doc["data_digest"].startswith("17 images, 3 classes") and doc["data"] == "data,soft.csv:distribution:2.5"'
gives 0 "several sets in two sittings" "$FER" train $S --epochs 1 --out several2 --data data,soft.csv:distribution:2.5
gives 0 "the second" "$FER" train $S --epochs 2 --out several2 --data data,soft.csv:distribution:2.5 --resume --workers 3
said "several and several2: same final.safetensors" cmp -s several/final.safetensors several2/final.safetensors
gives 0 "what the file says of its data" "$FER" info several/final.safetensors
out_is '" on data, soft.csv:distribution:2.5 from random weights" in doc["provenance"]'
gives 1 "another weight" "$FER" train $S --epochs 3 --out several --data data,soft.csv:distribution:2 --resume
err_has "option 'data' is"
gives 1 "another protocol" "$FER" train $S --epochs 3 --out several --data data,soft.csv:2.5 --resume
err_has "option 'data' is"
gives 1 "no weight" "$FER" train $S --out none4 --data data,soft.csv:0
err_has "'soft.csv:0': the weight is 0"
gives 1 "a set that is not there" "$FER" train $S --out none4 --data data,softer.csv:2
err_has softer.csv
gives 2 "an output among the sets" "$FER" train $S --data data,run/log.csv:2 --out run
err_has "would replace"
no_file none4

gives 0 "a student" "$FER" train $R --out student --teacher run/best.safetensors,run/final.safetensors --distill-weight 0.9
said "it learned something else" [ "$(cmp -s run/final.safetensors student/final.safetensors; echo $?)" = 1 ]
gives 0 "what the student's file says of it" "$FER" info student/final.safetensors
out_is 'doc["provenance"].endswith(", taught by best.safetensors, final.safetensors")'
gives 0 "the same student in two sittings" "$FER" train $T --epochs 1 --schedule constant --out sittings \
    --teacher run/best.safetensors,run/final.safetensors --distill-weight 0.9 --degrade 0.5 --warmup 0
gives 0 "its second" "$FER" train $T --epochs 2 --schedule constant --out sittings --resume --threads 3 \
    --teacher run/best.safetensors,run/final.safetensors --distill-weight 0.9 --degrade 0.5 --warmup 0
gives 0 "in one" "$FER" train $T --epochs 2 --schedule constant --out sitting \
    --teacher run/best.safetensors,run/final.safetensors --distill-weight 0.9 --degrade 0.5 --warmup 0
said "sitting and sittings: same final.safetensors" cmp -s sitting/final.safetensors sittings/final.safetensors
gives 0 "a teacher of other images" "$FER" train $(without input $R) --out larger --input 24 --channels 3 --teacher run/best.safetensors
gives 0 "its student again" "$FER" train $(without input $R) --out larger2 --input 24 --channels 3 --teacher run/best.safetensors \
    --threads 3
same_run larger larger2
gives 1 "a teacher that is not there" "$FER" train $R --out none3 --teacher run/best.safetensors,nobody.safetensors
err_has nobody.safetensors
no_file none3

gives 0 "a finished run, resumed" "$FER" train $R --out run --resume
said "when it began and how long it took stay as they are" cmp -s run/config.json .log/first

cp run/final.safetensors .log/before
gives 1 "a directory with results" "$FER" train $R --out run
err_has 'use another directory'
said "it is left alone" cmp -s .log/before run/final.safetensors
gives 1 "resumed with another option" "$FER" train $R --out run --resume --momentum 0.5
err_has "option 'momentum' is 0.9"
err_has ' and 0.5 now'
cp -r run older
python3 - older/last.safetensors <<'P'
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
(n,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + n])
state = json.loads(header["__metadata__"]["fer.train"])
for name in "mixup", "drop_path", "teacher":
    del state["options"][name]
header["__metadata__"]["fer.train"] = json.dumps(state)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + raw[8 + n :])
P
gives 0 "a checkpoint older than some options" "$FER" train $R --out older --resume
# A run of a version that logged the published loss goes on in that unit.
"$FER" train $T --epochs 1 --out half >/dev/null 2>&1
python3 - half/last.safetensors <<'P'
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
(n,) = struct.unpack("<Q", raw[:8])
header = json.loads(raw[8 : 8 + n])
state = json.loads(header["__metadata__"]["fer.train"])
lines = [line.rsplit(",", 1)[0] for line in state["log"].splitlines()]
state["log"] = "\n".join(lines) + "\n"
header["__metadata__"]["fer.train"] = json.dumps(state)
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + raw[8 + n :])
P
gives 0 "a log without the column Schema" "$FER" train $T --epochs 2 --out half --resume
said "its second epoch has the published loss" python3 -c '
import csv
old, new = ([r for r in csv.DictReader(open(run + "/log.csv"))] for run in ("half", "run"))
assert "Schema" not in old[1] and new[1]["Schema"] == "2"
assert float(old[1]["VAL_Loss"]) < 0.5 * float(new[1]["VAL_Loss"]), (old, new)'
gives 1 "resumed with one of them" "$FER" train $R --out older --resume --mixup 0.5
err_has "option 'mixup' is 0.0 in the checkpoint and 0.5 now"
gives 1 "resumed with other data" "$FER" train $(without data $R) --out run --resume --data strange
err_has "val: data: class 'happiness' is none of the model's"
gives 1 "missing data" "$FER" train --model resnet-8 --data missing --out none
gives 1 "a broken picture" "$FER" train $(without data $T) --data bad --epochs 1 --out none
err_has 'zz.png'
gives 0 "a broken picture with --skip-bad" "$FER" train $(without data $T) --data bad --epochs 1 --skip-bad --out skipped
gives 1 "a pattern without a match" "$FER" train $T --out none2 --freeze 'vgg.*'
err_has "'vgg.*' matches no parameter"
no_file none2
gives 1 "a full disk" with_disk 64 "$FER" train $R --out full
err_has 'cannot be written'
no_file full/last.safetensors
gives 0 "the same with room" "$FER" train $R --out full --resume
same_run run full
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod a-w locked
    gives 1 "a directory without the right to write" "$FER" train $R --out locked
    err_has 'config.json'
fi
finish
