#!/bin/sh
# --blur-faces: under the boxes of drawings and films no detail of the face is left.
. "$(dirname "$0")/lib.sh"
needs_films
# Two seconds of ten frames: the face is 133 x 139 pixels with its corner at 20 + 40 t, 40.
make_film film.mp4 320x240 10 2 x=20+40*t:y=40
gives 0 "where the face is" "$FER" video film.mp4
cp .log/out plain.csv

# detail FILE W H: per frame, the mean difference of neighbours in the middle of the face's box, as plain.csv has it.
# Of a picture, plain.csv's first row counts.
detail() {
    ffmpeg -y -loglevel error -i "$1" -f rawvideo -pix_fmt gray pixels
    python3 -c '
import csv, sys
w, h = int(sys.argv[1]), int(sys.argv[2])
data = open("pixels", "rb").read()
rows = [r for r in csv.DictReader(open("plain.csv")) if r["face_id"] == "1"]
n = len(data) // (w * h)
for i in range(n):
    frame = data[i * w * h:(i + 1) * w * h]
    x, y, bw, bh = (float(rows[i][k]) for k in "xywh")
    xs, ys = range(int(x + bw / 8), int(x + bw * 7 / 8)), range(int(y + bh / 8), int(y + bh * 7 / 8))
    d = [abs(frame[b * w + a] - frame[b * w + a + 1]) for b in ys for a in xs]
    print(sum(v > 3 for v in d) / len(d))' "$2" "$3" >.log/out
}
blurred() { out_is 'len(lines) == '$1' and max(map(float, lines)) < 0.1'; }
detail film.mp4 320 240
out_is 'len(lines) == 20 and min(map(float, lines)) > 0.25'

gives 0 "a film" "$FER" video film.mp4 --csv same.csv --blur-faces --no-boxes --annotate blurred.mp4 --timeline t.png
said "the table is the same" cmp -s same.csv plain.csv
detail blurred.mp4 320 240
blurred 20
gives 0 "a film that is searched rarely" "$FER" video film.mp4 --blur-faces --no-boxes --annotate rare.mp4 --every 8
detail rare.mp4 320 240
blurred 20
gives 0 "a film in which only known faces are looked around" "$FER" video film.mp4 --blur-faces --no-boxes --annotate around.mp4 --detect-every 7
detail around.mp4 320 240
blurred 20
gives 0 "without blur" "$FER" video film.mp4 --no-boxes --annotate clear.mp4
detail clear.mp4 320 240
out_is 'min(map(float, lines)) > 0.2'

# The face comes at 1 s; the detector finds it in the second frame at the earliest, since only every fourth is searched.
make_film late.mp4 320x240 10 2 "x=60:y=40:enable='gte(t,1)'"
"$FER" video late.mp4 >late.csv 2>/dev/null
python3 -c '
import csv
rows = [r for r in csv.DictReader(open("late.csv")) if r["face_id"] == "1"]
rows = [rows[0]] * 10 + rows[-1:] * 10
w = csv.DictWriter(open("plain.csv", "w"), rows[0].keys()); w.writeheader(); w.writerows(rows)'
gives 0 "a face that comes before it is found" "$FER" video late.mp4 --blur-faces --no-boxes --annotate late_blurred.mp4 --every 4
detail late_blurred.mp4 320 240
blurred 20

# Pictures, grey and colour.
ffmpeg -y -loglevel error -i film.mp4 -frames:v 1 face.png
ffmpeg -y -loglevel error -i film.mp4 -frames:v 1 -pix_fmt gray grey.png
gives 0 "pictures" "$FER" predict face.png grey.png --format csv --annotate drawn --blur-faces --no-boxes
python3 -c '
import csv
rows = list(csv.DictReader(open(".log/out")))
w = csv.DictWriter(open("plain.csv", "w"), rows[0].keys()); w.writeheader(); w.writerows(rows)'
for picture in face grey; do
    detail drawn/$picture.png 320 240
    blurred 1
done
gives 0 "with boxes on top" "$FER" predict face.png --annotate boxes --blur-faces
said "they differ" sh -c '! cmp -s boxes/face.png drawn/face.png'
gives 0 "a cropped face" "$FER" predict --faces whole face.png --annotate whole --blur-faces --no-boxes
detail whole/face.png 320 240
blurred 1

gives 2 "nothing is drawn" "$FER" predict face.png --blur-faces
err_has '\-\-blur-faces goes with --annotate DIR'
gives 2 "nothing is drawn without boxes" "$FER" predict face.png --no-boxes
gives 2 "other faces would be left" "$FER" predict face.png --annotate drawn --blur-faces --faces largest
gives 2 "nothing is drawn of a film" "$FER" video film.mp4 --blur-faces
gives 2 "nothing is drawn of many films" "$FER" video film.mp4 --blur-faces --out many --write csv
gives 2 "standard input" "$FER" video - --blur-faces --annotate x.mp4
err_has 'read a film twice to draw it; name a file'
mkfifo pipe
gives 1 "a pipe" timeout 20 "$FER" video pipe --blur-faces --annotate x.mp4
no_file x.mp4
finish
