#!/usr/bin/python3
"""tools/make_layouts.py writes every layout, form and damaged twin, and what it reports is what other readers find there.

    layouts.py FER2013Train.tar FER2013Valid.tar
"""
import collections
import contextlib
import csv
import glob
import hashlib
import io
import json
import os
import sys
import tarfile
import tempfile
import zipfile

import numpy as np
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools"))
import make_layouts

AFFECTNET = ["neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"]
SMALL = []  # a few hundred faces of each split, as the layout ferplus: all of them take two seconds to read
failures = 0


def said(name, ok):
    global failures
    failures += not ok
    if not ok:
        print("FAIL", name)


def run(*options):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = make_layouts.main(list(options))
    return code, out.getvalue(), err.getvalue()


def make(out, layout, form, *options, limit="60", source=None):
    train, val = source or SMALL
    code, text, err = run("--train", train, "--val", val, "--out", out, "--layout", layout, "--form", form, "--limit", limit, "--jobs", "1", *options)
    said(f"{layout} {form} {' '.join(options)}: {err.strip()[-200:]}", code == 0)
    return json.loads(text) if code == 0 else None


def files(root):
    """{name: bytes} of everything under root, tars and zips opened."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            found.update(opened(os.path.relpath(path, root), open(path, "rb").read()))
    return found


def opened(name, data):
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            return {k: v for n in z.namelist() for k, v in opened(n, z.read(n)).items()}
    if name.endswith(".tar"):
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
    return {name: data}


def table(data, **options):
    return list(csv.DictReader(io.StringIO(data.decode()), **options))


def counts(labels):
    return {c: n for c, n in collections.Counter(labels).items() if n}


def expected(report, split):
    return {c: n for c, n in report["splits"][split]["classes"].items() if n}


def affectnet8(root, report, folder="train_set"):
    found = files(root)
    codes = [int(float(np.load(io.BytesIO(d)).item())) for n, d in found.items() if n.startswith(folder) and n.endswith("_exp.npy")]
    return found, counts(AFFECTNET[c] for c in codes) == expected(report, "train")


def check_affectnet8(dir):
    whole = None
    for form in ("folders", "tars", "zip", "zip-deflated"):
        report = make(f"{dir}/a8-{form}", "affectnet8", form)
        found, ok = affectnet8(f"{dir}/a8-{form}", report)
        said(f"affectnet8 {form}: classes as numpy reads them", ok)
        said(f"affectnet8 {form}: the same bits", whole is None or found == whole)
        whole = found
    for dtype in ("bytes", "i4", "i8", "f4", "f8", "u1", "be", "one", "v2", "v3"):
        report = make(f"{dir}/a8-{dtype}", "affectnet8", "folders", "--dtype", dtype)
        said(f"affectnet8 {dtype}: classes as numpy reads them", affectnet8(f"{dir}/a8-{dtype}", report)[1])
    report = make(f"{dir}/a8-repeat", "affectnet8", "folders", "--repeat", "3")
    said("affectnet8 repeated: classes as numpy reads them", affectnet8(f"{dir}/a8-repeat", report)[1])
    said("affectnet8 repeated: three times the images", len(glob.glob(f"{dir}/a8-repeat/train_set/images/*.jpg")) == 180)
    said("affectnet8: an id in both splits", bool({os.path.basename(n) for n in whole if n.startswith("train_set/images")} &
                                                {os.path.basename(n) for n in whole if n.startswith("val_set/images")}))


def check_tables(dir):
    report = make(f"{dir}/manual", "affectnet-manual", "manual")
    found = files(f"{dir}/manual")
    rows = table(found["training.csv"])
    said("affectnet-manual: classes", counts(AFFECTNET[int(r["expression"])] for r in rows if int(r["expression"]) < 8) == expected(report, "train"))
    said("affectnet-manual: pictures of 300 x 260", all(Image.open(io.BytesIO(found["Manually_Annotated_Images/" + r["subDirectory_filePath"]])).size
                                                        == (300, 260) for r in rows))
    report = make(f"{dir}/csv", "affectnet-csv", "csv")
    rows = table(files(f"{dir}/csv")["train_set_annotation_without_lnd.csv"])
    said("affectnet-csv: classes", counts(AFFECTNET[int(r["exp"])] for r in rows) == expected(report, "train"))
    report = make(f"{dir}/plus", "fer2013", "ferplus", limit="400")
    found = files(f"{dir}/plus")
    old, new = table(found["fer2013.csv"]), table(found["fer2013new.csv"])
    said("fer2013 ferplus: row i is row i", [r["Usage"] for r in old] == [r["Usage"] for r in new])
    said("fer2013 ferplus: 2304 pixels", all(len(r["pixels"].split()) == 2304 for r in old))
    said("fer2013 ferplus: blank names", sum(not r["Image name"] for r in new) == report["excluded"]["blank name"] > 0)


def check_whole(dir):
    """All of FER+, whose counts under the majority protocol are known."""
    report = make(f"{dir}/ferplus", "ferplus", "tars", limit="0", source=sys.argv[1:3])
    said("ferplus: published counts", [report["splits"][s]["images"] for s in ("train", "val")] == [25045, 3191])
    with tarfile.open(sys.argv[1]) as old, tarfile.open(f"{dir}/ferplus/FER2013Train.tar") as new:
        name = "FER2013Train/label.csv"
        said("ferplus: label.csv as it came", old.extractfile(name).read() == new.extractfile(name).read())


def digest(root):
    return hashlib.sha256(repr(sorted(files(root).items())).encode()).hexdigest()


def check_every(dir):
    _, text, _ = run("--list")
    for layout, form, *kinds in map(str.split, text.splitlines()):
        good = f"{dir}/{layout}-{form}"
        report = make(good, layout, form)
        make(good + "-again", layout, form, "--jobs", "2")
        said(f"{layout} {form}: the same twice", digest(good) == digest(good + "-again"))
        for kind in kinds:
            bad = make(f"{good}-{kind}", layout, form, "--damage", kind)
            if not bad:
                continue
            said(f"{layout} {form} {kind}: told", bad["damage"]["kind"] == kind and "scope" in bad["damage"])
            if kind.startswith("truncated-") and kind != "truncated-image":
                continue
            said(f"{layout} {form} {kind}: differs", digest(good) != digest(f"{good}-{kind}"))
            lost = sum(s["images"] for s in report["splits"].values()) - sum(s["images"] for s in bad["splits"].values())
            if bad["damage"]["scope"] == "item":
                said(f"{layout} {form} {kind}: one sample less", lost == (kind != "duplicate-id"))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as dir:
        make(f"{dir}/small", "ferplus", "tars", limit="500", source=sys.argv[1:])
        SMALL.extend(f"{dir}/small/FER2013{split}.tar" for split in ("Train", "Valid"))
        check_affectnet8(dir)
        check_tables(dir)
        check_whole(dir)
        check_every(dir)
    print("layouts:", f"{failures} failed" if failures else "ok")
    return failures > 0


sys.exit(main())
