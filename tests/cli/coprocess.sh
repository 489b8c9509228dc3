#!/bin/sh
# Names on standard input are answered as they come: another program writes one, reads its answer, and goes on.
. "$(dirname "$0")/lib.sh"
python3 -B "$tests/coprocess.py" "$FER"
