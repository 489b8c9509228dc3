cp "$FAULT/talk.mp4" .
for option in --csv --annotate --jsonl; do
    exits 2 "talk.mp4 would replace talk.mp4, which is read" "$FER" video --end 0.2 $option talk.mp4 talk.mp4
done
cmp "$FAULT/talk.mp4" talk.mp4 || failures=1
