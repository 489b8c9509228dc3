#!/bin/sh
# fer serve under hostile clients; see serve_faults.py. FER_FAULTS=10000 for many of them.
. "$(dirname "$0")/lib.sh"
"$FER" serve --listen 127.0.0.1:0 --weights nowhere.safetensors >.log/out 2>.log/err
if grep -q 'made without libmicrohttpd' .log/err; then
    echo "skipped: fer was built without libmicrohttpd"
    exit 0
fi
cp "$tests/../../examples/face.png" .
export FER
gives 0 "the server under hostile clients" python3 "$tests/serve_faults.py" "${FER_FAULTS:-100}"
sed 's/^/     /' .log/out .log/err
finish
