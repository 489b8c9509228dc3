#!/bin/sh
# Every #include "room/..." in src/ and cli/ must point at its own room or one that docs/rooms.txt allows. A room is a
# folder of src/ or of cli/, never of both. Public headers are open to all; the examples include nothing else.
cd "$(dirname "$0")/../.." || exit 1
status=0
grep -rHo --include='*.[ch]' '^#include "[^"]*' src cli | awk -F'"' '
    NR == FNR { split($0, p, ":"); ok[p[1]] = " " p[1] " fer " p[2] " "; next }
    { split($1, from, "/"); room = from[2]; n[from[1]]++; to = $2; sub("/.*", "", to)
      if (to == $2 || !(room in ok) || index(ok[room], " " to " ") == 0) {
          print $0 "   <- room " room " may not include " to; bad = 1 } }
    END { if (n["src"] < 50 || n["cli"] < 50) { print "check_rooms: too few includes found"; bad = 1 }
          exit bad }' docs/rooms.txt - || status=1
for room in cli/*/; do
    [ -d "src/$(basename "$room")" ] && { echo "check_rooms: $room has the name of a room of src/"; status=1; }
done
if grep -rn --include='*.[ch]' '^#include "' examples | grep -v '"fer/'; then
    echo "check_rooms: the examples include public headers only"
    status=1
fi
[ $status -eq 0 ] && echo "ok rooms: includes go downwards only"
exit $status
