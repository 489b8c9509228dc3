#!/usr/bin/python3
"""Compares the face detector with OpenCV's cascades on the same pictures: recall by size, false alarms, precision, CPU milliseconds per picture.

    bench/detector.py --fer build/fer [--data ../shared/data/faces/val.tar] [--pictures 40] [--rounds 5]

All are scored by the rules of `fer eval-detector`: a find takes the free face that it overlaps most, from IoU 0.4 on; one that lies by
half in a region of ignore.csv, or overlaps it so much, does not count; a face's size is its width. libfer works at the threshold with
at most --false-alarms false alarms on these pictures. The cascades work as they are used (scale 1.1, 3 neighbours), and, where that is
another number, at the fewest neighbours with as few false alarms. Their windows are 20 and 24 pixels wide, so for smaller faces the
picture is enlarged. Times are of one core, from RGB pixels to boxes, taken in turns on the same pictures resized: so they hold on a
busy machine too. Without OpenCV (python3-opencv, opencv-data) libfer stands alone.
"""
import argparse
import csv
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import defaultdict

import numpy
from PIL import Image, ImageOps

try:
    import cv2
    cv2.setNumThreads(1)
except ImportError:
    cv2 = None

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [14, 24, 32, 48]
RESOLUTIONS = [(320, 240), (640, 480)]
CASCADES = "/usr/share/opencv4"
HAAR, LBP = "haarcascades/haarcascade_frontalface_alt2.xml", "lbpcascades/lbpcascade_frontalface.xml"
IOU = 0.4


# ---- pictures and truth --------------------------------------------------------------------------------------------------------------

class Pictures:
    """RGB arrays by name, and their boxes [x, y, w, h]."""

    def __init__(self, path):
        self.images, self.faces, self.ignored = {}, defaultdict(list), defaultdict(list)
        with tarfile.open(path) as tar:
            for entry in tar:
                name = os.path.basename(entry.name)
                if name.endswith((".jpg", ".png")):
                    image = Image.open(io.BytesIO(tar.extractfile(entry).read()))
                    self.images[name] = numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))
                elif name in ("faces.csv", "ignore.csv"):
                    table = self.faces if name == "faces.csv" else self.ignored
                    for row in csv.DictReader(io.TextIOWrapper(tar.extractfile(entry), "utf-8")):
                        table[row["image"]].append([float(row[k]) for k in "xywh"])


# ---- score ---------------------------------------------------------------------------------------------------------------------------

def common(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return w * h if w > 0 and h > 0 else 0


def iou(a, b):
    both = common(a, b)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def is_ignored(box, regions, least):
    return any(iou(box, r) >= least or common(box, r) >= 0.5 * box[2] * box[3] for r in regions)


def judge(pictures, finds, least=IOU):
    """Of each find that counts its confidence and the box of its face, None: a false alarm."""
    out = []
    for name in pictures.images:
        free = list(pictures.faces[name])
        for confidence, box in sorted(finds.get(name, []), key=lambda f: -f[0]):
            best = max(free, key=lambda t: iou(box, t), default=None)
            if best is not None and iou(box, best) >= least:
                free.remove(best)
                out.append((confidence, best))
            elif not is_ignored(box, pictures.ignored[name], least):
                out.append((confidence, None))
    return out


def figures(pictures, judged, threshold=-1.0):
    judged = [j for j in judged if j[0] >= threshold]
    widths = [f[2] for fs in pictures.faces.values() for f in fs]
    hits = [face[2] for _, face in judged if face is not None]
    return {"recall": [sum(w >= s for w in hits) / max(1, sum(w >= s for w in widths)) for s in SIZES],
            "false_alarms": len(judged) - len(hits), "precision": len(hits) / max(1, len(judged))}


# ---- detectors -----------------------------------------------------------------------------------------------------------------------

class Cascade:
    def __init__(self, file, smallest, enlarged=1.0):
        self.name, self.smallest, self.enlarged = os.path.splitext(os.path.basename(file))[0], smallest, enlarged
        self.cascade = cv2.CascadeClassifier(os.path.join(CASCADES, file))
        if self.cascade.empty():
            raise FileNotFoundError(f"{os.path.join(CASCADES, file)} is missing: package opencv-data")

    def find(self, rgb, neighbours=3):
        """Boxes, the number of neighbours as confidence."""
        grey, least = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), round(self.smallest * self.enlarged)
        if self.enlarged != 1:
            grey = cv2.resize(grey, None, fx=self.enlarged, fy=self.enlarged, interpolation=cv2.INTER_LINEAR)
        boxes, counts = self.cascade.detectMultiScale2(grey, 1.1, neighbours, minSize=(least, least))
        return [(float(c), [float(v) / self.enlarged for v in b]) for b, c in zip(boxes, counts)]

    def score(self, pictures, most):
        what = f", enlarged {self.enlarged:.2f} times" if self.enlarged != 1 else ""
        yield what, figures(pictures, judge(pictures, {name: self.find(rgb) for name, rgb in pictures.images.items()}))
        judged = judge(pictures, {name: self.find(rgb, 1) for name, rgb in pictures.images.items()})
        for least in sorted({c for c, _ in judged}):
            f = figures(pictures, judged, least)
            if f["false_alarms"] <= most:
                if least != 4:  # more than 3: the row above
                    yield f"{what}, {least - 1:.0f} neighbours", f
                break

    def time(self, size, arrays, i):
        start = time.process_time()
        self.find(arrays[i])
        return 1e3 * (time.process_time() - start)

    def close(self):
        pass


class Fer:
    def __init__(self, args, directory, smallest):
        self.args, self.directory, self.smallest, self.servers = args, directory, smallest, {}
        self.name = "libfer" + (f" {os.path.basename(args.detector)}" if args.detector else "")

    def score(self, pictures, most):
        cmd = [self.args.fer, "eval-detector", "--data", self.args.data, "--false-alarms", str(most), "--smallest", str(self.smallest),
               "--iou", str(IOU), "--format", "json"] + (["--detector", self.args.detector] if self.args.detector else [])
        r = json.loads(subprocess.run(cmd, check=True, capture_output=True, text=True).stdout)
        self.threshold = r["threshold"]
        yield "", {"recall": [r["recall"][str(s)] for s in SIZES], "false_alarms": r["false_alarms"], "precision": r["precision"]}

    def server(self, size, arrays):
        if size not in self.servers:
            program, raw = os.path.join(self.directory, "detect_time"), os.path.join(self.directory, "%dx%d.rgb" % size)
            with open(raw, "wb") as f:
                f.writelines(a.tobytes() for a in arrays)
            cmd = [program, raw, *map(str, size), str(self.smallest), repr(self.threshold), self.args.detector]
            self.servers[size] = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        return self.servers[size]

    def time(self, size, arrays, i):
        s = self.server(size, arrays)
        s.stdin.write(f"{i}\n")
        return float(s.stdout.readline().split()[0])

    def close(self):
        for s in self.servers.values():
            s.stdin.close()
            s.wait()


def build_program(args, directory):
    library = os.path.dirname(os.path.abspath(args.fer))
    subprocess.run(["cc", "-O2", "-I", os.path.join(HERE, "..", "include"), os.path.join(HERE, "detect_time.c"), "-L", library, "-lfer",
                    "-Wl,-rpath," + library, "-o", os.path.join(directory, "detect_time")], check=True)


def time_all(detectors, pictures, args):
    """{(detector, size): median CPU ms of a picture}, in turns; the first round warms up."""
    out = defaultdict(list)
    chosen = list(pictures.images.values())[::max(1, len(pictures.images) // args.pictures)][:args.pictures]
    for size in RESOLUTIONS:
        arrays = [numpy.ascontiguousarray(ImageOps.fit(Image.fromarray(a), size)) for a in chosen]
        for r in range(args.rounds + 1):
            for i in range(len(arrays)):
                for d in detectors:
                    ms = d.time(size, arrays, i)
                    if r > 0:
                        out[d, size].append(ms)
    return {k: statistics.median(v) for k, v in out.items()}


def make_detectors(args, directory):
    detectors = [Fer(args, directory, 10), Fer(args, directory, 20)]
    if cv2 is None:
        print("left out: OpenCV's cascades, for python3-opencv is not installed", file=sys.stderr)
        return detectors
    return detectors + [Cascade(HAAR, 20), Cascade(HAAR, 14, 20 / 14), Cascade(LBP, 20)]


def show(detectors, pictures, args):
    rows = [(d, what, f) for d in detectors for what, f in d.score(pictures, args.false_alarms)]
    ms = time_all(detectors, pictures, args)
    faces = [f for fs in pictures.faces.values() for f in fs]
    print(f"{len(pictures.images)} pictures, {len(faces)} faces" + (f"; OpenCV {cv2.__version__}" if cv2 else "") +
          f"; CPU ms of a picture, medians of {args.rounds} rounds over {args.pictures} pictures\n")
    head = ["detector", "smallest, px"] + [f"recall >= {s} px ({sum(f[2] >= s for f in faces)})" for s in SIZES]
    head += ["false alarms", "precision"] + ["ms at %d x %d" % s for s in RESOLUTIONS]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for d, what, f in rows:
        cells = [d.name + what, d.smallest, *(f"{100 * r:.1f} %" for r in f["recall"]), f["false_alarms"], f"{100 * f['precision']:.1f} %"]
        print("| " + " | ".join(map(str, cells + [f"{ms[d, s]:.1f}" for s in RESOLUTIONS])) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--data", default="../shared/data/faces/val.tar")
    parser.add_argument("--detector", default="", metavar="FILE", help="weights of the detector (default: those built in)")
    parser.add_argument("--false-alarms", type=int, default=13, help="most of libfer on all pictures")
    parser.add_argument("--pictures", type=int, default=40, help="timed")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    pictures = Pictures(args.data)
    with tempfile.TemporaryDirectory() as directory:
        build_program(args, directory)
        detectors = make_detectors(args, directory)
        try:
            show(detectors, pictures, args)
        finally:
            for d in detectors:
                d.close()


if __name__ == "__main__":
    sys.exit(main())
