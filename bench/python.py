#!/usr/bin/env python3
"""What the Python package costs: a call of Pipeline.analyze() beside the same C call, and import beside PyTorch's.

    LIBFER_LIBRARY=build/libfer.so.N PYTHONPATH=python python3 bench/python.py [--rounds 200]

The picture has 640 x 480 pixels, a NumPy array with one face. Both calls compute on one thread, in turns; the C call is
made by ctypes with everything prepared, which adds some microseconds to it. Times are those of the processor, so other
work on the machine counts little. Import time and memory (peak of the process, less that of an interpreter that imports
nothing) are medians of fresh processes, whose files are in the page cache."""
import argparse
import ctypes
import os
import statistics
import subprocess
import sys
import time

import libfer
import numpy
from libfer import _abi
from libfer._library import lib

HERE = os.path.dirname(os.path.abspath(__file__))


def picture():
    """Grey, with the face of examples/face.png at 120 pixels and at a place where it is found."""
    from PIL import Image
    face = Image.open(os.path.join(HERE, "..", "examples", "face.png")).convert("RGB")
    scene = Image.new("RGB", (640, 480), (112, 128, 144))
    scene.paste(face, (250, 160))
    return numpy.asarray(scene).copy()


class Call:
    """fer_pipeline_run() with its arguments prepared."""

    def __init__(self, pipeline, pixels):
        self.pipeline, self.pixels = pipeline._handle.pointer, pixels
        self.view = _abi.fer_view(format=_abi.FER_RGB8, width=640, height=480)
        self.view.planes[0], self.view.strides[0] = pixels.ctypes.data, 3 * 640
        self.faces, self.n, self.err = (_abi.fer_face * 256)(), ctypes.c_size_t(), _abi.fer_error()

    def __call__(self):
        if lib.fer_pipeline_run(self.pipeline, ctypes.byref(self.view), 256, self.faces, ctypes.byref(self.n),
                                ctypes.byref(self.err)):
            raise RuntimeError(self.err.text)


def timed(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def overhead(rounds):
    pixels = picture()
    pipeline = libfer.Pipeline(threads=1, rotate=0)
    direct = Call(pipeline, pixels)

    def package():
        return pipeline.analyze(pixels, faces="all")
    if len(package()) != 1:
        sys.exit("the face was not found once")
    pairs = []
    for i in range(rounds + 5):
        first, second = (timed(direct), timed(package)) if i % 2 else (timed(package), timed(direct))
        if i >= 5:
            pairs.append((first, second) if i % 2 else (second, first))
    c, python = (statistics.median(t) for t in zip(*pairs))
    print(f"{rounds} pairs, medians: C call {1e3 * c:.2f} ms, Pipeline.analyze() {1e3 * python:.2f} ms; "
          f"median of the differences {1e6 * statistics.median(p - d for d, p in pairs):.0f} us "
          f"({100 * statistics.median(p - d for d, p in pairs) / c:.1f} %)")


def process(code):
    """Seconds and peak KiB of `code` in a fresh process. A process inherits the peak that getrusage() gives."""
    text = ("import time; s = time.process_time()\n" + code + "\ns = time.process_time() - s\n"
            "print(s, *[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])")
    out = subprocess.run([sys.executable, "-c", text], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(out[-2]), int(out[-1])


def imports(rounds):
    nothing = process("pass")[1]
    face = os.path.join(HERE, "..", "examples", "face.png")
    for name, code in (("import libfer", "import libfer"),
                       ("import libfer, analyze a photograph", f"import libfer; libfer.analyze({face!r})"),
                       ("import numpy", "import numpy"), ("import torch", "import torch")):
        try:
            runs = [process(code) for _ in range(rounds + 1)][1:]
        except subprocess.CalledProcessError:
            print(f"{name}: not installed")
            continue
        print(f"{name}: {1e3 * statistics.median(r[0] for r in runs):.0f} ms, "
              f"{(statistics.median(r[1] for r in runs) - nothing) / 1024:.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200, help="pairs of calls")
    parser.add_argument("--processes", type=int, default=5, help="per import")
    args = parser.parse_args()
    overhead(args.rounds)
    imports(args.processes)


if __name__ == "__main__":
    main()
