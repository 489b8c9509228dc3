"""FER+: FER2013Train|FER2013Valid/label.csv without a header, rows and pictures as they came.

Forms: folders; tars (FER2013Train.tar, FER2013Valid.tar)."""
from . import damage
from .job import Sample
from .source import EMOTIONS

CLASSES = EMOTIONS
SIZE = 48
SPLITS = {"train": "FER2013Train", "val": "FER2013Valid"}
_KINDS = damage.IMAGE | damage.TABLE | damage.CLASS
DAMAGES = {"folders": _KINDS, "tars": _KINDS | {"truncated-tar"}}


def write(job):
    job.damage.whole.discard("missing-column")
    for split, folder in SPLITS.items():
        samples = [Sample(f, f.name, f"{folder}/{f.name}", f.emotion, None if f.emotion else "no majority") for f in job.faces(split, True)]
        job.begin(split, samples, folder)
        column = 2 + EMOTIONS.index(job.damage.victim.emotion) if job.damage.victim else 2
        job.table(f"{folder}/label.csv", [(s, list(s.face.row)) for s in samples], damage.Columns(column, column, 0, 420))
        for s in samples:
            if not job.damage.loses_image(s):
                job.out.put(s.image, job.damage.image(s, s.face.png))
