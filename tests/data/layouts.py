"""Every published layout, whole and damaged, as tools/make_layouts.py writes it: does fer find what is there, and say what is not?

    layouts.py FER TRAIN.tar VAL.tar [IMAGES]

Whole sets: layout, splits and counts per class of 'fer data info' are the generator's. Damaged ones: a strict 'fer data pack' fails and names the
file, a lenient one leaves out what was damaged and nothing else.
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import make_layouts  # noqa: E402

NAMES = {"affectnet8": "affectnet-8labels"}  # of fer, where they differ from the generator's
ORDERS = {("folders", "numeric-affectnet"): "affectnet", ("folders", "numeric-alphabetical"): "alphabetical", ("rafdb", "folders"): "affectnet"}
# What a loader cannot hold against the set: a class without images is a class without images.
HARMLESS = {"empty-class", "small-class"}

fer, failures, checks = sys.argv[1], [], 0


def check(ok, *what):
    global checks
    checks += 1
    if not ok:
        failures.append(" ".join(str(w) for w in what))
        print("FAIL", *what)


def run(*args):
    done = subprocess.run([fer, *args], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr.strip()


def layout_of(layout, form):
    if (layout, form) == ("fer2013", "ferplus"):
        return "ferplus-csv"
    return "folders" if form == "folders" and layout in ("rafdb", "fer2013") else NAMES.get(layout, layout)


def container(out, form):
    return os.path.join(out, "affectnet8.zip") if form.startswith("zip") else out


def make(out, layout, form, *more):
    args = ["--train", small["train"], "--val", small["val"], "--out", out, "--layout", layout, "--form", form, "--size", "48", "--jobs", "1"]
    if layout in ("affectnet-manual",):
        args[-3] = "60"
    if layout in ("rafdb", "fer2013", "ferplus"):
        del args[-4:-2]
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = make_layouts.main(args + list(more))
    assert code == 0, (layout, form, more)
    return json.loads(text.getvalue())


def same_counts(info, expected, unreadable=0):
    """Splits by what they are, not by what a layout calls them; unreadable images are found when they are decoded."""
    found = {s: v["images"] for s, v in info["splits"].items()}
    images = sum(s["images"] for s in expected["splits"].values())
    if sum(found.values()) != images + unreadable:
        return False
    classes, wanted = {}, {}
    for s in info["splits"].values():
        for c, n in s["classes"].items():
            classes[c] = classes.get(c, 0) + n
    for s in expected["splits"].values():
        for c, n in s["classes"].items():
            wanted[c] = wanted.get(c, 0) + n
    if unreadable:
        return sum(abs(classes.get(c, 0) - n) for c, n in wanted.items()) == unreadable
    return {c: n for c, n in classes.items() if n} == {c: n for c, n in wanted.items() if n}


def options(layout, form):
    order = ORDERS.get((layout, form))
    return ["--order", order] if order else []


def whole(out, layout, form, *more):
    expected = make(out, layout, form, *more)
    what = (layout, form, *more)
    code, text, err = run("data", "info", container(out, form), "--format", "json", *options(layout, form))
    check(code == 0, *what, "info fails:", err)
    if code:
        return
    info = json.loads(text)
    check(info["layout"] == layout_of(layout, form), *what, "layout", info["layout"])
    check(info["damaged"] == {}, *what, "damage where there is none:", info["damaged"])
    check(same_counts(info, expected), *what, "counts", info["splits"], expected["splits"])
    for name, split in expected["splits"].items():  # RAF-DB's and a merged FER2013's second split is a test set
        found = info["splits"].get(name) or info["splits"].get("test")
        check(found and found["images"] == split["images"], *what, "split", name, found)
    invalid = sum(s.get("without_valence", 0) for s in expected["splits"].values())
    if invalid:
        check(info["with"]["valence"] == info["images"] - invalid, *what, "valence", info["with"], invalid)
    if layout in ("affectnet8", "affectnet-manual"):
        check(info["with"]["landmarks"] == info["images"], *what, "landmarks", info["with"])
    if ORDERS.get((layout, form)):
        code, _, err = run("data", "info", out)
        check(code == 1 and "affectnet: 0 neutral" in err and "order" in err, *what, "numbers without an order:", code, err)


def damaged(out, layout, form, kind, *more):
    expected = make(out, layout, form, "--damage", kind, *more)
    what = (layout, form, kind)
    report, path, order = expected["damage"], container(out, form), options(layout, form)
    pack = os.path.join(scratch, "set.ferpack")
    strict, _, err = run("data", "pack", path, "--out", pack, *order)
    lenient, text, lenient_err = run("data", "pack", path, "--out", pack, "--skip-bad", "--format", "json", *order)
    images = sum(s["images"] for s in expected["splits"].values())
    name = os.path.basename(report.get("file") or report.get("image") or "")
    if kind in HARMLESS:
        check(strict == 0, *what, "harmless, but fails:", err)
        if kind == "small-class" and layout != "fer2013":  # which comes with splits of its own
            code, _, err = run("data", "prepare", path, "--out", os.path.join(scratch, "split"), "--val-per-class", "500", *order)
            check(code == 1 and "500" in err and "class '" in err, *what, "a class too small for the split:", code, err)
        return
    if report["scope"] in ("archive", "table", "set"):
        check(strict == 1 and (name in err or "column" in err), *what, "strict:", strict, err, "expected", name)
        check(lenient == 1 or report["scope"] == "set", *what, "lenient:", lenient, lenient_err)
        return
    unnamed = (kind == "missing-annotation" and layout != "affectnet8") or (kind == "missing-image" and layout_of(layout, form) == "folders")
    if unnamed:
        check(strict == 0 and lenient == 0, *what, "a row or file that nothing else names:", err)
    else:
        named = name in err or str(report.get("key")) in err or f"line {report.get('line')}" in err
        check(strict == 1 and named, *what, "strict:", strict, err, report)
    check(lenient == 0, *what, "lenient:", lenient_err)
    if lenient == 0:
        check(json.loads(text)["images"] == images, *what, "left in:", text, images)


with tempfile.TemporaryDirectory() as scratch:
    small = {}
    for split, path in (("train", sys.argv[2]), ("val", sys.argv[3])):
        small[split] = path
    count = sys.argv[4] if len(sys.argv) > 4 else "160"
    base = os.path.join(scratch, "base")
    make(base, "ferplus", "folders", "--limit", count)
    small = {"train": os.path.join(base, "FER2013Train"), "val": os.path.join(base, "FER2013Valid")}
    number = 0
    for layout, module in make_layouts.LAYOUTS.items():
        for form, kinds in module.DAMAGES.items():
            number += 1
            whole(os.path.join(scratch, f"whole{number}"), layout, form)
            for kind in sorted(kinds):
                damaged(os.path.join(scratch, f"{number}-{kind}"), layout, form, kind)
    for dtype in make_layouts.affectnet8.DTYPES:
        whole(os.path.join(scratch, f"dtype-{dtype}"), "affectnet8", "folders", "--dtype", dtype)
    whole(os.path.join(scratch, "no-header"), "affectnet-manual", "manual", "--no-header")
    for kind in ("label-9", "missing-column", "bad-number"):
        damaged(os.path.join(scratch, f"no-header-{kind}"), "affectnet-manual", "manual", kind, "--no-header")
    whole(os.path.join(scratch, "zip64"), "affectnet8", "zip", "--zip64")

print(f"{checks} checks, {len(failures)} failures")
sys.exit(bool(failures))
