# All of ffprobe's 75 frames, from 0 on, and a table without a negative time.
"$FER" video --csv out.csv "$FAULT/wrap.ts" || failures=1
exits 0 "75" awk -F, 'NR > 1 && !seen[$1]++ { n++ } NR > 1 && $3 < 0 { exit 1 } END { print n }' out.csv
exits 2 "must be a number from 0" "$FER" video --start -1 "$FAULT/wrap.ts"
