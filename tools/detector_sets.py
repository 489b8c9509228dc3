#!/usr/bin/python3
"""Makes the sets of pictures that the face detector is trained on, and one that chooses its threshold, from the development data.

    tools/detector_sets.py --faces ../shared/data/faces --fairface DIR --photos DIR --finds FILE --out DIR

Writes the folders DIR/{train,scenes,groups,fairface,sports,people,animals,check,check14}, each with images/, faces.csv and ignore.csv as
`fer train-detector` reads them:

- train: train.tar, its boxes brought to the shape of the other sets' by a teacher's finds
- scenes, groups: scenes.tar and scenes2.tar, groups.tar
- fairface: of FairFace's training pictures those in which the teacher is unsure of the main face, as many turned to the side, and others
- sports, people: photographs that are not in scenes.tar or scenes2.tar, at most 640 px, all boxes by the teacher (--photos: a folder that
  has the repositories of PHOTOS as owner/name)
- animals: photographs of dogs, cats, horses, cows and sheep, many of which the teacher takes for faces. Where the animals' heads are known, a
  find on one is no face, and one elsewhere on an animal does not count; where they are not, pictures with a very sure find are left out
  and nothing in the others is a face
- check: one picture in twelve of train, scenes and groups, which is left out there; check14: the same, but faces below 14 pixels do not
  count, as in the test set

FILE has the finds of the teacher, YuNet, in train.tar and the photographs: lines [name, [[x, y, w, h, score, lx1, ly1, ..., lx5, ly5], ...]] of
JSON. They are made first (bench/face_finders.py says what --peers must hold):

    tools/detector_sets.py --faces ../shared/data/faces --photos DIR --finds FILE --teach --peers build/onnxruntime
"""
import argparse
import csv
import hashlib
import io
import itertools
import json
import os
import random
import sys
from collections import defaultdict
from multiprocessing import Pool

from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from face_finders import YUNET, Peer, add_peer_options, missing_of  # noqa: E402
from faces_common import Pictures, decode, iou, read_files  # noqa: E402

HEADER = ["image", "x", "y", "w", "h"] + [f"l{axis}{i}" for i in range(1, 6) for axis in "xy"]
SURE, DOUBTED = 0.7, 0.3  # the teacher's score from which a find is a face, or a region that does not count
PERSON = 0.85             # the same in a photograph of an animal whose head is not known: it takes many muzzles for faces
ANIMALS = {"voc": "keypoints.json"}  # by the prefix: the table of the animals in the repository, of Animal-Pose (Cao et al. 2019)
HEAD = 5                  # the first points of an animal: its eyes, its nose, the bases of its ears
COUNTED = 14              # pixels: narrower faces of check14 do not count
CHECK = 12                # one picture in so many chooses, and is not trained on
TURNED, OTHERS = 2500, 2500
LONGEST = 640             # pixels of a photograph; larger ones are shrunk
PHOTOS = {                # by the prefix of a picture's name: the set, the repository, the folder in it, and the most pictures of it
    "sport2": ("sports", "jurjsorinliviu/Sports-Type-Classifier", "data", 10000),
    "voc": ("animals", "mateusrafael4/Atividade_programacao_pose_estimation", "images", 5000),  # PASCAL VOC's of Animal-Pose
    "f8k": ("people", "quantumnaan/sic_translator", "data/images", 1000),                      # Flickr8k
    "sht": ("people", "MonsterVivy/shanghaitech", "", 1500),
    "pets": ("animals", "chanakya2734/Image-classification-using-CNN", "dataset", 4000),
}
KEPT_APART = "dataset/breed_dataset/"  # photographs of "pets" that only measure


def is_check(name):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % CHECK == 0


# ---- the teacher -----------------------------------------------------------------------------------------------------------------

peer = None  # of this process


def find_all(rgb):
    """At once, twice and half its size: of finds that overlap, the surest."""
    longer, finds, kept = max(rgb.shape), [], []
    for scale in [1] + ([2] if longer <= LONGEST else []) + ([0.5] if longer > 150 else []):
        peer.scale = scale
        finds += peer.find(rgb, DOUBTED)
    for f in sorted(finds, key=lambda f: -f.confidence):
        if all(iou(f.box, k.box) < 0.4 for k in kept):
            kept.append(f)
    return [f.box + [f.confidence] + f.points for f in kept]


def teach(job):
    global peer
    directory, name, data = job
    peer = peer or Peer(directory, YUNET)
    return name, find_all(decode(data))


def photographs(faces, folder, prefix):
    """(name, JPEG bytes) of the photographs with the prefix, none of those that scenes.tar and scenes2.tar took from there."""
    _, repository, sub, most = PHOTOS[prefix]
    with open(os.path.join(faces, "scenes_sources.csv"), newline="") as f:
        taken = {row["path"] for row in csv.DictReader(f) if row["repository"] == repository}
    root = os.path.join(folder, repository)
    paths = sorted(os.path.relpath(os.path.join(at, name), root) for at, _, names in os.walk(os.path.join(root, sub)) for name in names)
    paths = [p for p in paths if p.lower().endswith((".jpg", ".jpeg", ".png")) and p not in taken and not p.startswith(KEPT_APART)]
    random.Random(3).shuffle(paths)
    first = {os.path.splitext(p)[0]: p for p in reversed(paths)}  # of pictures with the same name but for its ending
    for path in (p for p in paths[:most] if first[os.path.splitext(p)[0]] == p):
        try:
            picture = Image.open(os.path.join(root, path)).convert("RGB")
        except OSError:  # some are web pages
            continue
        picture.thumbnail((LONGEST, LONGEST), Image.BILINEAR)
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=92)
        yield prefix + "_" + os.path.splitext(os.path.relpath(path, sub or "."))[0].replace("/", "_") + ".jpg", data.getvalue()


def write_finds(args):
    missing = missing_of(args.peers, YUNET)
    if missing:
        sys.exit(f"detector_sets.py: {missing}")
    with Pool() as pool, open(args.finds, "w") as out:
        photos = (photographs(args.faces, args.photos, prefix) for prefix in PHOTOS)
        files = itertools.chain(read_files(os.path.join(args.faces, "train.tar")), *photos)
        jobs = ((args.peers, name, data) for name, data in files if not name.endswith(".csv"))
        for answer in pool.imap(teach, jobs, 8):
            print(json.dumps(answer), file=out)


# ---- sets ------------------------------------------------------------------------------------------------------------------------

class Set:
    def __init__(self, folder, counted=0):
        self.counted = counted
        self.images = os.path.join(folder, "images")
        os.makedirs(self.images, exist_ok=True)
        self.faces = csv.writer(open(os.path.join(folder, "faces.csv"), "w", newline=""))
        self.ignored = csv.writer(open(os.path.join(folder, "ignore.csv"), "w", newline=""))
        self.faces.writerow(HEADER)
        self.ignored.writerow(HEADER[:5])

    def add(self, name, data, faces, ignored):
        with open(os.path.join(self.images, name), "wb") as f:
            f.write(data)
        ignored = ignored + [row[:4] for row in faces if float(row[2]) < self.counted]
        for row in (row for row in faces if float(row[2]) >= self.counted):
            self.faces.writerow([name] + [v if v == "" else round(float(v), 1) for v in row])
        for row in ignored:
            self.ignored.writerow([name] + [round(float(v), 1) for v in row])


def reshape(rows, finds):
    """Faces and regions of a picture of train.tar: its own faces with the teacher's boxes, and faces that only the teacher sees."""
    faces, ignored, used = [], [], set()
    for row in rows:
        overlaps = [(iou(row[:4], f), i) for i, f in enumerate(finds) if i not in used]
        best = max(overlaps, default=(0, -1))
        if best[0] < 0.3:
            faces.append(row)
            continue
        used.add(best[1])
        find = finds[best[1]]
        faces.append(find[:4] + (row[4:] if row[4] else find[5:] if find[4] >= SURE else [""] * 10))
    for i, f in enumerate(finds):
        if i in used or any(iou(f, row[:4]) >= 0.3 for row in rows):
            continue
        if f[4] >= SURE and f[2] >= 8:
            faces.append(f[:4] + f[5:])
        else:
            ignored.append(f[:4])
    return faces, ignored


def add_tar(path, out, checks, finds=None):
    pictures = Pictures(path)
    for name, data in pictures.files.items():
        faces = [box + (points or [""] * 10) for box, points in zip(pictures.faces[name], pictures.points[name])]
        ignored = pictures.ignored[name]
        if finds is not None and faces:  # a picture without faces has none, whatever the teacher sees
            faces, ignored = reshape(faces, finds[name])
        for to in checks if is_check(name) else [out]:
            to.add(name, data, faces, ignored)


def known_animals(folder, prefix):
    """{name of a photograph: [(box, points of the head), ...]}; empty where no table has them."""
    if prefix not in ANIMALS:
        return {}
    animals = defaultdict(list)
    with open(os.path.join(folder, PHOTOS[prefix][1], ANIMALS[prefix])) as f:
        table = json.load(f)
    for a in table["annotations"]:
        name = os.path.splitext(table["images"][str(a["image_id"])])[0]
        animals[f"{prefix}_{name}.jpg"].append((a["bbox"], [p for p in a["keypoints"][:HEAD] if p[2]]))
    return animals


def is_inside(x, y, left, top, right, bottom):
    return left <= x <= right and top <= y <= bottom


def off_animals(finds, animals):
    """(finds that no animal's head is in, those of them that are not on an animal)"""
    left = [f for f in finds if not any(is_inside(x, y, f[0], f[1], f[0] + f[2], f[1] + f[3]) for _, head in animals for x, y, _ in head)]
    return left, [f for f in left if not any(is_inside(f[0] + f[2] / 2, f[1] + f[3] / 2, *box) for box, _ in animals)]


def add_photographs(args, finds, sets):
    for prefix, (of, *_) in PHOTOS.items():
        animals = known_animals(args.photos, prefix)
        for name, data in photographs(args.faces, args.photos, prefix):
            found = people = finds[name]
            if animals:
                found, people = off_animals(found, animals.get(name, []))
            elif of == "animals":
                if any(f[4] >= PERSON for f in found):
                    continue
                found = people = []
            sure = [f for f in people if f[4] >= SURE and f[2] >= 8]
            sets[of].add(name, data, [f[:4] + f[5:] for f in sure], [f[:4] for f in found if f not in sure])


def turn_of(face):
    """How far the nose is from the middle of the eyes, in distances of the eyes."""
    return abs(face[9] - (face[5] + face[7]) / 2) / max(1, abs(face[7] - face[5]))


def add_fairface(table, folder, out):
    rows = defaultdict(list)
    for r in csv.reader(open(table)):
        if r[0].startswith("train/"):
            rows[r[0]].append([float(v) for v in r[1:]])
    main = {name: max(faces, key=lambda f: f[2] * f[3]) for name, faces in rows.items()}
    order = sorted(rows)
    random.Random(1).shuffle(order)
    unsure = [n for n in order if main[n][4] < SURE]
    turned = sorted((n for n in order if main[n][4] >= SURE), key=lambda n: -turn_of(main[n]))[:TURNED]
    chosen = unsure + turned
    chosen += [n for n in order if n not in set(chosen)][:OTHERS]
    for name in chosen:
        faces = [f for f in rows[name] if f[4] >= SURE and f[2] >= 8 or f is main[name]]
        ignored = [f[:4] for f in rows[name] if not any(f is g for g in faces)]
        with open(os.path.join(folder, name), "rb") as f:
            out.add(os.path.basename(name), f.read(), [g[:4] + (g[5:] if g[4] >= SURE else [""] * 10) for g in faces], ignored)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", required=True)
    parser.add_argument("--finds", required=True)
    parser.add_argument("--fairface")
    parser.add_argument("--photos", required=True)
    parser.add_argument("--out")
    parser.add_argument("--teach", action="store_true", help="make FILE")
    add_peer_options(parser)
    args = parser.parse_args()
    if args.teach:
        return write_finds(args)
    if not args.fairface or not args.out:
        sys.exit("detector_sets.py: --fairface and --out are missing")
    finds = dict(json.loads(line) for line in open(args.finds))
    checks = [Set(os.path.join(args.out, "check")), Set(os.path.join(args.out, "check14"), COUNTED)]
    add_tar(os.path.join(args.faces, "train.tar"), Set(os.path.join(args.out, "train")), checks, finds)
    scenes = Set(os.path.join(args.out, "scenes"))
    for name in ("scenes.tar", "scenes2.tar"):
        add_tar(os.path.join(args.faces, name), scenes, checks)
    add_tar(os.path.join(args.faces, "groups.tar"), Set(os.path.join(args.out, "groups")), checks)
    add_photographs(args, finds, {of: Set(os.path.join(args.out, of)) for of in ("sports", "people", "animals")})
    add_fairface(os.path.join(args.faces, "fairface.csv"), args.fairface, Set(os.path.join(args.out, "fairface")))


if __name__ == "__main__":
    main()
