#!/bin/sh
# fer serve behind nginx and Caddy, with the settings of docs/serve.md; see serve_proxy.py.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
if ! command -v openssl >/dev/null || { ! command -v nginx >/dev/null && ! command -v caddy >/dev/null; }; then
    echo "skipped: neither nginx nor caddy is installed, or openssl is not"
    exit 0
fi
"$FER" serve --listen 127.0.0.1:0 --weights nowhere.safetensors >.log/out 2>.log/err
if grep -q 'made without libmicrohttpd' .log/err; then
    echo "skipped: fer was built without libmicrohttpd"
    exit 0
fi
cp "$tests/../../examples/face.png" .
if command -v ffmpeg >/dev/null; then
    ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=320x240:rate=10:duration=3 -i face.png \
        -filter_complex "[0][1]overlay=x=20+30*t:y=40" -c:v mjpeg -q:v 2 film.mkv
fi
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem 2>/dev/null
export FER
gives 0 "behind proxies" python3 "$tests/serve_proxy.py" "$tests/../../docs/serve.md"
sed 's/^/     /' .log/out .log/err
finish
