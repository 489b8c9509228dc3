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
cp .log/out .log/json

# Every answer counted here is the answer that predict gives.
"$FER" predict $W data/* >.log/out 2>.log/err
out_is '(lambda d, p: all(d["confusion"][i][j] == sum(q["file"].split("/")[1] == t and q["label"] == a for q in p)
    for i, t in enumerate(d["classes"]) for j, a in enumerate(d["classes"])))(
    json.load(open(".log/json")), [json.loads(l) for l in lines])'
for setting in "--threads 1" "--batch 1" "--batch 4 --threads 3"; do
    "$FER" eval $W --data data --format json $setting >.log/out 2>.log/err
    said "same bytes with $setting" cmp -s .log/json .log/out
done

gives 0 "text" "$FER" eval $W --data data
out_has '^accuracy '
out_has '^neutral  *6 '
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
    gives 1 "a drawing of unknown kind" "$FER" eval $W --data data --confusion c.gif
    gives 1 "a drawing where no directory is" "$FER" eval $W --data data --confusion missing/c.png
    gives 1 "a drawing on a full disk" with_disk 2 "$FER" eval $W --data data --confusion d.png
    no_file d.png
    no_file d.png.tmp
else
    err_has 'without cairo'
fi
finish
