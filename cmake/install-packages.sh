#!/bin/sh
# Install those of the named Debian packages that are missing; silent, and without rights needed when there are none.
# a|b: either will do, and the first that this system knows is installed. a?: wanted but not needed.
# A freshly started machine may still be updating itself: another apt-get or dpkg that holds a lock is waited for.
wait_most=600 # seconds
export LC_ALL=C

installed() { # a|b
    for one in $(echo "$1" | tr '|' ' '); do
        dpkg-query -W -f='${Status}' "$one" 2>/dev/null | grep -q 'ok installed' && return
    done
    return 1
}

known() { # a|b: prints the one that can be installed
    for one in $(echo "$1" | tr '|' ' '); do
        apt-cache policy "$one" 2>/dev/null | grep -q 'Candidate: [^(]' && echo "$one" && return
    done
    return 1
}

needed=
wanted=
for package in "$@"; do
    installed "${package%\?}" && continue
    case $package in
    *\?) wanted="$wanted ${package%\?}" ;;
    *) needed="$needed $package" ;;
    esac
done
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
can_install() { command -v apt-get && { [ -z "$sudo" ] || command -v sudo; }; }

if ! can_install >/dev/null; then
    [ -z "$needed" ] && exit 0
    echo "These packages are missing (Debian's names; of a|b either will do):$needed" >&2
    echo "There is no apt-get or no sudo here. Install them as root, for example: apt-get install$(echo "$needed" | sed 's/|[^ ]*//g')" >&2
    echo "If they are there under other names, pass over this check: make PACKAGES= TEST_PACKAGES= ..." >&2
    exit 1
fi

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# What apt is doing: the sizes, then a line for every tenth package. Not by awk: Debian's mawk keeps what it reads from a
# pipe until it has 4 KiB.
show() {
    step=10
    unpacked=0
    set_up=0
    while IFS= read -r line; do
        case $line in
        'Need to get'* | Fetched*) echo "  $line" ;;
        'After this operation, '*) echo "  ${line#After this operation, }" ;;
        Unpacking*)
            unpacked=$((unpacked + 1))
            [ $((unpacked % step)) -ne 0 ] || echo "  $unpacked packages unpacked"
            ;;
        'Setting up'*)
            set_up=$((set_up + 1))
            [ $((set_up % step)) -ne 0 ] || echo "  $set_up packages set up"
            ;;
        esac
    done >&2
}

try_apt() { # arguments of apt-get; its exit code, and all that it prints in $log
    {
        $sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null 2>&1
        echo "exit code $?"
    } | tee "$log" | show
    [ "$(tail -n 1 "$log")" = 'exit code 0' ]
}

apt() { # arguments of apt-get
    waited=0
    until try_apt "$@"; do
        grep -q 'Could not get lock\|Unable to acquire\|Unable to lock' "$log" || return 1
        [ $waited -gt 0 ] || echo "apt is busy, waiting" >&2
        [ $waited -lt $wait_most ] || return 1
        sleep 5
        waited=$((waited + 5))
    done
}

choose() { # sets `chosen`; fails and sets `unknown` where a needed package is not to be had
    chosen=
    unknown=
    for package in $needed; do
        name=$(known "$package") || unknown="$unknown $package"
        chosen="$chosen $name"
    done
    for package in $wanted; do chosen="$chosen $(known "$package")"; done
    [ -z "$unknown" ]
}

install() {
    [ -z "$(echo "$chosen" | tr -d ' ')" ] && return
    echo "installing${sudo:+ by sudo}:$chosen" >&2
    # shellcheck disable=SC2086
    apt install -y --no-install-recommends $chosen
}

# A machine's package lists may be old or absent: try, refresh, try again. What is only wanted is no reason to refresh.
choose && install && exit 0
[ -z "$needed" ] && exit 0
apt update && choose && install && exit 0
[ -n "$unknown" ] && echo "this system's package lists do not have:$unknown" >&2
grep -v '^exit code' "$log" | tail -n 5 >&2
echo "To install them yourself, as root: apt-get install$(echo "$needed" | sed 's/|[^ ]*//g')" >&2
exit 1
