"""The wheel: made twice it has the same bytes; installed by pip it works by itself."""
import os
import re
import subprocess
import sys
import unittest
import zipfile

from support import PHOTO, InFolder

WHEEL = os.environ.get("FER_WHEEL")


def has_pip():
    return subprocess.run([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


@unittest.skipUnless(WHEEL, "no wheel was built: ninja wheel")
class Wheel(InFolder):
    def test_contents(self):
        with zipfile.ZipFile(WHEEL) as wheel:
            names = wheel.namelist()
            self.assertIsNone(wheel.testzip())
            record = [n for n in names if n.endswith("/RECORD")][0]
            listed = [line.split(",")[0] for line in wheel.read(record).decode().splitlines()]
        self.assertEqual(sorted(listed), sorted(names))
        self.assertIn("libfer/py.typed", names)
        self.assertTrue(any(re.fullmatch(r"libfer/native/libfer\.so\.\d+", n) for n in names))
        for weights in ("default", "libfer-xs"):
            self.assertIn(f"libfer/native/share/fer/{weights}.safetensors", names)

    @unittest.skipUnless(has_pip(), "needs pip")
    def test_installed(self):
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile",
                        "--disable-pip-version-check", "--root-user-action=ignore", "--target", self.folder, WHEEL],
                       check=True, stderr=subprocess.PIPE)
        code = ("import sys, libfer\nfrom libfer import _library\nface = libfer.analyze(sys.argv[1])[0]\n"
                "print(face.label, libfer.__file__.startswith(sys.argv[2]))\n"
                "print([l.split()[-1] for l in open('/proc/self/maps') if 'libfer.so' in l or 'libpng' in l][0])")
        clean = {k: v for k, v in os.environ.items() if k not in ("LIBFER_LIBRARY", "PYTHONPATH")}
        done = subprocess.run([sys.executable, "-B", "-c", code, PHOTO, self.folder], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, cwd="/", env={**clean, "PYTHONPATH": self.folder})
        self.assertEqual(done.stdout.split()[:2], ["happiness", "True"], done.stderr)
        self.assertTrue(done.stdout.split()[2].startswith(os.path.join(self.folder, "libfer", "native")), done.stdout)


if __name__ == "__main__":
    unittest.main()
