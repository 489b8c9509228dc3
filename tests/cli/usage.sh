#!/bin/sh
# Help, version, unknown words and values out of range.
. "$(dirname "$0")/lib.sh"

"$FER" >.log/out 2>.log/err
said "no command: exit code 2" [ $? -eq 2 ]
err_has 'usage: fer COMMAND'
gives 0 "--help" "$FER" --help
for command in predict video camera explain train experiment eval train-detector eval-detector calibrate-detector label calibrate models info convert run plot report bench data; do out_has "^  $command "; done
gives 0 "--version" "$FER" --version
out_has '^fer [0-9]*\.[0-9]*\.[0-9]*$'
gives 2 "unknown command" "$FER" predcit
err_has "did you mean 'predict'"
gives 2 "far from any command" "$FER" xyzzyxyzzy
err_has "unknown command 'xyzzyxyzzy'"

for command in predict video camera explain train experiment eval train-detector eval-detector calibrate-detector label calibrate models info convert run plot report bench "data info" "data prepare" "data pack"; do
    gives 0 "$command --help" "$FER" $command --help
    out_has "^usage: fer $command"
    out_has '^options:'
    out_has '^example:'
    out_is 'max(len(l) for l in lines) <= 100'
    gives 2 "$command with an unknown option" "$FER" $command --nonsense 1
    err_has 'unknown option --nonsense'
done

gives 2 "misspelt option" "$FER" predict --thread 2 face.png
err_has 'did you mean --threads'
gives 2 "short option" "$FER" predict -t 2 face.png
gives 2 "option without its value" "$FER" predict face.png --threads
err_has 'needs a value'
gives 2 "value of a switch" "$FER" predict --skip-bad=1 face.png
gives 2 "no operand" "$FER" predict
gives 2 "no run to report" "$FER" report --out d
gives 2 "a report without a place" "$FER" report run
err_has '\-\-out is required'
no_file d
gives 2 "operand too many" "$FER" info mcct-1 mcct-2
gives 2 "required option" "$FER" eval --weights w.safetensors
err_has '\-\-data is required'
gives 2 "word of no list" "$FER" eval --data data --protocol most
err_has 'majority, distribution, all'
for value in 0 -1 257 4294967297 99999999999999999999 2x 1.5 '' ' 2' +2; do
    gives 2 "--threads '$value'" "$FER" predict --weights w.safetensors --threads "$value" face.png
    err_has 'from 1 to 256'
done
for value in 0 4097 x; do
    gives 2 "--batch '$value'" "$FER" eval --data data --batch "$value"
    err_has 'from 1 to 4096'
done
for value in 7 1025 18446744073709551615; do
    gives 2 "--input $value" "$FER" info mcct-1 --input $value
    err_has 'from 8 to 1024'
done
gives 2 "--lr nan" "$FER" train --model resnet-8 --data data --out run --lr nan
gives 2 "--flip 1.5" "$FER" train --model resnet-8 --data data --out run --flip 1.5
err_has 'from 0 to 1'
for option in mixup cutmix; do
    for value in -1 101 nan; do
        gives 2 "--$option $value" "$FER" train --model resnet-8 --data data --out run --$option $value
        err_has "$option.*from 0 to 100"
    done
done
for value in -1 11 nan; do
    gives 2 "--logit-adjust $value" "$FER" train --model resnet-8 --data data --out run --logit-adjust $value
    err_has 'logit-adjust.*from 0 to 10'
done
for value in -1 11 nan; do
    gives 2 "--sam $value" "$FER" train --model resnet-8 --data data --out run --sam $value
    err_has 'sam.*from 0 to 10'
done
gives 2 "--randaugment 2" "$FER" train --model resnet-8 --data data --out run --randaugment 2
gives 2 "--seed -1" "$FER" train --model resnet-8 --data data --out run --seed -1
no_file run
gives 0 "--name=value, operands first, --" "$FER" predict face.png --weights=w.safetensors --threads=1 -- one.png
out_lines 2

if [ -w /dev/full ]; then
    for command in models "info resnet-8" "predict --weights w.safetensors face.png" --help; do
        "$FER" $command >/dev/full 2>.log/err
        said "$command on a full disk: exit code 1" [ $? -eq 1 ]
        err_has 'standard output: cannot be written'
    done
fi
finish
