#!/usr/bin/python3
"""Measures the five landmarks of the face detector: mean distance to the true ones, in distances of the eyes.

    bench/landmarks.py --fer build/fer --london DIR [--faces ../shared/data/faces/train.tar] [--sides 1350,640,320] [--sample N] [--yunet]

Two sets:

- london: the Face Research Lab London Set (webmorphR.stim on GitHub, inst/neutral_front and inst/smiling_front): frontal studio portraits
  of 1350 pixels with 189 points set by hand, *.tem beside each *.jpg. The picture is scaled to each of --sides. No detector was trained
  on it.
- ytf: the pictures ytf_* of --faces with landmarks, made from 68 points. The shipped detector was trained on most pictures of train.tar:
  there, its figures show how well it has learned, not how well it does on new pictures. A folder of pictures that were left out says more.

Of the London Set's points, 0 and 1 are the pupils, 87 and 93 the corners of the mouth. No point is the tip of the nose: the middle of 54
and 60 is taken, the upper end of the tip. Detectors put the nose 0.1 distances of the eyes lower. So the error without the nose stands
beside.

A face is found if the middle of a find's points is nearer than one distance of the eyes to that of the true points. Errors are those of
the faces that every measured detector finds; 100 % is the true distance of the eyes.
"""
import argparse
import io
import os
import sys

import numpy
from PIL import Image

from face_finders import add_finder_options, find_in_pieces, make_finders
from faces_common import Pictures, every, percent, print_json, print_table, share

NAMES = ["left eye", "right eye", "nose", "mouth, left", "mouth, right"]
TEMPLATE = [(0,), (1,), (54, 60), (87,), (93,)]  # points of the London Set; the mean of each


# ---- sets: [(name, function that opens the picture, true points)] ------------------------------------------------------------------

def read_template(path):
    """The five true points of a .tem file: the number of points, then a line "x y" for each."""
    with open(path) as f:
        lines = f.read().split("\n")
    points = numpy.array([[float(v) for v in line.split()] for line in lines[1:1 + int(lines[0])]])
    return numpy.array([points[list(which)].mean(axis=0) for which in TEMPLATE])


def read_london(directory, side):
    out = []
    for folder, _, names in sorted(os.walk(directory)):
        for name in sorted(n for n in names if n.endswith(".tem") and not n.startswith(".")):
            path = os.path.join(folder, name[:-4] + ".jpg")
            with Image.open(path) as image:
                scale = side / max(image.size)
            truth = read_template(os.path.join(folder, name)) * scale
            out.append((path, lambda path=path: scaled(Image.open(path).convert("RGB"), side), truth))
    if not out:
        sys.exit(f"landmarks.py: {directory}: no *.tem files")
    return out


def scaled(image, side):
    scale = side / max(image.size)
    return image if scale == 1 else image.resize([round(v * scale) for v in image.size], Image.BICUBIC)


def read_ytf(path):
    pictures = Pictures(path, "ytf_")
    return [(name, lambda data=data: Image.open(io.BytesIO(data)).convert("RGB"), numpy.array(points).reshape(5, 2))
            for name, data in pictures.files.items() for points in pictures.points[name] if points]


# ---- errors --------------------------------------------------------------------------------------------------------------------------

def eye_distance(truth):
    return numpy.linalg.norm(truth[1] - truth[0])


def errors_of(truth, finds):
    """The five distances of the nearest find, in distances of the eyes; None: there is no find near enough."""
    found = [numpy.array(f.points).reshape(5, 2) for f in finds if f.points]
    far = [numpy.linalg.norm(p.mean(axis=0) - truth.mean(axis=0)) for p in found]
    if not far or min(far) >= eye_distance(truth):
        return None
    return numpy.linalg.norm(found[int(numpy.argmin(far))] - truth, axis=1) / eye_distance(truth)


def measure(args, name, rows):
    """[{"set", "detector", "faces", "found", "compared", "mean", "without_nose", "median", "worst_tenth", "points"}]"""
    rows, errors = every(rows, args.sample), {}
    for finder in make_finders(args):
        found = dict(find_in_pieces(finder, ((name, open_picture()) for name, open_picture, _ in rows), 50))
        errors[finder.name] = [errors_of(truth, found[name]) for name, _, truth in rows]
        finder.close()
    both = [i for i in range(len(rows)) if all(e[i] is not None for e in errors.values())]
    return [summarise(name, detector, e, both) for detector, e in errors.items()]


def summarise(name, detector, errors, compared):
    out = {"set": name, "detector": detector, "faces": len(errors), "found": sum(e is not None for e in errors), "compared": len(compared)}
    if not compared:
        return out
    each = numpy.array([errors[i] for i in compared])
    means, without_nose = each.mean(axis=1), numpy.delete(each, NAMES.index("nose"), axis=1)
    return {**out, "mean": means.mean(), "without_nose": without_nose.mean(), "median": numpy.median(means),
            "worst_tenth": numpy.quantile(means, 0.9), "points": dict(zip(NAMES, each.mean(axis=0)))}


def show(rows):
    head = ["set", "detector", "found", "faces compared", "mean error", "without the nose", "median", "a tenth lies above", *NAMES]
    table = []
    for r in rows:
        cells = [r["set"], r["detector"], share(r["found"], r["faces"]), r["compared"]]
        if r["compared"]:
            cells += [percent(r[k]) for k in ("mean", "without_nose", "median", "worst_tenth")] + [percent(r["points"][n]) for n in NAMES]
        table.append(cells + ["-"] * (len(head) - len(cells)))
    print_table(head, table)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_finder_options(parser)
    parser.add_argument("--london", metavar="DIR", help="folder with neutral_front and smiling_front (default: left out)")
    parser.add_argument("--sides", default="1350,640,320", help="longer sides of its pictures, pixels (default: 1350,640,320)")
    parser.add_argument("--faces", default="../shared/data/faces/train.tar", metavar="PATH",
                        help="directory or tar with images ytf_* and faces.csv; '': left out")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="pictures of each set; 0: all (default: 0)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    rows = []
    for side in map(int, args.sides.split(",")) if args.london else []:
        rows += measure(args, f"london, {side} px", read_london(args.london, side))
    if args.faces:
        rows += measure(args, "ytf of " + os.path.basename(os.path.normpath(args.faces)), read_ytf(args.faces))
    if args.json:
        print_json(rows)
    else:
        show(rows)


if __name__ == "__main__":
    sys.exit(main())
