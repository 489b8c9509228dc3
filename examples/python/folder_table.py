"""A folder of pictures to a table, and to a plot of how often each expression occurs.

    python3 folder_table.py holidays/ --csv faces.csv --plot expressions.png

Needs nothing but libfer; the plot needs matplotlib."""
import argparse
import collections
import csv
import os
import sys

import libfer

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".avif", ".jxl")


def pictures(folder):
    for directory, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.lower().endswith(ENDINGS):
                yield os.path.join(directory, name)


def rows(paths):
    """One dict per face. A picture that cannot be read is reported, and the others go on."""
    for path in paths:
        try:
            yield from libfer.analyze(path).to_dicts()
        except libfer.Error as e:
            print(e, file=sys.stderr)


def plot(counts, path):
    try:
        import matplotlib
    except ImportError:
        sys.exit("the plot needs matplotlib: pip install matplotlib, or apt-get install python3-matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    axes.bar(list(counts), list(counts.values()))
    axes.set_ylabel("faces")
    axes.tick_params(axis="x", rotation=30)
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--csv", default="faces.csv")
    parser.add_argument("--plot", help="a PNG, SVG or PDF")
    args = parser.parse_args()

    table = list(rows(pictures(args.folder)))
    if not table:
        sys.exit(f"{args.folder}: no picture that can be read")
    with open(args.csv, "w", newline="", encoding="utf-8", errors="surrogateescape") as f:
        writer = csv.DictWriter(f, table[0])
        writer.writeheader()
        writer.writerows(table)

    counts = collections.Counter(row["label"] for row in table if row["face_id"])
    for label, n in counts.most_common():
        print(f"{n:6} {label}")
    print(f"{sum(counts.values())} faces in {len({row['file'] for row in table})} pictures: {args.csv}")
    if args.plot:
        plot(dict(counts.most_common()), args.plot)


if __name__ == "__main__":
    main()
