#!/usr/bin/python3
"""Fits the box and the landmarks of an average of two detectors to the mean of both detectors' answers, by least squares.

    tools/detector_refit.py average.safetensors first.safetensors second.safetensors --sets DIR --out refit.safetensors

An average of weights ranks faces better than either, but its landmarks lie further from the true ones than those of either. Only the rows
of the heads' last layers that give edges and landmarks change; confidences stay the same. The pictures are those of the sets of
tools/detector_sets.py that were trained on; the cells are those in which both detectors are sure of a face.
"""
import argparse
import os
import random

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from safetensors_file import load, save

SETS = {"scenes": 400, "people": 200, "train": 300, "fairface": 500}  # pictures of each
STRIDES = (8, 16, 32)
SURE = 0.5     # least confidence of a cell, in both detectors
STAY = 1e-3    # of the mean square of the features: how much the rows would rather stay as they are
SCALES = (0.5, 1)


class Net:
    def __init__(self, path):
        self.weights = {name: torch.from_numpy(value.astype("float32")) for name, value in load(path)[0].items()}

    def conv(self, x, name, stride=1, relu=True):
        w = self.weights
        y = F.conv2d(x, w[name + ".weight"], stride=stride, padding=(w[name + ".weight"].shape[2] - stride + 1) // 2)
        bn = [w[f"{name}_bn.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        y = F.batch_norm(y, *bn, eps=1e-5)
        return F.relu(y) if relu else y

    def features(self, x):
        """What the heads' last layers read, by stride."""
        stem = x = self.conv(x, "stem", 4)
        maps = {}
        for stride in STRIDES:
            at = f"stage{stride}"
            x = self.conv(x, at + ".down", 2)
            x = maps[stride] = F.relu(x + self.conv(self.conv(x, at + ".conv1"), at + ".conv2", relu=False))
        above, out = None, {}
        for stride in reversed(STRIDES):
            y = self.conv(maps[stride], f"pyramid{stride}.lateral", relu=False)
            above = F.relu(y if above is None else y + F.interpolate(above, scale_factor=2))
            read = above if stride > 8 else torch.cat([above, self.conv(stem, "detail", 2)], 1)
            out[stride] = self.conv(read, f"head{stride}.conv").flatten(2)[0].T
        return out

    def cells(self, features, stride):
        w = self.weights[f"head{stride}.cell.weight"][:, :, 0, 0]
        return features @ w.T + self.weights[f"head{stride}.cell.bias"]


def pictures(sets):
    rng = random.Random(8)
    for name, n in SETS.items():
        folder = os.path.join(sets, name, "images")
        for file in rng.sample(sorted(os.listdir(folder)), n):
            image = Image.open(os.path.join(folder, file)).convert("RGB")
            scale = rng.choice(SCALES)
            w, h = (max(32, round(side * scale) // 32 * 32) for side in image.size)
            rgb = numpy.asarray(image.resize((w, h), Image.BILINEAR)).astype("float32")
            yield torch.from_numpy(rgb.transpose(2, 0, 1)[None] / 127.5 - 1)


def collect(average, teachers, sets):
    """{stride: (features with a 1, mean answers)} of the cells that are sure."""
    found = {stride: ([], []) for stride in STRIDES}
    for x in pictures(sets):
        own, others = average.features(x), [t.features(x) for t in teachers]
        for stride in STRIDES:
            answers = [t.cells(f[stride], stride) for t, f in zip(teachers, others)]
            sure = torch.stack([torch.sigmoid(a[:, 0]) >= SURE for a in answers]).all(0)
            found[stride][0].append(F.pad(own[stride][sure], (0, 1), value=1))
            found[stride][1].append(torch.stack([a[sure, 1:] for a in answers]).mean(0))
    return {stride: tuple(torch.cat(part).double() for part in parts) for stride, parts in found.items()}


def refit(average, found):
    for stride, (x, y) in found.items():
        weight, bias = average.weights[f"head{stride}.cell.weight"], average.weights[f"head{stride}.cell.bias"]
        rows = torch.cat([weight[1:, :, 0, 0], bias[1:, None]], 1).double().T
        off = y - x @ rows
        gram = x.T @ x + STAY * (x.T @ x).diagonal().mean() * torch.eye(x.shape[1], dtype=x.dtype)
        step = torch.linalg.solve(gram, x.T @ off)
        print(f"stride {stride}: {len(x)} cells, mean square from the teachers {off.square().mean():.5f}, then {(off - x @ step).square().mean():.5f}")
        weight[1:, :, 0, 0] += step[:-1].T.float()
        bias[1:] += step[-1].float()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("average")
    parser.add_argument("teachers", nargs=2)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    average = Net(args.average)
    with torch.no_grad():
        refit(average, collect(average, [Net(path) for path in args.teachers], args.sets))
    tensors, about = load(args.average)
    for stride in STRIDES:
        for part in ("weight", "bias"):
            name = f"head{stride}.cell.{part}"
            tensors[name] = average.weights[name].numpy()
    save(args.out, tensors, about)


if __name__ == "__main__":
    main()
