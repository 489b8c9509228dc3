"""AffectNet-8Labels: train_set|val_set/images/<id>.jpg and annotations/<id>_exp|_val|_aro|_lnd.npy.

Forms: folders; nested (val_set/val_set/images); tars (train_set.tar, val_set.tar); zip and zip-deflated (one zip with the two tars)."""
import io
import itertools

import numpy as np

from . import damage, synthetic
from .job import Sample
from .source import AFFECTNET

CLASSES = AFFECTNET
SIZE = 224
SPLITS = {"train": "train_set", "val": "val_set"}
_KINDS = damage.IMAGE | damage.CLASS | {"missing-annotation", "label-9", "object-npy", "duplicate-id", "bad-number"}
DAMAGES = {"folders": _KINDS, "nested": _KINDS, "tars": _KINDS | {"truncated-tar"}, "zip": _KINDS | {"truncated-zip"},
           "zip-deflated": _KINDS | {"truncated-zip"}}

# How --dtype stores the class and the real numbers: dtype, shape of a scalar, .npy header version. The release is not documented: any may occur.
DTYPES = {"str": ("U", "U", (), (1, 0)), "bytes": ("S", "S", (), (1, 0)), "i4": ("<i4", "<f4", (), (1, 0)), "i8": ("<i8", "<f8", (), (1, 0)),
          "f4": ("<f4", "<f4", (), (1, 0)), "f8": ("<f8", "<f8", (), (1, 0)), "u1": ("|u1", "<f4", (), (1, 0)), "be": (">i4", ">f8", (), (1, 0)),
          "one": ("<i4", "<f4", (1,), (1, 0)), "v2": ("<i8", "<f8", (), (2, 0)), "v3": ("U", "U", (), (3, 0))}


def npy(value, dtype, shape, version):
    """As numpy writes it. Text has the shortest decimal digits that name the number."""
    if dtype in "US":
        value = [str(v) for v in value] if isinstance(value, list) else str(value)
    out = io.BytesIO()
    array = np.array(value, dtype)
    np.lib.format.write_array(out, array.reshape(shape), version=version)
    return out.getvalue()


def numbers(n, rng):
    """Ids with gaps. Both splits count from near 0, so that many ids occur in both."""
    return np.cumsum(rng.integers(1, 4, n)) - 1


def samples_of(job, split):
    faces = job.faces(split)
    ids = numbers(len(faces), job.rng("id", split))
    return [Sample(f, str(i), f"{SPLITS[split]}/images/{i}.jpg", f.emotion) for f, i in zip(faces, ids)]


def annotations(job, sample, split):
    """(suffix, bytes) of the four files of a sample."""
    whole, real, shape, version = DTYPES[job.args.dtype]
    affect = synthetic.affect(sample.face, job.rng("affect", split, sample.key))
    points = synthetic.landmarks(job.size, job.rng("landmarks", split, sample.key))
    code = CLASSES.index(sample.emotion)
    if job.damage.hits(sample, "label-9"):
        code = 9
    exp = npy(code, whole, shape, version)
    if job.damage.hits(sample, "object-npy"):
        out = io.BytesIO()
        np.save(out, np.array(code, object), allow_pickle=True)
        exp = out.getvalue()
    if job.damage.hits(sample, "bad-number"):
        exp = npy("several", "S" if whole == "S" else "U", shape, version)
    if not job.damage.hits(sample, "missing-annotation"):
        yield "exp", exp
    yield "val", npy(affect[0], real, shape, version)
    yield "aro", npy(affect[1], real, shape, version)
    yield "lnd", npy([float(v) for v in points], real, (68, 2) if shape else (136,), version)


def write(job):
    for split, folder in SPLITS.items():
        if job.form == "nested":
            folder = f"{folder}/{folder}"
        samples = samples_of(job, split)
        for s in samples:
            s.image = f"{folder}/images/{s.key}.jpg"
        job.begin(split, samples, folder, without_valence=sum(synthetic.lacks_affect(s.face) for s in samples))
        files = {s.key: list(annotations(job, s, split)) for s in samples}
        for s in samples:
            name_damage(job, s, f"{folder}/annotations/{s.key}")
            for suffix, data in files[s.key]:
                job.out.put(f"{folder}/annotations/{s.key}_{suffix}.npy", data)
        job.pictures(samples)
        twin(job, samples, folder)
        repeat(job, split, samples, folder, files)


def name_damage(job, sample, path):
    if sample is job.damage.victim and job.damage.kind in ("label-9", "object-npy", "bad-number", "missing-annotation"):
        job.damage.file(path + "_exp.npy")


def twin(job, samples, folder):
    """duplicate-id: a second picture of the same number, a PNG of another face."""
    victim = job.damage.victim
    if job.damage.kind != "duplicate-id" or victim not in samples:
        return
    other = next(s for s in samples if s.emotion != victim.emotion)
    name = f"{folder}/images/{victim.key}.png"
    job.out.put(name, other.face.png)
    job.damage.file(name)


def repeat(job, split, samples, folder, files):
    """The training split again and again under new ids, by hard links that take no room."""
    if split != "train" or job.args.repeat < 2:
        return
    stride = int(samples[-1].key) + 1
    kept = [s for s in samples if not job.damage.loses_image(s)]
    for k, s in itertools.product(range(1, job.args.repeat), kept):
        new = int(s.key) + k * stride
        job.out.link(s.image, f"{folder}/images/{new}.jpg")
        for suffix, _ in files[s.key]:
            job.out.link(f"{folder}/annotations/{s.key}_{suffix}.npy", f"{folder}/annotations/{new}_{suffix}.npy")
    counts = job.splits[split]
    counts["images"] *= job.args.repeat
    counts["without_valence"] *= job.args.repeat
    counts["classes"] = {c: n * job.args.repeat for c, n in counts["classes"].items()}
