#!/bin/sh
# fer calibrate.
. "$(dirname "$0")/lib.sh"
W="--weights w.safetensors"
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3

# Faces labelled as the model answers, but every third: so a temperature is best.
"$FER" predict --faces whole $W --format csv data/* >.log/out 2>.log/err
$python - <<'PYTHON' || exit 1
import csv, os, shutil
rows = list(csv.reader(open(".log/out")))
for i, r in enumerate(rows[1:]):
    label = r[1] if i % 3 else rows[0][2 + (rows[0].index(r[1]) - 1) % 8]
    os.makedirs("val/" + label, exist_ok=True)
    shutil.copy(r[0], "val/%s/%d.png" % (label, i))
PYTHON
gives 0 "scores at temperature 1" "$FER" eval $W --data val --predictions p.csv --format json
cp .log/out before.json
gives 0 "calibrate" "$FER" calibrate $W --data val --out c.safetensors --format json
cp .log/out fitted.json
out_is 'doc["before"]["temperature"] == 1 and doc["after"]["temperature"] > 0 and doc["after"]["nll"] < doc["before"]["nll"]'
out_is '(lambda e: abs(e["loss"] - doc["before"]["nll"]) < 1e-9 and abs(e["ece"] - doc["before"]["ece"]) < 1e-9)(
    json.load(open("before.json")))'
gives 0 "scores at the temperature" "$FER" eval --weights c.safetensors --data val --predictions q.csv --format json
cp .log/out after.json
out_is '(lambda f: abs(doc["loss"] - f["nll"]) < 1e-9 and abs(doc["ece"] - f["ece"]) < 1e-9)(json.load(open("fitted.json"))["after"])'
out_is 'doc["confusion"] == json.load(open("before.json"))["confusion"]'
if $python -c 'import numpy' 2>/dev/null; then
    $python "$tests/calibration.py" q.csv after.json >.log/out 2>.log/err
    said "ECE and bins at the temperature are numpy's" [ $? -eq 0 ]
    $python "$tests/temperature.py" p.csv q.csv fitted.json >.log/out 2>.log/err
    said "the temperature and its scores are numpy's" [ $? -eq 0 ]
fi

# The temperature stays with the weights; logits do not know it.
gives 0 "info" "$FER" info c.safetensors
out_is 'doc["temperature"] == json.load(open("fitted.json"))["after"]["temperature"]'
gives 0 "info of weights without one" "$FER" info w.safetensors
out_is 'doc["temperature"] == 1'
gives 0 "convert" "$FER" convert c.safetensors d.safetensors
gives 0 "info of the converted" "$FER" info d.safetensors
out_is 'doc["temperature"] == json.load(open("fitted.json"))["after"]["temperature"]'
"$FER" predict --faces whole --weights d.safetensors --format csv val/* >.log/out 2>.log/err
cp .log/out d.csv
"$FER" predict --faces whole $W --format csv val/* >.log/out 2>.log/err
said "predict gives other scores" [ "$(cat d.csv)" != "$(cat .log/out)" ]
out_is '[r[:2] for r in rows] == [r[:2] for r in csv.reader(open("d.csv"))]'
if $python -c 'import numpy' 2>/dev/null; then
    "$FER" info w.safetensors >shape.json
    $python -c 'import json, numpy as np; i = json.load(open("shape.json"))["input"]
np.save("x.npy", np.random.default_rng(1).standard_normal((2, i["channels"], i["height"], i["width"])).astype("f4"))'
    gives 0 "logits" "$FER" run $W --input x.npy --output a.npy
    gives 0 "logits of the calibrated" "$FER" run --weights c.safetensors --input x.npy --output b.npy
    said "the same logits" cmp -s a.npy b.npy
fi
# Once more, from the calibrated weights: the same, and from there nothing is gained.
gives 0 "calibrate again" "$FER" calibrate --weights c.safetensors --data val --out e.safetensors --format json
out_is 'abs(doc["after"]["temperature"] / doc["before"]["temperature"] - 1) < 1e-9 and abs(doc["after"]["nll"] - doc["before"]["nll"]) < 1e-12'
gives 0 "text" "$FER" calibrate $W --data val --out e.safetensors
out_has '^NLL '

# By quality: softmax(logits (1 - doubt (1 - quality)) / temperature), wherever scores come out.
gives 0 "calibrate by quality" "$FER" calibrate $W --data val --by-quality --out h.safetensors --format json
cp .log/out quality.json
out_is 'doc["before"]["doubt"] == 0 and 0 <= doc["after"]["doubt"] <= 0.9 and len(doc["after"]["ece"]) == 8'
out_is 'doc["before"]["ece"]["clean"] == json.load(open("before.json"))["ece"]'
gives 0 "calibrate by quality, as text" "$FER" calibrate $W --data val --by-quality --out h.safetensors
out_has '^occlude-mouth  *[0-9.]* % '
gives 0 "info of a fitted doubt" "$FER" info h.safetensors
out_is '(lambda a: doc["temperature"] == a["temperature"] and doc.get("doubt", 0) == a["doubt"])(json.load(open("quality.json"))["after"])'
# with_meta FROM TO KEY VALUE: other metadata.
with_meta() {
    $python - "$@" <<'PYTHON'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
h = json.loads(b[8:8 + n])
h["__metadata__"][sys.argv[3]] = sys.argv[4]
h = json.dumps(h).encode()
h += b" " * (-len(h) % 8)
open(sys.argv[2], "wb").write(struct.pack("<Q", len(h)) + h + b[8 + n:])
PYTHON
}
with_meta w.safetensors h.safetensors fer.doubt 0.5
gives 0 "info with a doubt, as text" "$FER" info h.safetensors --format text
out_has '^doubt       0.5$'
gives 0 "scores with a doubt" "$FER" eval --weights h.safetensors --data val --predictions r.csv
gives 0 "predict with a doubt" "$FER" predict --faces whole --weights h.safetensors --format csv val/*
out_is '(lambda p, r: [x["answer"] for x in p] == [x["answer"] for x in r] and any(float(x["quality"]) < 0.9 for x in r) and all(
    abs((float(a[k]) ** f / sum(float(a[c]) ** f for c in a if c.startswith("score_"))) - float(b[k])) < 1e-5
    for a, b in zip(p, r) for f in [1 - 0.5 * (1 - float(b["quality"]))] for k in a if k.startswith("score_")))(
    *(list(csv.DictReader(open(f))) for f in ("p.csv", "r.csv")))'
out_is 'sorted(max(map(float, r[2:10])) for r in rows[1:]) == sorted(round(float(r["confidence"]), 6) for r in csv.DictReader(open("r.csv")))'
gives 0 "one temperature again" "$FER" calibrate --weights h.safetensors --data val --out i.safetensors
gives 0 "info without a doubt" "$FER" info i.safetensors
out_is '"doubt" not in doc and doc["temperature"] == json.load(open("fitted.json"))["after"]["temperature"]'
for bad in 0 -1 0.95 nan x; do
    with_meta w.safetensors bad.safetensors fer.doubt $bad
    gives 1 "doubt $bad" "$FER" info bad.safetensors
    err_has 'doubt'
done

# Logits adjusted for the classes' shares, at the temperature; of the training set there are fewer classes than the model has.
$python -c 'import os, shutil
shutil.copytree("val", "few")
shutil.rmtree(os.path.join("few", sorted(os.listdir("few"))[0]))'
gives 0 "scores before" "$FER" eval --weights c.safetensors --data few --predictions plain.csv
gives 0 "convert with a prior" "$FER" convert c.safetensors f.safetensors --prior few --logit-adjust 0.7
gives 0 "scores with a prior" "$FER" eval --weights f.safetensors --data few --predictions adjusted.csv
said "scores over shares to the power" $python "$tests/prior.py" plain.csv adjusted.csv 0.7
gives 0 "info with a prior" "$FER" info f.safetensors
out_is 'doc["provenance"].endswith("; logits adjusted by 0.7 for the class shares of few") and doc["temperature"] != 1'
out_is 'set(doc["prior"]) == set(doc["classes"]) and abs(sum(doc["prior"].values()) - 1) < 1e-5 and len(set(doc["prior"].values())) > 1'
gives 0 "info with a prior, as text" "$FER" info f.safetensors --format text
out_has '^prior  .* %, '
gives 0 "an adjustment of nothing" "$FER" convert c.safetensors g.safetensors --prior few --logit-adjust 0
gives 0 "scores with nothing adjusted" "$FER" eval --weights g.safetensors --data few --predictions same.csv
said "the same scores" cmp -s plain.csv same.csv
mkdir -p strangers/pride strangers/happiness && cp data/anger/00.png strangers/pride/ && cp data/anger/00.png strangers/happiness/
gives 1 "a prior of other classes" "$FER" convert c.safetensors no.safetensors --prior strangers
err_has "class 'pride' is none of the model's"
no_file no.safetensors
gives 1 "a prior that is not there" "$FER" convert c.safetensors no.safetensors --prior missing
gives 2 "an adjustment below zero" "$FER" convert c.safetensors no.safetensors --prior few --logit-adjust -1

gives 2 "no place for the weights" "$FER" calibrate $W --data val
gives 1 "a place that is not there" "$FER" calibrate $W --data val --out missing/c.safetensors
$python - <<'PYTHON'
import csv, os, shutil
for r in list(csv.DictReader(open("p.csv"))):
    os.makedirs("right/" + r["answer"], exist_ok=True)
    shutil.copy("val/" + r["file"], "right/%s/%s" % (r["answer"], os.path.basename(r["file"])))
PYTHON
gives 1 "every answer is right" "$FER" calibrate $W --data right --out n.safetensors
err_has 'every prediction is right'
no_file n.safetensors
for bad in 0 -1 nan 1e9 x; do
    with_meta c.safetensors bad.safetensors fer.temperature $bad
    gives 1 "temperature $bad" "$FER" info bad.safetensors
    err_has 'temperature'
done
finish
