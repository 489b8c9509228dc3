#!/usr/bin/python3
"""Measures the face detector on pictures that one face fills: by size of the picture, race, sex, age, turn and tilt of the head.

    bench/face_crops.py --fer build/fer --fairface DIR --labels fairface_label_val.csv [--boxes ../shared/data/faces/fairface.csv]
                        [--ferplus ../shared/data/ferplus/FER2013Valid.tar] [--sizes 96,224,448] [--tilts 45] [--sample N] [--yunet]

Four parts; --parts chooses among them:

- crops: FairFace's validation pictures, scaled to each of --sizes pixels. A face is found if a find at the detector's own threshold has
  an IoU of at least 0.4 with the main face. Its box is YuNet's largest in --boxes. Where YuNet has none, it is the usual box of such a
  picture: x 26, y 1, w 177, h 210 of 224.
- turned: the same finds at 224 pixels by how far the head is turned to the side: the distance of the nose from the middle of the eyes
  across the picture, divided by the distance of the eyes. Landmarks are YuNet's.
- tilted: each picture, scaled to --tilted-size pixels, lies in the middle of a grey or a photographed background of 320 x 240 pixels,
  first upright, then rotated to the left or the right by each of --tilts degrees. The share is that of the faces found upright.
- ferplus: share of FER+'s validation crops (48 pixels, cut at forehead and chin) in which there is any find.

`fer predict` finds the faces, upright ones only (--rotate 0); tilted faces also with --rotate auto. As boxes and landmarks of FairFace are
YuNet's, its own figures there are too good. Intervals are 95 % (Wilson). FairFace's age groups 3-9 and 10-19 are read even where a
spreadsheet has turned them into dates.
"""
import argparse
import csv
import io
import os
import sys
from collections import defaultdict, namedtuple

import numpy
from PIL import Image, ImageFilter

from face_finders import add_finder_options, find_in_pieces, make_finders
from faces_common import IOU, Pictures, every, iou, print_json, print_table, read_files, share

PARTS = ["crops", "turned", "tilted", "ferplus"]
SIDE = 224                   # of FairFace's pictures
USUAL_BOX = [26, 1, 177, 210]
DATES = {"03-Sep": "3-9", "Oct-19": "10-19"}
TURNS = [0.25, 0.5]          # borders between frontal, half and far turned heads
CANVAS = (320, 240)

Picture = namedtuple("Picture", "file box turn groups")  # groups: {"race": "Black", ...}


# ---- FairFace ------------------------------------------------------------------------------------------------------------------------

def read_boxes(path):
    """{file: [(box, points), ...]} of YuNet."""
    out = defaultdict(list)
    with open(path, newline="") as f:
        for row in csv.reader(f):
            if row[0].startswith("val/"):
                numbers = [float(v) for v in row[1:]]
                out[row[0]].append((numbers[:4], numbers[5:]))
    return out


def turn_of(points):
    lx1, _, lx2, _, nose = points[:5]
    return abs(nose - (lx1 + lx2) / 2) / max(1, abs(lx2 - lx1))


def read_fairface(args):
    """Pictures that the folder has, evenly spread where --sample limits them."""
    boxes, out = read_boxes(args.boxes), []
    with open(args.labels, newline="") as f:
        rows = [r for r in csv.DictReader(f) if os.path.exists(os.path.join(args.fairface, r["file"]))]
    if not rows:
        sys.exit(f"face_crops.py: {args.fairface} has none of the pictures that {args.labels} names, such as val/1.jpg")
    for r in every(rows, args.sample):
        box, points = max(boxes[r["file"]], key=lambda f: f[0][2] * f[0][3], default=(USUAL_BOX, None))
        groups = {"race": r["race"].replace("_", " "), "sex": r["gender"].lower(), "age": DATES.get(r["age"], r["age"])}
        out.append(Picture(r["file"], box, turn_of(points) if points else None, groups))
    return out


def opened(args, picture, side):
    image = Image.open(os.path.join(args.fairface, picture.file)).convert("RGB")
    return image if image.size == (side, side) else image.resize((side, side), Image.BICUBIC)


def is_found(box, finds):
    return any(iou(box, f.box) >= IOU for f in finds)


def find_crops(args, pictures, finder, side):
    """[whether the main face is found, ...]"""
    by_file = {p.file: [v * side / SIDE for v in p.box] for p in pictures}
    found = dict(find_in_pieces(finder, ((p.file, opened(args, p, side)) for p in pictures)))
    return [is_found(by_file[p.file], found[p.file]) for p in pictures]


# ---- groups --------------------------------------------------------------------------------------------------------------------------

def age_order(name):
    return int("".join(c for c in name.split("-")[0] if c.isdigit()))


def group_rows(pictures):
    """(kind, name, [number of a picture, ...])"""
    yield "all", "", list(range(len(pictures)))
    for kind in ("race", "sex", "age"):
        members = defaultdict(list)
        for i, p in enumerate(pictures):
            members[p.groups[kind]].append(i)
        for name in sorted(members, key=age_order if kind == "age" else None):
            yield kind, name, members[name]


def turn_rows(pictures):
    borders = [0, *TURNS, float("inf")]
    for low, high in zip(borders, borders[1:]):
        name = f"{low} and more" if high == float("inf") else f"{low} to {high}"
        yield "turn", name, [i for i, p in enumerate(pictures) if p.turn is not None and low <= p.turn < high]


def count(found, members):
    return {"found": sum(found[i] for i in members), "of": len(members)}


def measure_groups(rows, found):
    """found: {column: [bool, ...]}"""
    return [{"kind": kind, "group": name, "columns": {c: count(f, members) for c, f in found.items()}} for kind, name, members in rows]


# ---- tilted --------------------------------------------------------------------------------------------------------------------------

def read_backgrounds(path):
    """Photographs without people, cut to the canvas."""
    pictures = Pictures(path, "neg_")
    return [Image.fromarray(pictures.rgb(name)).resize(CANVAS, Image.BICUBIC) for name in pictures.files]


def tilt(image, degrees, background):
    """The background with the picture in its middle, rotated clockwise, its rim blended over 2 pixels."""
    mask = Image.new("L", image.size, 0)
    mask.paste(255, (3, 3, image.width - 3, image.height - 3))
    turned = [i.rotate(-degrees, Image.BICUBIC, expand=True) for i in (image, mask.filter(ImageFilter.GaussianBlur(1)))]
    out = background.copy()
    out.paste(turned[0], ((out.width - turned[0].width) // 2, (out.height - turned[0].height) // 2), turned[1])
    return out


def tilted_box(box, side, degrees):
    """Of a face in the middle of the canvas: the box around the ellipse in its upright box."""
    x, y, w, h = [v * side / SIDE for v in box]
    a, dx, dy = numpy.radians(degrees), x + w / 2 - side / 2, y + h / 2 - side / 2
    W, H = numpy.hypot(w * numpy.cos(a), h * numpy.sin(a)), numpy.hypot(w * numpy.sin(a), h * numpy.cos(a))
    cx, cy = CANVAS[0] / 2 + dx * numpy.cos(a) - dy * numpy.sin(a), CANVAS[1] / 2 + dx * numpy.sin(a) + dy * numpy.cos(a)
    return [cx - W / 2, cy - H / 2, W, H]


def find_tilted(args, pictures, finder, degrees, backgrounds):
    """[whether the face is found, ...]; every second picture is rotated to the left."""
    angle = [degrees if i % 2 else -degrees for i in range(len(pictures))]
    images = ((i, tilt(opened(args, p, args.tilted_size), angle[i], backgrounds[i % len(backgrounds)])) for i, p in enumerate(pictures))
    found = dict(find_in_pieces(finder, images))
    return [is_found(tilted_box(p.box, args.tilted_size, angle[i]), found[i]) for i, p in enumerate(pictures)]


def measure_tilted(args, pictures):
    """[{"detector", "background", "upright": count, "tilts": {degrees: count of those found upright}}]"""
    canvases = {"grey": [Image.new("RGB", CANVAS, (128, 128, 128))]}
    if args.backgrounds:
        canvases["photographs"] = read_backgrounds(args.backgrounds)
    chosen, rows = every(pictures, args.tilted), []
    for finder in make_finders(args, ("0", "auto")):
        for name, backgrounds in canvases.items():
            upright = find_tilted(args, chosen, finder, 0, backgrounds)
            there = [i for i, found in enumerate(upright) if found]
            tilts = {d: count(find_tilted(args, chosen, finder, d, backgrounds), there) for d in args.tilts}
            rows.append({"detector": finder.name, "background": name, "upright": count(upright, range(len(chosen))), "tilts": tilts})
        finder.close()
    return rows


# ---- FER+ ----------------------------------------------------------------------------------------------------------------------------

def measure_ferplus(args):
    files = every([(n, d) for n, d in read_files(args.ferplus) if n.endswith(".png")], args.sample)
    rows = []
    for finder in make_finders(args):
        found = [bool(finds) for _, finds in find_in_pieces(finder, ((n, Image.open(io.BytesIO(d))) for n, d in files))]
        rows.append({"detector": finder.name, **count(found, range(len(found)))})
        finder.close()
    return rows


# ---- output --------------------------------------------------------------------------------------------------------------------------

def find_by_size(args, pictures):
    """{(detector, side): [whether the main face is found, ...]} for the parts crops and turned."""
    sides = set(args.sizes if "crops" in args.parts else []) | ({SIDE} if "turned" in args.parts else set())
    found = {}
    for finder in make_finders(args) if sides else []:
        for side in sorted(sides):
            found[finder.name, side] = find_crops(args, pictures, finder, side)
        finder.close()
    return found


def measure(args):
    pictures = read_fairface(args) if set(args.parts) - {"ferplus"} else []
    found, out = find_by_size(args, pictures), {"pictures": len(pictures)}
    if "crops" in args.parts:
        columns = {f"{name}, {side} px": f for (name, side), f in found.items() if side in args.sizes}
        out["crops"] = measure_groups(group_rows(pictures), columns)
    if "turned" in args.parts:
        out["turned"] = measure_groups(turn_rows(pictures), {name: f for (name, side), f in found.items() if side == SIDE})
    if "tilted" in args.parts:
        out["tilted"] = measure_tilted(args, pictures)
    if "ferplus" in args.parts:
        out["ferplus"] = measure_ferplus(args)
    return out


def cell(c):
    return share(c["found"], c["of"])


def spread(rows, kind, column):
    """The lowest and the highest share of a kind's groups."""
    groups = [(r["columns"][column]["found"] / r["columns"][column]["of"], r["group"]) for r in rows if r["kind"] == kind]
    return f"{100 * min(groups)[0]:.1f} % ({min(groups)[1]}) to {100 * max(groups)[0]:.1f} % ({max(groups)[1]})"


def show_groups(title, rows):
    columns = list(rows[0]["columns"])
    print(f"{title}\n")
    table = []
    for r in rows:
        name = f"{r['kind']}: {r['group']}" if r["group"] else r["kind"]
        table.append([name, r["columns"][columns[0]]["of"], *(cell(r["columns"][c]) for c in columns)])
    print_table(["group", "pictures"] + columns, table)


def show_tilted(rows, args):
    print(f"Tilted faces: of those found upright, {args.tilted_size} px on {CANVAS[0]} x {CANVAS[1]} px\n")
    print_table(["detector", "background", "found upright", *(f"{d} degrees" for d in args.tilts)],
                [[r["detector"], r["background"], cell(r["upright"]), *(cell(r["tilts"][d]) for d in args.tilts)] for r in rows])


def show(out, args):
    if "crops" in out:
        show_groups(f"Share of the main faces found in {out['pictures']} pictures of FairFace", out["crops"])
        kinds, columns = ("race", "sex", "age"), list(out["crops"][0]["columns"])
        print_table(["lowest to highest", *columns], [[k, *(spread(out["crops"], k, c) for c in columns)] for k in kinds])
    if "turned" in out:
        show_groups("By turn of the head (nose from the middle of the eyes, in distances of the eyes)", out["turned"])
    if "tilted" in out:
        show_tilted(out["tilted"], args)
    if "ferplus" in out:
        print("FER+ validation crops of 48 px with any find\n")
        print_table(["detector", "crops", "with a find"], [[r["detector"], r["of"], cell(r)] for r in out["ferplus"]])


def numbers(text):
    return [int(v) for v in text.split(",")]


def parts(text):
    chosen = text.split(",")
    if not set(chosen) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"'{text}': expected {', '.join(PARTS)}")
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_finder_options(parser)
    parser.add_argument("--fairface", metavar="DIR", help="FairFace: the folder with val/1.jpg")
    parser.add_argument("--labels", metavar="FILE", help="FairFace's labels: file, age, gender, race")
    parser.add_argument("--boxes", default="../shared/data/faces/fairface.csv", metavar="FILE", help="YuNet's boxes and landmarks")
    parser.add_argument("--ferplus", default="../shared/data/ferplus/FER2013Valid.tar", metavar="FILE")
    parser.add_argument("--backgrounds", default="../shared/data/faces/val.tar", metavar="PATH",
                        help="directory or tar with photographs neg_* for tilted faces; '': only the grey background")
    parser.add_argument("--parts", type=parts, default=PARTS, help="of " + ",".join(PARTS) + " (default: all)")
    parser.add_argument("--sizes", type=numbers, default=[96, 224, 448], help="of the pictures, pixels (default: 96,224,448)")
    parser.add_argument("--tilts", type=numbers, default=[45], help="degrees (default: 45)")
    parser.add_argument("--tilted", type=int, default=1000, metavar="N", help="pictures that are tilted; 0: all (default: 1000)")
    parser.add_argument("--tilted-size", type=int, default=112, metavar="N", help="side of a picture that is tilted (default: 112)")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="pictures of each set; 0: all (default: 0)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    if set(args.parts) - {"ferplus"} and not (args.fairface and args.labels):
        parser.error("--fairface and --labels are missing; --parts ferplus needs neither")
    out = measure(args)
    if args.json:
        print_json(out)
    else:
        show(out, args)


if __name__ == "__main__":
    sys.exit(main())
