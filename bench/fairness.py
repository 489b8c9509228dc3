#!/usr/bin/python3
"""Measures whether `fer predict` treats groups of people in the same way: what it finds, what it answers, how sure it is, how steady it is.

    bench/fairness.py --fer build/fer --fairface DIR --labels fairface_label_val.csv --london DIR --london-info london_info.csv
                      [--boxes ../shared/data/faces/fairface.csv] [--sample N]

Prints the tables of docs/fairness.md. Two parts, each left out without its folder:

- FairFace's validation pictures (224 pixels, one main face each, labels of race, sex and age; no labels of expressions): share of main
  faces found, the expressions that are answered, their mean score, and the share of faces whose answer stays the same when the picture is
  mirrored, when a tenth is cut off at one side, and when the picture is shrunk to 96 and to 48 pixels. Answers are compared where the
  face is found in both pictures.
- the London Set (webmorphR.stim on GitHub, inst/neutral_front, inst/smiling_front and data-raw/london_info.csv): 102 people, neutral and
  smiling: share of each that gets the answer neutral or happiness.

A face is found as bench/face_crops.py says, whose groups and options these are. Intervals are 95 % (Wilson).
"""
import argparse
import csv
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict, namedtuple
from itertools import islice

from PIL import Image, ImageOps

from face_crops import SIDE, group_rows, opened, read_fairface
from face_finders import add_fer_options, run_fer
from faces_common import IOU, iou, percent, print_table, share

Answer = namedtuple("Answer", "label score")
Variant = namedtuple("Variant", "name change")  # change(PIL picture, box): the changed picture and the box in it
CUT = 0.1
LABELS = ["neutral", "happiness", "surprise", "sadness", "anger"]  # the others are rare and counted together
PIECE = 200


# ---- pictures ------------------------------------------------------------------------------------------------------------------------

def mirrored(image, box):
    return ImageOps.mirror(image), [image.width - box[0] - box[2], *box[1:]]


def cut(image, box):
    """A tenth less at the left."""
    d = round(CUT * image.width)
    return image.crop((d, 0, image.width, image.height)), [box[0] - d, *box[1:]]


def shrunk(side):
    def change(image, box):
        return image.resize((side, side), Image.BICUBIC), [v * side / SIDE for v in box]
    return Variant(f"{side} px", change)


WHOLE = Variant("as it is", lambda image, box: (image, box))
VARIANTS = [Variant("mirrored", mirrored), Variant("cut", cut), shrunk(96), shrunk(48)]


# ---- answers -------------------------------------------------------------------------------------------------------------------------

def predict(args, files):
    """{file: faces of the JSON answer}"""
    cmd = [args.fer, "predict", "--faces", "all", "--format", "json", "--quiet", "--threads", str(args.threads), "--list", "-"]
    cmd += ["--weights", args.weights] if args.weights else []
    cmd += ["--detector", args.detector] if args.detector else []
    return {row["file"]: row["faces"] for row in map(json.loads, run_fer(cmd, "\n".join(files)).splitlines())}


def answer_of(faces, box):
    """The answer for the find that overlaps the box most, or None."""
    best = max(faces, key=lambda f: iou(f["box"], box), default=None)
    if best is None or iou(best["box"], box) < IOU:
        return None
    return Answer(best["label"], max(best["scores"].values()))


def answers(args, pictures, variant):
    """[Answer or None, ...]"""
    out, rest = [], iter(pictures)
    while piece := list(islice(rest, PIECE)):
        with tempfile.TemporaryDirectory() as directory:
            boxes = {}
            for i, picture in enumerate(piece):
                image, box = variant.change(opened(args, picture, SIDE), picture.box)
                file = os.path.join(directory, f"{i}.png")
                image.save(file, compress_level=1)
                boxes[file] = box
            found = predict(args, list(boxes))
            out += [answer_of(found[file], box) for file, box in boxes.items()]
    return out


# ---- FairFace ------------------------------------------------------------------------------------------------------------------------

def named(kind, name):
    return f"{kind}: {name}" if name else kind


def label_shares(labels):
    counts = Counter(labels)
    known = [counts[label] for label in LABELS]
    return [percent(n / max(1, len(labels))) for n in [*known, len(labels) - sum(known)]]


def show_answers(rows, whole):
    print("Main faces found, answers for them, and the mean of their largest scores\n")
    table = []
    for kind, name, members in rows:
        there = [whole[i] for i in members if whole[i]]
        mean = sum(a.score for a in there) / max(1, len(there))
        table.append([named(kind, name), len(members), share(len(there), len(members)), *label_shares([a.label for a in there]),
                      f"{mean:.3f}"])
    print_table(["group", "pictures", "found", *LABELS, "others", "mean score"], table)


def show_steadiness(rows, whole, changed):
    print("Share of faces with the same answer in the changed picture\n")
    table = []
    for kind, name, members in rows:
        cells = []
        for answered in changed.values():
            both = [i for i in members if whole[i] and answered[i]]
            cells.append(share(sum(whole[i].label == answered[i].label for i in both), len(both)))
        table.append([named(kind, name), *cells])
    print_table(["group", *changed], table)


def measure_fairface(args):
    pictures = read_fairface(args)
    rows = list(group_rows(pictures))
    whole = answers(args, pictures, WHOLE)
    show_answers(rows, whole)
    show_steadiness(rows, whole, {v.name: answers(args, pictures, v) for v in VARIANTS})


# ---- London Set ----------------------------------------------------------------------------------------------------------------------

def age_group(years):
    years = float(years) if years.replace(".", "").isdigit() else None
    return None if years is None else "18 to 24" if years < 25 else "25 to 34" if years < 35 else "35 and more"


def read_people(path):
    """{number of the person: {kind: group}}"""
    with open(path, newline="") as f:
        return {r["face_id"]: {"ethnicity": r["face_eth"].replace("_", " "), "sex": r["face_gender"], "age": age_group(r["face_age"])}
                for r in csv.DictReader(f)}


def portraits(directory, folder):
    """{number of the person: file}"""
    path = os.path.join(directory, folder)
    return {n[:3]: os.path.join(path, n) for n in sorted(os.listdir(path)) if n.endswith(".jpg") and not n.startswith(".")}


def largest_label(faces):
    return max(faces, key=lambda f: f["box"][2] * f["box"][3])["label"] if faces else None


def measure_london(args):
    people, right = read_people(args.london_info), {}
    expected = {"neutral_front": "neutral", "smiling_front": "happiness"}
    for folder, label in expected.items():
        files = portraits(args.london, folder)
        found = predict(args, list(files.values()))
        right[label] = {person: largest_label(found[file]) == label for person, file in files.items()}
    groups = defaultdict(list)
    for person, kinds in people.items():
        groups["all", ""].append(person)
        for kind, group in kinds.items():
            if group:
                groups[kind, group].append(person)
    print("Neutral and smiling portraits of the London Set with the right answer\n")
    kinds = ["all", "ethnicity", "sex", "age"]
    rows = [[named(*key), len(groups[key]), *(share(sum(r.get(p, False) for p in groups[key]), len(groups[key])) for r in right.values())]
            for key in sorted(groups, key=lambda k: (kinds.index(k[0]), k[1]))]
    print_table(["group", "people", "neutral", "smiling"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_fer_options(parser)
    parser.add_argument("--weights", default="", metavar="FILE", help="weights of the classifier (default: those built in)")
    parser.add_argument("--fairface", metavar="DIR", help="FairFace: the folder with val/1.jpg")
    parser.add_argument("--labels", metavar="FILE", help="FairFace's labels: file, age, gender, race")
    parser.add_argument("--boxes", default="../shared/data/faces/fairface.csv", metavar="FILE", help="YuNet's boxes of the main faces")
    parser.add_argument("--london", metavar="DIR", help="London Set: the folder with neutral_front and smiling_front")
    parser.add_argument("--london-info", metavar="FILE", help="its table of people: face_id, face_age, face_gender, face_eth")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="pictures of FairFace; 0: all (default: 0)")
    args = parser.parse_args()
    if not args.fairface and not args.london:
        parser.error("neither --fairface nor --london")
    if args.fairface:
        measure_fairface(args)
    if args.london:
        measure_london(args)


if __name__ == "__main__":
    sys.exit(main())
