exits 1 "no frame from 5 s to its end" "$FER" video --start 5 --csv s.csv "$FAULT/one.mp4"
[ "$(wc -l <s.csv)" -eq 1 ] || { echo "the table is not a header alone"; failures=1; }
exits 2 "the end must come after the start" "$FER" video --start 2 --end 1 "$FAULT/one.mp4"
exits 2 "must be a number from" "$FER" video --end 0 "$FAULT/one.mp4"
