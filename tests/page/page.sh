#!/bin/sh
# The page in a real browser: sh page.sh FER SOURCE ENGINE. Exit code 77 without one, or without a server.
# ENGINE is the folder that `make wasm` builds.
set -u
FER=$1
source=$2
here=$(cd "$(dirname "$0")" && pwd)
python=python3
"$python" -c 'import numpy, PIL' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import sys; sys.path.insert(0, sys.argv[1]); import chromium; sys.exit(not chromium.command())' "$here" ||
    { echo "left out: needs chromium"; exit 77; }
"$python" -c 'import numpy, PIL' 2>/dev/null || { echo "left out: needs python3-numpy and python3-pil"; exit 77; }
"$FER" serve --listen 127.0.0.1:0 --weights nowhere.safetensors 2>&1 | grep -q 'made without libmicrohttpd' &&
    { echo "left out: fer was built without libmicrohttpd"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
export FER SOURCE="$source" ENGINE="$3"
cd "$dir" && "$python" -B "$here/page.py"
