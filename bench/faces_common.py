"""Shared by the scripts that measure the face detector: sets of pictures, judging of finds, intervals, tables.

A box is [x, y, w, h] in pixels. The rules are those of `fer eval-detector`: a find takes the free face that it overlaps most, from an
IoU of 0.4 on; one that lies by half in a region of ignore.csv, or overlaps it so much, does not count; a face's size is its width.
"""
import csv
import io
import json
import math
import os
import tarfile
from collections import defaultdict

import numpy
from PIL import Image, ImageOps

SIZES = [14, 24, 32, 48]
IOU = 0.4


# ---- sets of pictures ----------------------------------------------------------------------------------------------------------------

def read_files(path):
    """(base name, bytes) of every file of a directory or tar that is a picture or a table."""
    wanted = (".jpg", ".png", ".csv")
    if os.path.isdir(path):
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                if name.endswith(wanted):
                    with open(os.path.join(folder, name), "rb") as f:
                        yield name, f.read()
        return
    with tarfile.open(path) as tar:
        for entry in tar:
            if entry.name.endswith(wanted):
                yield os.path.basename(entry.name), tar.extractfile(entry).read()


class Pictures:
    """Encoded pictures by name, and of each its faces, its regions that do not count and the landmarks of its faces."""

    def __init__(self, path, prefix=""):
        self.files, self.faces, self.ignored, self.points = {}, defaultdict(list), defaultdict(list), defaultdict(list)
        for name, data in read_files(path):
            if name in ("faces.csv", "ignore.csv"):
                self.read_table(name, data.decode())
            elif name.startswith(prefix) and not name.endswith(".csv"):
                self.files[name] = data

    def read_table(self, name, text):
        for row in csv.DictReader(io.StringIO(text)):
            box = [float(row[k]) for k in "xywh"]
            if name == "ignore.csv":
                self.ignored[row["image"]].append(box)
                continue
            self.faces[row["image"]].append(box)
            has_points = bool(row.get("lx1"))
            self.points[row["image"]].append([float(row[f"l{a}{i}"]) for i in range(1, 6) for a in "xy"] if has_points else None)

    def rgb(self, name):
        return decode(self.files[name])


def decode(data):
    """RGB array of an encoded picture, upright by its EXIF."""
    return numpy.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def every(things, n):
    """n of the things, evenly spread; 0: all."""
    return things if not n or n >= len(things) else [things[i * len(things) // n] for i in range(n)]


# ---- judging -------------------------------------------------------------------------------------------------------------------------

def common(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w * h if w > 0 and h > 0 else 0


def iou(a, b):
    both = common(a, b)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def is_ignored(box, regions):
    return any(iou(box, r) >= IOU or common(box, r) >= 0.5 * box[2] * box[3] for r in regions)


def judge(pictures, finds):
    """(confidence, box of the face) of each find that counts, the surest first; None for the box: a false alarm.

    finds: {name of the picture: [(confidence, box), ...]}. Among equals, false alarms come first.
    """
    out = []
    for name in pictures.files:
        free = list(pictures.faces[name])
        for confidence, box in sorted(finds.get(name, []), key=lambda f: -f[0]):
            best = max(free, key=lambda t: iou(box, t), default=None)
            if best is not None and iou(box, best) >= IOU:
                free.remove(best)
                out.append((confidence, best))
            elif not is_ignored(box, pictures.ignored[name]):
                out.append((confidence, None))
    return sorted(out, key=lambda j: (-j[0], j[1] is not None))


def average_precision(judged, faces):
    """Area under the curve of precision, made non-increasing in recall."""
    hits, points = 0, []
    for i, (_, face) in enumerate(judged):
        if face is not None:
            hits += 1
            points.append(hits / (i + 1))
    best = total = 0
    for precision in reversed(points):
        best = max(best, precision)
        total += best
    return total / faces


def lowest_threshold(judged, most):
    """The lowest confidence at which at most so many false alarms are left."""
    false_alarms = [c for c, face in judged if face is None]
    return numpy.nextafter(false_alarms[most], 2).item() if len(false_alarms) > most else 0.0


def figures(pictures, judged, most):
    """Average precision, and at the lowest threshold with at most that many false alarms: recall by size, false alarms, precision."""
    widths = [f[2] for name in pictures.files for f in pictures.faces[name]]
    threshold = lowest_threshold(judged, most)
    kept = [face for c, face in judged if c >= threshold]
    hits = [face[2] for face in kept if face is not None]
    return {"average_precision": average_precision(judged, len(widths)), "threshold": threshold,
            "recall": [sum(w >= s for w in hits) / max(1, sum(w >= s for w in widths)) for s in SIZES],
            "false_alarms": len(kept) - len(hits), "precision": len(hits) / max(1, len(kept))}


# ---- output --------------------------------------------------------------------------------------------------------------------------

def wilson(hits, n, z=1.96):
    """The 95 % interval of a share, by Wilson."""
    if n == 0:
        return 0.0, 1.0
    p, q = hits / n, z * z / n
    middle, half = p + q / 2, z * math.sqrt(p * (1 - p) / n + q / (4 * n))
    return max(0.0, (middle - half) / (1 + q)), min(1.0, (middle + half) / (1 + q))


def percent(share):
    return f"{100 * share:.1f} %"


def share(hits, n):
    """'98.2 % (97.1 to 98.9)'"""
    if n == 0:
        return "-"
    low, high = wilson(hits, n)
    return f"{percent(hits / n)} ({100 * low:.1f} to {100 * high:.1f})"


def print_table(head, rows):
    """In Markdown."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
    print()


def print_json(document):
    print(json.dumps(document, indent=2))
