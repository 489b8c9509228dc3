#!/bin/sh
# Every part of the command that works on several threads, with many of them. Results must not depend on their number;
# under ThreadSanitizer a data race is a failure of whatever command it is in.
. "$(dirname "$0")/lib.sh"
source=$tests/../..
T="--model resnet-8 --input 16 --data data --val data --batch 4 --epochs 1 --randaugment 0,0 --shift 0.1"

# one_and_many NAME COMMAND...: the same standard output with one thread and with eight.
one_and_many() {
    what=$1
    shift
    gives 0 "$what, one thread" "$@" --threads 1
    cp .log/out .log/one
    gives 0 "$what, eight threads" "$@" --threads 8
    said "$what: the same answer" cmp -s .log/one .log/out
}

mkdir small && cp colour.png photo.jpg face.png one.png small
one_and_many "faces taken whole" "$FER" predict --faces whole --weights w.safetensors data
find data -name '*.png' >names
"$FER" predict --faces whole --weights w.safetensors --threads 8 --list - <names >.log/out 2>.log/err
said "names that come one by one" [ $? -eq 0 ]
out_lines 15
one_and_many "faces looked for" "$FER" predict --weights w.safetensors --faces all --smallest 20 small
one_and_many "evaluation" "$FER" eval --weights w.safetensors --data data
one_and_many "a data set looked through" "$FER" data info data
gives 0 "a pack" "$FER" data pack data --out one.ferpack --size 16 --threads 1
gives 0 "a pack by eight threads" "$FER" data pack data --out many.ferpack --size 16 --threads 8
said "the same pack" cmp -s one.ferpack many.ferpack

gives 0 "training" "$FER" train $T --out one --threads 1
gives 0 "training on many threads" "$FER" train $T --out many --threads 3 --workers 4
said "the same weights" cmp -s one/final.safetensors many/final.safetensors

if "$FER" plot one --output curves.png >.log/out 2>.log/err; then
    gives 0 "pictures drawn" "$FER" predict --weights w.safetensors --faces whole --threads 8 --annotate drawn data
    said "all of them" [ "$(find drawn -name '*.png' | wc -l)" -eq 15 ]
    # Files stand where the drawings' directories would: all workers fail at about the same time.
    mkdir full && touch full/anger full/happiness full/neutral
    gives 1 "drawings that cannot be written" "$FER" predict --weights w.safetensors --faces whole --threads 8 --annotate full data
    err_has 'cannot create the directory: File exists'
    out_lines 15
fi

if reads_films; then
    ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=96x80:rate=10:duration=1 -i "$source/examples/face.png" \
        -filter_complex "[0][1]overlay=x=10+20*t:y=16" -c:v libx264 -pix_fmt yuv420p film.mp4
    one_and_many "a film" "$FER" video film.mp4 --smallest 20
    gives 0 "a film that is drawn" "$FER" video film.mp4 --smallest 20 --threads 3 --annotate drawn.mp4
    gives 0 "a film that comes live" "$FER" camera film.mp4 --input-format mp4 --show nothing --smallest 20 --csv live.csv
    said "its table" [ "$(wc -l <live.csv)" -ge 2 ]
fi
finish
