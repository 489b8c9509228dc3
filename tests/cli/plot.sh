#!/bin/sh
# fer plot.
. "$(dirname "$0")/lib.sh"

mkdir run
{
    echo Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy,LR,Images_per_s
    echo 1,2.0,0.2,1.9,0.25,0.001,800
    echo 2,1.5,0.4,1.6,0.38,0.001,810
} >run/log.csv
if ! "$FER" plot run --output c.png >.log/out 2>.log/err; then
    err_has 'without cairo'
    finish
fi
said "the drawing is a PNG" grep -q PNG c.png
gives 0 "the log itself, SVG" "$FER" plot run/log.csv --output c.svg --title "a <title> & more"
said "the drawing is an SVG" grep -q '<svg' c.svg
printf 'Epoch,Loss\n1,2.5\n' >short.csv
gives 0 "one epoch, only a loss" "$FER" plot short.csv --output c.png
printf 'Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy\r\n1,2.5,0.1,nan,nan\r\n2,2.4,0.2,,\r\n' >nan.csv
gives 0 "no validation" "$FER" plot nan.csv --output c.png

gives 1 "empty log" "$FER" plot empty.png --output no.png
printf 'Epoch,Loss\n' >header.csv
gives 1 "log without an epoch" "$FER" plot header.csv --output no.png
printf 'a,b\n1,2\n' >other.csv
gives 1 "another CSV" "$FER" plot other.csv --output no.png
err_has 'no column Epoch'
printf 'Epoch,Loss\n1,two\n' >words.csv
gives 1 "words for numbers" "$FER" plot words.csv --output no.png
err_has 'line 2'
gives 1 "missing run" "$FER" plot missing --output no.png
gives 1 "run without a log" "$FER" plot void --output no.png
gives 1 "unknown kind" "$FER" plot run --output no.gif
gives 1 "no directory" "$FER" plot run --output missing/no.png
gives 2 "no output" "$FER" plot run
gives 1 "full disk" with_disk 2 "$FER" plot run --output no.png
no_file no.png
no_leftover
finish
