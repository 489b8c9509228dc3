for picture in s100.png s101.png; do
    exits 0 "happiness" "$FER" predict --format text "$FAULT/$picture"
    grep -q "face 1 at .*  happiness [19]" .out || { echo "$picture: a small face in a small picture"; cat .out; failures=1; }
done
