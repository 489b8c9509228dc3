#!/bin/sh
# Every #include "room/..." in src/ must point at its own room or one that docs/rooms.txt allows; the command includes public headers only.
cd "$(dirname "$0")/../.." || exit 1
status=0
grep -rHo --include='*.[ch]' '^#include "[a-z0-9]*/' src | awk -F'[/:"]' '
    NR == FNR { split($0, p, ":"); ok[p[1]] = " " p[1] " fer " p[2] " "; next }
    { room = $2; to = $(NF - 1); n++
      if (!(room in ok) || index(ok[room], " " to " ") == 0) {
          print $0 "   <- room " room " may not include " to; bad = 1 } }
    END { if (n < 50) { print "check_rooms: only " n " includes found"; bad = 1 }
          exit bad }' docs/rooms.txt - || status=1
if grep -rn --include='*.[ch]' '^#include "[a-z0-9]*/' cli examples | grep -v '"fer/'; then
    echo "check_rooms: the command and the examples include public headers only"
    status=1
fi
[ $status -eq 0 ] && echo "ok rooms: includes go downwards only"
exit $status
