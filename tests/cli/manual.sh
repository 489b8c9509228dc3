#!/bin/sh
# The manual pages and the completion for bash and zsh, as cmake/manual.sh makes them.
. "$(dirname "$0")/lib.sh"

gives 0 "cmake/manual.sh" sh "$tests/../../cmake/manual.sh" "$FER" "$dir/manual"
commands=$("$FER" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -gt 15 ] || said "the help lists the commands" false
for command in $commands data-info data-prepare data-pack; do
    said "fer-$command.1 is there" [ -s "manual/man1/fer-$command.1" ]
    [ "$command" = data ] && continue
    # shellcheck disable=SC2046
    "$FER" $(case $command in data-*) echo "data ${command#data-}" ;; *) echo "$command" ;; esac) --help |
        sed -n 's/^  --\([a-z0-9-]*\).*/\1/p' >.log/options
    while read -r option; do
        grep -qF "\\-\\-$(echo "$option" | sed 's/-/\\-/g')\\fR" "manual/man1/fer-$command.1" ||
            said "fer-$command.1 has --$option" false
    done <.log/options
done

# What a page looks like, and what readers of roff object to.
page() { # TOOL...: no output is no objection
    "$@" >.log/out 2>&1
    said "'$1' has no objection" [ ! -s .log/out ]
}
if command -v mandoc >/dev/null; then page mandoc -T lint -W style manual/man1/*.1; else echo "skip mandoc: not installed"; fi
if command -v groff >/dev/null; then page groff -ww -man -T utf8 -z manual/man1/*.1; else echo "skip groff: not installed"; fi

gives 2 "an unknown form of help" "$FER" predict --help=html
err_has 'unknown option --help'

# completes 'WORDS' EXPECTED WORD...: what bash offers after these words.
completes() {
    want=$1
    shift
    bash --norc -c '. manual/bash/fer; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fer; echo "${COMPREPLY[*]}"' \
        bash "$@" >.log/out 2>.log/err
    said "bash after '$*' offers '$want'" [ "$(cat .log/out)" = "$want" ]
}
if command -v bash >/dev/null; then
    completes 'predict' fer pre
    completes 'train train-detector' fer tr
    completes 'info prepare pack' fer data ''
    completes '--format' fer predict --fo
    completes 'json' fer predict --format j
    completes 'csv' fer predict --format = c
    completes '--skip-bad' fer data pack --skip
    completes '--tta' fer predict --tt
    completes '--no-tta' fer predict --no-tt
    completes '' fer predict --threads ''
    mkdir -p folder
    completes 'folder' fer predict --annotate fold
    completes 'predict' fer help pre
else
    echo "skip bash: not installed"
fi

# zsh_calls PATTERN WORD...: the functions of zsh's completion are played and print what they are called with.
zsh_calls() {
    pattern=$1
    shift
    # shellcheck disable=SC2016
    zsh -f -c '_arguments() { print -rl -- "$@"; }; _describe() { print -rl -- $commands; }
        fpath=(manual/zsh); words=("$@"); CURRENT=$#; autoload +X -U _fer; source manual/zsh/_fer' zsh "$@" >.log/out 2>.log/err
    said "zsh after '$*' offers '$pattern'" grep -qxF -e "$pattern" .log/out
    said "zsh has no objection" [ ! -s .log/err ]
}
if command -v zsh >/dev/null; then
    zsh_calls "calibrate:calibrate a model's scores" fer cal
    zsh_calls 'prepare:split a data set into train, val and test, as published' fer data ''
    zsh_calls '--threads=[threads that compute]:N:' fer predict ''
    zsh_calls '--annotate=[also write the pictures with boxes, expressions and scores into DIR]:DIR:_files -/' fer predict ''
    zsh_calls '--out=[output file]:FILE:_files' fer data pack ''
else
    echo "skip zsh: not installed"
fi
finish
