exits 2 "are the same file" "$FER" video --csv o --jsonl o "$FAULT/one.mp4"
exits 2 "would both go to standard output" "$FER" video --csv - --jsonl - "$FAULT/one.mp4"
[ ! -e o ] || failures=1
