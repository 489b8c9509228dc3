"""Copies of AffectNet-8Labels with tables in place of the .npy files.

Forms: csv (train_set_annotation_without_lnd.csv, val_set_...: number, exp, valence, arousal); notebook (train.csv, val.csv: id, arousal, valance
(so spelt), expression)."""
from . import damage, synthetic
from .affectnet8 import CLASSES, SIZE, SPLITS, samples_of  # noqa: F401

_KINDS = damage.IMAGE | damage.TABLE | damage.CLASS
DAMAGES = {"csv": _KINDS, "notebook": _KINDS}


def write(job):
    for split, folder in SPLITS.items():
        samples = samples_of(job, split)
        job.begin(split, samples, folder, without_valence=sum(synthetic.lacks_affect(s.face) for s in samples))
        rows = [(s, (CLASSES.index(s.emotion), *synthetic.affect(s.face, job.rng("affect", split, s.key)))) for s in samples]
        if job.form == "csv":
            job.table(f"{folder}_annotation_without_lnd.csv", [(s, [s.key, exp, v, a]) for s, (exp, v, a) in rows], damage.Columns(1, 1, 0, 42),
                      ["number", "exp", "valence", "arousal"])
        else:
            job.table(f"{split}.csv", [(s, [s.key, a, v, exp]) for s, (exp, v, a) in rows], damage.Columns(3, 3, 0, 42),
                      ["id", "arousal", "valance", "expression"])
        job.pictures(samples)
