#!/usr/bin/python3
"""Counts false alarms of the face detector in photographs without people: animals, food, landscapes, things.

    bench/no_people.py --fer build/fer [--data ../shared/data/faces/val.tar ...] [--prefix neg_] [--sample N] [--yunet] [--names]

The pictures are those of each --data whose names begin with --prefix and that have no row in faces.csv. libfer works at its own
threshold: upright faces only (--rotate 0), and turned ones too (--rotate auto, the default of `fer predict`). Intervals are 95 %
(Wilson). --names prints the pictures with false alarms.
"""
import argparse
import os
import sys

from PIL import Image

from face_finders import add_finder_options, find_in_pieces, make_finders
from faces_common import Pictures, every, is_ignored, print_json, print_table, share


def measure(args, path):
    """[{"data", "detector", "pictures", "with_alarms", "alarms", "names": {picture: [confidence, ...]}}]"""
    pictures, rows = Pictures(path, args.prefix), []
    names = every([n for n in pictures.files if not pictures.faces[n]], args.sample)
    if not names:
        sys.exit(f"no_people.py: {path}: no pictures {args.prefix}* without faces")
    for finder in make_finders(args, ("0", "auto")):
        finds = find_in_pieces(finder, ((n, Image.fromarray(pictures.rgb(n))) for n in names))
        alarms = {n: [f.confidence for f in found if not is_ignored(f.box, pictures.ignored[n])] for n, found in finds}
        alarms = {n: c for n, c in alarms.items() if c}
        rows.append({"data": os.path.basename(os.path.normpath(path)), "detector": finder.name, "pictures": len(names),
                     "with_alarms": len(alarms), "alarms": sum(map(len, alarms.values())), "names": alarms})
        finder.close()
    return rows


def show(rows, names):
    head = ["set", "detector", "pictures", "with false alarms", "share", "false alarms"]
    print_table(head, [[r["data"], r["detector"], r["pictures"], r["with_alarms"], share(r["with_alarms"], r["pictures"]), r["alarms"]]
                       for r in rows])
    for r in rows if names else []:
        for name, confidences in r["names"].items():
            print(f"{r['detector']}: {name}: " + ", ".join(f"{c:.3f}" for c in confidences))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_finder_options(parser)
    parser.add_argument("--data", nargs="+", default=["../shared/data/faces/val.tar"], metavar="PATH", help="directories or tars")
    parser.add_argument("--prefix", default="neg_", help="of the pictures' names; '': all pictures without faces (default: neg_)")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="pictures of each set; 0: all (default: 0)")
    parser.add_argument("--names", action="store_true", help="print the pictures with false alarms")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    rows = [row for path in args.data for row in measure(args, path)]
    if args.json:
        print_json(rows)
    else:
        show(rows, args.names)


if __name__ == "__main__":
    sys.exit(main())
