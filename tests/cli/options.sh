#!/bin/sh
# Options given twice, suggestions for misspelt words, --quiet.
. "$(dirname "$0")/lib.sh"

# ---- given twice: nothing wins without a word ----
T="train --model resnet-8 --out run"
gives 2 "two data sets" "$FER" $T --data A --data B
err_has "train: --data is given twice, 'A' and 'B'"
gives 2 "the same value twice" "$FER" $T --data A --epochs 3 --epochs=3
err_has '\-\-epochs is given twice'
gives 2 "lists with commas" "$FER" $T --data A --classes happiness --classes anger
err_has '\-\-classes is given twice'
gives 2 "a pair" "$FER" $T --data A --randaugment 1,2 --randaugment 2,2
gives 2 "a switch, on and off" "$FER" predict --verbose --no-verbose face.png
err_has '\-\-verbose and --no-verbose are both given'
gives 2 "a switch, off and on" "$FER" predict --no-verbose --verbose face.png
gives 2 "a switch twice" "$FER" predict --verbose --verbose face.png
gives 2 "two outputs of a film" "$FER" video film.mp4 --csv a.csv --csv b.csv
no_file run
gives 0 "a list may be repeated" "$FER" train --check --model resnet-8 --freeze 'a.*' --freeze 'b.*'
out_has '^freeze = a'
out_has '^freeze = b'
printf 'model = resnet-8\ninput = 16\nfreeze = x.*\n' >r.recipe
X="experiment r.recipe --train data --val data --test data --out runs"
gives 2 "--set of the same name twice" "$FER" $X --set epochs=1 --set lr=0.1 --set epochs=2
err_has "\-\-set epochs is given twice, '1' and '2'"
gives 2 "--set of a misspelt name" "$FER" $X --set epoch=1
err_has "did you mean 'epochs'"
no_file runs
gives 0 "--set of a list twice" "$FER" $X --set epochs=1 --set batch=4 --set 'freeze=conv1.*' --set 'freeze=bn1.*' --quiet
said "both items, and not the recipe's" [ "$(grep -c '^freeze = ' runs/r/run.recipe)" -eq 2 ]
said "--quiet: nothing on stderr" [ ! -s .log/err ]

# ---- what was meant ----
gives 2 "an abbreviated option is suggested, not taken" "$FER" predict --thres 0.5 face.png
err_has 'did you mean --threshold'
gives 2 "a format" "$FER" predict --format CSV face.png
err_has "did you mean 'csv'"
gives 2 "a word" "$FER" $T --data data --optimizer adam
err_has "did you mean 'adamw'"
gives 1 "a model" "$FER" info mcct7
err_has "did you mean 'mcct-7'"
gives 1 "a class of a data set" "$FER" data info data --classes happines
err_has "did you mean 'happiness'"
gives 1 "a class of a model" "$FER" explain face.png --class Suprise
err_has "did you mean 'surprise'"
gives 2 "a command" "$FER" vidoe
err_has "did you mean 'video'"
gives 2 "an option before its command" "$FER" --quiet predict face.png
err_has 'options follow a command'

# ---- numbers ----
for value in 0,5 nan inf -inf 1e99 0x1 ' 1' 1x '' -1; do
    gives 2 "--smooth '$value'" "$FER" video film.mp4 --smooth "$value"
    err_has '^fer: video: --smooth .*: must be '
done
gives 2 "a comma" "$FER" video film.mp4 --smooth 0,5
err_has 'decimal point'

# ---- help and version ----
"$FER" predict --help >.log/predict
for words in "help predict" "predict -h" "predict --quiet --help"; do
    gives 0 "$words" "$FER" $words
    said "it is the help of predict" cmp -s .log/out .log/predict
done
gives 0 "help data pack" "$FER" help data pack
out_has '^fer data pack: '
gives 0 "help data" "$FER" help data
out_has '^  prepare '
gives 0 "help" "$FER" help
out_has '^commands:'
gives 2 "help of nothing" "$FER" help predcit
err_has "did you mean 'predict'"
for word in version -V --version; do
    gives 0 "$word" "$FER" $word
    out_has '^fer [0-9]'
done

# ---- --quiet ----
R="$T --input 16 --data data --val data --batch 4 --epochs 1"
gives 0 "a quiet training" "$FER" $R --quiet
said "nothing on stderr" [ ! -s .log/err ]
out_has 'epochs of resnet-8'
gives 0 "a training" "$FER" $R --resume
gives 0 "a quiet prediction" "$FER" predict --faces whole --quiet --verbose --skip-bad face.png text.png
said "nothing on stderr" [ ! -s .log/err ]
gives 1 "errors stay" "$FER" predict --faces whole --quiet face.png text.png
finish
