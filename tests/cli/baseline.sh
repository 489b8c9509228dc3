#!/bin/sh
# fer video --baseline: a person's usual face is subtracted from the scores.
. "$(dirname "$0")/lib.sh"
needs_films
# A person who always smiles.
make_film smile.mp4 240x200 5 2 x=20+20*t:y=30
gives 0 "the model's scores" "$FER" video smile.mp4
out_is 'all(r[24] == "happiness" for r in rows[1:]) and len(rows) == 11'
cp .log/out plain.csv

# What is usual gets the odds against neutral that ordinary neutral faces have, 0.0023 for happiness. The model gives
# neutral less than the 0.0001 that counts at least, so these are higher in that ratio. Scores have six decimals.
out_is_usual() {
    out_is 'len(rows) == 11 and all(r[24] == "neutral" for r in rows[1:])'
    out_is 'all(1.6e-7 / (float(p[16]) + 5e-7) < float(r[17]) / float(r[16]) < 3.2e-7 / max(float(p[16]) - 5e-7, 1e-7)
                for r, p in zip(rows[1:], list(csv.reader(open("plain.csv")))[1:]))'
}
gives 0 "from the first seconds" "$FER" video smile.mp4 --baseline 0.5
out_is_usual
said "no note" sh -c '! grep subtracted .log/err'
out_is 'all(abs(sum(map(float, r[16:24])) - 1) < 1e-5 and abs(sum(map(float, r[25:33])) - 1) < 1e-5 for r in rows[1:])'
out_is '[r[:9] for r in rows[1:]] == [r[:9] for r in list(csv.reader(open("plain.csv")))[1:]]'
cp .log/out seconds.csv

# Without neutral frames nobody knows whether such a face smiles or looks like this at rest.
gives 0 "from the whole film, which has no neutral frames" "$FER" video smile.mp4 --baseline auto
err_has 'smile.mp4: nothing is subtracted from 1 of 1 faces'
said "the scores are the model's" cmp -s .log/out plain.csv

# Shares with which neutral leads, however little the model gives it: these frames are neutral ones to learn from.
printf 'class,share\nneutral,10000000\nhappiness,1\nsadness,1\nsurprise,1\nanger,1\n' >neutral.csv
gives 0 "neutral leads" "$FER" video smile.mp4 --prior neutral.csv
out_is 'all(r[24] == "neutral" and float(r[17]) / float(r[16]) > 0.1 for r in rows[1:])'
gives 0 "from the whole film" "$FER" video smile.mp4 --prior neutral.csv --baseline auto
out_is 'len(rows) == 11 and all(r[24] == "neutral" and 0.001 < float(r[17]) / float(r[16]) < 0.005 for r in rows[1:])'
said "no note" sh -c '! grep subtracted .log/err'
cp .log/out auto.csv
gives 0 "of many films" "$FER" video smile.mp4 --prior neutral.csv --baseline auto --out many
said "the same numbers" python3 -c '
import csv
a, b = (list(csv.reader(open(f))) for f in ("auto.csv", "many/smile.csv"))
assert [r[1:] for r in b] == a'

gives 0 "with drawings" "$FER" video smile.mp4 --baseline 0.5 --csv drawn.csv --annotate drawn.mp4 --timeline t.png --summary --format csv
said "the table is the same" cmp -s drawn.csv seconds.csv
out_is 'rows[1][5:7] == ["1.000000", "0.000000"]'
"$FER" video - --baseline 0.5 <smile.mp4 >.log/out 2>.log/err
said "standard input" cmp -s .log/out seconds.csv

gives 0 "an uncertain label comes after" "$FER" video smile.mp4 --baseline auto --abstain 1
out_is 'all(r[24] == "uncertain" for r in rows[1:])'
for value in '' 0 -1 often 1e9; do gives 2 "--baseline '$value'" "$FER" video smile.mp4 --baseline "$value"; done
err_has 'must be auto, or seconds'
gives 2 "drawn from standard input" "$FER" video - --baseline auto --annotate x.mp4
gives 1 "a part without frames" "$FER" video smile.mp4 --baseline auto --start 9 --csv none.csv
err_has 'no frame from 9 s'
finish
