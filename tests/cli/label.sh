#!/bin/sh
# fer label: a table of soft labels, and training from it.
. "$(dirname "$0")/lib.sh"
L="--weights w.safetensors --data data"

gives 0 "a table" "$FER" label $L --out labels.csv --format json
out_is 'doc["images"] == 15 and doc["skipped"] == 0 and doc["predictions"] == 2 and 0 < doc["agreement"] <= 1'
gives 0 "the same scores by eval" "$FER" eval $L --tta --predictions eval.csv
gives 0 "the first image of both" cat labels.csv
out_is 'rows[0] == ["image", "split", "label", "distribution", "agreement"] and len(rows) == 16'
cat >.log/compare.py <<'EOF'
import csv
table = list(csv.DictReader(open("labels.csv")))
scores = list(csv.DictReader(open("eval.csv")))
assert [r["image"] for r in table] == ["data/" + r["file"] for r in scores]
for a, b in zip(table, scores):
    shares = {k: float(v) for k, v in (item.split(":") for item in a["distribution"].split(";"))}
    assert a["label"] == b["answer"] == max(shares, key=shares.get), (a, b)
    assert all(abs(shares.get(k[6:], 0) - float(v)) < 1e-6 for k, v in b.items() if k.startswith("score_")), (a, b)
    assert float(a["agreement"]) in (0.5, 1)
EOF
said "the scores are those of eval --tta" python3 .log/compare.py

# Pictures without labels: a flat folder, a tar.
mkdir -p flat/deep
cp data/anger/*.png flat
cp data/neutral/00.png flat/deep
cp text.png flat/note.txt
gives 0 "a folder" "$FER" label --weights w.safetensors,w.safetensors --data flat --crop 0.9 --out out.csv --format json
out_is 'doc["images"] == 5 and doc["predictions"] == 8'
tar cf flat.tar flat
mkdir -p sub
gives 0 "a tar" "$FER" label --weights w.safetensors --data flat.tar --no-mirror --out sub/out.csv --format json
out_is 'doc["images"] == 5 and doc["predictions"] == 1 and doc["agreement"] == 1'
gives 0 "what a table names" cat sub/out.csv
out_has '^../flat.tar/flat/'
gives 0 "the table as a data set" "$FER" data info sub/out.csv --format json
out_is 'doc["images"] == 5 and doc["with"]["votes"] == 5 and doc["damaged"] == {}'
gives 0 "training from it" "$FER" train --model resnet-8 --input 16 --data sub/out.csv:distribution:2,data --epochs 1 \
    --batch 4 --out run
gives 0 "other threads" "$FER" label $L --out again.csv --threads 3
said "the same table" cmp -s labels.csv again.csv

# Failures leave no table.
cp cut.png flat
gives 1 "a damaged picture" "$FER" label --weights w.safetensors --data flat --out none.csv
err_has cut.png
gives 0 "left out" "$FER" label --weights w.safetensors --data flat --out left.csv --skip-bad --format json
out_is 'doc["images"] == 5 and doc["skipped"] == 1'
gives 1 "no pictures" "$FER" label --weights w.safetensors --data .log --out none.csv
gives 1 "no folder for the table" "$FER" label $L --out nowhere/none.csv
err_has nowhere
gives 1 "weights that are not there" "$FER" label --weights w.safetensors,no.safetensors --data data --out none.csv
err_has no.safetensors
gives 2 "the table would replace the weights" "$FER" label $L --out w.safetensors
no_file none.csv
no_leftover
finish
