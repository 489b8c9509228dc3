#!/bin/sh
# What the command writes and draws of faces, by a program that hands it invented ones; read by parsers that are not ours.
. "$(dirname "$0")/lib.sh"
FACES=$3
# check NAME FILE [FRAMES]: tests/cli/faces.py finds nothing wrong.
check() {
    python3 "$tests/faces.py" "$@" >.log/out 2>.log/err
    said "$1" [ $? -eq 0 ]
}

gives 0 "CSV of a film" "$FACES" write csv film.csv "video va" 8
check csv_of_a_film film.csv
gives 0 "CSV of pictures, odd class names" "$FACES" write csv pictures.csv odd 8
check csv_of_pictures pictures.csv
gives 0 "JSON lines of a film" "$FACES" write jsonl film.jsonl "video va" 8
check jsonl_of_a_film film.jsonl
gives 0 "JSON lines of pictures" "$FACES" write jsonl pictures.jsonl odd 8
check jsonl_of_pictures pictures.jsonl
gives 0 "WebVTT" "$FACES" write vtt film.vtt video 8
check vtt_of_a_film film.vtt
gives 0 "WebVTT of odd names" "$FACES" write vtt odd.vtt "video odd" 8
check vtt_of_odd_names odd.vtt
if command -v ffprobe >/dev/null; then
    gives 0 "FFmpeg reads it" ffprobe -v error -of csv=p=0 -show_entries packet=pts_time,duration_time film.vtt
    out_is '[[float(v) for v in r[:2]] for r in rows if len(r) > 1] == [[0, 0.2], [0.2, 0.2], [0.2, 0.2], [0.4, 0.1], [0.6, 0.6]]'
    gives 0 "and shows the odd names" ffmpeg -v error -i odd.vtt -f srt -
    out_has '^face 1: x --> <y> & z 90 %$'
fi
gives 0 "SubRip" "$FACES" write srt film.srt video 8
check srt_of_a_film film.srt
gives 0 "SubRip of odd names" "$FACES" write srt odd.srt "video odd" 8
check srt_of_odd_names odd.srt
if command -v ffprobe >/dev/null; then
    gives 0 "FFmpeg reads it as SubRip" ffprobe -v error -of csv=p=0 -show_entries format=format_name:stream=codec_name:packet=pts_time,duration_time film.srt
    out_is '[r for r in rows if len(r) == 1] == [["subrip"], ["srt"]] and [[float(v) for v in r[:2]] for r in rows if len(r) > 1] == [[0, 0.2], [0.2, 0.2], [0.4, 0.1], [0.6, 0.6]]'
    gives 0 "and shows the odd names as they are" ffmpeg -v error -i odd.srt -f srt -
    out_has '^face 1: x --) (y) & z 90 %$'
fi
gives 0 "EmotionML of a film" "$FACES" write emotionml film.xml "video va" 8
check emotionml_of_a_film film.xml
gives 0 "EmotionML of pictures, odd names" "$FACES" write emotionml pictures.xml odd 8
check emotionml_of_pictures pictures.xml
gives 0 "OpenFace's columns" "$FACES" write openface film.of "video va" 8
check openface film.of
gives 0 "Py-Feat's columns" "$FACES" write pyfeat film.fex "video va" 8
check pyfeat film.fex
gives 0 "Py-Feat's columns, other classes" "$FACES" write pyfeat odd.fex odd 8
check pyfeat_without_their_classes odd.fex

# Closed at any moment, a document is complete; not closed, there is none.
gives 0 "three frames" "$FACES" write vtt short.vtt video 3
check vtt_of_a_film short.vtt 3
gives 0 "three frames" "$FACES" write srt short.srt video 3
check srt_of_a_film short.srt 3
gives 0 "three frames" "$FACES" write emotionml short.xml "video va" 3
check emotionml_of_a_film short.xml 3
gives 0 "no frame at all" "$FACES" write emotionml none.xml video 0
said "is XML" python3 -c 'import xml.etree.ElementTree as e; e.parse("none.xml")'
gives 0 "no frame at all" "$FACES" write vtt none.vtt video 0
said "is WebVTT" [ "$(cat none.vtt)" = WEBVTT ]
gives 0 "no frame at all" "$FACES" write srt none.srt video 0
said "is an empty file" [ -f none.srt -a ! -s none.srt ]
gives 0 "given up" "$FACES" write csv gone.csv "video abort" 8
no_file gone.csv
no_leftover

gives 0 "standard output" "$FACES" write csv - "video va" 8
said "is the same" cmp -s .log/out film.csv
for format in csv jsonl vtt srt emotionml openface pyfeat; do
    gives 1 "$format, full disk" with_disk 8 "$FACES" write $format full.$format "video many" 4000
    err_has "full.$format: cannot be written: ."
    no_file full.$format
    no_leftover
done
if [ -w /dev/full ]; then
    "$FACES" write jsonl - video 8 >/dev/full 2>.log/err
    said "standard output is full" [ $? -eq 1 ]
    err_has 'standard output: cannot be written: No space left'
fi
gives 1 "no directory" "$FACES" write csv none/a.csv video 8
gives 1 "pictures have no times" "$FACES" write vtt no.vtt "" 8
err_has 'vtt needs times'
gives 1 "for SubRip neither" "$FACES" write srt no.srt "" 8
err_has 'srt needs times'
gives 1 "time goes back" "$FACES" write csv back.csv "video back" 8
err_has 'frame 0: its time, 0 s'

# Face 1: frames at 0 to 0.4 s (happy up to 0.4, sad for 0.1), at 0.6 s (sad for 0.3) and at 0.9 s (as long as the one before it).
# Face 2 is seen at 0.2 s and hidden at 0.3 s.
gives 0 "a summary" "$FACES" summary json 8
out_is 'doc["frames"] == 8 and abs(doc["seconds"] - 1.2) < 1e-6 and [f["face_id"] for f in doc["faces"]] == [1, 2]'
out_is '(lambda f: max(abs(f["seconds"] - 1.1), abs(f["first"]), abs(f["last"] - 1.2), abs(f["confidence"] - 0.9), abs(f["valence"] + 0.5)) < 1e-5)(
    doc["faces"][0])'
out_is '(lambda s: abs(s["happiness"] - 0.4 / 1.1) < 1e-5 and abs(s["sadness"] - 0.7 / 1.1) < 1e-5 and abs(sum(s.values()) - 1) < 1e-5)(
    doc["faces"][0]["shares"])'
out_is '(lambda f: abs(f["first"] - 0.2) < 1e-6 and abs(f["last"] - 0.3) < 1e-6 and f["shares"]["anger"] == 1)(doc["faces"][1])'
gives 0 "as CSV" "$FACES" summary csv 8
out_is 'rows[0][:6] == ["face_id", "first", "last", "seconds", "confidence", "neutral"] and rows[1][:4] == ["1", "0.000000", "1.200000", "1.100000"]'
gives 0 "as text" "$FACES" summary text 8
out_has '^ *1 *0.00 *1.20 *1.10 *0.900 .* 36.4 % .* 63.6 %'
gives 0 "of no frame" "$FACES" summary json 0
out_is 'doc == {"frames": 0, "seconds": 0, "faces": [], "schema": 1}'
gives 0 "of one frame" "$FACES" summary json 1
out_is 'abs(doc["faces"][0]["seconds"] - 0.04) < 1e-6'

# Drawings. A grey picture: the boxes' lines have the colour of their class, everything far from faces is as it was.
python3 - <<'END' || exit 1
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("plain.png", "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 640, 480, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress((b"\0" + bytes((90, 100, 110)) * 640) * 480)) + chunk(b"IEND", b""))
END
if ! "$FACES" annotate plain.png drawn.png 7,100,100,80,100,1,0.9,1 0,400,150,100,120,4,0.8,0 >.log/out 2>.log/err; then
    err_has 'without cairo'
    finish
fi
pixel_is() { said "pixel $2,$3 of $1 is $4" [ "$("$FACES" pixel "$1" "$2" "$3")" = "$4" ]; }
pixel_is drawn.png 100 150 "240 227 66"
pixel_is drawn.png 20 20 "90 100 110"
pixel_is drawn.png 630 470 "90 100 110"
pixel_is drawn.png 140 160 "90 100 110"
dashes=$(for y in 160 163 166 169 172 175 178 181 184 187 190 193 196 199; do "$FACES" pixel drawn.png 400 $y; done)
said "a hidden face's box has gaps" [ "$(echo "$dashes" | sort -u | grep -c -e '^90 100 110$' -e '^21[345] 9[345] 0$')" -eq 2 ]
gives 0 "as JPEG" "$FACES" annotate plain.png drawn.jpg 7,100,100,80,100,1,0.9,1
said "is a JPEG" grep -q JFIF drawn.jpg
gives 1 "another ending" "$FACES" annotate plain.png drawn.gif 7,100,100,80,100,1,0.9,1
no_file drawn.gif
gives 0 "no face" "$FACES" annotate plain.png none.png
pixel_is none.png 100 150 "90 100 110"
gives 0 "boxes that reach out of the picture, and one of no size" \
    "$FACES" annotate plain.png out.png 1,-50,-60,100,120,0,0.9,1 2,600,440,100,120,1,0.9,1 3,-900,-900,10,10,2,0.9,1 4,5,5,0,0,3,0.9,1
crowd=$(python3 -c '
import random
r = random.Random(4)
faces = [(r.uniform(-20, 620), r.uniform(-20, 460), r.choice((14, 25, 40, 90))) for _ in range(60)]
print(*["%d,%.1f,%.1f,%.1f,%.1f,%d,0.5,1" % (i + 1, x, y, w, 1.25 * w, i % 8) for i, (x, y, w) in enumerate(faces)])')
"$FACES" layout 640 480 $crowd >crowd.txt 2>.log/err
check layout crowd.txt 60
"$FACES" layout 640 480 1,200,100,160,200,1,0.9,1 >one.txt
said "a large face has bars" [ "$(awk '{ print ($11 > 0) }' one.txt)" = 1 ]

# Hours in at most 1024 bins: what was seen is kept whole. Faces 1, 2, 3, ... are seen for 2, 3, 5, 9, ... s.
gives 0 "a timeline of hours" "$FACES" timeline long.svg 250000 12
out_is '(lambda told: told[0] == [16.0, 10000.0] and sorted(t[0] for t in told[1:]) == list(range(1, 13))
    and all(abs(s - 1 - 2 ** (k - 1)) < 0.05 and abs(sum - s) < 1e-3 * s for k, s, sum in told[1:]))(
    [[float(v) for v in line.split()] for line in lines])'
said "is an SVG of at most 2 MB" python3 -c '
import os, xml.etree.ElementTree as e
root = e.parse("long.svg").getroot()
raise SystemExit(not (root.tag.endswith("}svg") and os.path.getsize("long.svg") < 2e6))'
gives 0 "with pictures of the faces" "$FACES" timeline short.png 100 3 drawn.png
said "is a PNG" grep -q PNG short.png
gives 0 "without a face" "$FACES" timeline nobody.png 10 0
gives 0 "without a frame" "$FACES" timeline nothing.svg 0 0
gives 1 "another ending" "$FACES" timeline no.gif 10 1
no_file no.gif
gives 1 "full disk" with_disk 2 "$FACES" timeline full.png 100 3
no_file full.png
no_leftover
finish
