"""pictures.py OUT EXAMPLES PORTRAITS.tar: test pictures as OUT/NAME.png and OUT/NAME.rgba, which Node reads."""
import json
import pathlib
import sys
import tarfile

from PIL import Image

PORTRAITS = 10

out, examples, portraits = map(pathlib.Path, sys.argv[1:])
pictures = {name: Image.open(examples / name).convert("RGB") for name in ("astronaut.jpg", "face.png")}
pictures["astronaut.jpg"].resize((100, 100)).save(out / "small.png")
pictures["small"] = Image.open(out / "small.png")
pictures["turned"] = pictures["astronaut.jpg"].transpose(Image.ROTATE_90)
pictures["empty"] = Image.new("RGB", (333, 77), (90, 120, 200))
if portraits.exists():
    with tarfile.open(portraits) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            if len(pictures) < PORTRAITS + 5 and member.isfile() and member.name.endswith(".jpg"):
                pictures[member.name.replace("/", "-")] = Image.open(tar.extractfile(member)).convert("RGB")
sizes = {}
for name, picture in pictures.items():
    stem = pathlib.Path(name).stem
    picture.save(out / f"{stem}.png")
    (out / f"{stem}.rgba").write_bytes(picture.convert("RGBA").tobytes())
    sizes[stem] = picture.size
(out / "sizes.json").write_text(json.dumps(sizes))
