#!/usr/bin/python3
"""What `fer video --baseline` gains and costs, on films whose truth is known: docs/experiments.md#own-neutral-as-baseline.

    bench/baseline.py --fer build/fer [--crops ../shared/data/ferplus/FER2013Valid.tar] [--scenes ../shared/data/faces/train.tar]
                      [--london DIR] [--films N] [--seed N]

Composes films without loss (FFV1) and runs `fer video` on them: as it is, with --baseline auto, and with --baseline SECONDS. Labels are
those of single frames (--smooth 0).

- Crops of FER+ (majority protocol): six persons stand in a photograph for 60 frames, each frame a crop of another face. A person is a
  displacement of every crop: mouth corners down, brows down, ... by pixels of 48. So a person has a resting face that looks, say, sad.
  The first 12 frames are at rest. A crop whose face is not found counts as wrong.
- The London Set (--london: webmorphR.stim on GitHub, inst/): six people at a time, each neutral in some of five frames and smiling in
  the others; SECONDS covers the first frame. Shares are of the frames whose face is found.
"""
import argparse
import csv
import io
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

import numpy
from PIL import Image, ImageOps

from pasted_faces import read_crops, read_scenes, with_edge

RATE = 5  # frames a second
CELL, COLUMNS, ROWS = 200, 3, 2
FRAMES, FIRST = 60, 12  # of a film of crops: all, and those at rest with which it begins
# How far the mouth's corners, the inner brows and the outer brows go down, in pixels of a crop of 48.
PERSONS = {"as they are": (0, 0, 0), "mouth down": (3, 0, 0), "brows down": (0, 3, 0), "mouth up": (-3, 0, 0),
           "brows raised": (0, 0, -3), "mouth and brows down": (2.5, 2.5, 0)}
SPOTS = [((16, 37), (32, 37), 4), ((19, 15), (29, 15), 4), ((15, 14), (33, 14), 5)]  # (x, y) left and right, width


# ---- persons -------------------------------------------------------------------------------------------------------------------------

def displaced(crop, amounts):
    """A crop whose spots are moved down by `amounts`."""
    y, x = numpy.mgrid[0:48, 0:48].astype(float)
    down = numpy.zeros((48, 48))
    for amount, (left, right, width) in zip(amounts, SPOTS):
        for u, v in (left, right):
            down += amount * numpy.exp(-((x - u)**2 + (y - v)**2) / (2 * width**2))
    pixels = numpy.asarray(crop.convert("L")).astype(float)
    source = numpy.clip(y - down, 0, 47)
    above = numpy.floor(source).astype(int)
    part, columns = source - above, x.astype(int)
    mixed = pixels[above, columns] * (1 - part) + pixels[numpy.minimum(above + 1, 47), columns] * part
    return Image.fromarray((mixed + 0.5).astype(numpy.uint8))


def plan(crops, at_rest, draw):
    """Numbers of the crops of a person's frames: `at_rest` of them neutral, FIRST of these first."""
    rest = draw.sample([i for i, c in enumerate(crops) if c[2] == "neutral"], at_rest)
    rest, others = rest[:FIRST], rest[FIRST:] + draw.sample([i for i, c in enumerate(crops) if c[2] != "neutral"], FRAMES - at_rest)
    draw.shuffle(others)
    return rest + others


# ---- films ---------------------------------------------------------------------------------------------------------------------------

def write_film(path, frames, pixels):
    """Grey without loss, or RGB."""
    size = f"{COLUMNS * CELL}x{ROWS * CELL}"
    cmd = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", pixels, "-s", size, "-r", str(RATE), "-i", "-",
           "-c:v", "ffv1", "-threads", "1", "-pix_fmt", "gray" if pixels == "gray" else "bgr0", path]
    with subprocess.Popen(cmd, stdin=subprocess.PIPE) as ffmpeg:
        for frame in frames:
            ffmpeg.stdin.write(frame.tobytes())
        ffmpeg.stdin.close()
        if ffmpeg.wait():
            raise SystemExit(f"{path}: ffmpeg failed")


def corner(cell):
    return cell % COLUMNS * CELL, cell // COLUMNS * CELL


def crop_frames(crops, plans, scene, size):
    for t in range(FRAMES):
        frame = scene.copy()
        for cell, (numbers, amounts) in enumerate(zip(plans, PERSONS.values())):
            crop = displaced(Image.open(io.BytesIO(crops[numbers[t]][1])), amounts)
            face, mask, _ = with_edge(crop.resize((size, size), Image.BILINEAR), "extended")
            x, y = corner(cell)
            frame.paste(face, (x + (CELL - face.size[0]) // 2, y + (CELL - face.size[1]) // 2), mask)
        yield frame


def run(fer, films, directory, baseline):
    """{film: {cell: {frame: (id, label)}}} of `fer video`."""
    out = f"{films[0]}-{baseline}"
    cmd = [fer, "video", *films, "--out", out, "--smooth", "0", "--threads", "1", "--quiet"]
    subprocess.run(cmd + (["--baseline", str(baseline)] if baseline else []), check=True, stdout=subprocess.DEVNULL)
    found = {}
    for film in films:
        cells = found[film] = defaultdict(dict)
        with open(os.path.join(out, os.path.basename(film)[:-4] + ".csv"), encoding="utf-8") as f:
            for row in csv.DictReader(f):
                if row["success"] != "1":
                    continue
                x, y, w, h = (float(row[k]) for k in "xywh")
                u, v = (x + w / 2) / CELL, (y + h / 2) / CELL
                if abs(u % 1 - 0.5) < 0.25 and abs(v % 1 - 0.5) < 0.25:
                    cells[int(v) * COLUMNS + int(u)][int(row["frame"])] = (row["face_id"], row["label"])
    return found


# ---- crops ---------------------------------------------------------------------------------------------------------------------------

def measure_crops(args, crops, scenes, at_rest, directory):
    plans, films = {}, []
    for i in range(args.films):
        draw = random.Random(f"{args.seed} {at_rest} {i}")
        films.append(os.path.join(directory, f"crops-{at_rest}-{i}.mkv"))
        plans[films[-1]] = [plan(crops, at_rest, draw) for _ in PERSONS]
        scene = ImageOps.fit(draw.choice(scenes).convert("L"), (COLUMNS * CELL, ROWS * CELL))
        write_film(films[-1], crop_frames(crops, plans[films[-1]], scene, args.size), "gray")
    results = {b: run(args.fer, films, directory, b) for b in (None, "auto", FIRST / RATE)}
    ids = [len({i for i, _ in results[None][f][c].values()}) for f in films for c in range(len(PERSONS))]
    n = sum(len(results[None][f][c]) for f in films for c in range(len(PERSONS)))
    print(f"\n{len(films)} films, {at_rest} of {FRAMES} frames at rest; {n} of {len(ids) * FRAMES} faces found, "
          f"{sum(ids) / len(ids):.2f} ids per person\n")
    head = ["person"] + [f"{what}, {how}" for what in ("right", "at rest", "expressions") for how in ("as it is", "auto", "seconds")]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    total = Counter()
    for cell, person in enumerate(PERSONS):
        counts = Counter()
        for b, found in results.items():
            for film in films:
                for t, number in enumerate(plans[film][cell]):
                    truth, got = crops[number][2], found[film][cell].get(t, (0, ""))[1]
                    for part in ("all", "rest" if truth == "neutral" else "expression"):
                        counts[part, b, True] += truth == got
                        counts[part, b, False] += 1
        total += counts
        print_crops(person, counts, results)
    print_crops("all six", total, results)


def print_crops(person, counts, results):
    cells = [f"{100 * counts[p, b, True] / counts[p, b, False]:.1f} %" for p in ("all", "rest", "expression") for b in results]
    print(f"| {person} | " + " | ".join(cells) + " |", flush=True)


# ---- the London Set ------------------------------------------------------------------------------------------------------------------

def read_london(path):
    """[(neutral, smiling)] in the size of a cell."""
    def faces(folder):
        names = [n for n in os.listdir(os.path.join(path, folder)) if n.endswith(".jpg") and not n.startswith(".")]
        return {n[:3]: os.path.join(path, folder, n) for n in names}

    def read(file):
        picture = Image.open(file)
        picture.draft("RGB", (2 * CELL, 2 * CELL))
        return ImageOps.fit(picture.convert("RGB"), (CELL, CELL), Image.LANCZOS)
    neutral, smiling = faces("neutral_front"), faces("smiling_front")
    return [(read(neutral[k]), read(smiling[k])) for k in sorted(neutral) if k in smiling]


def london_frames(people, smiles):
    for smile in smiles:
        frame = Image.new("RGB", (COLUMNS * CELL, ROWS * CELL), (128, 128, 128))
        for cell, pair in enumerate(people):
            frame.paste(pair[smile], corner(cell))
        yield frame


def measure_london(args, people, smiles, directory):
    what = ", ".join(("rest", "smile")[s] for s in smiles)
    films = []
    for i in range(0, len(people), COLUMNS * ROWS):
        films.append(os.path.join(directory, f"london-{''.join(map(str, smiles))}-{i}.mkv"))
        write_film(films[-1], london_frames(people[i:i + COLUMNS * ROWS], smiles), "rgb24")
    row = []
    for b in (None, "auto", 0.5 / RATE):
        counts = Counter((smiles[t], label) for cells in run(args.fer, films, directory, b).values() for frames in cells.values()
                         for t, (_, label) in frames.items())
        n = [sum(v for k, v in counts.items() if k[0] == s) for s in (0, 1)]
        row.append(f"{100 * counts[0, 'neutral'] / n[0]:.1f} %, {100 * counts[1, 'happiness'] / n[1]:.1f} %")
    print(f"| {what} | " + " | ".join(row) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--crops", default="../shared/data/ferplus/FER2013Valid.tar")
    parser.add_argument("--scenes", default="../shared/data/faces/train.tar")
    parser.add_argument("--london", help="folder with neutral_front and smiling_front; without it, that part is left out")
    parser.add_argument("--films", type=int, default=5, help="films of crops for each share of rest; 0: none")
    parser.add_argument("--size", type=int, default=56, help="width of a pasted crop, pixels")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        crops, scenes = (read_crops(args.crops, 0), read_scenes(args.scenes)) if args.films else ([], [])
        for at_rest in (36, FIRST) if args.films else ():
            measure_crops(args, crops, scenes, at_rest, directory)
        if args.london:
            people = read_london(args.london)
            print(f"\n{len(people)} people of the London Set: neutral of those neutral, happiness of those smiling\n")
            print("| film | as it is | auto | seconds |\n|---|---|---|---|")
            for smiles in ([0, 0, 0, 1, 1], [0, 1, 1, 1, 1], [1, 1, 0, 0, 0]):
                measure_london(args, people, smiles, directory)


if __name__ == "__main__":
    sys.exit(main())
