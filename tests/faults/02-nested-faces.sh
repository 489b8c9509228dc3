exits 0 "face 1" "$FER" predict --format text "$FAULT/big.jpg"
[ "$(wc -l <.out)" -eq 1 ] || { echo "one person, but not one face"; cat .out; failures=1; }
