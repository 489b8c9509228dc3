sh "$FAULT/make.sh" "$FAULT/../18-hundred-pixels/s101.png"
exits 0 "left out: 2 x link to a directory that it lies in" timeout 20 "$FER" predict --format text d
exits 0 "left out: 1 x link to a directory that it lies in" timeout 20 "$FER" predict --format text e
exits 1 "once" sh -c '[ "$("$FER" predict --format text e 2>/dev/null | wc -l)" -eq 1 ] || exit 2; echo once; exit 1'
