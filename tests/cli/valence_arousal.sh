#!/bin/sh
# Valence and arousal from an AffectNet-like CSV, as functions of the picture: training, evaluation, prediction, files.
. "$(dirname "$0")/lib.sh"

# A disc on grey: valence is its brightness, arousal its size, the class follows valence. -2 is AffectNet's "not known".
python3 - <<'END' || exit 1
import os, random, struct, zlib

SIDE = 16

def png(path, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", SIDE, SIDE, 8, 0, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(r) for r in rows))) + chunk(b"IEND", b""))

def face(rng, valence, arousal):
    cx, cy, radius = rng.uniform(6, 10), rng.uniform(6, 10), 3.5 + 2 * arousal
    def pixel(x, y):
        inside = (x - cx) ** 2 + (y - cy) ** 2 <= radius ** 2
        return int(128 + (100 * valence if inside else 0) + rng.uniform(-8, 8))
    return [[pixel(x, y) for x in range(SIDE)] for y in range(SIDE)]

def make(name, n, seed):
    rng = random.Random(seed)
    os.makedirs(name + "/images")
    with open(name + "/labels.csv", "w") as f:
        f.write("number,exp,valence,arousal\n")
        for i in range(n):
            valence, arousal = round(rng.uniform(-1, 1), 3), round(rng.uniform(-1, 1), 3)
            png("%s/images/%04d.png" % (name, i), face(rng, valence, arousal))
            known = i % 8 != 7
            f.write("%04d.png,%d,%s,%s\n" % (i, 1 if valence > 0.3 else 2 if valence < -0.3 else 0, valence if known else -2, arousal if known else -2))

make("discs", 256, 1)
make("unseen", 80, 2)
END

D="--order affectnet --classes neutral,happiness,sadness"
T="--model resnet-8 --input 16 $D --batch 16 --randaugment 0,0 --flip 0.5 --lr 0.003 --schedule cosine"
gives 0 "a run" "$FER" train $T --data discs/labels.csv --val unseen/labels.csv --valence-arousal --epochs 6 --out run
err_has '224 of 256 images have valence and arousal'
err_has 'val CCC 0.* valence, 0.* arousal'
cp run/config.json .log/out
out_is 'doc["valence_arousal"] is True and doc["va_weight"] == 1'

gives 0 "evaluation" "$FER" eval --weights run/final.safetensors --data unseen/labels.csv $D --format json
cp .log/out .log/json
out_is 'doc["images"] == 80 and doc["valence"]["images"] == doc["arousal"]["images"] == 70'
cp .log/out run/test.json
out_is 'doc["valence"]["ccc"] > 0.8 and doc["arousal"]["ccc"] > 0.5 and doc["accuracy"] > 0.6'
gives 0 "evaluation as text" "$FER" eval --weights run/final.safetensors --data unseen/labels.csv $D --predictions run/predictions.csv
out_has 'CCC *RMSE *SAGR'
out_has '^valence *70 '

# The metrics computed anew from what predict says.
gives 0 "prediction as CSV" "$FER" predict --faces whole --weights run/final.safetensors --format csv unseen/images
cp .log/out .log/csv
cat >.log/metrics.py <<'END'
import csv, json
said = json.load(open(".log/json"))
truth = {r["number"]: r for r in csv.DictReader(open("unseen/labels.csv"))}
told = list(csv.DictReader(open(".log/csv")))
sign = lambda v: (v > 0) - (v < 0)
for what in ("valence", "arousal"):
    pairs = [(float(r[what]), float(truth[r["file"].split("/")[-1]][what])) for r in told]
    pairs = [p for p in pairs if p[1] != -2]
    n, mx, my = len(pairs), sum(p[0] for p in pairs) / len(pairs), sum(p[1] for p in pairs) / len(pairs)
    cov = sum((x - mx) * (y - my) for x, y in pairs) / n
    spread = sum((x - mx) ** 2 + (y - my) ** 2 for x, y in pairs) / n + (mx - my) ** 2
    want = {"ccc": 2 * cov / spread, "rmse": (sum((x - y) ** 2 for x, y in pairs) / n) ** 0.5,
            "sagr": sum(sign(x) == sign(y) for x, y in pairs) / n}
    for name in want:
        if abs(want[name] - said[what][name]) > 1e-5:
            raise SystemExit("%s %s: %r, expected %r" % (what, name, said[what][name], want[name]))
END
python3 .log/metrics.py 2>.log/err
said "CCC, RMSE and SAGR are those of the predictions" [ $? -eq 0 ]
cat >.log/table.py <<'END'
import csv
truth = {r["number"]: r for r in csv.DictReader(open("unseen/labels.csv"))}
told = {r["file"].split("/")[-1]: r for r in csv.DictReader(open(".log/csv"))}
rows = list(csv.DictReader(open("run/predictions.csv")))
for row in rows:
    name = row["file"].split("/")[-1]
    for what in ("valence", "arousal"):
        assert abs(float(row[what]) - float(told[name][what])) < 1e-5, (name, what)
        want = float(truth[name][what])
        assert row["true_" + what] == "" if want == -2 else abs(float(row["true_" + what]) - want) < 1e-6, (name, what)
assert len(rows) == 80
END
python3 .log/table.py 2>.log/err
said "the table of predictions has them, predicted and true" [ $? -eq 0 ]
gives 0 "a report" "$FER" report run --out report
cp report/report.html .log/out
out_is '"Valence and arousal" in text and ">%.3f</td>" % json.load(open("run/test.json"))["valence"]["ccc"] in text'
sed -i 's/"sagr"/"other"/' run/test.json
gives 1 "figures of no such test" "$FER" report run --out report
err_has 'run/test.json: .*SAGR'

gives 0 "prediction as JSON" "$FER" predict --faces whole --weights run/final.safetensors unseen/images/0000.png
cp .log/out .log/json
out_is 'set(doc) == {"file", "width", "height", "whole", "label", "scores", "valence", "arousal", "faces", "schema"} and len(doc["scores"]) == 3 and abs(sum(doc["scores"].values()) - 1) < 1e-5'
out_is '(lambda r: abs(float(r["valence"]) - doc["valence"]) < 1e-6 and abs(float(r["arousal"]) - doc["arousal"]) < 1e-6)(
    next(csv.DictReader(open(".log/csv"))))'
out_is 'all(doc["faces"][0][what] == doc[what] for what in ("label", "scores", "valence", "arousal"))'
gives 0 "prediction as text" "$FER" predict --faces whole --weights run/final.safetensors --format text unseen/images/0000.png
out_has '; valence -\{0,1\}[01]\.[0-9][0-9], arousal -\{0,1\}[01]\.[0-9][0-9]$'

# Files keep the head.
gives 0 "conversion" "$FER" convert run/final.safetensors half.safetensors --dtype f16
gives 0 "its description" "$FER" info half.safetensors
out_is 'doc["valence_arousal"] is True and [t["shape"] for t in doc["tensors"] if t["name"] == "va.weight"] == [[2, 192]]'
gives 0 "its prediction" "$FER" predict --faces whole --weights half.safetensors unseen/images/0000.png
out_is '(lambda w: abs(w["valence"] - doc["valence"]) < 0.02 and abs(w["arousal"] - doc["arousal"]) < 0.02)(json.load(open(".log/json")))'

# A model without it says nothing of it, and lends its weights to one with it.
gives 0 "classes alone" "$FER" train $T --data unseen/labels.csv --epochs 1 --out plain
gives 0 "their evaluation" "$FER" eval --weights plain/final.safetensors --data unseen/labels.csv $D --format json
out_is '"valence" not in doc and "arousal" not in doc'
gives 0 "their table" "$FER" eval --weights plain/final.safetensors --data unseen/labels.csv $D --predictions plain.csv
said "has none" [ -z "$(grep valence plain.csv)" ]
gives 0 "their prediction" "$FER" predict --faces whole --weights plain/final.safetensors unseen/images/0000.png
out_is 'set(doc) == {"file", "width", "height", "whole", "label", "scores", "faces", "schema"} and "valence" not in doc["faces"][0]'
gives 0 "their description" "$FER" info plain/final.safetensors
out_is '"valence_arousal" not in doc'
gives 0 "weights without the head" "$FER" train $T --data unseen/labels.csv --valence-arousal --epochs 1 --init plain/final.safetensors --out more
err_has 'init: missing: va.weight'
gives 0 "a set without the labels" "$FER" eval --weights run/final.safetensors --data data --classes neutral,happiness --format json
out_is '"valence" not in doc and "arousal" not in doc'
gives 1 "nothing to learn from" "$FER" train --model resnet-8 --input 16 --data data --valence-arousal --epochs 1 --out none
err_has 'data: 0 of 15 images have valence and arousal'
gives 2 "a weight out of range" "$FER" train $T --data unseen/labels.csv --valence-arousal --va-weight -1 --out none
no_file none
finish
