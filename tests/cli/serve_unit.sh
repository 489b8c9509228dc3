#!/bin/sh
# packaging/fer-serve.service: systemd finds no fault in it, and its exposure is low.
. "$(dirname "$0")/lib.sh"
unit=$tests/../../packaging/fer-serve.service
if ! command -v systemd-analyze >/dev/null; then
    echo "skipped: systemd-analyze is not installed"
    exit 0
fi
sed "s|^ExecStart=/usr/local/bin/fer|ExecStart=$FER|" "$unit" >fer-serve.service
grep '^ExecStart=' fer-serve.service | sed "s|^ExecStart=||" >command
gives 0 "systemd-analyze verify" systemd-analyze verify ./fer-serve.service
said "without a warning" [ ! -s .log/err ]
gives 0 "an exposure of at most 1.2 of 10" systemd-analyze security --offline=true --threshold=12 ./fer-serve.service
gives 0 "the options of its command are fer's" sh -c '$(cat command) --help'
finish
