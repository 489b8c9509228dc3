[ -w /dev/full ] || exit 0
"$FER" video "$FAULT/one.mp4" >/dev/full 2>.out
[ $? -eq 1 ] || { echo "exit code is not 1"; failures=1; }
[ "$(grep -c '' .out) $(grep -c 'standard output: cannot be written: No space left' .out)" = "1 1" ] || { cat .out; failures=1; }
