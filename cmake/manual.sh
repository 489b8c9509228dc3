#!/bin/sh
# sh manual.sh FER DIRECTORY [gzip]: write the manual pages of fer and of every command to DIRECTORY/man1, and the completion
# for bash and zsh to DIRECTORY/bash/fer and DIRECTORY/zsh/_fer. The command makes them from its tables of options.
# gzip: compress the pages, as Debian wants them.
set -eu
fer=$1
out=$2
export LC_ALL=C
rm -rf "$out"
mkdir -p "$out/man1" "$out/bash" "$out/zsh"

commands_of() { # [GROUP]: the names in its list of commands
    # shellcheck disable=SC2068
    "$fer" $@ --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}
page() { # [COMMAND...]
    "$fer" "$@" --help=man >"$out/man1/$(echo "fer $*" | sed 's/ *$//; s/ /-/g').1"
}

page
for command in $(commands_of); do
    page "$command"
    for below in $(commands_of "$command"); do page "$command" "$below"; done
done
if [ "${3:-}" = gzip ]; then gzip -9n "$out"/man1/*; fi
"$fer" --help=bash >"$out/bash/fer"
"$fer" --help=zsh >"$out/zsh/_fer"
