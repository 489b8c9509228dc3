#!/usr/bin/python3
"""What a detector takes for a face and is none, as pictures without faces: sheets of such places at about the size at which they fired.

    tools/detector_negatives.py --sets DIR

Runs the detector over the sets of tools/detector_sets.py but for check, fairface and animals, in every picture at once and twice the size, and takes
its finds, sure or not, that touch neither a face nor a region that does not count. Writes them into a new set, DIR/negatives.
"""
import argparse
import os
import random
import sys
from collections import defaultdict

from PIL import Image

from detector_sets import Set
from detector_emblems import rows_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from faces_common import common, iou  # noqa: E402
from face_finders import add_fer_options, predict  # noqa: E402

SETS = ["train", "scenes", "groups", "sports", "people"]
LEAST = 0.2          # confidence of a find
SAME = 0.4           # overlap of two finds of one place
TILE, TILES = 80, 4  # pixels of a place on a sheet, places along its sides
SMALLEST, LARGEST = 12, 64  # pixels of a find on a sheet


def finds_of(args, folder):
    """{file: boxes of the finds, the surest of those that overlap}"""
    files, finds = [os.path.join(folder, name) for name in sorted(os.listdir(folder))], defaultdict(list)
    for smallest in ("10", "5"):
        options = ["--threshold", str(LEAST), "--smallest", smallest, "--weights", "libfer-xs", "--skip-bad"]
        for file, found in predict(args, files, options=options).items():
            finds[file] += found
    return {file: surest_of(found) for file, found in finds.items()}


def surest_of(finds):
    kept = []
    for f in sorted(finds, key=lambda f: -f.confidence):
        if all(iou(f.box, box) < SAME for box in kept):
            kept.append(f.box)
    return kept


def places(args, folder):
    """(picture, box, the picture's faces and regions) of what is no face and touches none."""
    rows = [rows_of(folder, table) for table in ("faces.csv", "ignore.csv")]
    for file, boxes in finds_of(args, os.path.join(folder, "images")).items():
        known = [[float(v) for v in row[1:5]] for table in rows for row in table[os.path.basename(file)]]
        for box in boxes:
            near = around(box, 1.4)
            if all(common(near, k) <= 0 for k in known):
                yield file, box, known


def around(box, times):
    side = times * max(box[2], box[3])
    return [box[0] + box[2] / 2 - side / 2, box[1] + box[3] / 2 - side / 2, side, side]


def tile(place, rng):
    """A square around the place, as wide as it can be without a known face."""
    path, box, known = place
    size = SMALLEST * (LARGEST / SMALLEST) ** rng.random()
    times = TILE / size
    while times > 1.4 and any(common(around(box, times), k) > 0 for k in known):
        times *= 0.85
    x, y, side, _ = around(box, times)
    picture = Image.open(path).convert("RGB").crop((round(x), round(y), round(x + side), round(y + side)))
    return picture.resize((TILE, TILE), Image.BOX if side > TILE else Image.BICUBIC)


def sheet(some, rng):
    picture = Image.new("RGB", (TILES * TILE, TILES * TILE))
    for i, place in enumerate(some):
        picture.paste(tile(place, rng), (i % TILES * TILE, i // TILES * TILE))
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", required=True)
    add_fer_options(parser)
    parser.add_argument("--out", default="negatives", help="the set's name (default: negatives)")
    args = parser.parse_args()
    rng, found = random.Random(6), []
    for name in SETS:
        before = len(found)
        found += places(args, os.path.join(args.sets, name))
        print(f"{name}: {len(found) - before} places", flush=True)
    out = Set(os.path.join(args.sets, args.out))
    rng.shuffle(found)
    for first in range(0, len(found) - TILES * TILES + 1, TILES * TILES):
        path = os.path.join(out.images, f"negative_{first}.jpg")
        sheet(found[first:first + TILES * TILES], rng).save(path, "JPEG", quality=rng.randrange(75, 95))


if __name__ == "__main__":
    main()
