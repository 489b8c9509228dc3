# Two names in Latin-1 must look different in the output, and each can be recovered from it.
python3 -c "
import shutil, sys
for byte in b'\xE8', b'\xE9': shutil.copy(sys.argv[1], b'a' + byte + b'.png')
shutil.copy(sys.argv[1], 'two\nlines.png')" "$FAULT/../09-csv-windows-paths/img/00.png"
exits 0 'a\\xE9.png"' "$FER" predict --faces whole --format json .
exits 0 'a\\xE8.png"' "$FER" predict --faces whole --format json .
exits 0 'a\xE9.png  whole picture' "$FER" predict --faces whole --format text .
exits 0 'two\x0Alines.png  whole picture' "$FER" predict --faces whole --format text .
exits 0 'a\xE9.png' "$FER" predict --faces whole --format csv .
