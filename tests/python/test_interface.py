"""The C interface: structures against the headers' list and the library, the version check, what is missing."""
import ctypes
import os
import re
import shutil
import subprocess
import sys
import unittest

from libfer import _abi
from libfer._library import lib
from support import PHOTO, ROOT, InFolder, python

LIST = os.path.join(ROOT, "tests", "api", "abi.txt")
PACKAGE = os.path.join(ROOT, "python", "libfer")


class Interface(unittest.TestCase):
    def lines(self):
        with open(LIST, encoding="utf-8") as f:
            return f.read().splitlines()

    def test_the_file_is_up_to_date(self):
        done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tools", "python_abi.py"), "--check"],
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_sizes_and_offsets_are_those_of_the_headers(self):
        n = 0
        for line in self.lines():
            member = re.fullmatch(r"(\w+)\.(\w+) offset (\d+) size (\d+) type .*", line)
            struct = re.fullmatch(r"(\w+) size (\d+)", line)
            if member:
                field = getattr(getattr(_abi, member[1]), member[2])
                self.assertEqual((field.offset, field.size), (int(member[3]), int(member[4])), line)
                n += 1
            elif struct:
                self.assertEqual(ctypes.sizeof(getattr(_abi, struct[1])), int(struct[2]), line)
                self.assertEqual(lib.fer_abi_size(struct[1].encode()), int(struct[2]), line)
                n += 1
        self.assertGreater(n, 300)

    def test_constants_and_functions_are_those_of_the_headers(self):
        text = "\n".join(self.lines())
        for name, value in re.findall(r"^constant (\w+) (-?\d+)$", text, re.M):
            self.assertEqual(getattr(_abi, name), int(value))
        functions = re.findall(r"\b(fer_\w+)\(", text)
        self.assertEqual(sorted(_abi.FUNCTIONS), sorted(f for f in functions if not f.endswith("_fn")))
        for name in _abi.FUNCTIONS:
            self.assertTrue(getattr(lib, name).argtypes is not None, name)


class Import(InFolder):
    """How `import libfer` fails and works, in processes of their own."""

    def copy(self, **changes):
        package = shutil.copytree(PACKAGE, self.path("libfer"), ignore=shutil.ignore_patterns("__pycache__"))
        path = os.path.join(package, "_abi.py")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for name, value in changes.items():
            text = re.sub(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.M)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return self.folder

    def fails(self, code, *parts, **environment):
        done = python(code, **environment)
        self.assertEqual(done.returncode, 1, done)
        for part in parts:
            self.assertIn(part, done.stderr.splitlines()[-1])

    def test_another_version(self):
        self.fails("import libfer", "LibraryError", "another version of the interface", "version 99",
                   PYTHONPATH=self.copy(FER_ABI=99))

    def test_an_import_error(self):
        done = python("try:\n import libfer\nexcept ImportError as e:\n print('caught', e)", LIBFER_LIBRARY="/none.so")
        self.assertIn("caught libfer: the shared library was not found (/none.so: ", done.stdout)
        self.assertIn("LIBFER_LIBRARY", done.stdout)

    def test_no_libfer(self):
        self.fails("import libfer", "LibraryError", "is no libfer", LIBFER_LIBRARY="libm.so.6")

    def test_without_optional_packages(self):
        block = "import sys\nfor m in 'numpy', 'pandas', 'PIL': sys.modules[m] = None\nimport libfer\n"
        done = python(block + "print(libfer.analyze(sys.argv[1])[0].label)\n"
                      "from libfer import deepface\nprint(deepface.analyze(sys.argv[1])[0]['dominant_emotion'])\n"
                      "print(libfer.analyze(sys.argv[1])._repr_html_()[:9])", PHOTO)
        self.assertEqual(done.stdout.split(), ["happiness", "happy", "<div><svg"], done.stderr)
        self.fails(block + "libfer.Model.load().predict(['a.png'])", "ImportError: Model.predict() needs NumPy",
                   "python3-numpy")
        self.fails(block + "libfer.to_dataframe([])", "ImportError: to_dataframe() needs pandas", "python3-pandas")

    def test_imports_little(self):
        done = python("import sys, libfer\n"
                      "print([m for m in ('numpy', 'pandas', 'PIL', 'difflib') if m in sys.modules])")
        self.assertEqual(done.stdout, "[]\n", done.stderr)
