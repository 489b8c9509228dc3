"""Programs that find faces, for the scripts that measure libfer's face detector: `fer predict`, and public detectors by ONNX Runtime.

A find is a Find: confidence from 0 to 1, box [x, y, w, h], points [x1, y1, ..., x5, y5] (eye at the left of the picture, eye at its right,
nose tip, corners of the mouth) or None.

The public detectors ("peers") need Node.js, onnxruntime-node and the networks:

    npm install --ignore-scripts --prefix build/onnxruntime onnxruntime-node
    build/onnxruntime/onnx/yunet_n_dynamic.onnx       ShiqiYu/libfacedetection.train on GitHub, onnx/
    build/onnxruntime/onnx/scrfd_500m_bnkps.onnx      SCRFD-500M of InsightFace's model zoo, with an input of any size
    build/onnxruntime/onnx/version-RFB-320.onnx       Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB on GitHub, models/onnx/

A peer of which something is missing is left out, by name.
"""
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from itertools import islice

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
Find = namedtuple("Find", "confidence box points")
YUNET_THRESHOLD = 0.685


def peak_mb(process):
    """Peak memory of a running process. resource.getrusage() counts what its parent had before it started the program, too."""
    with open(f"/proc/{process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:")) / 1024


# ---- libfer --------------------------------------------------------------------------------------------------------------------------

def add_fer_options(parser):
    parser.add_argument("--fer", default="build/fer", help="the program (default: build/fer)")
    parser.add_argument("--detector", default="", metavar="FILE", help="weights of the detector (default: those built in)")
    parser.add_argument("--threads", type=int, default=1, help="of fer predict (default: 1)")


def run_fer(cmd, text=None):
    """Its standard output. If it fails, its own message says why, and this program ends."""
    done = subprocess.run(cmd, input=text, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {' '.join(cmd[:2])} ended with exit code {done.returncode}")
    return done.stdout


def read_find(face):
    points = [v for p in face["points"] for v in p]
    return Find(face["confidence"], face["box"], None if None in points else points)


def predict(args, files, rotate="0", options=()):
    """{file: [Find, ...]} at the default threshold, by one process for all files. options: further ones of fer predict."""
    cmd = [args.fer, "predict", "--faces", "all", "--rotate", rotate, "--format", "json", "--quiet", "--threads", str(args.threads)]
    cmd += ["--list", "-", *options] + (["--detector", args.detector] if args.detector else [])
    rows = [json.loads(line) for line in run_fer(cmd, "\n".join(files)).splitlines()]
    return {row["file"]: [read_find(f) for f in row["faces"]] for row in rows}


# ---- peers ---------------------------------------------------------------------------------------------------------------------------

PeerModel = namedtuple("PeerModel", "name kind file")
YUNET = PeerModel("YuNet", "yunet", "yunet_n_dynamic.onnx")
SCRFD = PeerModel("SCRFD-500M", "scrfd", "scrfd_500m_bnkps.onnx")
ULTRALIGHT = PeerModel("Ultra-Light RFB-320", "ultralight", "version-RFB-320.onnx")


def add_peer_options(parser):
    parser.add_argument("--peers", default="build/onnxruntime", metavar="DIR",
                        help="folder with node_modules/onnxruntime-node and onnx/*.onnx (default: build/onnxruntime)")


def missing_of(directory, model):
    """What a peer lacks, or None."""
    if not shutil.which("node"):
        return "Node.js is not installed"
    for path in ("node_modules/onnxruntime-node", f"onnx/{model.file}"):
        if not os.path.exists(os.path.join(directory, path)):
            return f"{os.path.join(directory, path)} is missing"
    return None


@functools.cache
def is_there(directory, model):
    """Whether a peer can run; if not, one line on standard error says why."""
    missing = missing_of(directory, model)
    if missing:
        print(f"left out: {model.name}, for {missing}", file=sys.stderr)
    return missing is None


class Peer:
    """One process of peer_detector.mjs. The picture is enlarged `scale` times."""

    def __init__(self, directory, model, scale=1):
        self.name, self.scale = model.name, scale
        self.file = tempfile.NamedTemporaryFile(suffix=".rgb")
        cmd = ["node", os.path.join(HERE, "peer_detector.mjs"), os.path.abspath(directory), model.kind,
               os.path.join(directory, "onnx", model.file), "1"]
        self.process = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, path, width, height, threshold, offset=0):
        """(finds, CPU milliseconds of the network) of an RGB picture in a file."""
        query = {"file": path, "width": width, "height": height, "offset": offset, "scale": self.scale, "threshold": threshold}
        print(json.dumps(query), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: the process ended with exit code {self.process.wait()}")
        answer = json.loads(line)
        return [Find(f[4], f[:4], f[5:] or None) for f in answer["faces"]], answer["ms"]

    def find(self, rgb, threshold):
        """Finds in an RGB array."""
        with open(self.file.name, "wb") as f:
            f.write(rgb.tobytes())
        return self.ask(self.file.name, rgb.shape[1], rgb.shape[0], threshold)[0]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.file.close()


# ---- many pictures -------------------------------------------------------------------------------------------------------------------

class FerFinder:
    """`fer predict` with --rotate as given; the pictures pass through files."""

    def __init__(self, args, rotate="0"):
        self.args, self.rotate, self.name = args, rotate, "libfer" + ("" if rotate == "0" else f" --rotate {rotate}")

    def find_all(self, images):
        """{name: [Find, ...]} in {name: PIL picture}."""
        with tempfile.TemporaryDirectory() as directory:
            files = {os.path.join(directory, f"{i}.png"): name for i, name in enumerate(images)}
            for file, name in files.items():
                images[name].save(file, compress_level=1)
            return {files[file]: finds for file, finds in predict(self.args, list(files), self.rotate).items()}

    def close(self):
        pass


class PeerFinder:
    def __init__(self, directory, model, threshold):
        self.peer, self.threshold, self.name = Peer(directory, model), threshold, model.name

    def find_all(self, images):
        return {name: self.peer.find(numpy.asarray(image.convert("RGB")), self.threshold) for name, image in images.items()}

    def close(self):
        self.peer.close()


def add_finder_options(parser):
    """Those of make_finders()."""
    add_fer_options(parser)
    add_peer_options(parser)
    parser.add_argument("--yunet", action="store_true", help="measure YuNet as well")
    parser.add_argument("--yunet-threshold", type=float, default=YUNET_THRESHOLD, metavar="X",
                        help=f"its least confidence (default: {YUNET_THRESHOLD}, at which it has 13 false alarms on val.tar)")


def make_finders(args, rotations=("0",)):
    """libfer with each kind of --rotate, and YuNet if it is asked for and there."""
    finders = [FerFinder(args, rotate) for rotate in rotations]
    if args.yunet and is_there(args.peers, YUNET):
        finders.append(PeerFinder(args.peers, YUNET, args.yunet_threshold))
    return finders


def find_in_pieces(finder, named_images, piece=200):
    """(name, finds) for (name, PIL picture) pairs, a piece of them in memory at a time."""
    named_images = iter(named_images)
    while images := dict(islice(named_images, piece)):
        yield from finder.find_all(images).items()
