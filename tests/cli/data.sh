# fer data: what a set holds, the split, packs; and that training and evaluation read what they write.
. "$(dirname "$0")/lib.sh"

gives 0 "info" "$FER" data info data --format json
out_is 'doc["layout"] == "folders" and doc["images"] == 15 and doc["splits"]["none"]["classes"] == {"neutral": 6, "happiness": 5, "anger": 4}'
out_is 'doc["damaged"] == {} and sum(s["images"] for s in doc["sizes"]) == 15 and "15 images, 3 classes" in doc["digest"]'
cp .log/out .log/whole.json
gives 0 "info as text" "$FER" data info data
out_has '^happiness *5'
out_has '^image size'
gives 0 "a quick look reads no picture" "$FER" data info data --quick --format json
out_is 'doc["sizes"] == [] and doc["images"] == 15'
gives 0 "classes merged and left out" "$FER" data info data --quick --format json --merge anger=neutral --classes neutral
out_is 'doc["splits"]["none"]["classes"] == {"neutral": 10} and doc["left_out"]["of a class that is not asked for"]["images"] == 5'
gives 1 "a class that is not there" "$FER" data info data --classes neutral,joyous
err_has "no class 'joyous'; there are neutral, happiness, anger"
gives 1 "another layout than asked for" "$FER" data info data --layout rafdb
err_has 'list_patition_label'
gives 1 "a layout that nobody knows" "$FER" data info data --layout rafbd
err_has 'expected one of affectnet-8labels'
gives 1 "no data set" "$FER" data info w.safetensors
gives 2 "no such command" "$FER" data inof data
err_has "did you mean 'data info'"
gives 2 "no command" "$FER" data
gives 0 "help" "$FER" data prepare --help
out_has '^usage: fer data prepare'

cp -r data harmed
first=$(ls harmed/anger/* | head -n 1)
echo 'no picture' >"$first"
gives 0 "damage is reported" "$FER" data info harmed --format json
out_is 'doc["damaged"]["unreadable image"]["images"] == 1 and "anger/" in doc["damaged"]["unreadable image"]["first"]'
gives 1 "and stops a pack" "$FER" data pack harmed --out h.ferpack
err_has "$(basename "$first")"
no_file h.ferpack
no_leftover
gives 0 "unless it may be left out" "$FER" data pack harmed --out h.ferpack --skip-bad --format json
out_is 'doc["images"] == 14'

gives 1 "too few images for the split" "$FER" data prepare data --out p
err_has "'neutral' has 6 images; taking 500 for test"
no_file p/train.csv
gives 0 "the split" "$FER" data prepare data --out p --val-per-class 1 --test-per-class 2 --seed 7 --format json
out_is '[doc[k] for k in ("train", "val", "test")] == [6, 3, 6]'
said "each class exactly so often" python3 -c '
import csv, collections
for name, n in (("train", (3, 2, 1)), ("val", (1, 1, 1)), ("test", (2, 2, 2))):
    rows = list(csv.DictReader(open(f"p/{name}.csv")))
    assert collections.Counter(r["label"] for r in rows) == dict(zip(("neutral", "happiness", "anger"), n))
    assert all(r["split"] == name and r["image"].startswith("../data/") for r in rows)'
gives 0 "again" "$FER" data prepare data --out q --val-per-class 1 --test-per-class 2 --seed 7
said "the same split" cmp -s p/val.csv q/val.csv
gives 0 "another seed" "$FER" data prepare data --out r --val-per-class 1 --test-per-class 2 --seed 8
said "another split" sh -c '! cmp -s p/train.csv r/train.csv'

tar cf set.tar data
gives 0 "the same set in a tar" "$FER" data info set.tar --format json
out_is 'doc["digest"] == json.load(open(".log/whole.json"))["digest"]'
gives 0 "a set of one part" "$FER" data prepare data --out whole --val-per-class 0 --format json
out_is 'doc["train"] == 15 and doc["val"] == doc["test"] == 0'
gives 0 "its description" "$FER" data info whole/train.csv --format json
out_is 'doc["images"] == 15 and doc["splits"]["train"]["images"] == 15'
gives 0 "only test images" "$FER" data prepare data --out whole --val-per-class 0 --test-per-class 2 --format json
out_is 'doc["train"] == 9 and doc["val"] == 0 and doc["test"] == 6'
gives 0 "prepared from the tar" "$FER" data prepare set.tar --out t --val-per-class 1 --test-per-class 2 --seed 7
for name in train val test; do
    said "the same $name, from the tar" sh -c "cut -d/ -f3- p/$name.csv >a; sed 's|^.*set.tar/data/||' t/$name.csv >b; cmp -s a b"
done
gives 0 "packed" "$FER" data pack p/train.csv --out train.ferpack --size 16 --channels 1
train() { "$FER" train --model resnet-8 --input 16 --batch 3 --epochs 1 --randaugment 0,0 --val p/val.csv "$@"; }
gives 0 "training from tables" train --data p/train.csv --out run1
gives 0 "training from the tar's tables" train --data t/train.csv --out run2
gives 0 "training from the directory of tables" train --data p --out run3
gives 0 "training from the pack" train --data train.ferpack --out run4
said "the same weights from the tar" cmp -s run1/final.safetensors run2/final.safetensors
gives 0 "evaluation of the test split" "$FER" eval --weights run1/best.safetensors --data p --format json
out_is 'doc["images"] == 6'
gives 0 "of another" "$FER" eval --weights run1/best.safetensors --data p --split train --format json
out_is 'doc["images"] == 6 and doc["skipped"] == 0'

gives 0 "how fast batches are made" "$FER" bench --data p/train.csv --input 16 --batch 2 --format json
out_is 'doc["images"] == 6 and doc["images_per_second"] > 0'
head -c 60 train.ferpack >cut.ferpack
gives 1 "a pack that is cut off" "$FER" data info cut.ferpack
err_has 'cut.ferpack'
sed 's/label/labels/' p/val.csv >nolabel.csv
gives 1 "a table without labels" "$FER" data info nolabel.csv
err_has "no column 'label'"
cat p/val.csv p/val.csv | sed '5d' >twice.csv
sed -i 's|\.\./data|data|' twice.csv
gives 1 "a picture named twice" "$FER" data pack twice.csv --out x.ferpack
err_has 'second time'
sed '2s|^[^,]*|data/gone.png|; s|\.\./data|data|' p/val.csv >gone.csv
sed '1!s|/|\\|g; s|^\.\.\\||' p/val.csv >windows.csv
gives 0 "names with backslashes" "$FER" data info windows.csv --format json
out_is 'doc["images"] == 3 and doc["damaged"] == {}'
sed '1!s|^|no|' windows.csv >nowhere.csv
gives 1 "no row of a table is good" "$FER" data info nowhere.csv
err_has 'Left out: 3 x missing image, the first: nowhere.csv: nowhere.csv: line 2: there is no picture .nodata'
gives 1 "a picture that is gone" "$FER" data pack gone.csv --out x.ferpack
err_has "line 2: there is no picture 'data/gone.png'"
no_file x.ferpack
# Tables of two splits in one directory: told, whichever is opened, until they are of one again.
gives 0 "one split" "$FER" data prepare data --out mixed --val-per-class 1 --seed 1
gives 0 "another" "$FER" data prepare data --out other --val-per-class 1 --seed 2
cp other/test.csv mixed/test.csv
gives 1 "a table of another split" "$FER" data info mixed/test.csv
err_has "mixed/test.csv: not the table that 'fer data prepare' wrote with the others"
gives 1 "the directory with it" "$FER" data info mixed
gives 0 "the others are fine" "$FER" data info mixed/train.csv
gives 0 "prepared again" "$FER" data prepare data --out mixed --val-per-class 1 --seed 2
gives 0 "they are of one split" "$FER" data info mixed
printf 'fer data prepare, version 1\nunfinished\n' >mixed/prepare.sums
gives 1 "a split that was never finished" "$FER" data info mixed/train.csv
err_has 'did not finish here'
rm mixed/prepare.sums
gives 0 "tables without digests are read as ever" "$FER" data info mixed
finish
