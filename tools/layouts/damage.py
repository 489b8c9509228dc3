"""The damaged twins: one thing made wrong in the training split, and a record of what it was.

The record's scope says what a loader can still use. `item`: everything but one sample, which the counts leave out. `table`, `archive`,
`set`: nothing that comes from it can be trusted; the counts are those of the undamaged set. `none`: the set is well formed and the counts are right, but it deserves a word. Of two
entries with one id (duplicate-id, scope `item`) the counts keep the first."""
import os
from collections import namedtuple

IMAGE = {"not-an-image", "truncated-image", "missing-image"}
TABLE = {"missing-annotation", "label-9", "missing-column", "duplicate-id", "bad-number"}
CLASS = {"empty-class", "small-class"}
KINDS = sorted(IMAGE | TABLE | CLASS | {"object-npy", "truncated-tar", "truncated-zip"})
SMALL = 499

# The columns of the class, of the number that bad-number spoils and of the id, and a code that no class has.
Columns = namedtuple("Columns", "label word key unknown")


class Damage:
    def __init__(self, kind):
        self.kind = kind
        self.victim = None
        self.whole = {"duplicate-id", "missing-column"}  # kinds that leave the counts alone; a layout may know better
        self.report = {"kind": kind} if kind else {}

    def _tell(self, scope, **more):
        self.report.update(scope=scope, **more)

    # ---- classes

    def thin(self, faces, split, classes):
        """Without contempt (disgust where there is none), or with fewer than 500 of fear."""
        if self.kind == "empty-class":
            gone = "contempt" if "contempt" in classes else "disgust"
            kept = [f for f in faces if f.emotion != gone]
            self._tell("none", **{"class": gone, "removed": self.report.get("removed", 0) + len(faces) - len(kept)})
            return kept
        if self.kind == "small-class" and split == "train":
            of_class = [f for f in faces if f.emotion == "fear"]
            keep = min(SMALL, len(of_class) // 2)
            gone = {f.name for f in of_class[keep:]}
            self._tell("none", **{"class": "fear", "split": split, "removed": len(gone), "images": keep})
            return [f for f in faces if f.name not in gone]
        return faces

    # ---- one sample

    def choose(self, split, samples):
        """The middle one of the split."""
        if not self.kind or self.kind in CLASS or self.kind.startswith("truncated-") and self.kind != "truncated-image":
            return
        self.victim = samples[len(samples) // 2]
        self._tell("item", split=split, key=self.victim.key, image=self.victim.image, **{"class": self.victim.emotion})

    def hits(self, sample, kind):
        return self.kind == kind and sample is self.victim

    def takes(self, sample):
        """Whether the damage leaves a loader without this sample."""
        return sample is self.victim and self.kind not in self.whole

    def loses_image(self, sample):
        return self.hits(sample, "missing-image")

    def image(self, sample, data):
        if self.hits(sample, "not-an-image"):
            return b"<html><body>404 Not Found</body></html>\n"
        if self.hits(sample, "truncated-image"):
            return data[:len(data) * 2 // 5]
        return data

    def file(self, path, **more):
        """Name the file that was damaged, where it is not the picture."""
        self._tell("set" if self.kind in self.whole - {"duplicate-id", "missing-column"} else "item", file=path, **more)

    # ---- tables

    def table(self, path, header, rows, columns):
        """The header and rows with the victim's row spoiled; as they are where the victim is not among them."""
        at = next((i for i, (sample, _) in enumerate(rows) if sample is self.victim), None)
        if at is None or self.kind not in TABLE:
            return header, rows
        sample, fields = rows[at]
        rows = list(rows)
        self.file(path, line=at + 1 + bool(header))
        if self.kind == "missing-annotation":
            del rows[at]
        elif self.kind == "label-9":
            rows[at] = sample, _replaced(fields, columns.label, columns.unknown)
        elif self.kind == "bad-number":
            rows[at] = sample, _replaced(fields, columns.word, "several")
        elif self.kind == "duplicate-id":
            other = next(f for s, f in rows[at:] + rows if s.emotion not in (None, sample.emotion))
            rows.append((sample, _replaced(other, columns.key, fields[columns.key])))
            self.file(path, line=len(rows) + bool(header))
        elif header is None:
            rows[at] = sample, _without(fields, columns.label)
        else:
            self._tell("table", column=header[columns.label])
            return _without(header, columns.label), [(s, _without(f, columns.label)) for s, f in rows]
        return header, rows

    # ---- archives

    def archive(self, root):
        """Cut the finished archive in the middle of a member."""
        if self.kind not in ("truncated-tar", "truncated-zip"):
            return
        names = sorted(n for n in os.listdir(root) if n.endswith(self.kind[len("truncated"):].replace("-", ".")))
        path = os.path.join(root, names[0])
        size = os.path.getsize(path)
        cut = size * 2 // 3 // 512 * 512 + 100
        os.truncate(path, cut)
        self._tell("archive", file=names[0], bytes=cut, of=size)


def _replaced(fields, column, text):
    return [text if i == column else f for i, f in enumerate(fields)]


def _without(fields, column):
    return [f for i, f in enumerate(fields) if i != column]
