# What the scripts of tests/faults share.
failures=0

# exits STATUS TEXT COMMAND...: the command ends with STATUS, and what it printed has TEXT in it.
exits() {
    want=$1
    text=$2
    shift 2
    "$@" >.out 2>&1
    got=$?
    if [ $got -ne "$want" ]; then
        echo "exit $got, expected $want: $*"
    elif ! grep -qF -- "$text" .out; then
        echo "'$text' is missing: $*"
    else
        return
    fi
    head -n 5 .out
    failures=1
}
