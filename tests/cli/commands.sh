#!/bin/sh
# Rules for every command: exit codes, examples of the help, options in docs/cli.md.
. "$(dirname "$0")/lib.sh"
export FER
gives 0 "the rules for every command" python3 "$tests/commands.py" "$tests/../../docs/cli.md"
sed 's/^/     /' .log/out .log/err
finish
