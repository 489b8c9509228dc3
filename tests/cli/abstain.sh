#!/bin/sh
# --prior and --abstain: scores for other class shares, faces without a sure answer; figures of the surest answers.
. "$(dirname "$0")/lib.sh"
W="--weights w.safetensors"

gives 0 "an evaluation" "$FER" eval $W --data data --format json --predictions plain.csv
cp .log/out eval.json
out_is 'set(doc["selective_accuracy"]) == {"50", "70", "90"} and 0 <= doc["aurc"] <= 1'
said "the figures of the surest are those of the table" python3 "$tests/selective.py" plain.csv eval.json
gives 0 "as text" "$FER" eval $W --data data
out_has '^surest '
out_has '^AURC '

# w.safetensors does not say what it assumes: FER+'s shares.
cat >shares.csv <<EOF
class,share
neutral,3
happiness,1
anger,1
EOF
gives 0 "uniform" "$FER" eval $W --data data --predictions uniform.csv --prior uniform
gives 0 "ferplus" "$FER" eval $W --data data --predictions ferplus.csv --prior ferplus
gives 0 "a table" "$FER" eval $W --data data --predictions table.csv --prior shares.csv
cat >.log/compare.py <<'EOF'
import csv
ferplus = {"neutral": .332738, "happiness": .264733, "sadness": .141622, "surprise": .12268, "fear": .03075,
           "disgust": .010255, "anger": .086854, "contempt": .010368}
priors = {"uniform": dict.fromkeys(ferplus, 1), "ferplus": ferplus, "table": {"neutral": 3, "happiness": 1, "anger": 1}}
read = lambda name: list(csv.DictReader(open(name + ".csv")))
for name, prior in priors.items():
    for plain, moved in zip(read("plain"), read(name)):
        w = {k: float(plain["score_" + k]) * prior.get(k, 0) / ferplus[k] for k in ferplus}
        for k in w:
            assert abs(w[k] / sum(w.values()) - float(moved["score_" + k])) < 2e-5, (name, k, plain, moved)
EOF
said "scores are those for the shares" python3 .log/compare.py

# Weights that say what they assume.
gives 0 "weights adjusted to equal shares" "$FER" convert w.safetensors even.safetensors --prior data --logit-adjust 1
gives 0 "their scores" "$FER" eval --weights even.safetensors --data data --predictions even.csv
gives 0 "moved to where they are" "$FER" eval --weights even.safetensors --data data --predictions even2.csv --prior uniform
said "the same scores" python3 -c '
import csv
a, b = (list(csv.DictReader(open(p))) for p in ("even.csv", "even2.csv"))
assert all(abs(float(x[k]) - float(y[k])) < 1e-5 for x, y in zip(a, b) for k in x if k.startswith("score_"))'
gives 0 "a run notes its shares" "$FER" train --model resnet-8 --input 16 --data data --epochs 1 --batch 4 --out run
said "in the file" python3 -c '
import json, struct
f = open("run/final.safetensors", "rb").read()
meta = json.loads(f[8:8 + struct.unpack("<Q", f[:8])[0]])["__metadata__"]
got = [float(v) for v in meta["fer.prior"].split()]
assert all(abs(a - b / 15) < 1e-6 for a, b in zip(got, (6, 5, 4))) and len(got) == 3, got'
gives 1 "classes of an unknown prior" "$FER" eval --weights odd.safetensors --data data --prior uniform
err_has "is none of FER+"
gives 1 "no such table" "$FER" predict $W face.png --prior nothing.csv
err_has "expected uniform, ferplus or a table"
for bad in 'share,class' 'class,share\nneutral,x' 'class,share\npride,1' 'class,share\nneutral,1\nneutral,2' 'class,share' \
    'class,share\nneutral,-1' 'class,share\nneutral,1,2'; do
    printf "$bad\n" >bad.csv
    gives 1 "a bad table ($bad)" "$FER" predict $W face.png --prior bad.csv
    err_has bad.csv
done

gives 0 "sure enough" "$FER" predict $W --faces whole face.png --abstain 0.01
out_is 'doc["label"] == doc["faces"][0]["label"] == max(doc["scores"], key=doc["scores"].get)'
gives 0 "not sure enough" "$FER" predict $W --faces whole face.png --abstain 1
out_is 'doc["label"] == doc["faces"][0]["label"] == "uncertain" and abs(sum(doc["scores"].values()) - 1) < 1e-5'
gives 0 "as a table" "$FER" predict $W --faces whole face.png --abstain 1 --format csv
out_is 'rows[1][1] == "uncertain" and len(rows[1]) == len(rows[0])'
gives 0 "as text" "$FER" predict $W --faces whole face.png --abstain 1 --format text
out_has 'uncertain: [a-z]* [0-9.]* %'
gives 0 "in EmotionML" "$FER" predict $W --faces whole face.png --abstain 1 --format emotionml
said "no such category" sh -c '! grep -q uncertain .log/out'
gives 2 "more than sure" "$FER" predict $W face.png --abstain 1.5
finish
