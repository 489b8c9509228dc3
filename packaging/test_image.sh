#!/bin/sh
# sh packaging/test_image.sh DIR: build the image of packaging/Dockerfile, run it, and print its size and how soon it
# answers. The base image is made by debootstrap, as small as debian:bookworm-slim, so that nothing but Debian's packages
# is fetched; FER_PULL=1 pulls the real one. FER_JOBS=N compiles N files at a time. Everything is kept in DIR, which needs
# 5 gigabytes. Needs root, buildah, debootstrap, curl and iproute2. Takes minutes, so it is no part of `make test`.
#
# The container runs as with `docker run --read-only --tmpfs /tmp`: the server is process 1, sees a network of its own, and
# has the user that the image names. buildah is only used to build, since it cannot run an image's entry point.
set -eu
[ $# -eq 1 ] || { echo "usage: sh packaging/test_image.sh DIR" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "test_image.sh: needs root" >&2; exit 2; }
for program in buildah debootstrap curl ip; do
    command -v $program >/dev/null || { echo "test_image.sh: needs $program" >&2; exit 2; }
done
here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$here")
picture=$source/examples/astronaut.jpg
mkdir -p "$1"
dir=$(cd "$1" && pwd)
image=fer-serve-test
base=docker.io/library/debian:bookworm-slim
token=0123456789abcdefABCDEF
known=$token # by the client
starts=11
work=$(mktemp -d)
container=
server=
export BUILDAH_ISOLATION="${BUILDAH_ISOLATION:-chroot}" # needs no other program

in_storage() { buildah --root "$dir/storage" --runroot "$dir/run" "$@"; }
clean() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || :
    [ -z "$container" ] || in_storage rm "$container" >/dev/null
    rm -rf "$work"
}
trap clean EXIT
fail() {
    echo "FAIL $*"
    for file in log out; do [ ! -s "$work/$file" ] || tail -n 20 "$work/$file" | sed 's/^/     /'; done
    exit 1
}
ok() { echo "ok   $*"; }
now() { date +%s%N; }
milliseconds() { echo $((($(now) - $1) / 1000000)); }
median() { sort -n "$1" | sed -n "$(((starts + 1) / 2))p"; }

# ---- build ----

make_base() {
    [ -e "$dir/bookworm.base/.made" ] || sh "$here/chroot.sh" "$dir" bookworm true >"$work/out"
    container=$(in_storage from scratch)
    root=$(in_storage mount "$container")
    # What debian:bookworm-slim leaves out
    (cd "$dir/bookworm.base" && tar cf - --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' \
        --exclude='./usr/share/locale/*' --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude=./.made .) |
        tar xf - -C "$root"
    for left_out in doc man info locale; do echo "path-exclude /usr/share/$left_out/*"; done >"$root/etc/dpkg/dpkg.cfg.d/slim"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe" # as there
    in_storage umount "$container" >/dev/null
    in_storage commit -q "$container" "$base" >/dev/null
    in_storage rm "$container" >/dev/null
    container=
}

pull=--pull
if [ -z "${FER_PULL:-}" ]; then
    pull=--pull-never
    in_storage inspect --type image "$base" >/dev/null 2>&1 || make_base
fi
begun=$(now)
in_storage bud --layers $pull ${FER_JOBS:+--build-arg JOBS="$FER_JOBS"} --ignorefile "$here/Dockerfile.dockerignore" \
    -f "$here/Dockerfile" -t $image "$source" >"$dir/build.log" 2>&1 || { tail "$dir/build.log" >&2; exit 1; }
ok "the image is built, in $(($(milliseconds "$begun") / 1000)) s"

# ---- what it is ----

of_image() { in_storage inspect --type image --format "$1" $image; }
user=$(of_image '{{.OCIv1.Config.User}}')
command=$(of_image '{{range .OCIv1.Config.Entrypoint}}{{.}} {{end}}{{range .OCIv1.Config.Cmd}}{{.}} {{end}}')
case $user in [1-9]*:[1-9]*) ok "the user is $user" ;; *) fail "the user is '$user'" ;; esac

container=$(in_storage from --pull-never $image)
root=$(in_storage mount "$container")
for program in gcc cc ld as make cmake ninja pkg-config curl python3; do
    find "$root/usr" -name $program \( -type f -o -type l \) -perm /111 | grep . >"$work/out" && fail "$program is in the image"
done
find "$root/usr" \( -name '*.h' -o -name '*.a' -o -name '*.cmake' \) | grep . >"$work/out" && fail "files for compiling are in the image"
[ ! -e "$root/src" ] || fail "the sources are in the image"
ok "nothing to compile with is in the image"
find "$root" -xdev -perm /6000 -user "${user%:*}" | grep . >"$work/out" && fail "programs with the rights of others belong to the user"
find "$root/usr/local" ! -user 0 | grep . >"$work/out" && fail "files of fer do not belong to root"
ok "the user owns nothing of fer"

# ---- run ----

echo $token >"$work/tokens"
chmod 444 "$work/tokens"
touch "$root/tokens"

start() { # sets `server` to the process of the server, which is process 1 in there
    : >"$work/log"
    # shellcheck disable=SC2016
    unshare --mount --net --pid --fork --kill-child sh -c '
        mount --bind "$1" "$1"
        mount -o remount,bind,ro "$1"
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/tmp"
        mount --bind "$2" "$1/tokens"
        ip link set lo up
        exec setpriv --no-new-privs chroot --userspec="$3" --groups= "$1" env -i PATH=/usr/bin:/bin $4' \
        sh "$root" "$work/tokens" "$user" "$command" >"$work/log" 2>&1 &
    outside=$!
    for _ in $(seq 3000); do
        grep -q 'serving at' "$work/log" && break
        kill -0 $outside 2>/dev/null || fail "the server ended"
        sleep 0.01
    done
    server=$(cat /proc/$outside/task/$outside/children)
    server=${server% }
}
ask() { # CURL'S ARGUMENTS: prints the answer's status; the answer is in $work/out
    nsenter --target "$server" --net curl -s -o "$work/out" -w '%{http_code}' -H "Authorization: Bearer $known" "$@"
}
at=http://127.0.0.1:8080
is() { # NAME STATUS PATTERN CURL'S ARGUMENTS
    name=$1
    status=$2
    pattern=$3
    shift 3
    got=$(ask "$@") || fail "$name: no answer"
    [ "$got" = "$status" ] || fail "$name: status $got"
    grep -q -e "$pattern" "$work/out" || fail "$name: no '$pattern'"
    ok "$name"
}

start
grep -E '^(Uid|Gid|Groups|CapEff|NoNewPrivs):' "/proc/$server/status" >"$work/status"
uid=${user%:*}
grep -qP "^Uid:\t$uid\t$uid\t$uid\t$uid$" "$work/status" || fail "the process has other rights: $(cat "$work/status")"
grep -qP '^CapEff:\t0+$' "$work/status" || fail "the process has capabilities: $(cat "$work/status")"
grep -qP '^NSpid:.*\t1$' "/proc/$server/status" || fail "the server is not process 1"
ok "the server is process 1, of user $uid, without capabilities"
is "it is healthy" 200 . $at/healthz
known=wrong
is "a picture needs the token" 401 error --data-binary "@$picture" $at/v1/predict
known=$token
is "a JPEG has a happy face" 200 '"label":"happiness"' --data-binary "@$picture" $at/v1/predict
is "a PNG" 200 '"label"' --data-binary "@$source/examples/face.png" $at/v1/predict
is "a picture is drawn" 200 . --data-binary "@$picture" "$at/v1/predict?annotate=1"
[ "$(head -c 3 "$work/out" | od -An -tx1 | tr -d ' ')" = ffd8ff ] || fail "the drawn picture is no JPEG"
# A format whose library is absent has status 415.
broken() { # NAME BYTES ADDRESS
    # shellcheck disable=SC2059
    printf "$2" >"$work/broken"
    is "the library for $1 is there" 422 error --data-binary "@$work/broken" "$at/v1/$3"
}
broken WebP 'RIFF\044\000\000\000WEBPVP8 ' predict
broken TIFF 'II*\000\010\000\000\000\000\000' predict
broken HEIF '\000\000\000\030ftypheic\000\000\000\000heicmif1' predict
broken 'JPEG XL' '\377\012aaaaaaaaaaaa' predict
broken videos '\032\105\337\243aaaaaaaaaaaa' video
is "the page" 200 '<title>' $at/
memory=$(awk '/^VmRSS:/ { print int($2 / 1000) }' "/proc/$server/status")

# Four seconds of upload, in the middle of which the server is asked to end
(ask --limit-rate "$(($(wc -c <"$picture") / 4))" --data-binary "@$picture" $at/v1/predict >"$work/slow") &
slow=$!
sleep 1
kill -TERM "$server"
sleep 1
if ask $at/healthz >"$work/late"; then fail "a new connection is accepted after SIGTERM"; fi
wait $slow || fail "the open request has no answer"
grep -q 200 "$work/slow" || fail "the open request: status $(cat "$work/slow")"
code=0
wait $outside || code=$?
[ $code -eq 0 ] || fail "exit code $code after SIGTERM"
server=
ok "after SIGTERM the open request is answered, no other is accepted, and the exit code is 0"

# ---- measure ----

for _ in $(seq $starts); do
    begun=$(now)
    start
    ask $at/healthz >/dev/null
    milliseconds "$begun" >>"$work/health"
    ask --data-binary "@$picture" $at/v1/predict >/dev/null
    milliseconds "$begun" >>"$work/first"
    kill -TERM "$server"
    wait $outside || fail "exit code $? after SIGTERM"
    server=
done
echo "/healthz is answered after $(median "$work/health") ms, a first picture after $(median "$work/first") ms (medians of" \
    "$starts, with the container's start); $memory MB after pictures of all formats"
in_storage rm "$container" >/dev/null
container=$(in_storage from --pull-never $image)
root=$(in_storage mount "$container")
megabytes() { du -s --apparent-size -B 1000000 "$@" | awk '{ sum += $1 } END { print sum }'; }
in_storage push -q --compression-format gzip $image "dir:$work/pushed"
echo "the image has $(megabytes "$root") MB, fer's files $(megabytes "$root/usr/local") MB of them; compressed for a registry, its layers have" \
    "$(megabytes "$work/pushed") MB"
