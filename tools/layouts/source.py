"""The faces for all layouts: FER+, a directory or a tar with label.csv and 48 x 48 grey PNGs."""
import csv
import io
import os
import tarfile
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

# FER+'s column order; its last two columns are no emotions.
COLUMNS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]
EMOTIONS = COLUMNS[:8]
AFFECTNET = ["neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"]


@dataclass(frozen=True)
class Face:
    name: str
    row: tuple  # the fields of label.csv as they stand there
    png: bytes

    @property
    def votes(self):
        return np.array([int(v) for v in self.row[2:]])

    @property
    def kept(self):
        """The votes without outliers: a class with a single vote has none."""
        votes = self.votes
        return np.where(votes == 1, 0, votes)

    @cached_property
    def emotion(self):
        """The majority protocol's: more than half of the remaining votes, or None."""
        kept = self.kept
        best = int(kept.argmax())
        return EMOTIONS[best] if best < len(EMOTIONS) and 2 * kept[best] > kept.sum() else None

    @property
    def distribution(self):
        """Over the eight emotions; the neutral one where nobody saw any."""
        kept = self.kept[:len(EMOTIONS)]
        return kept / kept.sum() if kept.sum() else np.eye(len(EMOTIONS))[0]


def read_files(path):
    """{base name: bytes} of one split."""
    if os.path.isdir(path):
        return {e.name: open(e.path, "rb").read() for e in os.scandir(path) if e.is_file()}
    with tarfile.open(path) as tar:
        return {os.path.basename(m.name): tar.extractfile(m).read() for m in tar if m.isfile()}


@lru_cache
def read(path):
    """The faces of one split in label.csv's order."""
    files = read_files(path)
    if "label.csv" not in files:
        raise ValueError(f"{path}: there is no label.csv")
    rows = csv.reader(io.StringIO(files["label.csv"].decode()))
    return [Face(row[0], tuple(row), files[row[0]]) for row in rows if row and row[0]]


def limit(faces, n, rng):
    """At most n of them in their old order, drawn at random, but four of every class first."""
    if not n or n >= len(faces):
        return faces
    order = rng.permutation(len(faces))
    seen, first, rest = {}, [], []
    for i in order:
        emotion = faces[i].emotion
        seen[emotion] = seen.get(emotion, 0) + 1
        (first if seen[emotion] <= 4 else rest).append(i)
    return [faces[i] for i in sorted((first + rest)[:n])]
