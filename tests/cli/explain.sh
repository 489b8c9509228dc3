#!/bin/sh
# fer explain.
. "$(dirname "$0")/lib.sh"

"$2" cct-2 cct.safetensors && "$2" mcct-1 mcct.safetensors || exit 1

# decoded FILE WIDTH HEIGHT: a PNG whose pixels unpack to that size, row filters included.
decoded() {
    python3 -c '
import struct, sys, zlib
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
at, packed = 8, b""
while at < len(data):
    n, kind = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + n]
    assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0]
    if kind == b"IHDR":
        w, h, bits, colour = struct.unpack(">IIBB", body[:10])
    packed += body if kind == b"IDAT" else b""
    at += 12 + n
assert kind == b"IEND" and bits == 8 and (w, h) == (int(sys.argv[2]), int(sys.argv[3]))
assert len(zlib.decompress(packed)) == h * (1 + w * {2: 3, 6: 4}[colour])' "$@"
}

gives 0 "text" "$FER" explain face.png --weights cct.safetensors
out_lines 1
out_has '^face.png  [a-z]* [0-9.]* %, most of 4 x 4, pooling row [1-4] column [1-4] ([0-9.]* %), rollout row'
gives 0 "json" "$FER" explain --format json --weights cct.safetensors face.png colour.png
out_lines 2
gives 0 "json of one" "$FER" explain --format json --weights cct.safetensors colour.png
out_is 'list(doc) == ["file", "label", "class", "score", "scores", "rows", "columns", "layers", "pooling", "rollout", "drawing", "schema"]'
out_is '(doc["file"], doc["rows"], doc["columns"], doc["layers"], doc["drawing"]) == ("colour.png", 4, 4, 2, None)'
out_is 'all(len(doc[m]) == 4 and all(len(r) == 4 for r in doc[m]) for m in ("pooling", "rollout"))'
out_is 'all(abs(sum(map(sum, doc[m])) - 1) < 1e-5 and min(map(min, doc[m])) > 0 for m in ("pooling", "rollout"))'
out_is 'doc["pooling"] != doc["rollout"] and abs(sum(doc["scores"].values()) - 1) < 1e-5'
out_is 'doc["label"] == max(doc["scores"], key=doc["scores"].get) == doc["class"] and doc["score"] == doc["scores"][doc["class"]]'
cp .log/out explained
gives 0 "the same scores as predict" "$FER" predict --faces whole --weights cct.safetensors colour.png
out_is 'doc["scores"] == json.load(open("explained"))["scores"]'
gives 0 "a class" "$FER" explain --format json --weights cct.safetensors --class fear colour.png
out_is '(doc["class"], doc["score"]) == ("fear", doc["scores"]["fear"])'
out_is 'doc["label"] == json.load(open("explained"))["label"] and doc["rollout"] == json.load(open("explained"))["rollout"]'

gives 1 "a class that is not there" "$FER" explain --weights cct.safetensors --class joy face.png
err_has 'no such class; its classes are neutral, happiness'
gives 1 "tokens that are channels" "$FER" explain --weights mcct.safetensors face.png colour.png
err_has 'mcct-1 cannot be explained: its 49 tokens are channels averaged over the whole picture'
said "said once" [ "$(wc -l <.log/err)" -eq 1 ]
gives 1 "no tokens" "$FER" explain --weights w.safetensors face.png
err_has 'resnet-8 cannot be explained: it has no attention'
gives 1 "a picture that is missing" "$FER" explain --weights cct.safetensors missing.png face.png
err_has 'missing.png'
out_lines 1
gives 2 "no picture" "$FER" explain --weights cct.safetensors

if ! "$FER" explain face.png --weights cct.safetensors --out a.png >.log/out 2>.log/err; then
    err_has 'without cairo'
    finish
fi
said "the drawing decodes" decoded a.png 1600 744
gives 0 "SVG" "$FER" explain face.png --weights cct.safetensors --out a.svg
said "the drawing is an SVG" grep -q '<svg' a.svg
gives 0 "a directory" "$FER" explain --format json --weights cct.safetensors --out drawn/here one.png photo.jpg 'comma, "quoted".png'
out_is '[json.loads(l)["drawing"] for l in lines] == ["drawn/here/%s.explain.png" % n for n in ("one", "photo", "comma, \"quoted\"")]'
for name in one photo 'comma, "quoted"'; do said "$name decodes" decoded "drawn/here/$name.explain.png" 1600 744; done
gives 0 "the drawing is replaced" "$FER" explain --weights cct.safetensors --out drawn/here one.png

gives 2 "many into one file" "$FER" explain face.png one.png --weights cct.safetensors --out no.png
err_has 'name a directory'
cp face.png kept.png
gives 2 "onto the picture itself" "$FER" explain face.png --weights cct.safetensors --out ./face.png
err_has 'would replace face.png'
said "the picture is as it was" cmp face.png kept.png
mkdir other
cp one.png other/face.png
gives 1 "two of one name" "$FER" explain face.png other/face.png --weights cct.safetensors --out two
err_has 'would both be drawn as two/face.explain.png'
no_file two
gives 1 "the model is refused before anything is written" "$FER" explain face.png --weights w.safetensors --out two
no_file two
gives 1 "full disk" with_disk 2 "$FER" explain face.png --weights cct.safetensors --out no.png
no_file no.png
no_leftover
gives 1 "a file for a directory" "$FER" explain face.png --weights cct.safetensors --out kept.png/in
finish
