#!/bin/sh
# fer report.
. "$(dirname "$0")/lib.sh"
T="--model resnet-8 --input 16 --data data --batch 4 --randaugment 0,0 --epochs 2"
page() { cp "$1/report.html" .log/out; }
# What is shown of a page: its text, without styles and tags, references resolved.
shown='__import__("html").unescape(__import__("re").sub("<[^>]*>", " ", text.split("</style>")[-1]))'

mkdir runs other
"$FER" train $T --val data --out runs/plain >.log/out 2>.log/err
"$FER" train $T --val data --oversample 2 --seed 7 --out 'runs/<b>"x"&' >.log/out 2>.log/err
"$FER" train $T --out other/plain >.log/out 2>.log/err
test_run() {
    "$FER" eval --weights "$1/best.safetensors" --data data --format json --predictions "$1/predictions.csv" >"$1/test.json"
}
test_run runs/plain

gives 0 "two runs, one tested, one evaluated there and then" "$FER" report runs/plain 'runs/<b>"x"&' --data data --out new/dir
out_has '^new/dir/report.html$'
said "a run is left as it was" [ ! -e 'runs/<b>"x"&/test.json' ]
page new/dir
out_is "'<b>\"x\"&' in $shown and '<b>' not in text and '\"x\"' not in text"
out_is "all(w in $shown for w in ('Options that differ', 'oversample', 'digest', 'processor', 'threads used', 'Worst mistakes'))"
out_is '"%.2f&nbsp;%%" % (100 * json.load(open("runs/plain/test.json"))["accuracy"]) in text'
out_is '"%.2f&nbsp;%%" % (100 * json.load(open("runs/plain/test.json"))["ece"]) in text'
# Nothing comes from elsewhere: every source is in the page itself.
out_is 'all(s.startswith("data:image/") for s in __import__("re").findall("(?:src|href)=\"([^\"]*)", text))'
out_is '"http" not in text and "<script" not in text and "url(" not in text'
# Tags are closed in the order they were opened.
out_is '(lambda P: P.feed(text) or not P.open)(type("P", (__import__("html.parser").parser.HTMLParser,), {
    "open": [],
    "handle_starttag": lambda s, t, a: t in ("meta", "img", "br") or s.open.append(t),
    "handle_endtag": lambda s, t: s.open and s.open[-1] == t and s.open.pop() or sys.exit("</%s> in %s" % (t, s.open))})())'
# Classes stand in AffectNet's order, whatever the order of data and model, in rows and in columns.
out_is '(lambda d, o: [[int(n) for n in __import__("re").findall(">([0-9]+)</td>", r)] for r in
    __import__("re").findall("<tr><th>[a-z]+</th>(.*)</tr>", text.split("columns are predictions")[1].split("</table>")[0])] ==
    [[d["confusion"][i][k] for k in o] for i in o])(
    *(lambda d: (d, [d["classes"].index(c) for c in ("neutral", "happiness", "anger")]))(json.load(open("runs/plain/test.json"))))'
out_is '__import__("re").findall("\n<tr><th>([a-z]+)</th>", text)[:6] == ["neutral", "happiness", "anger"] * 2'
out_is 'text.index("epochs</th>") < text.index("Options that differ") < text.index("Options that all runs share")'

if ! "$FER" plot runs/plain --output c.png >.log/out 2>.log/err; then
    page new/dir
    out_is '"no drawings" in text and "<img" not in text and "Counts" in text'
else
    page new/dir
    out_is 'text.count("<img") == 1 + 2 * 5'
    for what in loss accuracy confusion reliability mistakes; do
        said "$what is there" [ -s "new/dir/plain-$what.png" ] && [ -s "new/dir/plain-$what.svg" ]
        said "$what of the other run is there" [ -s "new/dir/_b__x__-$what.svg" ]
    done
    said "runs overlaid are there" [ -s new/dir/runs.png ]
fi
said "no unfinished file" [ -z "$(find new -name '*.tmp')" ]
cp new/dir/report.html .log/before
gives 0 "again, in the same place" "$FER" report runs/plain 'runs/<b>"x"&' --data data --out new/dir --threads 1

gives 0 "runs of one name, without test data" "$FER" report runs/plain other/plain other/plain --out names
page names
out_is "'plain (2)' in $shown and 'plain (3)' in $shown and 'This run was not tested' in text"
out_is "'Classes' in $shown"
gives 0 "a run without a test" "$FER" report other/plain --out bare
page bare
out_is '"was not tested" in text and "Confusion" not in text and "Worst" not in text'
gives 0 "a run without validation, tested" "$FER" report other/plain --data data --out last
page last
out_is '"Confusion" in text'

# The report shows the published figure for a run of a shipped recipe, but not if an option was changed.
mkdir mcct && cp runs/plain/log.csv mcct
python3 -c '
import json
c = json.load(open("runs/plain/config.json"))
c.update(model="mcct-7", input=224, preprocess="imagenet-255", decay_all=True, batch=128, epochs=10, oversample=2.0,
         randaugment_ops=2, randaugment_magnitude=9)
json.dump(c, open("mcct/config.json", "w"))'
gives 0 "a published model" "$FER" report mcct --out published
page published
out_is '"55.54&nbsp;%" in text'
cp mcct/config.json recipe.json
changed() { # PYTHON YES|NO
    python3 -c 'import json, sys; c = json.load(open("recipe.json")); exec(sys.argv[1]); json.dump(c, open("mcct/config.json", "w"))' "$1"
    gives 0 "the same with $1" "$FER" report mcct --out published
    page published
    out_is "('55.54' in text) == ('$2' == 'yes')"
}
changed 'c["lr"] = 0.002' no
changed 'c["degrade"] = 0.1' no
changed 'c["valence_arousal"] = True' no
changed 'c["freeze"] = ["embed.*"]' no
changed 'c["classes"] = ["neutral", "anger"]' no
changed 'c["init"] = "some.safetensors"' no
changed 'c["oversample"] = "many"' no
changed 'c.update(seed=5, threads=3, workers=4, isa="ref", data="elsewhere", split="train", out="x")' yes
changed 'c["input"] = 0' yes
changed '[c.pop(k) for k in ("degrade", "drop_path", "valence_arousal", "classes")]' yes

# What is wrong is named.
gives 1 "no such run" "$FER" report missing --out r
err_has '^fer: missing: '
gives 1 "a file" "$FER" report face.png --out r
err_has 'face.png: not a run'
gives 1 "a directory that is no run" "$FER" report data --out r
err_has 'data: not a run.*config.json'
copy() { rm -rf broken && cp -r runs/plain broken; }
copy && echo '{' >broken/config.json
gives 1 "broken config.json" "$FER" report broken --out r
err_has 'broken/config.json'
copy && rm broken/log.csv
gives 1 "no log.csv" "$FER" report broken --out r
err_has 'broken/log.csv'
copy && printf 'Epoch,Loss\n1,x\n' >broken/log.csv
gives 1 "broken log.csv" "$FER" report broken --out r
err_has "broken/log.csv, line 2: 'x'"
copy && rm broken/best.safetensors broken/test.json
gives 1 "no best.safetensors" "$FER" report broken --data data --out r
err_has 'broken/best.safetensors'
for text in '' '[]' '{}' '{"classes": ["a"], "confusion": [[-1]]}' '{"classes": ["a", "b"], "confusion": [[1, 2]]}'; do
    copy && printf '%s' "$text" >broken/test.json
    gives 1 "test.json that holds '$text'" "$FER" report broken --out r
    err_has 'broken/test.json'
done
copy && sed -i 's/,/;/' broken/predictions.csv
gives 1 "another table" "$FER" report broken --out r
err_has 'broken/predictions.csv: .*no column file'
copy && sed -i 2d broken/predictions.csv
gives 1 "predictions of another test" "$FER" report broken --out r
err_has 'broken/predictions.csv: 14 images'
copy && printf '"open' >>broken/predictions.csv
gives 1 "an open quote" "$FER" report broken --out r
err_has 'line 17: a quote is not closed'
no_file r
copy && sed -i 's/"data": "data"/"data": "gone"/' broken/test.json
gives 0 "faces that are gone" "$FER" report broken --out gone
page gone
out_is '"The faces are not shown: gone" in text'
gives 0 "faces that are elsewhere" "$FER" report broken --data data --out elsewhere
page elsewhere
out_is '"not shown" not in text'
copy && rm broken/predictions.csv
gives 0 "no predictions" "$FER" report broken --out few
page few
out_is '"no predictions.csv" in text'
gives 1 "no test data there" "$FER" report other/plain --data missing --out r
echo >file
gives 1 "a place that cannot be made" "$FER" report runs/plain --out file/r
err_has 'file'
gives 1 "a full disk" with_disk 8 "$FER" report runs/plain --out full
no_file full/report.html
no_leftover
finish
