#!/usr/bin/python3
"""Trains the network that looks at each find of the face detector once more: face or not (src/models/check.c).

    tools/detector_check.py --sets DIR --fairface DIR --boxes fairface.csv --crops FER2013Train.tar --out check.safetensors

What it learns from are the detector's own finds, sure or not, in the sets of tools/detector_sets.py but for check: faces are the finds on a known
face, and known faces with their boxes moved a little; the others are finds that overlap hardly with a known face, and boxes around known faces that
are far too large or small or beside them. Pictures of FairFace's training part and FER+'s crops come in addition, some of
them pasted into photographs, which may be turned. The network's logit is added to the detector's, so it learns what that leaves to
say (as in boosting). Needs PyTorch.
"""
import argparse
import io
import os
import random
import sys
import tarfile
from collections import defaultdict
from multiprocessing import Pool

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from detector_emblems import rows_of
from fairface import main_faces
from safetensors_file import load, save

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from faces_common import common, iou  # noqa: E402
from face_finders import add_fer_options, predict  # noqa: E402
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "oracle"))
from libfer_models import Check  # noqa: E402

SETS = ["train", "scenes", "groups", "sports", "people", "fairface", "animals", "emblems"]
ENLARGED = ["train", "scenes", "groups", "sports", "people", "animals"]  # of these a part is searched at twice its size, too
PART = 0.2
LEAST = 0.05                 # confidence of a find
SIDE, AROUND, FINEST = 48, 2.0, 4  # as in src/vision/check.c: pixels of a crop, its side in sides of the box, most samples of a pixel along an axis
GREY = 127.5                 # what lies outside a picture
SAME, OTHER = 0.5, 0.3       # IoU with a known face from which a find is one, and below which it is none
MOST = 12                    # about so many faces of one picture
MISTAKEN = 0.4               # boxes that do not fit, for each face
FAIRFACE, FERPLUS, PASTED = 16000, 6000, (8000, 12000)  # pictures; pasted ones of FairFace and of FER+
CROP_BOX = (0.76, 1.09)      # a face's box in a crop of FER+, as in src/data/canvas_source.c


# ---- crops -----------------------------------------------------------------------------------------------------------------------

def crops_of(picture, boxes):
    """[n, SIDE, SIDE, 3] of a picture [h, w, 3], bytes; what lies outside is middle grey."""
    h, w, _ = picture.shape
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() - GREY
    out = []
    for x, y, bw, bh in boxes:
        side = AROUND * max(bw, bh)
        n = min(FINEST, max(1, int(numpy.ceil(side / SIDE))))
        at = (torch.arange(SIDE * n) + 0.5) / (SIDE * n) * side - side / 2
        gx, gy = (x + bw / 2 + at) / w * 2 - 1, (y + bh / 2 + at) / h * 2 - 1
        grid = torch.stack([gx[None].expand(len(at), -1), gy[:, None].expand(-1, len(at))], 2)[None]
        crop = F.avg_pool2d(F.grid_sample(pixels, grid, align_corners=False), n)
        out.append((crop[0] + GREY).round().clamp(0, 255).byte().permute(1, 2, 0).numpy())
    return numpy.stack(out)


def moved(box, rng):
    k = numpy.exp(rng.uniform(-0.15, 0.15))
    return [box[0] + box[2] * (rng.uniform(-0.12, 0.12) + (1 - k) / 2), box[1] + box[3] * (rng.uniform(-0.12, 0.12) + (1 - k) / 2),
            box[2] * k, box[3] * k]


def mistaken(box, rng):
    """A box that does not fit a face: beside it, far too large or far too small."""
    k = numpy.exp(rng.choice([-1, 1]) * rng.uniform(0.2, 0.9))
    far = max(0, 0.8 - abs(numpy.log(k)))
    angle = rng.uniform(0, 2 * numpy.pi)
    return [box[0] + box[2] * (far * numpy.cos(angle) + (1 - k) / 2), box[1] + box[3] * (far * numpy.sin(angle) + (1 - k) / 2), box[2] * k, box[3] * k]


def touches_no(box, faces, ignored):
    return all(iou(box, f) < OTHER for f in faces) and all(common(box, g) < 0.3 * box[2] * box[3] for g in ignored)


def judged(finds, faces, ignored, rng):
    """(box, face or not, the detector's logit) of what is learned in a picture; rng None: of its finds, all."""
    seen, out, share = set(), [], MOST / max(MOST, len(faces))
    for confidence, box in finds:
        logit = numpy.log(confidence / max(1e-6, 1 - confidence))
        best = max(((iou(box, f), i) for i, f in enumerate(faces)), default=(0, -1))
        if best[0] >= SAME:
            seen.add(best[1])
            if not rng or rng.random() < share:
                out.append((box, 1, logit))
        elif touches_no(box, faces, ignored):
            out.append((box, 0, logit))
    if rng:
        out += [(moved(f, rng), 1, 0) for i, f in enumerate(faces) if f[2] >= 10 and rng.random() < share * (0.3 if i in seen else 1)]
        wrong = [mistaken(f, rng) for f in faces if f[2] >= 10 and rng.random() < share * MISTAKEN]
        out += [(box, 0, 0) for box in wrong if touches_no(box, faces, ignored)]
    return [one for one in out if max(one[0][2:]) >= 8]


def learned(job):
    torch.set_num_threads(1)
    path, finds, faces, ignored = job
    some = judged(finds, faces, ignored, random.Random(path))
    if not some:
        return None
    picture = numpy.array(Image.open(path).convert("RGB"))
    return crops_of(picture, [box for box, *_ in some]), [rest for _, *rest in some]


def jobs_of(args, name, options, part):
    folder = os.path.join(args.sets, name)
    faces, ignored = rows_of(folder, "faces.csv"), rows_of(folder, "ignore.csv")
    files = sorted(os.listdir(os.path.join(folder, "images")))
    random.Random(7).shuffle(files)
    files = [os.path.join(folder, "images", f) for f in files[:round(part * len(files))]]
    boxes = [{name: [[float(v) for v in row[1:5]] for row in rows] for name, rows in table.items()} for table in (faces, ignored)]
    for path, found in predict(args, files, options=["--check", "none", "--threshold", str(LEAST), "--weights", "libfer-xs", "--skip-bad", *options]).items():
        yield path, [(f.confidence, f.box) for f in found], *(table.get(os.path.basename(path), []) for table in boxes)


def fairface_boxes(args):
    """(name, main face's box) of FairFace's training pictures, in random order"""
    main = main_faces(args.boxes, 0.7)
    names = sorted(main)
    random.Random(5).shuffle(names)
    return [(name, main[name][:4]) for name in names]


def fairface_jobs(args):
    for name, box in fairface_boxes(args)[:FAIRFACE]:
        yield os.path.join(args.fairface, name), [], [box], []


def fairface_pictures(args):
    for name, box in fairface_boxes(args)[FAIRFACE:FAIRFACE + PASTED[0]]:
        picture = Image.open(os.path.join(args.fairface, name)).convert("RGB")
        yield name, picture, [v / picture.width for v in box]


def ferplus_pictures(args, n):
    with tarfile.open(args.crops) as tar:
        members = [m for m in tar.getmembers() if m.name.lower().endswith((".png", ".jpg"))]
        random.Random(5).shuffle(members)
        for m in members[:n]:
            w, h = CROP_BOX
            yield m.name, Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB"), [(1 - w) / 2, (1 - h) / 2, w, h]


def ferplus_crops(args):
    for name, picture, box in ferplus_pictures(args, FERPLUS):
        yield crops_of(numpy.array(picture), [moved([v * picture.width for v in box], random.Random(name))])


def part_of(photo, width, rng):
    """A square of a photograph, enlarged if it is smaller."""
    if min(photo.size) < width:
        photo = photo.resize([max(width, round(n * width / min(photo.size))) for n in photo.size])
    x, y = rng.randrange(photo.width - width + 1), rng.randrange(photo.height - width + 1)
    return photo.crop((x, y, x + width, y + width))


def turned_part_of(photo, width, rng):
    wide = 3 * width // 2
    at = (wide - width) // 2
    return part_of(photo, wide, rng).rotate(45 * rng.randrange(1, 8), Image.BILINEAR).crop((at, at, at + width, at + width))


def pasted_crops(pictures, folder, turned):
    """Square pictures of a face in photographs without people, where they end or with their edges continued and blended in. turned: the share of
    photographs that do not stand upright, as behind tilted faces that a search in a turned picture finds."""
    backgrounds = sorted(os.path.join(folder, "images", f) for f in os.listdir(os.path.join(folder, "images")) if f.startswith("neg_"))
    for name, picture, box in pictures:
        rng = random.Random("pasted " + name)
        side = round(24 * (160 / 24) ** rng.random())
        width, rim = 3 * side, rng.choice([0, side // 3])
        photo = Image.open(rng.choice(backgrounds)).convert("RGB")
        photo = numpy.array((turned_part_of if rng.random() < turned else part_of)(photo, width, rng), numpy.float32)
        face = numpy.array(picture.resize((side, side), Image.BICUBIC), numpy.float32)
        fade = numpy.pad(numpy.ones((side, side), numpy.float32), rim, "linear_ramp")[:, :, None]
        at = slice(side - rim, 2 * side + rim)
        photo[at, at] += fade * (numpy.pad(face, ((rim, rim), (rim, rim), (0, 0)), "edge") - photo[at, at])
        at_face = [side + side * box[0], side + side * box[1], side * box[2], side * box[3]]
        yield crops_of(photo.round().astype(numpy.uint8), [moved(at_face, rng)])


def gather(args):
    """crops [n, SIDE, SIDE, 3], and [n, 2]: face or not, the detector's logit"""
    crops, known = [], []
    with Pool() as pool:
        for name in SETS:
            before = len(known)
            searches = [([], 1)] + ([(["--smallest", "5"], PART)] if name in ENLARGED else [])
            for options, part in searches:
                for answer in pool.imap(learned, jobs_of(args, name, options, part), 16):
                    if answer:
                        crops.append(answer[0])
                        known += answer[1]
            faces = sum(label for label, _ in known[before:])
            print(f"{name}: {faces} faces, {len(known) - before - faces} others", flush=True)
        crops += [answer[0] for answer in pool.imap(learned, fairface_jobs(args), 64) if answer]
    photos = os.path.join(args.sets, "train")
    crops += list(ferplus_crops(args)) + list(pasted_crops(fairface_pictures(args), photos, 0.5))
    crops += list(pasted_crops(ferplus_pictures(args, PASTED[1]), photos, 0))
    crops = numpy.concatenate(crops)
    known += [[1, 0]] * (len(crops) - len(known))
    return crops, numpy.array(known, numpy.float32)


# ---- the network ---------------------------------------------------------------------------------------------------------------------

def augmented(crops):
    x = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
    n, u = len(x), lambda *shape: torch.rand(*shape) * 2 - 1
    flip, grey = torch.rand(n) < 0.5, torch.rand(n) < 0.2
    x[flip] = x[flip].flip(3)
    x[grey] = x[grey].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    x = x * (1 + 0.35 * u(n, 1, 1, 1)) + 30 * u(n, 1, 1, 1) + 10 * u(n, 3, 1, 1) - GREY
    angle, scale, to = 0.6 * u(n) * torch.rand(n), torch.exp(0.12 * u(n)), torch.zeros(n, 2, 3)
    to[:, 0, 0] = to[:, 1, 1] = scale * torch.cos(angle)
    to[:, 1, 0] = scale * torch.sin(angle)
    to[:, 0, 1] = -to[:, 1, 0]
    to[:, :, 2] = 0.06 * u(n, 2)
    x = F.grid_sample(x, F.affine_grid(to, x.shape, align_corners=False), align_corners=False)
    poor = torch.rand(n) < 0.25  # few pixels
    side = random.choice([10, 14, 18, 24, 32])
    small = F.interpolate(x[poor], (side, side), mode="area")
    x[poor] = F.interpolate(small, (SIDE, SIDE), mode="bilinear", align_corners=False)
    return x.clamp(-GREY, GREY) / GREY


def train(crops, known, args):
    torch.manual_seed(args.seed)
    rng, net, n, batch = numpy.random.default_rng(args.seed), Check(2, dropout=0.2), len(known), 256
    if args.init:
        net.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in load(args.init)[0].items()})
    steps = args.epochs * (n // batch)
    optimizer = torch.optim.AdamW(net.parameters(), args.lr, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.lr, total_steps=steps)
    for epoch in range(args.epochs):
        order, total = rng.permutation(n), 0
        for i in range(n // batch):
            some = numpy.sort(order[i * batch:(i + 1) * batch])
            label, logit = torch.from_numpy(known[some]).T
            other, face = net(augmented(crops[some])).T
            loss = F.binary_cross_entropy_with_logits(face - other + logit, label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{args.epochs}  loss {total / (n // batch):.4f}", flush=True)
        write(net, args)
    return net


# ---- calibration -----------------------------------------------------------------------------------------------------------------------

def finds_of_check(args, net):
    """Of the finds in the set "check": [n, 3], the detector's logit, the network's and whether there is a face."""
    rows = []
    for options in ([], ["--smallest", "5"]):
        for path, finds, faces, ignored in jobs_of(args, "check", options, 1):
            some = judged(finds, faces, ignored, None)
            if some:
                crops = crops_of(numpy.array(Image.open(path).convert("RGB")), [box for box, *_ in some])
                with torch.no_grad():
                    z = net((torch.from_numpy(crops).permute(0, 3, 1, 2).float() - GREY) / GREY)
                rows += [[logit, s, label] for s, (_, label, logit) in zip((z[:, 1] - z[:, 0]).tolist(), some)]
    return torch.tensor(rows, dtype=torch.float64)


def calibrate(net, args):
    """Scale and shift the network's logit so that sigmoid(its + the detector's) is the share of faces, by Newton's method."""
    net.eval()
    detector, own, label = finds_of_check(args, net).T
    x, w = torch.stack([own, torch.ones_like(own)], 1), torch.tensor([1.0, 0.0], dtype=torch.float64)
    for _ in range(30):
        p = torch.sigmoid(detector + x @ w)
        w = w - torch.linalg.solve((x.T * (p * (1 - p))) @ x, x.T @ (p - label))
    print(f"{len(own)} finds: scale {w[0]:.3f}, shift {w[1]:.3f}", flush=True)
    with torch.no_grad():
        net.fc.weight *= w[0]
        net.fc.bias *= w[0]
        net.fc.bias[1] += w[1]


def write(net, args):
    tensors = {name: value.numpy() for name, value in net.state_dict().items()}
    about = {"format": "pt", "fer.format": "1", "fer.model": "check-s", "fer.height": str(SIDE), "fer.width": str(SIDE), "fer.channels": "3",
             "fer.classes": "other\nface", "fer.preprocess": "half", "fer.provenance": "tools/detector_check.py"}
    save(args.out, tensors, about)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--fairface", required=True, help="folder with train/")
    parser.add_argument("--boxes", required=True, help="fairface.csv: the teacher's boxes in FairFace's pictures")
    parser.add_argument("--crops", required=True, help="FER+'s training crops")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--init", help="weights to begin with (default: random)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help=".npz that keeps the crops, or has them")
    parser.add_argument("--out", required=True)
    add_fer_options(parser)
    args = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    if args.keep and os.path.exists(args.keep):
        kept = numpy.load(args.keep)
        crops, known = kept["crops"], kept["known"]
    else:
        crops, known = gather(args)
        if args.keep:
            numpy.savez(args.keep, crops=crops, known=known)
    print(f"{known[:, 0].sum():.0f} faces of {len(known)}", flush=True)
    net = train(crops, known, args)
    calibrate(net, args)
    write(net, args)


if __name__ == "__main__":
    main()
