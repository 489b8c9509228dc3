# An ending that this build reads makes samples; another one is counted.
exits 0 "b " sh -c '"$FER" data info "$FAULT/set" | grep -E "^b |first: b" | sed "s/^.*first: b.*/b is named/"'
cp -r "$FAULT/set" own
chmod -R u+w own
mv own/b/0.jfif own/b/0.unknown
exits 0 "1  no picture by its name (.unknown); the first: b/0.unknown" "$FER" data info own
exits 0 "folder without a picture of a class; the first: b" "$FER" data info own
exits 0 "left out: 1 x no picture by its name (.unknown); the first: own/b/0.unknown" "$FER" predict own --format text
exits 0 "2 images, 2 classes" "$FER" data info "$FAULT/set"
exits 0 "b/0.jfif" "$FER" predict --faces whole "$FAULT/set"
