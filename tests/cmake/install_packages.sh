#!/bin/sh
# cmake/install-packages.sh against a system that is played: sh install_packages.sh SCRIPT
# $dir/installed and $dir/lists hold the names of packages that are installed and that apt's lists know, $dir/fresh what
# they know after an update, $dir/busy how often apt-get still finds its lock taken. $dir/log gets what was called.
set -u
script=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export dir
failures=0
mkdir "$dir/bin" "$dir/bare"
tool() { # NAME: a program of the played system, from standard input
    { echo '#!/bin/sh'; cat; } >"$dir/bin/$1"
    chmod +x "$dir/bin/$1"
}
tool id <<'X'
echo "${played_id:-1000}"
X
tool sudo <<'X'
echo sudo >>"$dir/log"
exec "$@"
X
tool sleep <<'X'
echo "sleep $1" >>"$dir/log"
X
tool dpkg-query <<'X'
for last in "$@"; do :; done
grep -qx -- "$last" "$dir/installed" && echo 'install ok installed'
X
tool apt-cache <<'X'
grep -qx -- "$2" "$dir/lists" && echo '  Candidate: 1.0' || echo '  Candidate: (none)'
X
tool apt-get <<'X'
busy=$(cat "$dir/busy")
if [ "$busy" -gt 0 ]; then
    echo $((busy - 1)) >"$dir/busy"
    echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt-get)' >&2
    exit 100
fi
echo "apt-get $*" >>"$dir/log"
[ "$2" = update ] && cp "$dir/fresh" "$dir/lists" && exit
[ "$2" = install ] && echo 'Need to get 12.3 MB of archives.' && echo 'After this operation, 45.6 MB of additional disk space will be used.'
if [ -e "$dir/slow" ]; then # goes on when the size is shown
    for try in 1 2 3 4 5 6 7 8 9 10; do
        grep -q 'Need to get' "$dir/out" && echo seen >>"$dir/log" && break
        /bin/sleep 0.3
    done
fi
for name in "$@"; do
    case $name in -*|install) continue ;; esac
    [ -e "$dir/broken" ] && echo "E: $name is broken" >&2 && exit 100
    echo "$name" >>"$dir/installed"
done
X
for name in cat cp env grep mktemp rm sed tail tee tr; do ln -s "$(command -v $name)" "$dir/bare/$name"; done
ln -s "$dir/bin/id" "$dir/bin/dpkg-query" "$dir/bare"

system() { # INSTALLED LISTS FRESH BUSY
    echo "$1" | tr ' ' '\n' >"$dir/installed"
    echo "$2" | tr ' ' '\n' >"$dir/lists"
    echo "$3" | tr ' ' '\n' >"$dir/fresh"
    echo "$4" >"$dir/busy"
    : >"$dir/log"
}
run() { # EXIT_CODE PACKAGES...
    want=$1
    shift
    PATH=${path:-$dir/bin:$PATH} /bin/sh "$script" "$@" >"$dir/out" 2>&1
    code=$?
    check "'$*' ends with $want" [ $code -eq "$want" ]
}
check() { # NAME COMMAND...
    name=$1
    shift
    if "$@"; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        sed 's/^/     /' "$dir/out" "$dir/log"
        failures=$((failures + 1))
    fi
}
says() { check "it says '$1'" grep -q -e "$1" "$dir/out"; }
calls() { check "it calls '$1'" grep -qx -e "$1" "$dir/log"; }

system 'a b' 'a b' '' 0
run 0 a b
check "nothing is called where nothing is missing" [ ! -s "$dir/log" ]
check "and nothing is said" [ ! -s "$dir/out" ]

system 'a' 'a b' '' 0
run 0 a b
calls 'sudo'
calls 'apt-get -q install -y --no-install-recommends b'
says 'installing by sudo: b$'
says 'Need to get 12.3 MB'
says '45.6 MB of additional disk space'
system 'a' 'a b' '' 0
played_id=0
export played_id
run 0 a b
unset played_id
check "root needs no sudo" sh -c '! grep -q sudo "$dir/log"'

# A download takes minutes.
system 'a' 'a b' '' 0
touch "$dir/slow"
run 0 b
rm "$dir/slow"
calls 'seen'

# Another apt-get is at work.
system 'a' 'a b' '' 3
run 0 b
says 'apt is busy, waiting'
check "it says so once" [ "$(grep -c busy "$dir/out")" -eq 1 ]
check "it tries until the lock is free" [ "$(grep -c sleep "$dir/log")" -eq 3 ]
system 'a' 'a b' '' 1000000
run 1 b
says 'Could not get lock'

# Lists that are absent or old.
system 'a' '' 'a b' 0
run 0 b
calls 'apt-get -q update'
calls 'apt-get -q install -y --no-install-recommends b'
system 'a' '' 'a' 0
run 1 b
says "this system's package lists do not have: b"

# Either of two.
system 'new' 'old' '' 0
run 0 'old|new'
check "either will do" [ ! -s "$dir/log" ]
system '' 'old' '' 0
run 0 'new|old'
calls 'apt-get -q install -y --no-install-recommends old'

# Wanted, not needed.
system '' 'a' '' 0
run 0 'a?'
calls 'apt-get -q install -y --no-install-recommends a'
system '' '' 'a' 0
run 0 'a?'
check "no update for it" [ ! -s "$dir/log" ]
system 'b' 'c' '' 0
run 0 b 'a?' c
calls 'apt-get -q install -y --no-install-recommends c'

system '' 'a' 'a' 0
touch "$dir/broken"
run 1 a
says 'E: a is broken'
says 'as root: apt-get install a$'
rm "$dir/broken"

# Neither root nor sudo; no apt-get at all.
path=$dir/bare
system 'a' 'a b' '' 0
run 1 a b 'c?' 'd|e'
says 'missing.*: b d|e$'
says 'apt-get install b d$'
run 0 a 'c?'
played_id=0
export played_id
run 1 b
says 'missing.*: b$'

echo "$failures failures"
[ $failures -eq 0 ]
