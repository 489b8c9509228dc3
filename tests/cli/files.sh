# Outputs and inputs of all commands: none replaces another, links are followed, devices and pipes written directly.
. "$(dirname "$0")/lib.sh"

W="--weights w.safetensors"
T="--data data --val data --batch 4 --epochs 1 --model resnet-8 --input 32 --channels 1 --threads 1"

# same NAME FILE WORDS COMMAND...: refused, the words said, and the file is what it was.
same() {
    label=$1
    kept=$2
    words=$3
    shift 3
    before=$(cksum <"$kept")
    gives 2 "$label" "$@"
    err_has "$words"
    said "$label: $kept is what it was" [ "$(cksum <"$kept")" = "$before" ]
}

# ---- an output that is an input ----
ln -s w.safetensors link.safetensors
mkdir -p sub
same "weights on top of themselves" w.safetensors 'would replace w.safetensors' "$FER" convert w.safetensors w.safetensors
same "by another path" w.safetensors 'would replace' "$FER" convert w.safetensors sub/../w.safetensors
same "through a link" w.safetensors 'would replace' "$FER" convert w.safetensors link.safetensors
same "a calibration" w.safetensors 'would replace' "$FER" calibrate $W --data data --out w.safetensors
same "predictions on top of weights" w.safetensors 'would replace' \
    "$FER" eval $W --data data --predictions w.safetensors
same "an array" x.npy 'would replace --input x.npy' "$FER" run $W --input x.npy --output x.npy
cp x.npy kept.npy && ln kept.npy hard.npy
same "another name of the same file" kept.npy 'would replace' "$FER" run $W --input kept.npy --output hard.npy
same "an explanation" face.png 'would replace face.png' "$FER" explain face.png --out face.png
one=$(find data -type f | sort | head -n 1)
same "a picture of the set" "$one" 'may be part of data' "$FER" eval $W --data data --confusion "$one"
gives 0 "a split" "$FER" data prepare data --out split --val-per-class 1
same "a table on top of itself" split/train.csv 'would replace split/train.csv' \
    "$FER" data prepare split/train.csv --out split --val-per-class 1
same "a table of the directory that is read" split/train.csv 'split/train.csv would be replaced' \
    "$FER" data prepare split --out split --val-per-class 1
gives 0 "a pack" "$FER" data pack data --out d.ferpack
same "a pack of itself" d.ferpack 'would replace d.ferpack' "$FER" data pack d.ferpack --out d.ferpack
gives 0 "a run" "$FER" train $T --out run
same "a run from its own result" run/best.safetensors 'would replace' "$FER" train $T --out run --init run/best.safetensors
same "or from a teacher of its own" run/best.safetensors 'would replace' \
    "$FER" train $T --out run --teacher w.safetensors,run/best.safetensors
same "a drawing on top of the log" run/log.csv 'would replace' "$FER" plot run --output run/log.csv
"$FER" info w.safetensors >>x.npy 2>.log/err
said "messages elsewhere do not matter" [ $? -eq 0 ]

# ---- two outputs in one place ----
same "two drawings" w.safetensors 'are the same file' "$FER" eval $W --data data --confusion c.png --reliability sub/../c.png
no_file c.png
gives 2 "two tables" "$FER" video none.mp4 --csv o --jsonl o
err_has '.*--csv o and --jsonl o are the same file'
gives 2 "two tables on standard output" "$FER" video none.mp4 --csv - --jsonl -
err_has '.*would both go to standard output'
gives 2 "by another name" "$FER" video none.mp4 --csv - --jsonl /dev/stdout
gives 2 "a table and the summary" "$FER" video none.mp4 --csv - --summary
gives 2 "a film on top of itself" "$FER" video none.mp4 --csv none.mp4
err_has 'would replace none.mp4'
gives 2 "a table amid the report" "$FER" eval $W --data data --predictions -
err_has 'standard output already receives the results'
no_file -
gives 2 "lines amid a table" "$FER" camera none.mp4 --show text --csv -
gives 2 "two inputs from standard input" "$FER" predict - --list -
err_has 'would both be read from standard input'

# ---- endings that promise something else ----
for film in o.gif o.webm o.avi o; do
    gives 2 "a film called $film" "$FER" video none.mp4 --annotate $film
    err_has "$film: what is written would not be"
done
gives 2 "a table called .mp4" "$FER" video none.mp4 --csv o.mp4
gives 2 "weights called .pth" "$FER" convert w.safetensors o.pth
gives 2 "predictions called .png" "$FER" eval $W --data data --predictions o.png
gives 0 "an ending that promises nothing" "$FER" eval $W --data data --predictions o.out

# ---- links, devices, pipes ----
echo old >target.csv
chmod 640 target.csv
ln -s target.csv link.csv
gives 0 "a link as output" "$FER" eval $W --data data --predictions link.csv
said "the link stays" [ -L link.csv ]
said "its target is replaced" grep -q '^file,label' target.csv
said "and keeps its mode" [ "$(stat -c %a target.csv)" = 640 ]
echo victim >victim
ln -s victim p.csv.tmp
gives 0 "a link next to the output" "$FER" eval $W --data data --predictions p.csv
said "what it points to stays" [ "$(cat victim)" = victim ]
rm p.csv.tmp
gives 0 "/dev/null" "$FER" eval $W --data data --predictions /dev/null
said "is still a device" [ -c /dev/null ]
gives 1 "/dev/full" "$FER" eval $W --data data --predictions /dev/full
err_has '/dev/full: cannot be written: No space left'
said "one sentence" [ "$(wc -l <.log/err)" -eq 1 ]
mkfifo pipe.csv
cat pipe.csv >read.csv &
gives 0 "a pipe" "$FER" eval $W --data data --predictions pipe.csv
wait $!
said "is written" cmp -s read.csv p.csv
said "and stays" [ -p pipe.csv ]
mkfifo data.png
mkdir piped && cp face.png piped && mkfifo piped/pipe.png
gives 0 "a pipe among pictures" timeout 20 "$FER" predict $W piped --format text
err_has 'left out.*piped/pipe.png'
cat face.png >data.png &
gives 0 "a picture from a pipe" timeout 20 "$FER" predict $W data.png --format text
cat w.safetensors >data.png &
gives 0 "weights from a pipe" timeout 20 "$FER" predict --weights data.png face.png --format text
gives 1 "a pipe that nobody writes" timeout 20 "$FER" info data.png
err_has 'nothing was written'
no_leftover
finish
