"""AffectNet's full manual release: Manually_Annotated_Images/<dir>/<hash>.<ext> with uncropped faces, training.csv and validation.csv.

Some files are .JPG, .png and .bmp. Faces without a majority stand in for the codes that are no expression (8 none, 9 uncertain, 10 no
face); those have valence and arousal -2. The tables have no header row with --no-header."""
import hashlib

from . import damage, synthetic
from .job import Sample
from .source import AFFECTNET

CLASSES = AFFECTNET
SIZE = 150
FOLDER = "Manually_Annotated_Images"
SCENE = 300, 260
COLUMNS = ["subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "facial_landmarks", "expression", "valence", "arousal"]
OTHERS = {"none": 8, "uncertain": 9, "no face": 10}
TABLES = {"train": "training.csv", "val": "validation.csv"}
DAMAGES = {"manual": damage.IMAGE | damage.TABLE | damage.CLASS}


def extension(i):
    if i % 100 == 7:
        return "bmp"
    if i % 50 == 3:
        return "png"
    return "JPG" if i % 20 == 5 else "jpg"


def path_of(face, i):
    digest = hashlib.sha224(face.name.encode()).hexdigest()
    return f"{int(digest[:4], 16) % 97 + 1}/{digest}.{extension(i)}"


def samples_of(job, split):
    labelled = job.faces(split)
    others = job.unlabelled(split, max(3, len(labelled) // 16))
    reasons = {f.name: list(OTHERS)[i % 3] for i, f in enumerate(others)}
    faces = sorted(labelled + others, key=lambda f: f.name)
    samples = []
    for i, face in enumerate(faces):
        path = path_of(face, i)
        samples.append(Sample(face, path, f"{FOLDER}/{path}", face.emotion, reasons.get(face.name)))
    return samples


def box(job, sample):
    """(x, y, width, height) of the face in its scene; the height differs from the width, as in the release."""
    rng = job.rng("box", sample.key)
    width = int(rng.integers(job.size - 10, job.size + 11))
    height = int(rng.integers(job.size - 10, job.size + 11))
    return int(rng.integers(0, SCENE[0] - width + 1)), int(rng.integers(0, SCENE[1] - height + 1)), width, height


def row(job, split, sample):
    x, y, width, height = box(job, sample)
    points = synthetic.landmarks(1, job.rng("landmarks", split, sample.key)).reshape(68, 2) * (width, height) + (x, y)
    if sample.emotion:
        code, affect = CLASSES.index(sample.emotion), synthetic.affect(sample.face, job.rng("affect", split, sample.key))
    else:
        code, affect = OTHERS[sample.excluded], (synthetic.INVALID, synthetic.INVALID)
    return [sample.key, x, y, width, height, ";".join(f"{v:.2f}" for v in points.ravel()), code, *affect]


def write(job):
    if job.args.no_header:
        job.damage.whole.discard("missing-column")
    for split, table in TABLES.items():
        samples = samples_of(job, split)
        endings = [s.image.rsplit(".", 1)[1] for s in samples]
        job.begin(split, samples, table, without_valence=sum(bool(s.emotion) and synthetic.lacks_affect(s.face) for s in samples),
                  extensions={e: endings.count(e) for e in ("jpg", "JPG", "png", "bmp")})
        job.table(table, [(s, row(job, split, s)) for s in samples], damage.Columns(6, 6, 0, 42), None if job.args.no_header else COLUMNS)
        job.pictures(samples, place=lambda s: (box(job, s), SCENE))
