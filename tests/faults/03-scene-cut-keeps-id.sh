"$FER" video --csv s.csv "$FAULT/cut.mp4" || failures=1
# The second person's face is another one from the first frame on, and begins with its own scores.
awk -F, 'NR > 1 && $2 != ($3 < 2 ? 1 : 2) { bad = 1 } END { exit bad }' s.csv || { echo "ids are not 1 before the cut, 2 after"; failures=1; }
