#!/bin/sh
# fer train --recipe: what a recipe may hold, what is refused and where, and the recipes that ship with fer.
recipes=$(cd "$(dirname "$0")/../../recipes" && pwd)
. "$(dirname "$0")/lib.sh"
check() { gives 0 "--check of $1" "$FER" train --recipe "$@" --check; }

cat >small.recipe <<'R'
# a comment, then a title
title = Small, for tests
model = resnet-8    # after a blank, this is a comment too
input=16
	batch =   4

epochs = 2
randaugment = 0,0
nesterov = on
decay-all = off
freeze = bn1.*
freeze = conv1.*
schedule = cosine
seed = 18446744073709551615
R
check small.recipe
for line in 'model = resnet-8' 'input = 16' 'batch = 4' 'epochs = 2' 'randaugment = 0,0' 'nesterov = on' 'decay-all = off' \
    'freeze = bn1\.\*' 'freeze = conv1\.\*' 'schedule = cosine' 'seed = 18446744073709551615' 'lr = 0.001' 'optimizer = adamw'; do
    out_has "^$line\$"
done
cp .log/out whole.recipe
check whole.recipe
said "what --check prints is a recipe that gives the same" cmp -s .log/out whole.recipe
tr '\n' '\r' <small.recipe | sed 's/\r/\r\n/g' >dos.recipe
check dos.recipe
said "carriage returns make no difference" cmp -s .log/out whole.recipe
check small.recipe --epochs 7 --no-nesterov --freeze 'fc.*'
out_has '^epochs = 7$'
out_has '^nesterov = off$'
out_has '^freeze = fc\.\*$'
out_is '"batch = 4" in lines and text.count("freeze = ") == 1'
gives 0 "--help with a recipe" "$FER" train --recipe small.recipe --help
out_has 'passes over the data (default: 2)'
out_is '"resnet-8" in text'

gives 0 "a run by recipe" "$FER" train --recipe small.recipe --data data --out run1 --seed 3
gives 0 "the same run by options" "$FER" train --model resnet-8 --input 16 --batch 4 --epochs 2 --randaugment 0,0 --nesterov \
    --freeze 'bn1.*' --freeze 'conv1.*' --schedule cosine --data data --out run2 --seed 3
said "same weights" cmp -s run1/final.safetensors run2/final.safetensors
printf 'data = data\n' | cat small.recipe - >with-data.recipe
gives 0 "a recipe that names its data" "$FER" train --recipe with-data.recipe --out run3 --epochs 1 --seed 3

# Every mistake is reported with its line.
printf 'title = a\nmodle = x\nlr = 2000\nlr = 1\nzzzzzzzzzz = 1\nflip =\nrandaugment = 2\nnesterov = yes\nschedule = cos\nbatch = 1.5\nepochs = 0\nout = x\n' >bad.recipe
gives 1 "a recipe full of mistakes" "$FER" train --recipe bad.recipe --data data --out none
err_has "bad.recipe:2: unknown name 'modle'; did you mean 'model'?"
err_has "bad.recipe:3: lr '2000': must be a number from 1e-12 to 100"
err_has "bad.recipe:4: 'lr' is given twice, first in line 3"
err_has "bad.recipe:5: unknown name 'zzzzzzzzzz'; 'fer train --help' lists them"
err_has "bad.recipe:6: flip '': must be a number from 0 to 1"
err_has "bad.recipe:7: randaugment '2': must be N,M"
err_has "bad.recipe:8: nesterov 'yes': must be on or off"
err_has "bad.recipe:9: schedule 'cos': must be one of constant, cosine, one-cycle"
err_has "bad.recipe:10: batch '1.5': must be a whole number from 1 to 65536"
err_has "bad.recipe:11: epochs '0'"
err_has "bad.recipe:12: unknown name 'out'"
err_has "bad.recipe: 'model' is required"
no_file none
refuses() { # TEXT WORDS
    printf "$1" >refused.recipe
    gives 1 "a recipe that is refused" "$FER" train --recipe refused.recipe --check
    err_has "$2"
}
refuses 'model\n' "refused.recipe:1: 'model': must be 'name = value'"
refuses '\n= x\n' 'refused.recipe:2:'
refuses 'title = a\ntitle = b\nmodel = cct-7\n' "refused.recipe:2: 'title' is given twice"
refuses 'model = cct-7\nseed = 1\0002\n' 'zero byte'
refuses '' "'model' is required"
refuses 'model = vgg-16\n' "'vgg-16'"
refuses 'model = mcct-1\ninput = 8\n' 'refused.recipe: '
gives 1 "a missing recipe" "$FER" train --recipe missing.recipe --data data --out none
err_has 'missing.recipe: cannot be opened'
gives 1 "a directory as recipe" "$FER" train --recipe data --data data --out none
gives 2 "a recipe, but no data" "$FER" train --recipe small.recipe --out none
err_has '\-\-data is required'
gives 2 "a recipe, but no directory for the run" "$FER" train --recipe small.recipe --data data

# The published runs: model, batch, epochs, draws of an epoch as a multiple of the set.
while read -r name model batch epochs oversample; do
    check "$recipes/$name.recipe"
    out_is "{'model = $model', 'batch = $batch', 'epochs = $epochs', 'oversample = $oversample'} <= set(lines)"
    out_is '{"input = 224", "preprocess = imagenet-255", "optimizer = adamw", "lr = 0.001", "beta1 = 0.9", "beta2 = 0.999", "eps = 1e-08",
        "weight-decay = 0.01", "decay-all = on", "schedule = constant", "randaugment = 2,9", "dropout = -1", "label-smoothing = 0"} <= set(lines)'
    out_is "('freeze = vgg.*' in lines) == '$model'.startswith('vcct') == ('init = vgg19_bn.pth' in lines)"
done <<'R'
vcct-1-oversampled vcct-1 32 10 2
vcct-2-oversampled vcct-2 32 10 2
mcct-1-oversampled mcct-1 128 10 2
mcct-2-oversampled mcct-2 128 10 2
mcct-3-oversampled mcct-3 128 10 2
mcct-6-oversampled mcct-6 128 10 2
mcct-7-oversampled mcct-7 128 10 2
mcct-1-plain mcct-1 128 20 0
mcct-2-plain mcct-2 128 10 0
mcct-3-plain mcct-3 128 10 0
mcct-6-plain mcct-6 128 10 0
mcct-7-plain mcct-7 128 10 0
cct-7 cct-7 128 10 3
R
for recipe in "$recipes"/*.recipe; do
    check "$recipe"
    said "$(basename "$recipe") has a title" grep -q '^title = ' "$recipe"
done
# models/README.md says by them how the shipped weights were trained.
for recipe in $(grep -o 'recipes/[a-z0-9-]*\.recipe' "$recipes/../models/README.md" | sort -u); do
    said "the model cards' $recipe ships" [ -f "$recipes/../$recipe" ]
done
finish
