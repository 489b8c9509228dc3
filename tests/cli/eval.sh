#!/bin/sh
# fer eval.
. "$(dirname "$0")/lib.sh"
W="--weights w.safetensors"

gives 0 "JSON" "$FER" eval $W --data data --format json
out_is 'doc["images"] == 15 and sum(map(sum, doc["confusion"])) == 15 and doc["skipped"] == 0'
out_is '{k: v["images"] for k, v in doc["per_class"].items() if v["images"]} == {"anger": 4, "happiness": 5, "neutral": 6}'
out_is 'set(doc) >= {"images", "accuracy", "mean_recall", "macro_f1", "per_class", "confusion", "loss", "protocol", "classes"}'
out_is 'abs(doc["accuracy"] * 15 - sum(doc["confusion"][i][i] for i in range(8))) < 1e-5 and doc["loss"] > 0'
out_is 'abs(doc["mean_recall"] - sum(v["recall"] for v in doc["per_class"].values()) / 3) < 1e-6'
out_is 'abs(doc["macro_f1"] - sum(v["f1"] for v in doc["per_class"].values()) / 3) < 1e-6'
out_is 'doc["model"] == "resnet-8" and doc["params"] > 1e5 and doc["data"] == "data" and doc["weights"] == "w.safetensors"'
out_is 'doc["version"].count(".") == 2 and doc["seconds"] > 0 and doc["images_per_s"] > 0'
cp .log/out .log/json

# Every answer counted here is the answer that predict gives.
"$FER" predict --faces whole $W data/* >.log/out 2>.log/err
out_is '(lambda d, p: all(d["confusion"][i][j] == sum(q["file"].split("/")[1] == t and q["label"] == a for q in p)
    for i, t in enumerate(d["classes"]) for j, a in enumerate(d["classes"])))(
    json.load(open(".log/json")), [json.loads(l) for l in lines])'
# What is measured is the same with every setting; only the time is not.
results() { grep -v '"seconds"\|"images_per_s"' "$1"; }
results .log/json >.log/results
for setting in "--threads 1" "--batch 1" "--batch 4 --threads 3"; do
    "$FER" eval $W --data data --format json $setting >.log/out 2>.log/err
    results .log/out >.log/others
    said "same bytes with $setting" cmp -s .log/results .log/others
done

# The table of predictions, and calibration computed anew from it.
gives 0 "predictions" "$FER" eval $W --data data --predictions p.csv --format json
cp .log/out .log/json
cp p.csv clean.csv
cp p.csv .log/out
out_is 'rows[0][:4] == ["file", "label", "answer", "confidence"] and len(rows) == 16'
out_is 'rows[0][:7] == "file label answer confidence sharpness occlusion quality".split() and all(0 <= float(v) <= 1 for r in rows[1:] for v in r[4:7])'
out_is 'rows[0][7:] == ["score_" + c for c in json.load(open(".log/json"))["classes"]]'
out_is 'all(r[1] == r[0].split("/")[0] for r in rows[1:]) and [r[0] for r in rows[1:]] == sorted(r[0] for r in rows[1:])'
out_is 'all(abs(sum(map(float, r[7:])) - 1) < 1e-5 and float(r[3]) == max(map(float, r[7:])) for r in rows[1:])'
no_leftover
python=python3
[ -x /usr/bin/python3 ] && python=/usr/bin/python3
if $python -c 'import numpy' 2>/dev/null; then
    $python "$tests/calibration.py" p.csv .log/json >.log/out 2>.log/err
    said "ECE, bins, Brier score and loss are numpy's" [ $? -eq 0 ]
fi
for setting in "--threads 1" "--batch 4 --threads 3"; do
    "$FER" eval $W --data data --predictions q.csv $setting >.log/out 2>.log/err
    said "same predictions with $setting" cmp -s p.csv q.csv
done

# Test-time augmentation: as predict answers with it, and otherwise than without.
gives 0 "predictions with --tta" "$FER" eval $W --data data --tta --predictions t.csv --format json
cp .log/out tta.json
said "--tta gives other scores" [ "$(cat p.csv)" != "$(cat t.csv)" ]
gives 0 "predict with --tta" "$FER" predict --faces whole $W --tta data/*
out_is '(lambda t: len(t) == 15 and all(abs(float(r["score_" + c]) - s) < 1e-6 for r, d in zip(t, map(json.loads, lines))
    for c, s in d["scores"].items()))(list(csv.DictReader(open("t.csv"))))'
if $python -c 'import numpy' 2>/dev/null; then
    $python "$tests/calibration.py" t.csv tta.json >.log/out 2>.log/err
    said "figures with --tta are numpy's" [ $? -eq 0 ]
fi

# Intervals.
gives 0 "intervals" "$FER" eval $W --data data --bootstrap 4000 --predictions p.csv --format json
cp .log/out boot.json
out_is '[k for k, v in sorted(doc["intervals"]["recall"].items()) if v] == ["anger", "happiness", "neutral"]'
out_is '{k: v for k, v in doc.items() if k not in ("intervals", "seconds", "images_per_s")} == {
    k: v for k, v in json.load(open(".log/json")).items() if k not in ("seconds", "images_per_s")}'
if $python -c 'import numpy' 2>/dev/null; then
    $python "$tests/bootstrap.py" p.csv boot.json >.log/out 2>.log/err
    said "intervals are numpy's" [ $? -eq 0 ]
fi
"$FER" eval $W --data data --bootstrap 4000 --threads 3 --batch 4 --format json >.log/out 2>.log/err
results .log/out >.log/others
results boot.json >.log/results
said "same intervals with other threads and batches" cmp -s .log/results .log/others
gives 0 "intervals as text" "$FER" eval $W --data data --bootstrap 100
out_has '^accuracy .*(.* to .*)$'
gives 2 "too many resamples" "$FER" eval $W --data data --bootstrap 1000001

# Pictures made worse.
gives 0 "--degrade jpeg" "$FER" eval $W --data data --degrade jpeg --format json
out_is 'doc["degrade"] == "jpeg" and doc["images"] == 15'
cp .log/out jpeg.json
gives 0 "--degrade all" "$FER" eval $W --data data --degrade all --bootstrap 50 --format json
out_is 'list(doc["degradations"]) == ["clean", "blur", "low-light", "small", "jpeg", "rotate", "occlude-eyes", "occlude-mouth"]'
out_is '(lambda d: d["accuracy"] == json.load(open("jpeg.json"))["accuracy"] and len(d["accuracy_interval"]) == 2)(doc["degradations"]["jpeg"])'
out_is 'doc["degradations"]["clean"]["accuracy"] == json.load(open(".log/json"))["accuracy"]'
gives 0 "--degrade all as text" "$FER" eval $W --data data --degrade all
out_lines 9
for kind in low-light rotate; do
    "$FER" eval $W --data data --degrade $kind --predictions p.csv >.log/out 2>.log/err
    "$FER" eval $W --data data --degrade $kind --predictions q.csv --threads 3 --batch 4 >.log/out 2>.log/err
    said "same $kind pictures with other threads and batches" cmp -s p.csv q.csv
    said "scores of $kind pictures differ from the clean ones'" [ "$(cat p.csv)" != "$(cat clean.csv)" ]
done
gives 2 "a degradation of no list" "$FER" eval $W --data data --degrade fog
gives 2 "one table of predictions of all" "$FER" eval $W --data data --degrade all --predictions n.csv
no_file n.csv
mkdir -p odd/neutral "odd/a,b" 'odd/say "c"'
cp face.png odd/neutral/x.png && cp one.png "odd/a,b/y, z.png" && cp colour.png 'odd/say "c"/"q".png'
gives 0 "names that need quoting" "$FER" eval --weights odd.safetensors --data odd --predictions o.csv --format csv
out_is 'len({len(r) for r in rows}) == 1 and rows[0][-1] == "as_say \"c\""'
cp o.csv .log/out
out_is 'rows[0][7:] == ["score_neutral", "score_a,b", "score_say \"c\""] and {tuple(r[:2]) for r in rows[1:]} == {
    ("a,b/y, z.png", "a,b"), ("neutral/x.png", "neutral"), ("say \"c\"/\"q\".png", "say \"c\"")}'
gives 1 "predictions of data that fail" "$FER" eval $W --data bad --predictions f.csv
no_file f.csv
no_leftover
gives 1 "predictions where no directory is" "$FER" eval $W --data data --predictions missing/p.csv
gives 1 "predictions on a full disk" with_disk 2 "$FER" eval $W --data data --predictions f.csv
err_has 'f.csv.*cannot be written'
no_file f.csv
no_leftover

gives 0 "text" "$FER" eval $W --data data
out_has '^accuracy '
out_has '^neutral  *6 '
out_has '^ECE  *[0-9.]* %'
gives 0 "CSV" "$FER" eval $W --data data --format csv
out_is 'len(rows) == 9 and rows[0][:5] == ["class", "images", "precision", "recall", "f1"] and all(len(r) == 13 for r in rows)'

gives 1 "a class the model lacks" "$FER" eval $W --data strange
err_has "class 'bored'"
gives 1 "missing data" "$FER" eval $W --data missing
gives 1 "no data" "$FER" eval $W --data void
gives 1 "a broken picture" "$FER" eval $W --data bad
err_has 'zz.png'
gives 0 "a broken picture with --skip-bad" "$FER" eval $W --data bad --skip-bad --format json
out_is 'doc["images"] == 9 and doc["skipped"] == 1'

if "$FER" eval $W --data data --confusion c.png >.log/out 2>.log/err; then
    said "the drawing is a PNG" grep -q PNG c.png
    gives 0 "SVG" "$FER" eval $W --data data --confusion c.svg
    said "the drawing is an SVG" grep -q '<svg' c.svg
    gives 0 "reliability diagram" "$FER" eval $W --data data --reliability r.png
    said "it is a PNG" grep -q PNG r.png
    gives 0 "reliability diagram, SVG" "$FER" eval $W --data data --reliability r.svg
    said "it is an SVG" grep -q '<svg' r.svg
    gives 1 "a diagram of unknown kind" "$FER" eval $W --data data --reliability r.gif
    gives 1 "a drawing of unknown kind" "$FER" eval $W --data data --confusion c.gif
    gives 1 "a drawing where no directory is" "$FER" eval $W --data data --confusion missing/c.png
    gives 1 "a drawing on a full disk" with_disk 2 "$FER" eval $W --data data --confusion d.png
    no_file d.png
    no_leftover
else
    err_has 'without cairo'
fi
finish
