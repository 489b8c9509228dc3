#!/bin/sh
# fer train-detector and eval-detector: files of a run, resume to the same bits, refusals.
. "$(dirname "$0")/lib.sh"

mkdir -p set/images
cp colour.png set/images/a.png
cp face.png set/images/b.png
cp colour.png set/images/none.png
header=image,x,y,w,h,lx1,ly1,lx2,ly2,lx3,ly3,lx4,ly4,lx5,ly5
printf '%s\n' $header a.png,20,10,24,30,26,20,38,20,32,26,28,32,36,32 b.png,8,6,30,36,,,,,,,,,, >set/faces.csv
printf '%s\n' image,x,y,w,h none.png,0,0,80,60 >set/ignore.csv
T="--data set --val set --epochs 3 --canvases 8 --batch 4 --size 64"

gives 0 "a run" "$FER" train-detector $T --out run
err_has 'epoch 3/3 .* average precision'
for file in log.csv last.safetensors best.safetensors final.safetensors; do said "$file is there" [ -s "run/$file" ]; done
cp run/log.csv .log/out
out_is 'rows[0][0] == "Epoch" and rows[0][4] == "VAL_AP" and [r[0] for r in rows[1:]] == ["1", "2", "3"]'
gives 0 "its description" "$FER" info run/final.safetensors
out_is 'doc["name"] == "face-s" and doc["params"] <= 300000 and doc["classes"] == ["face"]'
out_is 'doc["provenance"].endswith(" on set from random weights, 3 epochs, seed 1")'
gives 0 "other threads" "$FER" train-detector $T --out threads --threads 3
said "threads do not matter" cmp -s run/final.safetensors threads/final.safetensors
gives 1 "an earlier run is not overwritten" "$FER" train-detector $T --out run
err_has 'holds last.safetensors of an earlier run'

i=0
while [ ! -s part/final.safetensors ] && [ $i -lt 20 ]; do
    i=$((i + 1))
    "$FER" train-detector $T --out part --resume >/dev/null 2>&1 &
    pid=$!
    sleep "0.$((i % 10))"
    [ $i -ge 10 ] || kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
done
gives 0 "resumed after its end" "$FER" train-detector $T --out part --resume
said "killed and resumed, the same bits" cmp -s run/final.safetensors part/final.safetensors
gives 1 "another learning rate" "$FER" train-detector $T --out part --resume --lr 0.1
err_has "'lr'"
rm part/log.csv
gives 0 "resumed without its log" "$FER" train-detector $T --out part --resume
said "the checkpoint has it, but for the rates" [ "$(cut -d, -f1-10 part/log.csv)" = "$(cut -d, -f1-10 run/log.csv)" ]
cp -r set moved
gives 0 "the same pictures elsewhere" "$FER" train-detector $(without data $T) --data moved --out part --resume
sed 's/a.png,20,/a.png,21,/' set/faces.csv >moved/faces.csv
gives 1 "another place of a face" "$FER" train-detector $(without data $T) --data moved --out part --resume
err_has "'data'"
cp colour.png moved/images/b.png
gives 1 "another picture" "$FER" train-detector $(without val $T) --val moved --out part --resume
err_has "'val'"

gives 0 "its measure" "$FER" eval-detector --data set --detector run/final.safetensors --format json
out_is 'doc["images"] == 3 and doc["faces"] == 2 and doc["false_alarms"] <= 13 and set(doc["recall"]) == {"14", "24", "32", "48"}'
out_is 'doc["recall"]["48"] is None and 0 <= doc["average_precision"] <= 1 and doc["iou"] == 0.4'
gives 0 "nothing is so sure" "$FER" eval-detector --data set --detector run/final.safetensors --threshold 1 --format json
out_is 'doc["hits"] == 0 and doc["false_alarms"] == 0 and doc["precision"] is None'
gives 0 "as text" "$FER" eval-detector --data set --detector run/final.safetensors --smallest 5
out_has '^3 pictures, 2 faces; average precision '

# The threshold goes with the weights: put in, kept by another conversion, and gone by.
threshold() { python3 -c 'import json, struct, sys; f = open(sys.argv[1], "rb"); n, = struct.unpack("<Q", f.read(8))
print(json.loads(f.read(n))["__metadata__"].get("fer.threshold"))' "$1"; }
gives 0 "a threshold for its weights" "$FER" convert run/final.safetensors sure.safetensors --threshold 0.75
said "is there" [ "$(threshold sure.safetensors)" = 0.75 ]
gives 0 "converted again" "$FER" convert sure.safetensors half.safetensors --dtype f16
said "is kept" [ "$(threshold half.safetensors)" = 0.75 ]
gives 0 "another one" "$FER" convert half.safetensors other.safetensors --threshold 0.5
said "replaces it" [ "$(threshold other.safetensors)" = 0.5 ]
for value in 0 1 -0.5 nan x; do gives 2 "a threshold of $value" "$FER" convert sure.safetensors wrong.safetensors --threshold $value; done
no_file wrong.safetensors

# The detector that ships, on two faces, of which the table has the surer one.
mkdir -p real/images
python3 "$tests/scene.py" "$tests/../../examples/face.png"
cp two.png none.png real/images
gives 0 "two faces" "$FER" predict --weights w.safetensors --faces all --rotate 0 two.png
python3 -c 'import json, sys
x, y, w, h = max(json.load(sys.stdin)["faces"], key=lambda f: f["confidence"])["box"]
print(sys.argv[1], f"two.png,{x},{y},{w},{h}" + "," * 10, sep="\n")' $header <.log/out >real/faces.csv
ships=$tests/../../models/detector.safetensors
gives 0 "calibrated" "$FER" calibrate-detector --detector "$ships" --data real --out calm.safetensors --threshold 0.25 --format json
out_is 'doc["detections"] == 2 and doc["hits"] == 1 and doc["scale"] > 0'
said "its threshold is there" [ "$(threshold calm.safetensors)" = 0.25 ]
ap() { "$FER" eval-detector --data real --detector "$1" --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["average_precision"])'; }
said "the order stays" [ "$(ap calm.safetensors)" = "$(ap "$ships")" ]

# The second look at each find.
sure() { "$FER" predict --weights w.safetensors --faces all --rotate 0 --threshold 0.5 "$@" two.png --format json |
    python3 -c 'import json, sys; print([f["confidence"] for f in json.load(sys.stdin)["faces"]])'; }
said "its file is the one built in" [ "$(sure)" = "$(sure --check "$tests/../../models/check.safetensors")" ]
said "without it finds are as sure as the detector alone" [ "$(sure)" != "$(sure --check none)" ]
gives 1 "a check with eight classes" "$FER" predict --weights w.safetensors --check w.safetensors two.png
err_has 'two classes, other and face'
gives 1 "no such check" "$FER" eval-detector --data real --check nowhere.safetensors
err_has 'nowhere.safetensors'
cp -r real empty
echo $header >empty/faces.csv
gives 1 "nothing is right" "$FER" calibrate-detector --detector "$ships" --data empty --out wrong.safetensors
err_has 'detections are faces, expected right and wrong ones'
no_file wrong.safetensors

gives 1 "weights of a classifier" "$FER" eval-detector --data set --detector w.safetensors
err_has 'expected a face detector'
gives 1 "a detector predicts no expression" "$FER" predict --weights run/final.safetensors face.png
err_has 'finds faces and predicts no expression'
gives 1 "no such set" "$FER" eval-detector --data nowhere --detector run/final.safetensors
gives 1 "a set of faces without places" "$FER" train-detector --data data --out other
err_has 'no faces.csv'
gives 1 "canvases of an odd size" "$FER" train-detector $(without size $T) --out other --size 100
err_has 'multiple of 32'
no_file other
gives 0 "a detector of one's own" "$FER" predict --weights w.safetensors --detector run/final.safetensors --faces all colour.png
out_is '"faces" in doc'
gives 1 "a classifier as a detector" "$FER" predict --weights w.safetensors --detector w.safetensors colour.png
finish
