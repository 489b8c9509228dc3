cp -r "$FAULT/../09-csv-windows-paths/img" .
for kind in semi tab space utf16; do
    cp "$FAULT/$kind.csv" .
    exits 0 "12" "$FER" data info $kind.csv
done
