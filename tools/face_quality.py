#!/usr/bin/env python3
"""Fit what src/vision/quality.c measures.

    tools/face_quality.py occlusion --data FER2013Train.tar --out src/vision/occlusion_weights.h
    tools/face_quality.py cost predictions...

occlusion: train the network that sees covered parts. Crops of FER+'s training part are the examples; half of them get
bands, rectangles, ellipses, masks or dark glasses of many kinds, and all are blurred, darkened and shifted at random.
The last tenth of the crops is held out; the area under the ROC curve on it is printed.

cost: print what sharpness and occlusion cost in accuracy, by least squares over the tables of
`fer eval --predictions`, one for each degradation of FER+'s training part."""
import argparse
import csv
import io
import tarfile

import numpy as np

SIDE, CELLS, HIDDEN = 48, 6, 16
CELL = SIDE // CELLS
ROUNDS, BATCH, RATE, DECAY = 60, 256, 4e-3, 1e-2


def crops(path, count):
    from PIL import Image
    found = []
    with tarfile.open(path) as tar:
        for member in tar:
            if member.name.endswith(".png"):
                picture = Image.open(io.BytesIO(tar.extractfile(member).read())).convert("L")
                found.append(np.asarray(picture.resize((SIDE, SIDE)) if picture.size != (SIDE, SIDE) else picture))
            if len(found) == count:
                break
    return np.array(found)


def features(x):
    """As feri_quality_cells_of(): [n][48][48] to [n][72]."""
    x = x.astype(np.float64)
    mean, spread = x.mean((1, 2)), x.std((1, 2))
    edges = np.zeros_like(x)
    inner = np.zeros((SIDE, SIDE))
    inner[1:-1, 1:-1] = 1
    dx, dy = (x[:, 1:-1, 2:] - x[:, 1:-1, :-2]) / 2, (x[:, 2:, 1:-1] - x[:, :-2, 1:-1]) / 2
    edges[:, 1:-1, 1:-1] = dx * dx + dy * dy

    def cells(a):
        return a.reshape(-1, CELLS, CELL, CELLS, CELL).sum((2, 4)).reshape(len(a), -1)
    detail = np.log(cells(edges) / cells(inner[None]) + 4)
    detail -= detail.mean(1, keepdims=True)
    grey = (cells(x) / CELL ** 2 - mean[:, None]) / (spread[:, None] + 4)
    return np.concatenate([detail, grey], 1)


# ---- covered faces ----


def enlarge(small):
    """Bilinear, to the size of a crop."""
    at = np.linspace(0, len(small) - 1.001, SIDE)
    i, f = at.astype(int), at % 1
    rows = small[i] * (1 - f)[:, None] + small[i + 1] * f[:, None]
    return rows[:, i] * (1 - f) + rows[:, i + 1] * f


def mask(rng):
    y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE
    kind = rng.integers(0, 6)
    if kind <= 1:  # a band
        height = rng.uniform(0.16, 0.4)
        top = rng.uniform(0.12, 0.98 - height)
        return (y >= top) & (y < top + height)
    if kind == 2:  # a rectangle
        w, h = rng.uniform(0.35, 0.9), rng.uniform(0.2, 0.5)
        left, top = rng.uniform(0, 1 - w), rng.uniform(0.15, 0.95 - h)
        return (x >= left) & (x < left + w) & (y >= top) & (y < top + h)
    if kind == 3:  # a hand
        cx, cy, a, b, t = (rng.uniform(*r) for r in ((0.15, 0.85), (0.3, 0.9), (0.18, 0.4), (0.15, 0.35), (0, np.pi)))
        u, v = (x - cx) * np.cos(t) + (y - cy) * np.sin(t), (y - cy) * np.cos(t) - (x - cx) * np.sin(t)
        return (u / a) ** 2 + (v / b) ** 2 < 1
    if kind == 4:  # a medical mask: from the nose down
        return (y > rng.uniform(0.5, 0.62) + rng.uniform(-0.1, 0.4) * (x - 0.5) ** 2) & (
            np.abs(x - 0.5) < rng.uniform(0.3, 0.45))
    cy, r = rng.uniform(0.36, 0.44), rng.uniform(0.11, 0.16)  # dark glasses
    return ((x - 0.32) ** 2 / 1.5 + (y - cy) ** 2 < r * r) | ((x - 0.68) ** 2 / 1.5 + (y - cy) ** 2 < r * r)


def cover(crop, other, rng):
    kind = rng.integers(0, 4)
    if kind == 0:
        over = np.zeros((SIDE, SIDE))
    elif kind == 1:
        over = np.full((SIDE, SIDE), rng.uniform(0, 255))
    elif kind == 2:  # something smooth about as bright as the face
        k = rng.integers(2, 7)
        over = crop.mean() + rng.normal() * 40 + enlarge(rng.normal(size=(k, k))) * rng.uniform(3, 30)
        over = over + rng.normal(size=over.shape) * rng.uniform(0, 4)
    else:  # a part of another picture, enlarged
        side = rng.integers(10, 28)
        top, left = rng.integers(0, SIDE - side, 2)
        over = enlarge(other[top:top + side, left:left + side].astype(float))
    return np.where(mask(rng), np.clip(over, 0, 255), crop)


def blurred(x, sigma):
    k = np.exp(-0.5 * (np.arange(-8, 9) / sigma) ** 2)
    k /= k.sum()
    for axis in (0, 1):
        padded = np.pad(x, [(8, 8) if a == axis else (0, 0) for a in (0, 1)], "edge")
        x = sum(w * np.take(padded, range(i, i + SIDE), axis) for i, w in enumerate(k))
    return x


def disturbed(x, rng):
    choice = rng.random()
    if choice < 0.3:
        x = blurred(x, rng.uniform(0.5, 2.5))
    elif choice < 0.45:
        x = x * rng.uniform(0.2, 0.8) + rng.normal(size=x.shape) * rng.uniform(0, 12)
    if rng.random() < 0.5:
        x = x[:, ::-1]
    dy, dx = rng.integers(-3, 4, 2)
    padded = np.pad(x, 3, "edge")
    return np.clip(padded[3 + dy:3 + dy + SIDE, 3 + dx:3 + dx + SIDE], 0, 255).astype(np.uint8)


def examples(base, times, rng):
    x, y = [], []
    for crop in np.repeat(base, times, 0):
        x.append(disturbed(crop.astype(float), rng))
        x.append(disturbed(cover(crop.astype(float), base[rng.integers(len(base))], rng), rng))
        y += [0, 1]
    return features(np.array(x)), np.array(y)


# ---- the network ----


def forward(net, x):
    hidden = np.maximum(x @ net[0].T + net[1], 0)
    return hidden, hidden @ net[2] + net[3]


def train(x, y, rng):
    """AdamW with a rate that falls to 0."""
    net = [rng.normal(size=(HIDDEN, x.shape[1])) * np.sqrt(2 / x.shape[1]), np.zeros(HIDDEN),
           rng.normal(size=HIDDEN) * np.sqrt(1 / HIDDEN), np.zeros(1)]
    first, second = [np.zeros_like(w) for w in net], [np.zeros_like(w) for w in net]
    steps = ROUNDS * (len(x) // BATCH)
    for step in range(steps):
        if step % (len(x) // BATCH) == 0:
            order = rng.permutation(len(x))
        at = order[step % (len(x) // BATCH) * BATCH:][:BATCH]
        hidden, z = forward(net, x[at])
        d = (1 / (1 + np.exp(-z)) - y[at]) / len(at)
        dh = d[:, None] * net[2] * (hidden > 0)
        for i, g in enumerate((dh.T @ x[at], dh.sum(0), hidden.T @ d, d.sum(keepdims=True))):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            rate = RATE * (1 - step / steps)
            net[i] = net[i] * (1 - rate * DECAY) - rate * first[i] / (1 - 0.9 ** (step + 1)) / (
                np.sqrt(second[i] / (1 - 0.999 ** (step + 1))) + 1e-8)
    return net


def area(scores, y):
    rank = np.empty(len(scores))
    rank[np.argsort(scores)] = np.arange(len(scores))
    right = y > 0
    return (rank[right].mean() - (right.sum() - 1) / 2) / (~right).sum()


def number(v):
    text = "%.4g" % v
    return text + ("f" if "." in text or "e" in text else ".0f")


def rows(values, indent):
    lines, line = [], indent
    for text in (number(v) + "," for v in values):
        if len(line) + len(text) > 118:
            lines.append(line.rstrip())
            line = indent
        line += text + " "
    return "\n".join([*lines, line.rstrip()])


def write(net, path):
    with open(path, "w") as f:
        f.write("/* Weights of the network that sees covered parts, made by tools/face_quality.py. Do not edit. */\n"
                "#ifndef FERI_VISION_OCCLUSION_WEIGHTS_H\n#define FERI_VISION_OCCLUSION_WEIGHTS_H\n\n"
                f"#define OCCLUSION_HIDDEN {HIDDEN}\n"
                "#define OCCLUSION_INPUTS 72 /* detail of 36 cells, then their grey */\n\n/* clang-format off */\n"
                "static const float occlusion_in[OCCLUSION_HIDDEN][OCCLUSION_INPUTS] = {\n")
        for row in net[0]:
            f.write("    {\n" + rows(row, " " * 8) + "\n    },\n")
        f.write("};\nstatic const float occlusion_bias[OCCLUSION_HIDDEN] = {\n" + rows(net[1], "    ") +
                "\n};\nstatic const float occlusion_out[OCCLUSION_HIDDEN] = {\n" + rows(net[2], "    ") +
                f"\n}};\nstatic const float occlusion_shift = {number(net[3][0])};\n/* clang-format on */\n\n#endif\n")


def fit_occlusion(args):
    rng = np.random.default_rng(args.seed)
    base = crops(args.data, args.count)
    cut = len(base) * 9 // 10
    x, y = examples(base[:cut], args.times, rng)
    mean, spread = x.mean(0), x.std(0)
    net = train((x - mean) / spread, y, rng)
    net[1] = net[1] - net[0] @ (mean / spread)
    net[0] = net[0] / spread
    x, y = examples(base[cut:], 2, rng)
    scores = forward(net, x)[1]
    print(f"{len(base) - cut} crops held out: area under the ROC curve {area(scores, y):.3f}, "
          f"right {np.mean((scores > 0) == (y > 0)):.1%}")
    write(net, args.out)


def fit_cost(args):
    unsharp, covered, right = [], [], []
    for path in args.predictions:
        with open(path, newline="") as f:
            for row in csv.DictReader(f):
                unsharp.append(1 - float(row["sharpness"]))
                covered.append(float(row["occlusion"]))
                right.append(row["label"] == row["answer"])
    a = np.stack([unsharp, covered, np.ones(len(right))], 1)
    w = -np.linalg.lstsq(a, np.array(right, float), rcond=None)[0][:2]
    print(f"accuracy lost without sharpness {w[0]:.3f}, covered {w[1]:.3f}; as shares {w[0] / w.sum():.2f}, "
          f"{w[1] / w.sum():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    sub = commands.add_parser("occlusion")
    sub.add_argument("--data", required=True, help="FER2013Train.tar")
    sub.add_argument("--out", required=True)
    sub.add_argument("--count", type=int, default=8000, help="crops")
    sub.add_argument("--times", type=int, default=3, help="examples of each crop")
    sub.add_argument("--seed", type=int, default=1)
    sub.set_defaults(run=fit_occlusion)
    sub = commands.add_parser("cost")
    sub.add_argument("predictions", nargs="+")
    sub.set_defaults(run=fit_cost)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
