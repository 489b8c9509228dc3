"""Makes the wheel of the Python package: the modules of python/libfer, the shared library with the libraries it needs
that a system may lack, and the shipped weights.

python3 tools/make_wheel.py --library build/wheel/libfer.so.7 --weights models/default.safetensors --version 0.2.0 --out build

It needs no network and nothing but Python and binutils (`readelf`, `ldd`). Equal inputs give equal bytes."""
import argparse
import base64
import hashlib
import os
import platform
import re
import subprocess
import sys
import zipfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
# What every system with glibc has, as the manylinux policies list it.
EVERYWHERE = re.compile(r"lib(c|m|pthread|dl|rt|gcc_s|z)\.so\.\d+|ld-linux.*")

METADATA = """Metadata-Version: 2.1
Name: libfer
Version: {version}
Summary: Facial expression recognition in photos, videos and camera streams
License: MIT
Requires-Python: >=3.9
Provides-Extra: all
Requires-Dist: numpy; extra == "all"
Requires-Dist: pandas; extra == "all"
Requires-Dist: Pillow; extra == "all"
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

"""

WHEEL = """Wheel-Version: 1.0
Generator: libfer
Root-Is-Purelib: false
Tag: {tag}
"""


def read(path):
    with open(path, "rb") as f:
        return f.read()


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def needed(library):
    """Names of the libraries that a library needs, without those that every system has."""
    names = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", library))
    return [n for n in names if not EVERYWHERE.fullmatch(n)]


def libraries(library):
    """The library and those to put beside it: name -> path."""
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", library), re.M))
    out = {os.path.basename(library): library}
    for name in needed(library):
        if name not in found:
            raise SystemExit(f"{library} needs {name}, which ldd does not find")
        out[name] = found[name]
        if needed(found[name]):
            raise SystemExit(f"{found[name]} needs {', '.join(needed(found[name]))}, which the wheel would not find")
    return out


def glibc(paths):
    """The newest version of glibc's symbols that any of the libraries asks for."""
    versions = [int(v) for p in paths for v in re.findall(r"GLIBC_2\.(\d+)", output("readelf", "-V", p))]
    return max(versions, default=17)


def notices(paths):
    """The licences of the libraries in the wheel, as Debian's packages have them."""
    for path in paths:
        try:
            package = output("dpkg-query", "-S", os.path.realpath(path)).split(":")[0]
            yield package, read(f"/usr/share/doc/{package}/copyright")
        except (OSError, subprocess.CalledProcessError):
            print(f"make_wheel: {path}: no licence found; add it before you pass the wheel on", file=sys.stderr)


def entries(args):
    package = os.path.join(ROOT, "python", "libfer")
    for name in sorted(os.listdir(package)):
        if name.endswith((".py", ".typed")):
            yield f"libfer/{name}", read(os.path.join(package, name))
    found = libraries(args.library)
    for name, path in sorted(found.items()):
        yield f"libfer/native/{name}", read(path)
    for path in args.weights:
        yield f"libfer/native/share/fer/{os.path.basename(path)}", read(path)

    info = f"libfer-{args.version}.dist-info"
    text = read(os.path.join(ROOT, "docs", "python.md"))
    args.tag = f"py3-none-manylinux_2_{glibc(found.values())}_{platform.machine()}"
    yield f"{info}/METADATA", METADATA.format(version=args.version).encode() + text
    yield f"{info}/WHEEL", WHEEL.format(tag=args.tag).encode()
    for source, name in (("LICENSE", "LICENSE"), ("docs/third-party.md", "third-party.md"),
                         ("models/README.md", "model-cards.md")):
        yield f"{info}/licenses/{name}", read(os.path.join(ROOT, source))
    for name, text in notices(path for _, path in sorted(found.items()) if path != args.library):
        yield f"{info}/licenses/{name}", text


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, data in files:
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if ".so" in name else 0o644) << 16
            wheel.writestr(entry, data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", required=True)
    parser.add_argument("--weights", required=True, nargs="+")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    if sys.platform != "linux":
        raise SystemExit("make_wheel: wheels are made on Linux only")
    files = list(entries(args))
    record = f"libfer-{args.version}.dist-info/RECORD"
    lines = [f"{name},sha256={digest(data)},{len(data)}" for name, data in files] + [f"{record},,"]
    files.append((record, ("\n".join(lines) + "\n").encode()))
    path = os.path.join(args.out, f"libfer-{args.version}-{args.tag}.whl")
    write(path + ".tmp", files)
    os.replace(path + ".tmp", path)
    print(path)


if __name__ == "__main__":
    main()
