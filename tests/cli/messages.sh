#!/bin/sh
# Inputs that are not there or of another kind: what the command says can be done.
. "$(dirname "$0")/lib.sh"
printf '\0\0\0\040ftypisom' >film.mp4
says() { # TEXT COMMAND...: fails, and the error has TEXT
    text=$1
    shift
    gives 1 "fer $*" "$FER" "$@"
    err_has "$text"
}
says "http://x/y.png: is a URL; download" predict http://x/y.png
says "https://x/y.mp4: is a URL; download" video https://x/y.mp4
says "rtsp://x/y: is a live stream; .*fer video -" video rtsp://x/y
says "data:image/png;base64,AAAA: .* decode" predict 'data:image/png;base64,AAAA'
says "file:///x: .*without 'file://'" eval --data file:///x
says "http://x/y.tar: is a URL" train --model resnet-8 --data http://x/y.tar --out run
says "http://x/w.safetensors: is a URL" predict --weights http://x/w.safetensors face.png
says "fce.png: is not there; did you mean 'face.png'" predict fce.png
says "./fce.png: is not there; did you mean 'face.png'" explain ./fce.png
says "dat: is not there; did you mean 'data'" eval --data dat
says "w.safetensor: is not there; did you mean 'w.safetensors'" eval --weights w.safetensor --data data
says "film.mp4: 'fer video' reads films" predict film.mp4
says "film.mp4: 'fer video' reads films" explain film.mp4
says "film.mp4: 'fer video' reads films" data info film.mp4
says "face.png: 'fer predict' reads pictures" eval --data face.png
says "w.safetensors: weights are given by --weights" predict w.safetensors
says "data: is a directory; name a file of weights" eval --weights data --data data
gives 2 "a directory" "$FER" video data
err_has "data is a directory; --out DIR is needed"
says "data: is a directory, expected a file" convert data out.safetensors
says "data: is a directory, expected a file" predict --list data
gives 1 "one advice for one of many" "$FER" predict face.png one.png fce.png
out_lines 2
said "two lines" [ "$(wc -l <.log/err)" -eq 2 ]
touch run.tar && mkdir run # an ordinary failure has no advice
gives 1 "another failure" "$FER" eval --data text.png
said "at most two lines" [ "$(wc -l <.log/err)" -le 2 ]
finish
