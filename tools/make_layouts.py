#!/usr/bin/python3
"""Writes FER+ out in the published layouts of facial expression data sets, whole or damaged, to test loaders on them at real scale.

    make_layouts.py --train FER2013Train.tar --val FER2013Valid.tar --out DIR --layout NAME [--form FORM] [options]
    make_layouts.py --list            every layout, its forms and what can be damaged in them

A face's label is its majority emotion; faces without one are left out where the layout has no place for them. Pictures are RGB JPEGs of quality 90,
bicubic, where the layout does not say otherwise. The same options give the same bytes.

Prints as JSON what a correct loader must find: for each split the images and their classes, what is in the set but must be excluded and why,
what was left out of the set, and what was damaged (tools/layouts/damage.py explains how to read that). Files:
tools/layouts/<layout>.py describes a layout and its forms.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from layouts import LAYOUTS, affectnet8, damage, job


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", help="FER+'s training split, a directory or a tar")
    parser.add_argument("--val", help="FER+'s validation split")
    parser.add_argument("--out", help="a directory that is empty or does not exist")
    parser.add_argument("--layout", choices=sorted(LAYOUTS))
    parser.add_argument("--form", help="default: the layout's first")
    parser.add_argument("--limit", type=int, default=0, help="images of a split, at most; every class keeps four")
    parser.add_argument("--size", type=int, default=0, help="side of the pictures in pixels; default: the layout's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes that make pictures")
    parser.add_argument("--dtype", choices=affectnet8.DTYPES, default="str", help="affectnet8: how the .npy files hold numbers")
    parser.add_argument("--repeat", type=int, default=1, help="affectnet8, folders: the training split so many times, by hard links")
    parser.add_argument("--zip64", action="store_true", help="affectnet8, zip: the headers of a zip of more than 4 GB")
    parser.add_argument("--no-header", action="store_true", help="affectnet-manual: tables without a header row")
    parser.add_argument("--damage", choices=damage.KINDS, help="what to make wrong")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args(argv)
    if not args.list:
        check(parser, args)
    return args


def check(parser, args):
    for name in ("train", "val", "out", "layout"):
        if not getattr(args, name):
            parser.error(f"--{name} is missing")
    layout = LAYOUTS[args.layout]
    args.form = args.form or next(iter(layout.DAMAGES))
    args.size = args.size or layout.SIZE
    if args.form not in layout.DAMAGES:
        parser.error(f"--form {args.form}: {args.layout} comes as {', '.join(layout.DAMAGES)}")
    if args.damage and args.damage not in layout.DAMAGES[args.form]:
        parser.error(f"--damage {args.damage}: {args.layout} as {args.form} can have {', '.join(sorted(layout.DAMAGES[args.form]))}")
    if args.damage == "bad-number" and args.layout == "affectnet8" and args.dtype not in ("str", "bytes", "v3"):
        parser.error(f"--damage bad-number: only text can hold a word, not --dtype {args.dtype}")
    if args.repeat > 1 and (args.layout, args.form) != ("affectnet8", "folders"):
        parser.error(f"--repeat {args.repeat}: only affectnet8 as folders can be repeated")
    if not 0 < args.size <= 4096 or args.limit < 0 or args.jobs < 1 or args.repeat < 1:
        parser.error("--size is 1 to 4096, --limit not negative, --jobs and --repeat at least 1")
    if args.layout == "affectnet-manual" and not 20 <= args.size <= 250:
        parser.error(f"--size {args.size}: affectnet-manual's faces are 20 to 250 pixels, they lie in pictures of 300 x 260")


def main(argv=None):
    args = parse(argv)
    if args.list:
        for name, layout in LAYOUTS.items():
            for form, kinds in layout.DAMAGES.items():
                print(name, form, *sorted(kinds))
        return 0
    try:
        run = job.Job(args, LAYOUTS[args.layout])
        run.layout.write(run)
        run.close()
    except (OSError, ValueError) as e:
        print(f"make_layouts: {e}", file=sys.stderr)
        return 1
    json.dump(run.report(), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
