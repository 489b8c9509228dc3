#!/usr/bin/python3
"""Makes the sets of pictures that the face detector is trained on, and one that chooses its threshold, from the development data.

    tools/detector_sets.py --faces ../shared/data/faces --fairface DIR --finds FILE --out DIR

Writes the folders DIR/{train,scenes,groups,fairface,check}, each with images/, faces.csv and ignore.csv as `fer train-detector` reads
them:

- train: train.tar, its boxes brought to the shape of the other sets' by a teacher's finds
- scenes, groups: scenes.tar and scenes2.tar, groups.tar
- fairface: of FairFace's training pictures those in which the teacher is unsure of the main face, as many turned to the side, and others
- check: one picture in twelve of all but FairFace, which are left out above

FILE has the teacher's finds in train.tar: lines [name, [[x, y, w, h, score, lx1, ly1, ..., lx5, ly5], ...]] of JSON, as --teacher makes
them first:

    tools/detector_sets.py --faces ../shared/data/faces --finds FILE --teacher yunet_n_dynamic.onnx --onnxruntime DIR
"""
import argparse
import csv
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from multiprocessing import Pool

import numpy
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = ["image", "x", "y", "w", "h"] + [f"l{axis}{i}" for i in range(1, 6) for axis in "xy"]
SURE, DOUBTED = 0.7, 0.3  # the teacher's score from which a find is a face, or a region that does not count
CHECK = 12                # one picture in so many chooses, and is not trained on
TURNED, OTHERS = 2500, 2500


def iou(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = w * h if w > 0 and h > 0 else 0
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def is_check(name):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % CHECK == 0


# ---- the teacher -----------------------------------------------------------------------------------------------------------------

class Teacher:
    def __init__(self, parent, path):
        script = os.path.join(HERE, "..", "bench", "peer_detector.mjs")
        self.process = subprocess.Popen(["node", script, parent, "yunet", path, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.file = tempfile.NamedTemporaryFile(suffix=".rgb")

    def find(self, rgb, scale):
        with open(self.file.name, "wb") as f:
            f.write(rgb.tobytes())
        query = {"file": self.file.name, "width": rgb.shape[1], "height": rgb.shape[0], "scale": scale, "threshold": DOUBTED}
        print(json.dumps(query), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())["faces"]

    def find_all(self, rgb):
        """At once, twice and half its size: of finds that overlap, the surest."""
        longer, kept = max(rgb.shape), []
        finds = self.find(rgb, 1) + (self.find(rgb, 2) if longer <= 500 else []) + (self.find(rgb, 0.5) if longer > 150 else [])
        for f in sorted(finds, key=lambda f: -f[4]):
            if all(iou(f, k) < 0.4 for k in kept):
                kept.append(f)
        return kept


teacher = None


def teach(job):
    global teacher
    parent, path, name, data = job
    teacher = teacher or Teacher(parent, path)
    rgb = numpy.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    return name, teacher.find_all(rgb)


def write_finds(args):
    with tarfile.open(os.path.join(args.faces, "train.tar")) as tar, Pool() as pool, open(args.finds, "w") as out:
        jobs = ((args.onnxruntime, args.teacher, os.path.basename(e.name), tar.extractfile(e).read())
                for e in tar if e.name.endswith((".jpg", ".png")))
        for answer in pool.imap(teach, jobs, 8):
            print(json.dumps(answer), file=out)


# ---- sets ------------------------------------------------------------------------------------------------------------------------

class Set:
    def __init__(self, folder):
        self.images = os.path.join(folder, "images")
        os.makedirs(self.images, exist_ok=True)
        self.faces = csv.writer(open(os.path.join(folder, "faces.csv"), "w", newline=""))
        self.ignored = csv.writer(open(os.path.join(folder, "ignore.csv"), "w", newline=""))
        self.faces.writerow(HEADER)
        self.ignored.writerow(HEADER[:5])

    def add(self, name, data, faces, ignored):
        with open(os.path.join(self.images, name), "wb") as f:
            f.write(data)
        for row in faces:
            self.faces.writerow([name] + [v if v == "" else round(float(v), 1) for v in row])
        for row in ignored:
            self.ignored.writerow([name] + [round(float(v), 1) for v in row])


def read_tar(path):
    """Pictures by name, rows of numbers of faces.csv and ignore.csv by picture."""
    images, tables = {}, {"faces.csv": defaultdict(list), "ignore.csv": defaultdict(list)}
    with tarfile.open(path) as tar:
        for e in tar:
            name = os.path.basename(e.name)
            if name.endswith((".jpg", ".png")):
                images[name] = tar.extractfile(e).read()
            elif name in tables:
                for row in csv.reader(io.TextIOWrapper(tar.extractfile(e), "utf-8")):
                    if row[0] != "image":
                        tables[name][row[0]].append(row[1:])
    return images, tables["faces.csv"], tables["ignore.csv"]


def reshape(rows, finds):
    """Faces and regions of a picture of train.tar: its own faces with the teacher's boxes, and faces that only the teacher sees."""
    faces, ignored, used = [], [], set()
    for row in rows:
        box = [float(v) for v in row[:4]]
        overlaps = [(iou(box, f), i) for i, f in enumerate(finds) if i not in used]
        best = max(overlaps, default=(0, -1))
        if best[0] < 0.3:
            faces.append(row)
            continue
        used.add(best[1])
        find = finds[best[1]]
        faces.append(find[:4] + (row[4:] if row[4] else find[5:] if find[4] >= SURE else [""] * 10))
    for i, f in enumerate(finds):
        if i in used or any(iou(f, [float(v) for v in row[:4]]) >= 0.3 for row in rows):
            continue
        if f[4] >= SURE and f[2] >= 8:
            faces.append(f[:4] + f[5:])
        else:
            ignored.append(f[:4])
    return faces, ignored


def add_tar(path, out, check, finds=None):
    images, faces, ignored = read_tar(path)
    for name, data in images.items():
        f, g = faces[name], ignored[name]
        if finds is not None and f:  # a picture without faces has none, whatever the teacher sees
            f, g = reshape(f, finds[name])
        (check if is_check(name) else out).add(name, data, f, g)


def turn_of(face):
    """How far the nose is from the middle of the eyes, in distances of the eyes."""
    return abs(face[9] - (face[5] + face[7]) / 2) / max(1, abs(face[7] - face[5]))


def add_fairface(table, folder, out):
    rows = defaultdict(list)
    for r in csv.reader(open(table)):
        if r[0].startswith("train/"):
            rows[r[0]].append([float(v) for v in r[1:]])
    main = {name: max(faces, key=lambda f: f[2] * f[3]) for name, faces in rows.items()}
    order = sorted(rows)
    random.Random(1).shuffle(order)
    unsure = [n for n in order if main[n][4] < SURE]
    turned = sorted((n for n in order if main[n][4] >= SURE), key=lambda n: -turn_of(main[n]))[:TURNED]
    chosen = unsure + turned
    chosen += [n for n in order if n not in set(chosen)][:OTHERS]
    for name in chosen:
        faces = [f for f in rows[name] if f[4] >= SURE and f[2] >= 8 or f is main[name]]
        ignored = [f[:4] for f in rows[name] if not any(f is g for g in faces)]
        with open(os.path.join(folder, name), "rb") as f:
            out.add(os.path.basename(name), f.read(), [g[:4] + (g[5:] if g[4] >= SURE else [""] * 10) for g in faces], ignored)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", required=True)
    parser.add_argument("--finds", required=True)
    parser.add_argument("--fairface")
    parser.add_argument("--out")
    parser.add_argument("--teacher")
    parser.add_argument("--onnxruntime")
    args = parser.parse_args()
    if args.teacher:
        return write_finds(args)
    if not args.fairface or not args.out:
        sys.exit("detector_sets.py: --fairface and --out are missing")
    finds = dict(json.loads(line) for line in open(args.finds))
    check = Set(os.path.join(args.out, "check"))
    add_tar(os.path.join(args.faces, "train.tar"), Set(os.path.join(args.out, "train")), check, finds)
    scenes = Set(os.path.join(args.out, "scenes"))
    for name in ("scenes.tar", "scenes2.tar"):
        add_tar(os.path.join(args.faces, name), scenes, check)
    add_tar(os.path.join(args.faces, "groups.tar"), Set(os.path.join(args.out, "groups")), check)
    add_fairface(os.path.join(args.faces, "fairface.csv"), args.fairface, Set(os.path.join(args.out, "fairface")))


if __name__ == "__main__":
    main()
