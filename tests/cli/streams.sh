#!/bin/sh
# A standard stream that is closed when the command starts: no file takes its place.
. "$(dirname "$0")/lib.sh"

# closed CODE NAME COMMAND...: without standard output, without standard input, and without any.
closed() {
    want=$1
    label=$2
    shift 2
    "$@" >&- 2>.log/err
    code=$?
    said "$label, no stdout: exit code $want, got $code" [ "$code" -eq "$want" ]
    [ "$want" -eq 0 ] || err_has 'standard output: cannot be written: Bad file descriptor'
    "$@" <&- >.log/out 2>.log/err
    code=$?
    said "$label, no stdin: exit code 0, got $code" [ "$code" -eq 0 ]
    "$@" <&- >&- 2>&-
    code=$?
    said "$label, no stream: exit code $want, got $code" [ "$code" -eq "$want" ]
}

"$FER" eval --weights w.safetensors --data data --predictions want.csv >.log/out 2>.log/err
closed 1 "eval" "$FER" eval --weights w.safetensors --data data --predictions p.csv
said "its predictions are whole" cmp -s p.csv want.csv

# A list on standard input that is not there is an error, not an empty list.
"$FER" predict --weights w.safetensors --list - <&- >.log/out 2>.log/err
said "a list from a closed stream" [ $? -ne 0 ]
said "nothing is printed for it" [ ! -s .log/out ]

T="train --model resnet-8 --input 16 --batch 3 --epochs 1 --randaugment 0,0 --data data --val data"
"$FER" $T --out want >.log/out 2>.log/err
"$FER" $T --out run <&- >&- 2>&-
said "weights of a run without streams" cmp -s run/final.safetensors want/final.safetensors
finish
