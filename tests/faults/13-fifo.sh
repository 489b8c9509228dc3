mkfifo a.jpg
cp "$FAULT/../18-hundred-pixels/s101.png" .
exits 0 "left out: 1 x pipe, socket or device; the first: ./a.jpg" timeout 20 "$FER" predict --format text .
exits 1 "a.jpg: nothing was written into this pipe" timeout 40 "$FER" predict --weights a.jpg s101.png
exits 1 "is a device or a socket" timeout 40 "$FER" predict --weights /dev/zero s101.png
exits 0 "/dev/fd/3  face 1" timeout 20 sh -c 'cat s101.png | "$FER" predict --format text /dev/fd/3 3<&0'
