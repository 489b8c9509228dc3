exits 0 '"faces":[{"face_id":1' "$FER" predict --faces all "$FAULT/noeoi.jpg"
exits 0 "its end mark is missing, the picture is complete" "$FER" predict "$FAULT/noeoi.jpg"
head -c 9000 "$FAULT/noeoi.jpg" >cut.jpg
exits 1 "of the picture is missing" "$FER" predict cut.jpg
