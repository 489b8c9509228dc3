"""What the tests share: pictures, a small data set, programs in a process of their own."""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import libfer

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PHOTO = os.path.join(ROOT, "examples", "astronaut.jpg")  # one face, 512 x 512
FACE = os.path.join(ROOT, "examples", "face.png")
FER = os.environ.get("FER")  # the command; None: what compares with it is left out

try:
    import numpy
except ImportError:
    numpy = None
try:
    import pandas
except ImportError:
    pandas = None
try:
    from PIL import Image
except ImportError:
    Image = None

needs_numpy = unittest.skipIf(numpy is None, "needs NumPy")
needs_pil = unittest.skipIf(Image is None or numpy is None, "needs PIL and NumPy")
needs_pandas = unittest.skipIf(pandas is None, "needs pandas")
needs_fer = unittest.skipIf(FER is None, "needs the command fer")
needs_ffmpeg = unittest.skipIf(shutil.which("ffmpeg") is None, "needs ffmpeg")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def png(path, width, height, channels, seed):
    """A picture without a meaning."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((seed * 37 + x * (seed + 3) // 5 + y) % 256 for x in range(width * channels))
                    for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)))
        f.write(chunk(b"IEND", b""))


def data_set(folder, per_class=4):
    """Folders of grey pictures, 48 x 48, of three classes."""
    for k, name in enumerate(("anger", "happiness", "neutral")):
        os.makedirs(os.path.join(folder, name))
        for i in range(per_class):
            png(os.path.join(folder, name, f"{i:02}.png"), 48, 48, 1, 10 * k + i)
    return folder


def array():
    """The photograph as a new array, RGB."""
    return numpy.array(Image.open(PHOTO).convert("RGB"))


class InFolder(unittest.TestCase):
    """A test with an empty folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="libfer-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)


def python(code, *arguments, **environment):
    """Run a program. Returns its result, with its outputs as text."""
    return subprocess.run([sys.executable, "-B", "-c", code, *arguments], env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


def labels(pictures):
    return [[f.label for f in p] for p in pictures]


assert libfer.__version__
