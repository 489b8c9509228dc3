if "$FER" predict --faces whole "$FAULT/tiled.tif" 2>&1 | grep -q 'built without libtiff\|install libtiff'; then
    exits 1 "Debian's package libtiff" "$FER" predict --faces whole "$FAULT/big.tif"
else
    for kind in jpeg tiled big; do exits 0 '"label"' "$FER" predict --faces whole "$FAULT/$kind.tif"; done
    exits 1 "TIFF: the file is cut off" "$FER" predict --faces whole "$FAULT/trunc.tif"
fi
