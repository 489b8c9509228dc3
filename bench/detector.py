#!/usr/bin/python3
"""Compares the face detector with public ones on the same pictures: average precision, recall, time, memory.

    bench/detector.py --fer build/fer [--data ../shared/data/faces/val.tar] [--peers build/onnxruntime] [--pictures 40] [--rounds 5]

The peers are YuNet, SCRFD-500M and Ultra-Light RFB-320 in ONNX Runtime (bench/face_finders.py says where they come from). A peer that is
missing is left out, by name. libfer looks for faces from 10 pixels on, and from 5 ("x2": the picture is twice as large for the network).
YuNet and SCRFD get the picture as it is, and enlarged twice. Ultra-Light scales every picture to 320 x 240 itself.

All are scored by the rules of `fer eval-detector`, each at its lowest threshold with at most --false-alarms false alarms on these
pictures. Average precision needs no threshold.

Times are CPU milliseconds on one core. libfer's are from RGB pixels to boxes; the peers' are those of the network alone, which favours
them. All detectors take turns on the same pictures, resized. A ratio is the median, over these pairs, of a peer's time divided by that of
libfer's first row. So it holds on a busy machine, too. Memory is the peak of a process that finds faces in pictures of the last size;
the peers' includes Node.js and ONNX Runtime, of which a line below the table names the part that has no network.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict

import numpy
from PIL import Image, ImageOps

from face_finders import SCRFD, ULTRALIGHT, YUNET, Peer, add_fer_options, add_peer_options, is_there, peak_mb, run_fer
from faces_common import IOU, SIZES, Pictures, every, figures, judge, percent, print_json, print_table

HERE = os.path.dirname(os.path.abspath(__file__))
RESOLUTIONS = [(320, 240), (640, 480)]
LEAST = 1e-3  # confidence of the least sure finds of the others that count for the average precision
PEERS = [(YUNET, 1), (YUNET, 2), (SCRFD, 1), (SCRFD, 2), (ULTRALIGHT, 1)]


# ---- detectors: name, score(pictures, most), time(frames, i), memory(size) ------------------------------------------------------------

class Frames:
    """A file of RGB pictures of one size, one after the other."""

    def __init__(self, directory, size, arrays):
        self.size, self.path, self.n = size, os.path.join(directory, "%dx%d.rgb" % size), len(arrays)
        with open(self.path, "wb") as f:
            for a in arrays:
                f.write(numpy.ascontiguousarray(ImageOps.fit(Image.fromarray(a), size)).tobytes())


class Fer:
    def __init__(self, args, program, smallest, name):
        self.args, self.program, self.smallest, self.name, self.servers = args, program, smallest, name, {}
        self.threshold = None

    def score(self, pictures, most):
        """By fer itself."""
        cmd = [self.args.fer, "eval-detector", "--data", self.args.data, "--false-alarms", str(most), "--smallest", str(self.smallest),
               "--iou", str(IOU), "--format", "json", "--quiet", "--threads", str(self.args.threads)]
        cmd += ["--detector", self.args.detector] if self.args.detector else []
        r = json.loads(run_fer(cmd))
        self.threshold = r["threshold"]
        return {**{k: r[k] for k in ("average_precision", "threshold", "false_alarms", "precision")},
                "recall": [r["recall"][str(s)] for s in SIZES]}

    def server(self, frames):
        if frames.size not in self.servers:
            cmd = [self.program, frames.path, *map(str, frames.size), str(self.smallest), repr(self.threshold), self.args.detector]
            self.servers[frames.size] = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        return self.servers[frames.size]

    def time(self, frames, i):
        s = self.server(frames)
        s.stdin.write(f"{i}\n")
        return float(s.stdout.readline().split()[0])

    def memory(self, size):
        return peak_mb(self.servers[size])

    def close(self):
        for s in self.servers.values():
            s.stdin.close()
            s.wait()


class Other:
    def __init__(self, args, model, scale):
        self.args, self.model, self.scale, self.servers = args, model, scale, {}
        self.name = model.name + (f" x{scale}" if model is not ULTRALIGHT else "")
        self.threshold = None

    def score(self, pictures, most):
        peer = Peer(self.args.peers, self.model, self.scale)
        finds = {name: [(f.confidence, f.box) for f in peer.find(pictures.rgb(name), LEAST)] for name in pictures.files}
        peer.close()
        scores = figures(pictures, judge(pictures, finds), most)
        self.threshold = scores["threshold"]
        return scores

    def time(self, frames, i):
        """A process per size, as memory is that of one size."""
        if frames.size not in self.servers:
            self.servers[frames.size] = Peer(self.args.peers, self.model, self.scale)
        w, h = frames.size
        return self.servers[frames.size].ask(frames.path, w, h, self.threshold, 3 * w * h * i)[1]

    def memory(self, size):
        return peak_mb(self.servers[size].process)

    def close(self):
        for s in self.servers.values():
            s.close()


def build_program(args, directory):
    library, program = os.path.dirname(os.path.abspath(args.fer)), os.path.join(directory, "detect_time")
    subprocess.run(["cc", "-O2", "-I", os.path.join(HERE, "..", "include"), os.path.join(HERE, "detect_time.c"), "-L", library, "-lfer",
                    "-Wl,-rpath," + library, "-o", program], check=True)
    return program


def make_detectors(args, program):
    there = {model for model in (YUNET, SCRFD, ULTRALIGHT) if is_there(args.peers, model)}
    return ([Fer(args, program, 10, "libfer x1"), Fer(args, program, 5, "libfer x2")] +
            [Other(args, model, scale) for model, scale in PEERS if model in there])


# ---- time and memory -----------------------------------------------------------------------------------------------------------------

def time_all(detectors, frames, rounds):
    """{detector: [milliseconds, ...]}, in turns, so that the i-th ones of all belong together; the first round warms up."""
    out = defaultdict(list)
    for r in range(rounds + 1):
        for i in range(frames.n):
            for d in detectors:
                ms = d.time(frames, i)
                if r > 0:
                    out[d].append(ms)
    return out


def summarise(detectors, times):
    """{detector: {"ms", "ratio"}}, medians; ratio: to the first detector, of pairs."""
    first = times[detectors[0]]
    return {d: {"ms": statistics.median(times[d]), "ratio": statistics.median(t / f for t, f in zip(times[d], first))} for d in detectors}


def runtime_mb(args):
    """Peak memory of Node.js with ONNX Runtime loaded and no network."""
    package = os.path.abspath(os.path.join(args.peers, "node_modules", "onnxruntime-node"))
    cmd = ["node", "-e", "require(process.argv[1]); console.log(); process.stdin.resume()", package]
    with subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        mb = peak_mb(process)
        process.stdin.close()
    return mb


# ---- output --------------------------------------------------------------------------------------------------------------------------

def measure(detectors, pictures, directory, args):
    """[{"detector", scores, "times": {"640x480": {"ms", "ratio"}}, "mb"}]"""
    rows = [{"detector": d.name, **d.score(pictures, args.false_alarms), "times": {}} for d in detectors]
    chosen = [pictures.rgb(name) for name in every(list(pictures.files), args.pictures)]
    for size in RESOLUTIONS if args.rounds else []:
        summary = summarise(detectors, time_all(detectors, Frames(directory, size, chosen), args.rounds))
        for d, row in zip(detectors, rows):
            row["times"]["%dx%d" % size] = summary[d]
            row["mb"] = d.memory(size)
    return rows


def show(rows, pictures, args):
    faces = [f for name in pictures.files for f in pictures.faces[name]]
    print(f"{len(pictures.files)} pictures, {len(faces)} faces; times: {args.rounds} rounds over {args.pictures} pictures\n")
    head = ["detector", "average precision"] + [f"recall >= {s} px ({sum(f[2] >= s for f in faces)})" for s in SIZES]
    head += ["false alarms", "precision", "threshold"]
    for size in rows[0]["times"]:
        head += [f"ms at {size.replace('x', ' x ')}", "ratio"]
    head += ["MB"] if rows[0]["times"] else []
    table = []
    for r in rows:
        cells = [r["detector"], percent(r["average_precision"]), *map(percent, r["recall"]), r["false_alarms"], percent(r["precision"])]
        cells.append(f"{r['threshold']:.3f}")
        for t in r["times"].values():
            cells += [f"{t['ms']:.1f}", f"{t['ratio']:.2f}"]
        table.append(cells + ([f"{r['mb']:.0f}"] if r["times"] else []))
    print_table(head, table)
    if len(rows) > 2:
        print(f"Node.js with ONNX Runtime and no network: {runtime_mb(args):.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_fer_options(parser)
    add_peer_options(parser)
    parser.add_argument("--data", default="../shared/data/faces/val.tar", help="directory or tar with images, faces.csv, ignore.csv")
    parser.add_argument("--false-alarms", type=int, default=13, help="most of each detector on all pictures (default: 13)")
    parser.add_argument("--pictures", type=int, default=40, help="timed (default: 40)")
    parser.add_argument("--rounds", type=int, default=5, help="of times; 0: no times (default: 5)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    pictures = Pictures(args.data)
    with tempfile.TemporaryDirectory() as directory:
        detectors = make_detectors(args, build_program(args, directory))
        try:
            rows = measure(detectors, pictures, directory, args)
        finally:
            for d in detectors:
                d.close()
    if args.json:
        print_json(rows)
    else:
        show(rows, pictures, args)


if __name__ == "__main__":
    sys.exit(main())
