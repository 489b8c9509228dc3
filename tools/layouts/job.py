"""One run: the faces, the options, the place to write to, the damage, and the report of what a correct loader must find."""
import csv
import io
import os
import zlib
from dataclasses import dataclass

import numpy as np

from . import damage, output, pictures, source


@dataclass
class Sample:
    """A face in its place. `excluded` says why a correct loader leaves it out; then `emotion` is None."""
    face: source.Face
    key: str
    image: str
    emotion: str
    excluded: str = None


class Job:
    def __init__(self, args, layout):
        self.args, self.layout = args, layout
        self.damage = damage.Damage(args.damage)
        self.out = self._output()
        self.splits, self.left_out = {}, {}

    def _output(self):
        root, form = self.args.out, self.args.form
        os.makedirs(root, exist_ok=True)
        if os.listdir(root):
            raise ValueError(f"{root}: is not empty")
        if form == "tars":
            return output.Tars(root)
        if form in ("zip", "zip-deflated"):
            return output.ZipOfTars(root, self.args.layout + ".zip", form == "zip-deflated", self.args.zip64)
        return output.Directory(root)

    @property
    def form(self):
        return self.args.form

    @property
    def size(self):
        return self.args.size

    def rng(self, *key):
        """The random numbers of one thing, by names and numbers: the same whatever else is drawn."""
        return np.random.default_rng([self.args.seed] + [zlib.crc32(str(k).encode()) for k in key])

    # ---- faces

    def _source(self, split):
        return self.args.train if split == "train" else self.args.val

    def faces(self, split, every=False):
        """The split's faces with a label that the layout has a class for; `every` face for layouts with votes."""
        chosen = []
        for face in source.read(self._source(split)):
            if every or face.emotion in self.layout.CLASSES:
                chosen.append(face)
            else:
                reason = f"{split}: {face.emotion or 'no majority'}"
                self.left_out[reason] = self.left_out.get(reason, 0) + 1
        return self.damage.thin(source.limit(chosen, self.args.limit, self.rng("limit", split)), split, self.layout.CLASSES)

    def unlabelled(self, split, n):
        """Up to n faces without a majority, for layouts with codes for such."""
        chosen = [f for f in source.read(self._source(split)) if f.emotion is None][:n]
        self.left_out[f"{split}: no majority"] -= len(chosen)
        return chosen

    # ---- writing

    def begin(self, split, samples, where, **notes):
        """Count the split, and choose in the first one what is to be damaged. `where` is the split's name on disk."""
        if not self.splits:
            self.damage.choose(split, [s for s in samples if s.emotion])
        found = [s for s in samples if not self.damage.takes(s)]
        labels = [s.emotion for s in found if s.emotion]
        reasons = [s.excluded for s in found if not s.emotion]
        self.splits[split] = {"where": where, "images": len(labels), "classes": {c: labels.count(c) for c in self.layout.CLASSES},
                              "excluded": {r: reasons.count(r) for r in sorted(set(reasons))}, **notes}

    def pictures(self, samples, extension="jpg", mode="RGB", place=None):
        """The samples' pictures. place(sample) gives ((x, y, width, height), (picture's width, height)) for a face within a larger one."""
        todo = [s for s in samples if not self.damage.loses_image(s)]
        made = pictures.encode_all((self._picture(s, extension, mode, place) for s in todo), self.args.jobs)
        for sample, data in zip(todo, made):
            self.out.put(sample.image, self.damage.image(sample, data))

    def _picture(self, sample, extension, mode, place):
        ext = sample.image.rsplit(".", 1)[1] if place else extension
        where, size = place(sample) if place else (None, self.size)
        return pictures.Picture(sample.face.png, ext, size, where, mode)

    def table(self, path, rows, columns, header=None, delimiter=","):
        """A table of (sample, fields); the columns say where damage may strike, None: not in this table."""
        if columns:
            header, rows = self.damage.table(path, header, rows, columns)
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerows([header] if header else [])
        writer.writerows(fields for _, fields in rows)
        self.out.put(path, text.getvalue().encode())

    def report(self):
        excluded = {}
        for split in self.splits.values():
            for reason, n in split.pop("excluded").items():
                excluded[reason] = excluded.get(reason, 0) + n
        return {"layout": self.args.layout, "form": self.form, "splits": self.splits, "excluded": excluded, "left_out": self.left_out,
                "damage": self.damage.report}

    def close(self):
        self.out.close()
        self.damage.archive(self.args.out)
