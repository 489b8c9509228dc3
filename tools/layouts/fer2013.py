"""FER2013: fer2013.csv with emotion, pixels, Usage. Training is FER+'s training split; of its validation split every other face is PublicTest, the others
PrivateTest. Contempt is not in it.

Forms: csv; folders (train|test/angry ... surprise, PNG, the two tests merged); ferplus (with fer2013new.csv, row i for row i, some names blank)."""
import io

import numpy as np
from PIL import Image

from . import damage
from .folders import write_tree
from .job import Sample
from .source import COLUMNS, EMOTIONS

CLASSES = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
SIZE = 48
USAGE = {"train": "Training", "val": "PublicTest", "test": "PrivateTest"}
_NAMES = dict(zip(CLASSES, ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]))
_PIXELS = {"truncated-image", "missing-image"}
DAMAGES = {"csv": damage.CLASS | _PIXELS | {"label-9", "missing-column", "bad-number"}, "folders": damage.IMAGE | damage.CLASS | {"label-9"},
           "ferplus": damage.CLASS | _PIXELS | {"missing-annotation", "label-9", "missing-column", "bad-number"}}


class _FerPlus:
    """The layout as FER+ labels it: with contempt, and with faces that have no majority."""
    CLASSES = EMOTIONS


def pixels(job, sample):
    """2304 numbers with spaces between; damage to a picture is damage to them."""
    text = [str(v) for v in np.asarray(Image.open(io.BytesIO(sample.face.png)).convert("L")).ravel()]
    if job.damage.hits(sample, "truncated-image"):
        text = text[:1000]
    elif job.damage.hits(sample, "missing-image"):
        text = []
    elif job.form == "csv" and job.damage.hits(sample, "bad-number"):
        text[1000] = "several"
    if job.damage.hits(sample, "truncated-image") or job.damage.hits(sample, "missing-image") or "several" in text:
        job.damage.file("fer2013.csv", column="pixels")
    return " ".join(text)


def old_code(face):
    """FER2013's own label is not known here: the largest of FER+'s votes that it has a class for."""
    return max(range(len(CLASSES)), key=lambda i: face.votes[EMOTIONS.index(CLASSES[i])])


def split_faces(job, every=False):
    """{split: faces}; the validation split dealt to the two tests."""
    val = job.faces("val", every)
    return {"train": job.faces("train", every), "val": val[0::2], "test": val[1::2]}


def begin_all(job, make):
    """[(split, sample)] in the table's order."""
    rows = []
    for split, faces in split_faces(job, job.form == "ferplus").items():
        samples = [make(f, split, i) for i, f in enumerate(faces)]
        job.begin(split, samples, USAGE[split])
        rows += [(split, s) for s in samples]
    return rows


def write_csv(job):
    rows = begin_all(job, lambda f, split, i: Sample(f, f"{split} {i}", "fer2013.csv", f.emotion))
    columns = damage.Columns(0, 1, 0, 42)
    if job.damage.kind == "bad-number":
        columns = None  # the pixels have it already
    table = [(s, [CLASSES.index(s.emotion), pixels(job, s), USAGE[split]]) for split, s in rows]
    job.table("fer2013.csv", table, columns, ["emotion", "pixels", "Usage"])


def plus_sample(face, split, i):
    """Every 200th row has no name, and keeps its votes, so that a loader which does not skip it counts wrong."""
    if i % 200 == 150:
        return Sample(face, "", "fer2013.csv", None, "blank name")
    return Sample(face, face.name, "fer2013.csv", face.emotion, None if face.emotion else "no majority")


def write_ferplus(job):
    job.layout = _FerPlus
    job.damage.whole.add("missing-annotation")
    rows = begin_all(job, plus_sample)
    job.table("fer2013.csv", [(s, [old_code(s.face), pixels(job, s), USAGE[split]]) for split, s in rows], None, ["emotion", "pixels", "Usage"])
    votes = [(s, [USAGE[split], s.key, *s.face.row[2:]]) for split, s in rows]
    column = 2 + EMOTIONS.index(job.damage.victim.emotion) if job.damage.victim else 2
    job.table("fer2013new.csv", votes, damage.Columns(column, column, 1, 420), ["Usage", "Image name", *COLUMNS])


def write_folders(job):
    faces = split_faces(job)
    tests = sorted(faces["val"] + faces["test"], key=lambda f: f.name)
    for split, chosen in {"train": faces["train"], "test": tests}.items():
        write_tree(job, split, split, [Sample(f, f.name, "", f.emotion) for f in chosen], _NAMES, "L")


def write(job):
    {"csv": write_csv, "ferplus": write_ferplus, "folders": write_folders}[job.form](job)
