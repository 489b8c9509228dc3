#!/usr/bin/python3
"""Accuracy of expression networks on FER+'s validation split, and milliseconds a face, as a table and a drawing.

    npm install --ignore-scripts --prefix PEERS @vladmandic/face-api @vladmandic/human @tensorflow/tfjs @tensorflow/tfjs-backend-wasm
    bench/classifiers.py --fer build/fer --data FER2013Valid.tar --peers PEERS/node_modules [--output docs/classifiers.svg]

All get the same cropped faces, whole. They are those whose majority is one of the seven classes that all networks know, which leaves out
contempt; an answer of contempt is wrong. The peers learned from FER2013's own labels or from pictures that are not known, and may have
seen these faces. Each computes one face at a time on one thread in the engine it comes with: libfer, and TensorFlow.js with WebAssembly
in Node.js. They take turns; milliseconds are medians over the rounds, a ratio is the median of the rounds' ratios. A peer of which
something is missing is left out, by name.
"""
import argparse
import csv
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import namedtuple

from PIL import Image

from chart import Chart
from faces_common import percent, print_table

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = ["libfer-s", "libfer-xs"]
PEERS = {"face-api": "@vladmandic/face-api/model/face_expression_model.bin", "mini-Xception": "@vladmandic/human/models/emotion.bin"}
FACES, SIDE = 40, 48  # faces of a round, side of a face
Face = namedtuple("Face", "file label")
Result = namedtuple("Result", "name right faces ms ratio")


def run(cmd):
    done = subprocess.run(cmd, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"classifiers.py: {' '.join(cmd[:2])} ended with exit code {done.returncode}")
    return done.stdout


class Ours:
    def __init__(self, args, name, folder):
        self.name, table = name, os.path.join(folder, name + ".csv")
        weights = [] if name == "libfer-s" else ["--weights", name]  # libfer-s is the default
        run([args.fer, "eval", *weights, "--data", args.data, "--protocol", "majority", "--predictions", table, "--quiet"])
        with open(table) as f:
            self.rows = [row for row in csv.DictReader(f) if row["label"] != "contempt"]
        self.bench = [args.fer, "bench", "--model", name, "--threads", "1", "--runs", "200", "--format", "json"]

    def faces(self):
        return [Face(row["file"], row["label"]) for row in self.rows]

    def answers(self, _):
        return [row["answer"] for row in self.rows]

    def ms(self, _):
        return json.loads(run(self.bench))["median_ms"]


class Peer:
    def __init__(self, args, name, faces):
        cmd = ["node", os.path.join(HERE, "peer_expressions.mjs"), args.peers, name, faces]
        self.name = name
        self.process = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(self, first, count):
        print(first, count, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"classifiers.py: {self.name} ended by itself")
        return json.loads(line)

    def answers(self, n):
        return self.ask(0, n)["labels"]

    def ms(self, at):
        return statistics.median(self.ask(at * FACES, FACES)["ms"])


def write_faces(data, faces, path):
    with tarfile.open(data) as tar:
        grey = {m.name: Image.open(io.BytesIO(tar.extractfile(m).read())).convert("L") for m in tar if m.name.endswith(".png")}
    with open(path, "wb") as out:
        for face in faces:
            out.write(grey[face.file].resize((SIDE, SIDE), Image.BILINEAR).tobytes())


def there(args):
    missing = [name for name, file in PEERS.items() if not args.peers or not os.path.exists(os.path.join(args.peers, file))]
    for name in missing:
        print(f"left out: {name} (no {PEERS[name]} in --peers)", file=sys.stderr)
    return [name for name in PEERS if name not in missing]


def measure(args, folder):
    ours = [Ours(args, name, folder) for name in OURS]
    faces, path = ours[0].faces(), os.path.join(folder, "faces")
    write_faces(args.data, faces, path)
    contenders = ours + [Peer(args, name, path) for name in there(args)]
    right = [sum(a == f.label for a, f in zip(c.answers(len(faces)), faces)) for c in contenders]
    times = [[c.ms(at) for c in contenders] for at in range(args.rounds)]
    for i, c in enumerate(contenders):
        yield Result(c.name, right[i], len(faces), statistics.median(t[i] for t in times), statistics.median(t[i] / t[0] for t in times))


def drawing(results):
    """SVG: milliseconds on a logarithmic axis, accuracy on a linear one."""
    shares = [100 * r.right / r.faces for r in results]
    low, high = 10 * math.floor(min(shares) / 10), 10 * math.ceil(max(shares) / 10)
    first, last = math.floor(math.log10(min(r.ms for r in results))), math.ceil(math.log10(max(r.ms for r in results)))
    chart = Chart("Seven expressions of FER+ validation, one thread", (first, last), (low, high), 110)
    for share in range(low, high + 1, 5):
        chart.y_tick(share, share)
    for power in range(first, last + 1):
        for digit in (1, 2, 5) if power < last else (1,):
            ms = digit * 10 ** power
            chart.x_tick(math.log10(ms), f"{ms:g}")
    chart.name_axes("milliseconds a face", "accuracy, %")
    for r, share in zip(results, shares):
        colour, x, y = "#1f77b4" if r.name in OURS else "#d62728", chart.x(math.log10(r.ms)), chart.y(share)
        chart.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        chart.add(f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" fill="{colour}">{r.name}</text>')
    return chart.svg()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer", help="the program (default: build/fer)")
    parser.add_argument("--data", default="../shared/data/ferplus/FER2013Valid.tar", help="FER+'s validation split")
    parser.add_argument("--peers", metavar="DIR", help="a node_modules folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", default="docs/classifiers.svg")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = list(measure(args, folder))
    print_table(["network", "accuracy", "ms a face", "beside libfer-s"],
                [[r.name, percent(r.right / r.faces), f"{r.ms:.2f}", f"{r.ratio:.2f}"] for r in results])
    with open(args.output, "w") as f:
        f.write(drawing(results))


if __name__ == "__main__":
    main()
