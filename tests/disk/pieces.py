#!/usr/bin/env python3
"""How often a face gets another number where a film is cut into pieces, compared with the whole film.

    python3 tests/disk/pieces.py FER [--seconds 60] [--piece 3] [--rate 5] [--threads 1]

Needs ffmpeg. The film is made of examples/face.png: one face that stays, one that moves to and fro, one that hides for
0.7 s every 2.6 s, and one that passes before the second."""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

FACE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "face.png"


def make_film(path, seconds, rate):
    graph = ("[1]split=4[a][b][c][d];[0][a]overlay=x=10:y=150[e];[e][b]overlay=x='240+180*sin(t/3)':y=10[f];"
             "[f][c]overlay=x=260+20*sin(t):y=150:enable='gt(mod(t,2.6),0.7)'[g];"
             "[g][d]overlay=x='240-200*sin(t/2)':y=40")
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i",
                    f"color=0x708090:size=580x290:rate={rate}:duration={seconds}", "-i", FACE, "-filter_complex", graph,
                    "-c:v", "libx264", "-preset", "ultrafast", "-g", str(4 * rate), "-pix_fmt", "yuv420p", path],
                   check=True)


def faces(fer, film, out, *more):
    """Of each frame its time, and the number and box of each face."""
    subprocess.run([fer, "video", film, "--out", out, "--smallest", "60", *more], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    frames = {}
    for row in csv.DictReader(open(out / "film.csv")):
        if row["label"]:
            box = [float(row[key]) for key in "xywh"]
            frames.setdefault(float(row["timestamp"]), {})[int(row["face_id"])] = box
    return frames


def overlap(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def numbers(whole, cut, times):
    """Of each number of the whole film, the number that the film in pieces has most often there, at these times."""
    seen = {}
    for t in times:
        for one, box in whole.get(t, {}).items():
            best = max(cut.get(t, {}).items(), key=lambda f: overlap(box, f[1]), default=None)
            if best and overlap(box, best[1]) > 0.5:
                seen.setdefault(one, []).append(best[0])
    return {one: max(sorted(set(many)), key=many.count) for one, many in seen.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fer", type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--piece", type=int, default=3)
    parser.add_argument("--rate", type=int, default=5)
    parser.add_argument("--threads", default="1")
    args = parser.parse_args()
    kept = changed = 0
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        make_film(work / "film.mp4", args.seconds, args.rate)
        whole = faces(args.fer, work / "film.mp4", work / "whole", "--threads", args.threads)
        cut = faces(args.fer, work / "film.mp4", work / "cut", "--threads", args.threads, "--piece", str(args.piece))
        n_cuts = args.seconds // args.piece - 1
        for at in range(args.piece, args.piece * (n_cuts + 1), args.piece):
            before = numbers(whole, cut, [t for t in whole if at - 1.5 <= t < at - 1e-6])
            after = numbers(whole, cut, [t for t in whole if at - 1e-6 <= t < at + 1.5])
            for one in before.keys() & after.keys():
                same = before[one] == after[one]
                kept += same
                changed += not same
                if not same:
                    print(f"cut at {at} s: face {one} of the whole film is {before[one]} before and {after[one]} after")
        ids = [len({i for frame in film.values() for i in frame}) for film in (whole, cut)]
    print(f"{n_cuts} cuts: {kept} faces kept their number, {changed} got another one; numbers in all: {ids[0]} in the "
          f"whole film, {ids[1]} in pieces")
    if kept + changed == 0:
        sys.exit("no face goes on over a cut")


if __name__ == "__main__":
    main()
