#!/bin/sh
# fer run and fer convert.
. "$(dirname "$0")/lib.sh"
W="--weights w.safetensors"

gives 0 "run" "$FER" run $W --input x.npy --output y.npy
said "logits of 5 images" python3 -c '
d = open("y.npy", "rb").read()
assert d[:6] == b"\x93NUMPY" and b"(5, 8" in d[:128] and len(d) - d.index(b"\n") - 1 == 5 * 8 * 4'
for setting in "--threads 1 --batch 1" "--threads 3 --batch 5"; do
    gives 0 "run $setting" "$FER" run $W --input x.npy --output z.npy $setting
    said "same bytes" cmp -s y.npy z.npy
done
gives 1 "wrong shape" "$FER" run $W --input wrong.npy --output no.npy
err_has '2 x 3 x 48 x 48'
err_has 'N x 1 x 48 x 48'
gives 1 "NaN" "$FER" run $W --input nan.npy --output no.npy
err_has 'nan'
gives 1 "no array" "$FER" run $W --input face.png --output no.npy
gives 1 "missing array" "$FER" run $W --input missing.npy --output no.npy
gives 2 "unknown instruction set" "$FER" run $W --input x.npy --output no.npy --isa mmx
gives 1 "no directory" "$FER" run $W --input x.npy --output missing/no.npy
gives 1 "a file as a directory" "$FER" run $W --input x.npy --output face.png/no.npy
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 555 locked
    gives 1 "unwritable directory" "$FER" run $W --input x.npy --output locked/no.npy
fi
no_file no.npy
gives 0 "run with the plain kernels" "$FER" run $W --input x.npy --output ref.npy --isa ref

gives 0 "convert" "$FER" convert w.safetensors v.safetensors --provenance "a test" --preprocess unit --classes a,b,c,d,e,f,g,h
gives 0 "info of it" "$FER" info v.safetensors
out_is 'doc["provenance"] == "a test" and doc["preprocess"] == "unit" and doc["classes"] == list("abcdefgh")'
gives 0 "run with it" "$FER" run --weights v.safetensors --input x.npy --output z.npy
said "same logits" cmp -s y.npy z.npy
gives 0 "convert to half precision" "$FER" convert w.safetensors h.safetensors --dtype f16
said "about half as large" [ "$(wc -c <h.safetensors)" -lt $(($(wc -c <w.safetensors) * 6 / 10)) ]
gives 0 "half precision runs" "$FER" run --weights h.safetensors --input x.npy --output z.npy
gives 1 "convert as another network" "$FER" convert w.safetensors no.safetensors --model cct-7
gives 1 "convert an unknown network" "$FER" convert w.safetensors no.safetensors --model nonet-7
gives 2 "empty class" "$FER" convert w.safetensors no.safetensors --classes a,,b
gives 1 "wrong number of classes" "$FER" convert w.safetensors no.safetensors --classes a,b
gives 2 "unknown preprocessing" "$FER" convert w.safetensors no.safetensors --preprocess none
gives 1 "convert a cut file" "$FER" convert cut.safetensors no.safetensors
gives 1 "convert a picture" "$FER" convert face.png no.safetensors
gives 1 "convert on a full disk" with_disk 8 "$FER" convert w.safetensors no.safetensors
no_file no.safetensors
no_leftover
finish
