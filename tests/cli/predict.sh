#!/bin/sh
# fer predict: pictures that are a face, and pictures with faces in them.
. "$(dirname "$0")/lib.sh"
W="--weights w.safetensors --faces whole"
python3 "$tests/scene.py" "$tests/../../examples/face.png" || exit 1
cp "$tests/../../examples/face.png" person.png

# ---- pictures that are one cropped face ----------------------------------------------------------------------------
gives 0 "one picture" "$FER" predict $W face.png
out_lines 1
out_is 'doc["file"] == "face.png" and abs(sum(doc["scores"].values()) - 1) < 1e-5'
out_is 'doc["label"] == max(doc["scores"], key=doc["scores"].get) and len(doc["scores"]) == 8'
out_is '(doc["width"], doc["height"], len(doc["faces"])) == (48, 48, 1)'
out_is '(lambda f: f["box"] == [0, 0, 48, 48] and f["points"] == [[None, None]] * 5 and f["scores"] == doc["scores"])(doc["faces"][0])'
gives 0 "any size and colour" "$FER" predict $W colour.png one.png photo.jpg "comma, \"quoted\".png"
out_lines 4
out_is 'all(abs(sum(json.loads(l)["scores"].values()) - 1) < 1e-5 for l in lines)'
gives 0 "patterns are no faces" "$FER" predict --weights w.safetensors colour.png photo.jpg one.png face.png
out_is 'all(json.loads(l)["faces"] == [] and json.loads(l)["whole"] is False for l in lines)'

gives 0 "CSV" "$FER" predict $W --format csv face.png "comma, \"quoted\".png"
out_is 'rows[0][:3] == ["file", "label", "neutral"] and rows[0][10:] == "face_id confidence success x y w h yaw pitch roll size sharpness occlusion quality whole".split()'
out_is 'rows[2][0] == "comma, \"quoted\".png" and rows[2][10:17] == "1 1.000000 1 0.00 0.00 20.00 30.00".split() and rows[2][17:20] == ["", "", ""] and rows[2][-1] == "1"'
gives 0 "CSV with strange classes" "$FER" predict --weights odd.safetensors --format csv face.png
out_is 'rows[0][:5] == ["file", "label", "neutral", "a,b", "say \"c\""]'
gives 0 "text" "$FER" predict $W --format text face.png
out_has '^face.png  whole picture  [a-z]* [0-9.]* %,'

# ---- faces in pictures --------------------------------------------------------------------------------------------------------
gives 0 "a person" "$FER" predict person.png
out_is 'set(doc) == {"file", "width", "height", "whole", "faces", "schema"} and len(doc["faces"]) == 1 and doc["faces"][0]["label"] == "happiness"'
cp .log/out .log/person
gives 0 "the same with --faces all" "$FER" predict --faces all person.png
said "is the same" cmp -s .log/out .log/person
gives 0 "weights that ship, by their name" "$FER" predict --weights default person.png
said "are the default's" cmp -s .log/out .log/person
mkdir default
gives 1 "a directory of that name comes first" "$FER" predict --weights default person.png
rmdir default
gives 1 "no such name" "$FER" predict --weights defaults person.png
err_has 'defaults'
gives 0 "whole" "$FER" predict --faces whole person.png
out_is 'doc["label"] == doc["faces"][0]["label"] == "happiness" and doc["faces"][0]["box"] == [0, 0, 132, 132]'
gives 0 "two faces" "$FER" predict --smallest 25 two.png
out_is 'len(doc["faces"]) == 2 and all(f["label"] == "happiness" for f in doc["faces"]) and [f["face_id"] for f in doc["faces"]] == [1, 2]'
out_is '[round(f["box"][2] / 100) for f in sorted(doc["faces"], key=lambda f: f["box"][0])] == [1, 2]'
out_is 'all(abs(f["box"][0] + f["box"][2] / 2 - x) < 25 for f, x in zip(sorted(doc["faces"], key=lambda f: f["box"][0]), (86, 362)))'
gives 0 "the larger one" "$FER" predict --smallest 25 --faces largest two.png
out_is 'len(doc["faces"]) == 1 and doc["faces"][0]["box"][2] > 140'
gives 0 "none sure enough" "$FER" predict --threshold 1 two.png
out_is 'doc["faces"] == []'
gives 0 "no face is an answer" "$FER" predict none.png
out_is 'doc == {"file": "none.png", "width": 200, "height": 150, "whole": False, "faces": [], "schema": 1}'
gives 0 "no face as text" "$FER" predict --format text none.png
out_has '^none.png  no face$'
gives 0 "no face as CSV" "$FER" predict --format csv none.png person.png
out_is 'rows[1][0] == "none.png" and rows[1][-15:] == ["0", "0", "0"] + 11 * [""] + ["0"] and rows[2][1] == "happiness"'
gives 0 "faces of any quality" "$FER" predict --min-quality 0 person.png
said "is the same" cmp -s .log/out .log/person
gives 0 "faces of the best quality only" "$FER" predict --min-quality 1 person.png
out_is 'doc["faces"] == [] and doc["whole"] is False'
gives 2 "more than the best" "$FER" predict --min-quality 1.5 person.png
gives 0 "OpenFace's columns" "$FER" predict --format openface two.png --smallest 25
out_is 'rows[0][:7] == ["file", "frame", "face_id", "timestamp", "confidence", "success", "pose_Rx"] and [r[2] for r in rows[1:]] == ["0", "1"]'
gives 0 "Py-Feat's columns" "$FER" predict --format pyfeat two.png --smallest 25
out_is 'rows[0][:5] == ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"] and len(rows) == 3'
gives 0 "EmotionML" "$FER" predict --format emotionml two.png none.png --smallest 25
out_is '__import__("re").findall("uri=\"([^#\"]*)", text) == ["two.png"] * 2 and __import__("xml.dom.minidom").dom.minidom.parseString(text)'
for orientation in 1 6 8; do
    gives 0 "EXIF orientation $orientation" "$FER" predict "$tests/../formats/fixtures/turned$orientation.jpg"
    out_is "(doc['width'], doc['height']) == $([ $orientation = 1 ] && echo '(13, 9)' || echo '(9, 13)')"
done

gives 0 "a face turned to the left" "$FER" predict turned.png
out_is 'doc["faces"][0]["turned"] == 90 and doc["faces"][0]["label"] == "happiness" and len(doc["faces"]) == 1'
gives 0 "the same, with the angle given" "$FER" predict --rotate 90 turned.png
out_is 'doc["faces"][0]["turned"] == 90 and doc["faces"][0]["label"] == "happiness"'
gives 0 "upright faces alone" "$FER" predict --rotate 0 --faces all --threshold 0.99 turned.png
out_is 'doc["faces"] == []'
gives 2 "another turn" "$FER" predict --rotate 45 person.png

# ---- which pictures -----------------------------------------------------------------------------------------------------------
gives 0 "a directory" "$FER" predict $W data/neutral
out_is '[json.loads(l)["file"] for l in lines] == ["data/neutral/%02d.png" % i for i in range(6)]'
gives 0 "a directory with a slash" "$FER" predict $W data/neutral/
out_has '"data/neutral/00.png"'
gives 0 "all below a directory" "$FER" predict $W data
out_is '[json.loads(l)["file"] for l in lines] == ["data/%s/%02d.png" % (c, i) for c, n in (("anger", 4), ("happiness", 5), ("neutral", 6)) for i in range(n)]'
mkdir -p kinds/deep/.hidden
for ending in png jpg jpeg bmp gif tif tiff webp TIF txt; do cp face.png "kinds/a.$ending"; done
cp face.png kinds/deep/b.png
cp face.png kinds/deep/.hidden/c.png
gives 0 "a directory of every ending" "$FER" predict $W kinds
out_is 'sorted(json.loads(l)["file"][6:] for l in lines) == "a.TIF a.bmp a.gif a.jpeg a.jpg a.png a.tif a.tiff a.webp deep/b.png".split()'
ln -s .. kinds/deep/circle
gives 0 "a circle of links ends" "$FER" predict $W --format csv kinds
rm kinds/deep/circle
gives 0 "a pattern" "$FER" predict $W 'data/*/0[01].png'
out_is '[json.loads(l)["file"] for l in lines] == ["data/%s/0%d.png" % (c, i) for c in ("anger", "happiness", "neutral") for i in range(2)]'
cp face.png 'odd[1].png'
gives 0 "a name that looks like a pattern" "$FER" predict $W 'odd[1].png'
out_is 'doc["file"] == "odd[1].png"'
gives 1 "a pattern without a file" "$FER" predict $W 'z*.png'
err_has 'z\*.png: no file matches this name'
printf 'colour.png\r\n\ndata/anger\nface.png' >names
gives 0 "a list" "$FER" predict $W one.png --list names
out_is '[json.loads(l)["file"] for l in lines] == ["one.png", "colour.png"] + ["data/anger/0%d.png" % i for i in range(4)] + ["face.png"]'
"$FER" predict $W --list - <names >.log/out 2>.log/err
said "a list from standard input" [ $? -eq 0 ]
out_lines 6
gives 1 "no list" "$FER" predict $W face.png --list none
err_has 'none: cannot be opened'
gives 1 "an empty list" "$FER" predict $W --list empty.png
err_has 'empty.png: holds no names'
gives 1 "a picture for a list" "$FER" predict $W face.png --list colour.png
err_has 'colour.png: holds a zero byte'
out_lines 1
said "one sentence" [ "$(wc -l <.log/err)" -eq 1 ]
# Links in circles, pipes and what is no picture are left out, counted and named.
mkdir round
cp face.png round/a.png
ln -s . round/self
ln -s ../round round/up
mkfifo round/b.png
echo x >round/notes.txt
cp face.png round/.hidden.png
gives 0 "a directory with links to itself" "$FER" predict $W round
out_lines 1
err_has 'left out: 2 x link to a directory that it lies in; the first: round/self'
err_has 'left out: 1 x pipe, socket or device; the first: round/b.png'
err_has 'left out: 1 x no picture by its name (.txt); the first: round/notes.txt'
err_has 'left out: 1 x hidden file or directory; the first: round/.hidden.png'
gives 1 "a device as a list" "$FER" predict $W --list /dev/zero
err_has '/dev/zero: is a device'
gives 1 "a directory without pictures" "$FER" predict $W void
gives 2 "no operand" "$FER" predict
"$FER" predict $W - <face.png >.log/out 2>.log/err
said "standard input: exit code 0" [ $? -eq 0 ]
out_is 'doc["file"] == "-"'
"$FER" predict $W - <text.png >.log/out 2>.log/err
said "no picture on standard input: exit code 1" [ $? -eq 1 ]
err_has 'standard input'

# The answers come in the order of the operands and do not depend on threads and batches.
"$FER" predict $W --threads 1 --batch 1 --smallest 25 two.png data/* person.png none.png face.png >.log/a
for setting in "--threads 2 --batch 1" "--threads 1 --batch 7" "--threads 3 --batch 64"; do
    "$FER" predict $W $setting --smallest 25 two.png data/* person.png none.png face.png >.log/out 2>.log/err
    said "same bytes with $setting" cmp -s .log/a .log/out
done
said "all of them" [ "$(wc -l <.log/a)" -eq 19 ]

# ---- what cannot be read ------------------------------------------------------------------------------------------------------
for bad in cut.png cut.jpg empty.png text.png huge.png missing.png; do
    gives 1 "$bad" "$FER" predict $W face.png $bad one.png
    err_has "$bad"
    out_lines 2
    gives 0 "$bad with --skip-bad" "$FER" predict $W --skip-bad face.png $bad one.png
    err_has 'unreadable pictures skipped: 1'
    out_lines 2
done
gives 1 "more pixels than allowed" "$FER" predict $W --max-pixels 1 large.png face.png
err_has 'large.png: the picture is 1200 x 1000 pixels, expected at most 1000000 in all'
out_lines 1
gives 0 "not more pixels than allowed" "$FER" predict $W --max-pixels 2 large.png
"$FER" predict $W --max-pixels 1 - <large.png >.log/out 2>.log/err
said "more pixels on standard input: exit code 1" [ $? -eq 1 ]
err_has 'standard input: the picture is 1200 x 1000'
gives 2 "no pixels" "$FER" predict --max-pixels 0 face.png
gives 1 "missing weights" "$FER" predict --weights missing.safetensors face.png
err_has 'missing.safetensors'
gives 1 "cut weights" "$FER" predict --weights cut.safetensors face.png
gives 1 "weights that are a picture" "$FER" predict --weights face.png face.png
name=$(printf 'caf\351.png')
if cp face.png "$name" 2>/dev/null; then
    gives 0 "a name that is not UTF-8" "$FER" predict $W "$name"
    out_is 'doc["file"] == "caf\\xE9.png"'
    printf x >"$name"
    gives 1 "and no picture" "$FER" predict $W "$name"
    said "named once" [ "$(grep -c 'caf.*caf' .log/err)" -eq 0 ]
fi

# ---- drawn pictures -----------------------------------------------------------------------------------------------------------
if "$FER" predict $W --annotate drawn person.png >.log/out 2>.log/err; then
    gives 0 "the drawing is a picture" "$FER" predict --faces whole drawn/person.png
    out_is '(doc["width"], doc["height"]) == (132, 132)'
    said "and not the same" sh -c '! cmp -s person.png drawn/person.png'
    gives 0 "below a directory, and another kind" "$FER" predict $W --annotate drawn/new kinds two.png person.png
    for drawn in a.jpg a.bmp.png deep/b.png two.png person.png; do said "drawn/new/$drawn" [ -s drawn/new/$drawn ]; done
    sum=$(cksum <person.png)
    gives 1 "not on top of a picture" "$FER" predict $W --annotate . none.png person.png
    err_has 'the drawing would replace the picture none.png'
    gives 1 "nor by another way" "$FER" predict $W --annotate data/.. ./person.png
    said "the picture is as it was" [ "$(cksum <person.png)" = "$sum" ]
    gives 1 "not two in one place" "$FER" predict $W --annotate twice data/anger/00.png data/neutral/00.png
    err_has 'data/anger/00.png and data/neutral/00.png would both be drawn as twice/00.png'
    gives 0 "one picture twice" "$FER" predict $W --annotate twice person.png person.png
    out_lines 2
    gives 1 "a file for a directory" "$FER" predict $W --annotate names person.png
    err_has 'names'
    echo >drawn/new/blocked
    mkdir -p tree/blocked
    cp person.png tree/blocked/a.png
    gives 1 "a file for a directory below" "$FER" predict $W --annotate drawn/new tree
    err_has 'drawn/new/blocked'
    gives 1 "a full disk" with_disk 8 "$FER" predict --annotate full person.png
    err_has 'full/person.png'
    said "leaves nothing" [ -z "$(ls full)" ]
else
    err_has 'draw'
fi
finish
