#!/bin/sh
# fer serve, from outside: answers, errors, limits, slow clients, the end. All on loopback; see serve.py.
. "$(dirname "$0")/lib.sh"
gives 2 "an address without a port" "$FER" serve --listen 127.0.0.1
gives 2 "a name that must be looked up" "$FER" serve --listen example.org:80
"$FER" serve --listen 127.0.0.1:0 --weights nowhere.safetensors >.log/out 2>.log/err
if grep -q 'made without libmicrohttpd' .log/err; then
    echo "skipped: fer was built without libmicrohttpd"
    exit 0
fi
gives 1 "no weights" "$FER" serve --listen 127.0.0.1:0 --weights nowhere.safetensors
gives 2 "open to other machines without a token" "$FER" serve --listen 0.0.0.0:0
err_has 'token-file'
for bad in example.org https://example.org/ https:// 'https://a b'; do
    gives 2 "an origin '$bad'" "$FER" serve --listen 127.0.0.1:0 --cors "$bad"
done
gives 2 "open to other machines, IPv6" "$FER" serve --listen '[::]:0'
printf 'short\n' >short.tokens
gives 1 "a token that is too short" "$FER" serve --listen 127.0.0.1:0 --token-file short.tokens
err_has 'short.tokens, line 1'
source=$tests/../..
cp "$source/examples/astronaut.jpg" "$source/examples/face.png" .
cp face.png other.png
if command -v ffmpeg >/dev/null; then
    ffmpeg -y -loglevel error -f lavfi -i color=0x708090:size=320x240:rate=10:duration=1 -i face.png \
        -filter_complex "[0][1]overlay=x=20+30*t:y=40" -c:v mjpeg -q:v 2 film.mkv
fi
export FER PAGE="$source/web/page"
gives 0 "the server" python3 "$tests/serve.py"
sed 's/^/     /' .log/out .log/err | grep -v '^     ok'
finish
