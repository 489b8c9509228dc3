#!/bin/sh
# fer predict.
. "$(dirname "$0")/lib.sh"
W="--weights w.safetensors"

gives 0 "one picture" "$FER" predict $W face.png
out_lines 1
out_is 'doc["file"] == "face.png" and abs(sum(doc["scores"].values()) - 1) < 1e-5'
out_is 'doc["label"] == max(doc["scores"], key=doc["scores"].get) and len(doc["scores"]) == 8'
gives 0 "any size and colour" "$FER" predict $W colour.png one.png photo.jpg "comma, \"quoted\".png"
out_lines 4
out_is 'all(abs(sum(__import__("json").loads(l)["scores"].values()) - 1) < 1e-5 for l in lines)'

gives 0 "CSV" "$FER" predict $W --format csv face.png "comma, \"quoted\".png"
out_is 'rows[0][:2] == ["file", "label"] and rows[2][0] == "comma, \"quoted\".png" and all(len(r) == 10 for r in rows)'
gives 0 "CSV with strange classes" "$FER" predict --weights odd.safetensors --format csv face.png
out_is 'rows[0] == ["file", "label", "neutral", "a,b", "say \"c\""]'
gives 0 "text" "$FER" predict $W --format text face.png
out_has '^face.png  [a-z]* [0-9.]* %,'

gives 0 "a directory" "$FER" predict $W data/neutral
out_is '[__import__("json").loads(l)["file"] for l in lines] == ["data/neutral/%02d.png" % i for i in range(6)]'
gives 0 "a directory with a slash" "$FER" predict $W data/neutral/
out_has '"data/neutral/00.png"'
"$FER" predict $W - <face.png >.log/out 2>.log/err
said "standard input: exit code 0" [ $? -eq 0 ]
out_is 'doc["file"] == "-"'
"$FER" predict $W - <text.png >.log/out 2>.log/err
said "no picture on standard input: exit code 1" [ $? -eq 1 ]
err_has 'standard input'

# The answers do not depend on threads and batches.
"$FER" predict $W --threads 1 --batch 1 data/* >.log/a
for setting in "--threads 2 --batch 1" "--threads 1 --batch 7" "--threads 3 --batch 64"; do
    "$FER" predict $W $setting data/* >.log/out 2>.log/err
    said "same bytes with $setting" cmp -s .log/a .log/out
done

for bad in cut.png cut.jpg empty.png text.png huge.png missing.png; do
    gives 1 "$bad" "$FER" predict $W face.png $bad one.png
    err_has "$bad"
    out_lines 2
    gives 0 "$bad with --skip-bad" "$FER" predict $W --skip-bad face.png $bad one.png
    err_has '1 pictures could not be read'
    out_lines 2
done
gives 1 "a directory without pictures" "$FER" predict $W void
mkdir -p kinds
for ending in png jpg jpeg bmp gif tif tiff webp TIF txt; do cp face.png "kinds/a.$ending"; done
gives 0 "a directory of every ending" "$FER" predict $W kinds
out_is 'sorted(__import__("json").loads(l)["file"][8:] for l in lines) == "TIF bmp gif jpeg jpg png tif tiff webp".split()'
gives 1 "missing weights" "$FER" predict --weights missing.safetensors face.png
err_has 'missing.safetensors'
gives 1 "cut weights" "$FER" predict --weights cut.safetensors face.png
gives 1 "weights that are a picture" "$FER" predict --weights face.png face.png
name=$(printf 'caf\351.png')
if cp face.png "$name" 2>/dev/null; then
    gives 0 "a name that is not UTF-8" "$FER" predict $W "$name"
    out_is 'doc["file"] == "caf?.png"'
fi
finish
