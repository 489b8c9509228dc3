#!/bin/sh
# fer experiment: runs, their table, interruptions, failures.
recipes=$(cd "$(dirname "$0")/../../recipes" && pwd)
. "$(dirname "$0")/lib.sh"
printf 'title = The first\nmodel = resnet-8\ninput = 16\nbatch = 4\nepochs = 40\nrandaugment = 0,0\nema = 0.9\nshift = 0.1\noversample = 1\n' >first.recipe
printf 'model = resnet-8\ninput = 16\nbatch = 5\nepochs = 3\nrandaugment = 0,0\nseed = 2\n' >second.recipe
X="--train data --val data --test data"

gives 0 "two runs at once" "$FER" experiment first.recipe second.recipe $X --out both --jobs 2 --set epochs=3 --set seed=9
err_has '^first .*epoch   3/3 '
err_has '^second .*done: accuracy'
cp both/experiment.json .log/out
out_is 'doc["set"] == ["epochs=3", "seed=9"] and [doc[k] for k in ("train", "val", "test")] == ["data"] * 3'
out_is '[(r["recipe"], r["title"], r["state"], r["epochs"], r["published"]) for r in doc["runs"]] == [
    ("first", "The first", "done", 3, None), ("second", None, "done", 3, None)]'
cp both/experiment.json .log/doc.json
said "the table has what fer eval, fer info and the log say" python3 -c '
import csv, json, subprocess, sys
for r in json.load(open(".log/doc.json"))["runs"]:
    run = "both/" + r["recipe"]
    e = json.loads(subprocess.run([sys.argv[1], "eval", "--weights", run + "/best.safetensors", "--data", "data", "--format", "json"],
                                  capture_output=True).stdout)
    i = json.loads(subprocess.run([sys.argv[1], "info", run + "/best.safetensors"], capture_output=True).stdout)
    log = list(csv.DictReader(open(run + "/log.csv")))
    val = [float(row["VAL_Accuracy"]) for row in log]
    t = json.load(open(run + "/test.json"))
    timed = ("seconds", "images_per_s")
    assert {k: e[k] for k in e if k not in timed} == {k: t[k] for k in t if k not in timed}
    assert [r[k] for k in ("accuracy", "mean_recall", "macro_f1")] == [e[k] for k in ("accuracy", "mean_recall", "macro_f1")]
    assert r["parameters"] == i["params"]
    assert abs(r["best_val_accuracy"] - max(val)) < 1e-6 and r["best_epoch"] == val.index(max(val)) + 1
    speed = len(val) / sum(1 / float(row["Images_per_s"]) for row in log)
    assert abs(r["images_per_s"] / speed - 1) < 1e-4 and r["seconds"] > 0' "$FER"
cp both/experiment.csv .log/out
out_is 'len(rows) == 3 and all(len(r) == 13 for r in rows) and rows[1][:3] == ["first", "resnet-8", "done"] and rows[1][5] == ""'
cp both/experiment.md .log/out
out_has '`epochs=3`, `seed=9`'
out_is '[len(l.split("|")) for l in lines if l.startswith("|")] == [14] * 4'
gives 0 "the run by its run.recipe" "$FER" train --recipe both/second/run.recipe --out alone
said "it gives the same weights" cmp -s both/second/final.safetensors alone/final.safetensors

gives 1 "a second start without --resume" "$FER" experiment first.recipe second.recipe $X --out both --set epochs=3 --set seed=9
err_has 'both/first: holds an earlier run'
gives 1 "--resume with another recipe" "$FER" experiment first.recipe second.recipe $X --out both --set epochs=4 --set seed=9 --resume
err_has "both/first: was made with 'epochs = 3', now 'epochs = 4'"
gives 1 "--resume with another test set" "$FER" experiment first.recipe $(without test $X) --test strange --out both --set epochs=3 --set seed=9 --resume
err_has "now '# test = strange'"
stat -c %Y.%i both/first/test.json both/second/final.safetensors >.log/before
gives 0 "--resume when all is done" "$FER" experiment first.recipe second.recipe $X --out both --set epochs=3 --set seed=9 --resume
stat -c %Y.%i both/first/test.json both/second/final.safetensors >.log/after
said "nothing was made again" cmp -s .log/before .log/after

# Killed or terminated in the middle, then resumed: the same bits as an uninterrupted run.
gives 0 "uninterrupted" "$FER" train --recipe first.recipe --data data --val data --out whole
stop() { # SIGNAL OUT
    rm -f .log/err # of the command before: it may still be there when this one has been started
    "$FER" experiment first.recipe $X --out "$2" --resume >.log/out 2>.log/err </dev/null &
    pid=$!
    i=0
    while ! grep -q epoch .log/err 2>/dev/null && [ $i -lt 600 ]; do
        sleep 0.1
        i=$((i + 1))
    done
    kill "-$1" $pid
    wait $pid 2>.log/wait
    code=$?
    said "stopped by $1 before its end" [ ! -e "$2/first/test.json" ]
}
stop KILL killed
stop TERM killed
said "exit code of SIGTERM is 1, got $code" [ $code -eq 1 ]
err_has 'stopped; to continue, repeat the command with --resume'
cp killed/experiment.json .log/out
out_is '[r["state"] for r in doc["runs"]] == ["stopped"]'
cp killed/first/last.safetensors .log/last
sleep 0.5
said "no child continues after it" cmp -s .log/last killed/first/last.safetensors
gives 0 "resumed" "$FER" experiment first.recipe $X --out killed --resume
for file in final.safetensors best.safetensors; do said "same $file" cmp -s whole/$file killed/first/$file; done
cp killed/experiment.json .log/out
out_is 'doc["runs"][0]["state"] == "done" and doc["runs"][0]["epochs"] == 40'

# One that fails does not stop the others.
{
    cat second.recipe
    echo 'freeze = vgg.*'
} >broken.recipe
gives 1 "a run that fails" "$FER" experiment broken.recipe second.recipe $X --out some
err_has "broken failed: freeze: 'vgg\.\*' matches no parameter"
out_has '1 of 2 runs done'
cp some/experiment.csv .log/out
out_is '[r[2] for r in rows[1:]] == ["failed", "done"]'
said "its reason is in the table" grep -q "^- broken: freeze: 'vgg" some/experiment.md

# Published accuracies are shown for the recipes that they were published for.
gives 1 "all shipped recipes without data" "$FER" experiment "$recipes"/*.recipe --train missing --val missing --test missing --out none --jobs 16
err_has 'mcct-7-plain failed: missing'
cp none/experiment.csv .log/out
out_is '{r[0]: r[5] for r in rows[1:]} == {"cct-7": "0.5335", "mcct-1-oversampled": "0.5324", "mcct-1-plain": "0.4819",
    "mcct-2-oversampled": "0.5419", "mcct-2-plain": "0.4416", "mcct-3-oversampled": "0.5121", "mcct-3-plain": "0.4149",
    "mcct-6-oversampled": "0.5279", "mcct-6-plain": "0.4526", "mcct-7-oversampled": "0.5554", "mcct-7-plain": "0.4079",
    "vcct-1-oversampled": "0.5349", "vcct-2-oversampled": "0.5341", "face-features": "", "libfer-s-distilled": "",
    "libfer-s-faces": "", "libfer-s-features": "", "libfer-s-ferplus": "", "libfer-s-taught": "", "libfer-s-taught-again": "",
    "libfer-xs-distilled": "", "mobilenet-faces": "", "resnet-8-ferplus": ""}'

gives 1 "one of them with an option changed" "$FER" experiment "$recipes/mcct-7-plain.recipe" --train missing --val missing \
    --test missing --out none2 --set degrade=0.1
cp none2/experiment.csv .log/out
out_is '[r[5] for r in rows[1:]] == [""]'
gives 1 "the same with another seed" "$FER" experiment "$recipes/mcct-7-plain.recipe" --train missing --val missing \
    --test missing --out none3 --set seed=5
cp none3/experiment.csv .log/out
out_is '[r[5] for r in rows[1:]] == ["0.4079"]'

gives 2 "no data" "$FER" experiment first.recipe --train data --val data --out nothing
err_has '\-\-data is required'
gives 2 "an override without a value" "$FER" experiment first.recipe $X --out nothing --set epochs
gives 2 "an unknown override" "$FER" experiment first.recipe $X --out nothing --set epoch=3
gives 2 "an override out of range" "$FER" experiment first.recipe $X --out nothing --set epochs=0
err_has 'must be a whole number from 1'
mkdir -p other && cp second.recipe other/first.recipe
gives 2 "two recipes of one name" "$FER" experiment first.recipe other/first.recipe $X --out nothing
err_has "would both be the run 'first'"
cp second.recipe 'a b.recipe'
gives 1 "a name that makes no directory" "$FER" experiment 'a b.recipe' $X --out nothing
gives 1 "a recipe with a mistake" "$FER" experiment first.recipe missing.recipe $X --out nothing
no_file nothing
gives 1 "a full disk" with_disk 64 "$FER" experiment second.recipe $X --out full
gives 0 "the same with room" "$FER" experiment second.recipe $X --out full --resume
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod a-w locked
    gives 1 "a directory without the right to write" "$FER" experiment second.recipe $X --out locked/x
    err_has 'locked/x'
fi
mkdir set && for part in train val test; do cp -r data set/$part.csv; done
gives 0 "--data with its three sets" "$FER" experiment second.recipe --data set --out by-data --set epochs=1
cp by-data/experiment.json .log/out
out_is 'doc["train"] == "set/train.csv" and doc["runs"][0]["state"] == "done"'
finish
