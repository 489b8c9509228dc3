#!/bin/sh
# tests/faults/run.sh FER FAULTS: replays the inputs of FAULTS, a folder of faults that users met. FAULTS/<name>/ belongs to
# tests/faults/<name>.sh, which runs in an empty folder with FER and FAULT (that input's folder) set. Exits 77 without FAULTS.
FER=$1
[ -d "$2" ] || exit 77
FAULTS=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export FER LC_ALL=C
status=0
for script in "$here"/[0-9]*.sh; do
    name=$(basename "$script" .sh)
    FAULT=$FAULTS/$name
    [ -d "$FAULT" ] || continue
    export FAULT
    work=$(mktemp -d) || exit 1
    if (cd "$work" && timeout 120 sh -c ". '$here/lib.sh'; . '$script'; exit \$failures") >"$work.log" 2>&1; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        sed 's/^/     /' "$work.log"
        status=1
    fi
    rm -rf "$work" "$work.log"
done
exit $status
