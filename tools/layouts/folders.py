"""A folder for each class: train|val/<class>/*.jpg. Nothing in a numeric folder says which order its numbers mean.

Forms: named; numeric-affectnet (0 neutral ... 7 contempt); numeric-alphabetical (0 anger ... 7 surprise, as named folders sort); named-kaggle."""
from . import damage
from .job import Sample
from .source import AFFECTNET

CLASSES = AFFECTNET
SIZE = 224
_KINDS = damage.IMAGE | damage.CLASS | {"label-9"}
_KAGGLE = {"anger": "Anger", "contempt": "Contempt", "disgust": "Disgust", "fear": "Fear", "happiness": "Happy", "neutral": "Neutral",
           "sadness": "Sad", "surprise": "Surprise"}
_NAMES = {"named": {c: c for c in CLASSES}, "numeric-affectnet": {c: str(i) for i, c in enumerate(AFFECTNET)},
          "numeric-alphabetical": {c: str(i) for i, c in enumerate(sorted(_KAGGLE))}, "named-kaggle": _KAGGLE}
DAMAGES = {form: _KINDS for form in _NAMES}


def write_tree(job, split, where, samples, names, mode="RGB"):
    """Pictures whose name begins with the split's folder go into that of their class; label-9 into one that no class has."""
    for s in samples:
        s.image = f"{where}/{names[s.emotion]}/{s.key}"
    job.begin(split, samples, where, folders={c: n for c, n in names.items()})
    for name in names.values():
        job.out.mkdir(f"{where}/{name}")
    for s in samples:
        if job.damage.hits(s, "label-9"):
            s.image = f"{where}/42/{s.key}"
            job.damage.file(s.image)
    job.pictures(samples, samples[0].image.rsplit(".", 1)[1], mode)


def write(job):
    for split in ("train", "val"):
        samples = [Sample(f, f.name.replace(".png", ".jpg"), "", f.emotion) for f in job.faces(split)]
        write_tree(job, split, split, samples, _NAMES[job.form])
