#!/usr/bin/env python3
"""Does accuracy rise when the faces of lowest quality are left out?

    bench/face_quality.py --predictions clean.csv blur.csv ...
    bench/face_quality.py --fer build/fer --london DIR

--predictions: tables of `fer eval --predictions`, one for each degradation of the same pictures: each, and all together.
--london: the London Set's portraits, neutral and smiling (DIR/neutral_front, DIR/smiling_front), which no model was
trained on, with faces of about 110 pixels: as they are, blurred, reduced so that the face has 18 pixels, with a band over
the eyes or over the mouth. The truth is neutral and happiness.

An interval is 95 %, from 200 resamples of the pictures."""
import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile

KINDS = ("as they are", "blurred", "small", "eyes covered", "mouth covered")
SIDE = 256


def without_worst(rows, share):
    """Accuracy without the share of lowest quality. rows: (quality, right)."""
    rows = sorted(rows, key=lambda r: r[0])[int(share * len(rows)):]
    return sum(r[1] for r in rows) / len(rows)


def report(name, rows):
    worst = sorted(rows, key=lambda r: r[0])[:len(rows) // 10]
    print(f"{name:16} {len(rows):6} faces, right {100 * without_worst(rows, 0):.2f} %; without the worst tenth "
          f"{100 * without_worst(rows, 0.1):.2f} %, without the worst third {100 * without_worst(rows, 1 / 3):.2f} %; "
          f"of the worst tenth {100 * sum(r[1] for r in worst) / max(len(worst), 1):.2f} %")


def interval(rows):
    """Of the gain by leaving out the worst tenth."""
    draw = random.Random(1)
    gains = []
    for _ in range(200):
        some = draw.choices(rows, k=len(rows))
        gains.append(without_worst(some, 0.1) - without_worst(some, 0))
    gains.sort()
    print(f"  gain by leaving out the worst tenth: {100 * gains[5]:+.2f} to {100 * gains[-6]:+.2f} points")


def tables(paths):
    together = []
    for path in paths:
        with open(path, newline="") as f:
            rows = [(float(r["quality"]), r["label"] == r["answer"]) for r in csv.DictReader(f)]
        report(os.path.basename(path).rsplit(".", 1)[0], rows)
        together += rows
    report("all", together)
    interval(together)


# ---- portraits ----


def predict(fer, folder):
    out = subprocess.run([fer, "predict", "--faces", "largest", "--quiet", folder], check=False,
                         stdout=subprocess.PIPE).stdout
    return {os.path.basename(d["file"]): d["faces"][0] for d in map(json.loads, out.splitlines()) if d["faces"]}


def degraded(kind, picture, face):
    """face: box and points in this picture."""
    from PIL import ImageDraw, ImageFilter
    x, y, w, h = face["box"]
    if kind == "blurred":
        return picture.filter(ImageFilter.GaussianBlur(h / 24))
    if kind == "small":
        return picture.resize([round(SIDE * 18 / w)] * 2)
    if kind in ("eyes covered", "mouth covered"):
        points = face["points"]
        middle = sum(p[1] for p in (points[:2] if kind == "eyes covered" else points[3:])) / 2
        picture = picture.copy()
        ImageDraw.Draw(picture).rectangle([x, middle - h / 9, x + w, middle + h / 9], fill=(30, 30, 30))
    return picture


def portraits(args):
    from PIL import Image
    rows = {kind: [] for kind in KINDS}
    lost = dict.fromkeys(KINDS, 0)
    with tempfile.TemporaryDirectory() as folder:
        whole, truth = os.path.join(folder, "whole"), {}
        os.mkdir(whole)
        for part, label in (("neutral_front", "neutral"), ("smiling_front", "happiness")):
            for name in sorted(os.listdir(os.path.join(args.london, part))):
                if name.endswith(".jpg") and not name.startswith("."):
                    picture = Image.open(os.path.join(args.london, part, name)).convert("RGB")
                    w, h = picture.size
                    edge = w * 0.15
                    picture = picture.crop([int(edge), int(h * 0.15), int(w - edge), int(h * 0.85)])
                    picture.resize((SIDE, SIDE), Image.LANCZOS).save(os.path.join(whole, f"{label}_{name[:-4]}.png"))
                    truth[f"{label}_{name[:-4]}.png"] = label
        found = predict(args.fer, whole)
        for kind in KINDS:
            to = os.path.join(folder, kind)
            os.mkdir(to)
            for name, face in found.items():
                degraded(kind, Image.open(os.path.join(whole, name)), face).save(os.path.join(to, name))
            seen = predict(args.fer, to)
            lost[kind] = len(truth) - len(seen)
            rows[kind] = [(f["quality"], f["label"] == truth[n]) for n, f in seen.items()]
    for kind in KINDS:
        report(kind, rows[kind])
    together = [r for kind in KINDS for r in rows[kind]]
    report("all", together)
    interval(together)
    print("faces that were not found:", ", ".join(f"{kind} {lost[kind]}" for kind in KINDS))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", nargs="+")
    parser.add_argument("--fer")
    parser.add_argument("--london")
    args = parser.parse_args()
    if args.predictions:
        tables(args.predictions)
    elif args.fer and args.london:
        portraits(args)
    else:
        sys.exit("give --predictions, or --fer and --london")


if __name__ == "__main__":
    main()
