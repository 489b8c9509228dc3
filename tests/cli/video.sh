#!/bin/sh
# fer video and fer camera, on a film of a real face that moves over a plain ground.
. "$(dirname "$0")/lib.sh"
needs_films
source=$tests/../..
make() { # FILE OPTIONS...: 2 seconds of 10 frames
    file=$1
    shift
    ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=320x240:rate=10:duration=2 -i "$source/examples/face.png" \
        -f lavfi -i sine=frequency=440:duration=2 -filter_complex "[0][1]overlay=x=20+30*t:y=40" -map 2:a "$@" "$file"
}
make film.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart

gives 0 "a film" "$FER" video film.mp4
out_is 'rows[0][:16] == "frame,face_id,timestamp,confidence,success,x,y,w,h,yaw,pitch,roll,size,sharpness,occlusion,quality".split(",") and rows[0][24] == "label"'
out_is 'rows[0][25] == "neutral_smoothed"'
cp .log/out whole.csv
# What else the detector may take for a face is not looked at here.
one() { awk -F, 'NR == 1 || $2 == 1' .log/out >.log/one && mv .log/one .log/out; }
one
out_is 'len(rows) == 21 and all(r[24] == "happiness" for r in rows[1:])'
out_is '[r[0] for r in rows[1:]] == [str(i) for i in range(20)] and [float(r[2]) for r in rows[1:]] == [i / 10 for i in range(20)]'
out_is 'abs(float(rows[20][5]) - float(rows[1][5]) - 57) < 8 and abs(float(rows[20][6]) - float(rows[1][6])) < 8'

gives 0 "faces without a sure answer" "$FER" video film.mp4 --abstain 1 --srt unsure.srt --jsonl unsure.jsonl
said "in subtitles" sh -c 'grep -q "^face 1: uncertain$" unsure.srt && ! grep -q "face .*%" unsure.srt'
said "in JSON" sh -c 'grep -q "\"label\":\"uncertain\"" unsure.jsonl && ! grep "label" unsure.jsonl | grep -qv uncertain'
gives 0 "faces of the best quality only" "$FER" video film.mp4 --min-quality 1
out_is 'len(rows) == 21 and all(r[1] == r[4] == "0" for r in rows[1:])'
gives 0 "all outputs at once" "$FER" video film.mp4 --csv o.csv --jsonl o.jsonl --vtt o.vtt --srt o.srt --emotionml o.xml --openface of.csv --pyfeat pf.csv --summary \
    --format json --timeline t.png --annotate drawn.mp4
out_is 'doc["faces"][0]["face_id"] == 1 and doc["faces"][0]["shares"]["happiness"] > 0.9'
said "the table is the same" cmp -s o.csv whole.csv
for file in o.jsonl o.vtt o.srt o.xml of.csv pf.csv t.png; do said "$file is there" [ -s $file ]; done
ffprobe -v error -show_entries stream=codec_type,nb_frames -of csv=p=0 drawn.mp4 >.log/out
said "twenty drawn frames" grep -q '^video,20' .log/out
said "sound is kept" grep -q '^audio' .log/out
gives 0 "without sound" "$FER" video film.mp4 --annotate silent.mp4 --no-audio
ffprobe -v error -show_entries stream=codec_type -of csv=p=0 silent.mp4 >.log/out
said "no sound" [ "$(cat .log/out)" = video ]

# Timestamps of a film of uneven pace are those that ffprobe prints.
ffmpeg -y -loglevel error -i film.mp4 -an -vf "select='not(eq(mod(n,5),2))*not(eq(mod(n,7),3))'" -fps_mode vfr -c:v libx264 uneven.mkv 2>/dev/null ||
    ffmpeg -y -loglevel error -i film.mp4 -an -vf "select='not(eq(mod(n,5),2))*not(eq(mod(n,7),3))'" -vsync vfr -c:v libx264 uneven.mkv
ffprobe -v error -select_streams v -show_entries frame=pts_time -of csv=p=0 uneven.mkv | sed 's/,*$//; /^$/d' >.log/times
gives 0 "an uneven pace" "$FER" video uneven.mkv
one
out_is '[float(r[2]) for r in rows[1:]] == [float(l) for l in open(".log/times")] and len(rows) > 10'

gives 0 "a part, few frames" "$FER" video film.mp4 --start 0.5 --end 1.5 --every 3
one
out_is '[float(r[2]) for r in rows[1:]] == [0.5, 0.8, 1.1, 1.4]'
gives 1 "a part after the end" "$FER" video film.mp4 --start 5 --jsonl none.jsonl
err_has 'film.mp4: no frame from 5 s to its end; it goes from 0.000 s to 2'
said "the table is empty and there" [ -f none.jsonl ] && said "no line" [ ! -s none.jsonl ]
gives 1 "a part before the next frame" "$FER" video film.mp4 --start 0.55 --end 0.56
err_has 'no frame from 0.55 s to 0.56 s'
out_lines 1
for part in "--start 2 --end 1" "--start 1 --end 1" "--end 0" "--end -1" "--start -1"; do
    gives 2 "$part" "$FER" video film.mp4 $part
done
err_has "\-\-start '-1': must be a number from 0 to 1000000"
gives 0 "a rate" "$FER" video film.mp4 --fps 4
one
out_is '[float(r[2]) for r in rows[1:]] == [0, 0.3, 0.5, 0.8, 1.0, 1.3, 1.5, 1.8]'
gives 0 "looking around known faces" "$FER" video film.mp4 --detect-every 5
one
out_is 'len(rows) == 21 and all(r[4] == "1" for r in rows[1:])'
ffmpeg -loglevel error -i film.mp4 -f yuv4mpegpipe - 2>/dev/null | "$FER" video - >.log/out 2>.log/err
one
out_is 'len(rows) == 21 and rows[20][1] == "1"'
"$FER" video film.mp4 --threads 1 >.log/out 2>.log/err
said "threads do not matter" cmp -s .log/out whole.csv

# Bad input.
ffmpeg -y -loglevel error -f lavfi -i sine=duration=1 sound.m4a
: >nothing.mp4
head -c $(($(wc -c <film.mp4) * 2 / 3)) film.mp4 >cut.mp4
gives 1 "only sound" "$FER" video sound.m4a
err_has 'sound.m4a: has no video stream'
gives 1 "an empty file" "$FER" video nothing.mp4
gives 1 "a picture's name" "$FER" video text.png
gives 1 "no such film" "$FER" video missing.mp4
err_has 'missing.mp4'
gives 1 "a film that is cut off" "$FER" video cut.mp4 --csv cut.csv --jsonl cut.jsonl
err_has 'cut.mp4: the file is cut off'
said "all before the cut is there" [ "$(wc -l <cut.csv)" -gt 5 ]
said "and whole" python3 -c 'import json; [json.loads(l) for l in open("cut.jsonl")]'
gives 1 "too many pixels" "$FER" video film.mp4 --max-pixels 1000
gives 1 "a full disk" with_disk 4 "$FER" video film.mp4 --jsonl full.jsonl
no_file full.jsonl
gives 1 "no directory" "$FER" video film.mp4 --csv none/o.csv
gives 2 "two films" "$FER" video film.mp4 film.mp4

# Interrupted, everything is complete up to that moment: the pipe gives ten frames and then nothing.
mkfifo pipe
(ffmpeg -loglevel error -i film.mp4 -an -frames:v 10 -f yuv4mpegpipe - 2>/dev/null; exec sleep 20) >pipe &
feeder=$!
"$FER" video - --csv stopped.csv --jsonl stopped.jsonl --annotate stopped.mp4 <pipe >.log/out 2>.log/err &
pid=$!
i=0
while [ $i -lt 100 ] && ! ls -l /proc/$pid/fd 2>/dev/null | grep -q "(deleted)"; do sleep 0.1; i=$((i + 1)); done
sleep 1
kill -TERM $pid # a shell lets its background jobs ignore SIGINT
wait $pid
code=$?
kill $feeder 2>/dev/null
said "interrupted: exit code 0, got $code" [ $code -eq 0 ]
said "it says so" grep -q 'stopped at' .log/err
said "rows are there" [ "$(wc -l <stopped.csv)" -ge 2 ]
said "lines are whole" python3 -c 'import json; assert len([json.loads(l) for l in open("stopped.jsonl")]) > 0'
said "the film plays" ffprobe -v error stopped.mp4

gives 1 "no camera" "$FER" camera /dev/nothing
err_has '/dev/nothing'
gives 0 "a film as a camera" "$FER" camera film.mp4 --input-format mp4 --show text --csv live.csv
out_has 'face 1 happiness .*latency'
said "its table" [ "$(wc -l <live.csv)" -ge 2 ]
gives 0 "a few frames" "$FER" camera film.mp4 --input-format mp4 --show nothing --frames 1 --summary
out_has 'happiness'
finish
