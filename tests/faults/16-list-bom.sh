python3 -c "
import shutil, sys
for name in 'base.jpg', 'o1.jpg': shutil.copy(sys.argv[1], name)
text = open(sys.argv[2], encoding='utf-8-sig').read()
open('wide.txt', 'w', encoding='utf-16').write(text)" "$FAULT/../09-csv-windows-paths/img/00.png" "$FAULT/names.txt"
exits 0 "base.jpg" "$FER" predict --list "$FAULT/names.txt"
exits 0 "base.jpg" "$FER" predict --list wide.txt
