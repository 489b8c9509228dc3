"""RAF-DB: basic/EmoLabel/list_patition_label.txt (so spelt) and basic/Image/aligned/*_aligned.jpg, 100 x 100; contempt is not in it.

Forms: basic; folders (train|valid/0..6 in EfficientFace's order)."""
from . import damage
from .folders import write_tree
from .job import Sample
from .source import AFFECTNET

CLASSES = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"]  # numbered from 1
SIZE = 100
DAMAGES = {"basic": damage.IMAGE | damage.TABLE | damage.CLASS, "folders": damage.IMAGE | damage.CLASS | {"label-9"}}
PREFIX = {"train": "train_{:05d}", "val": "test_{:04d}"}
FOLDER = {"train": "train", "val": "valid"}


def named(job, split):
    """(face, name without its ending), numbered from 1."""
    return [(f, PREFIX[split].format(i + 1)) for i, f in enumerate(job.faces(split))]


def write_basic(job):
    job.damage.whole.discard("missing-column")
    every = {}
    for split in PREFIX:
        every[split] = [Sample(f, f"{name}.jpg", f"basic/Image/aligned/{name}_aligned.jpg", f.emotion) for f, name in named(job, split)]
        job.begin(split, every[split], PREFIX[split].split("_")[0] + "_")
    rows = [(s, [s.key, CLASSES.index(s.emotion) + 1]) for samples in every.values() for s in samples]
    job.table("basic/EmoLabel/list_patition_label.txt", rows, damage.Columns(1, 1, 0, 9), delimiter=" ")
    job.pictures([s for s, _ in rows])


def write(job):
    if job.form == "basic":
        write_basic(job)
        return
    names = {c: str(i) for i, c in enumerate(AFFECTNET[:7])}
    for split, folder in FOLDER.items():
        write_tree(job, split, folder, [Sample(f, f"{name}.jpg", "", f.emotion) for f, name in named(job, split)], names)
