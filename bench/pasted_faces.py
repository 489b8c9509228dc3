#!/usr/bin/python3
"""What finding faces costs: crops with known expressions are pasted into photographs and found again there.

    bench/pasted_faces.py --fer build/fer [--crops ../shared/data/ferplus/FER2013Valid.tar] [--scenes ../shared/data/faces/train.tar]
                          [--sizes 48,72,120] [--limit N] [--edge none,soft,extended]

The crops are FER+'s of the majority protocol. `fer predict --faces whole` on the crops themselves against `--faces largest` on
photographs without people (neg_*, 320 x 240), each with one crop pasted in at every size. A crop ends at the forehead and the chin, so
a pasted one is a face without a head. --edge: as it is (none), its rim blended over a tenth of its width (soft), or its edge pixels
continued by a third of its width and blended into the photograph (extended). Photographs and places are drawn from the crop's number:
the same at every run.
"""
import argparse
import csv
import io
import os
import random
import subprocess
import sys
import tarfile
import tempfile

import numpy
from PIL import Image, ImageFilter, ImageOps

EMOTIONS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
W, H = 320, 240


def label(votes):
    """The class that more than half of the votes name, single votes left out; None: there is none among the emotions."""
    votes = [v if v > 1 else 0 for v in votes]
    best = max(range(len(votes)), key=lambda i: votes[i])
    return EMOTIONS[best] if 2 * votes[best] > sum(votes) and best < len(EMOTIONS) else None


def read_crops(path, limit):
    """[(name, PNG bytes, class)], evenly spread where limited."""
    with tarfile.open(path) as tar:
        files = {os.path.basename(e.name): e for e in tar if e.isfile()}
        rows = csv.reader(io.TextIOWrapper(tar.extractfile(files["label.csv"]), "utf-8"))
        labelled = [(r[0], label([int(v) for v in r[2:12]])) for r in rows]
        labelled = [(n, c) for n, c in labelled if c]
        if limit and limit < len(labelled):
            labelled = [labelled[i * len(labelled) // limit] for i in range(limit)]
        return [(n, tar.extractfile(files[n]).read(), c) for n, c in labelled]


def read_scenes(path, most=300):
    """Photographs without people, W x H."""
    with tarfile.open(path) as tar:
        entries = [e for e in tar if os.path.basename(e.name).startswith("neg_") and e.name.endswith(".jpg")]
        entries = entries[::max(1, len(entries) // most)]
        return [ImageOps.fit(Image.open(io.BytesIO(tar.extractfile(e).read())).convert("RGB"), (W, H)) for e in entries]


def with_edge(face, edge):
    """The crop as it is pasted, its mask, and how far it reaches beyond the crop."""
    size = face.size[0]
    if edge == "none":
        return face, Image.new("L", face.size, 255), 0
    reach = size // 3 if edge == "extended" else 0
    soft = max(1, size // 10 if edge == "soft" else reach // 2)
    grown = Image.fromarray(numpy.pad(numpy.asarray(face), reach, mode="edge"))
    mask = Image.new("L", grown.size, 0)
    mask.paste(255, (soft, soft, grown.size[0] - soft, grown.size[1] - soft))
    return grown, mask.filter(ImageFilter.GaussianBlur(soft / 2)), reach


def paste(crop, scene, size, edge, seed):
    """The photograph with the crop in it, and the crop's box."""
    draw = random.Random(seed)
    x, y = draw.randrange(W - size + 1), draw.randrange(H - size + 1)
    face, mask, reach = with_edge(crop.resize((size, size), Image.BILINEAR), edge)
    out = scene.copy()
    out.paste(face.convert("RGB"), (x - reach, y - reach), mask)
    return out, (x, y, size, size)


def predict(args, faces, directory):
    """{file name: row} of `fer predict`."""
    cmd = [args.fer, "predict", "--faces", faces, "--format", "csv", "--threads", str(args.threads), directory]
    if args.weights:
        cmd += ["--weights", args.weights]
    text = subprocess.run(cmd, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {os.path.basename(r["file"]): r for r in csv.DictReader(io.StringIO(text))}


def is_there(row, box):
    """The find's centre lies in the crop, and it is neither half nor twice as large."""
    if not row or not row["x"]:
        return False
    x, y, w, h = (float(row[k]) for k in "xywh")
    u, v, ratio = (x + w / 2 - box[0]) / box[2], (y + h / 2 - box[1]) / box[3], h / box[3]
    return 0.2 < u < 0.8 and 0.2 < v < 0.8 and 0.5 < ratio < 2


def percent(n, of):
    return f"{100 * n / of:.2f} %" if of else "-"


def measure(args, crops, scenes, size, edge, whole):
    with tempfile.TemporaryDirectory() as directory:
        def make(i):
            name, data, _ = crops[i]
            picture, box = paste(Image.open(io.BytesIO(data)), scenes[(i * 7919) % len(scenes)], size, edge, i)
            picture.save(os.path.join(directory, name), compress_level=1)
            return box
        boxes = [make(i) for i in range(len(crops))]
        found = predict(args, "largest", directory)
    there = [i for i, (name, _, _) in enumerate(crops) if is_there(found.get(name), boxes[i])]
    right = sum(found[crops[i][0]]["label"] == crops[i][2] for i in there)
    right_whole = sum(whole[crops[i][0]]["label"] == crops[i][2] for i in there)
    same = sum(whole[crops[i][0]]["label"] == found[crops[i][0]]["label"] for i in there)
    cells = [size, edge, percent(len(there), len(crops)), percent(right, len(crops)), percent(right, len(there)),
             percent(right_whole, len(there)), percent(same, len(there))]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--weights", help="of the expressions (default: those that ship)")
    parser.add_argument("--crops", default="../shared/data/ferplus/FER2013Valid.tar")
    parser.add_argument("--scenes", default="../shared/data/faces/train.tar")
    parser.add_argument("--sizes", default="48,72,120", help="widths of the pasted crops, pixels")
    parser.add_argument("--edge", default="soft,extended")
    parser.add_argument("--limit", type=int, default=0, help="crops; 0: all")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    crops, scenes = read_crops(args.crops, args.limit), read_scenes(args.scenes)
    with tempfile.TemporaryDirectory() as directory:
        for name, data, _ in crops:
            with open(os.path.join(directory, name), "wb") as f:
                f.write(data)
        whole = predict(args, "whole", directory)
    right = sum(whole[n]["label"] == c for n, _, c in crops)
    print(f"{len(crops)} crops, {len(scenes)} photographs; the crops themselves: {percent(right, len(crops))} right\n")
    head = ["pasted, px", "edge", "found", "right of all", "right of those found", "the crops of these", "same answer"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for edge in args.edge.split(","):
        for size in map(int, args.sizes.split(",")):
            measure(args, crops, scenes, size, edge, whole)


if __name__ == "__main__":
    sys.exit(main())
