#!/usr/bin/env python3
"""degrade.csv: a picture made worse by numpy and Pillow (needs python3-pil and python3-numpy).

    make_degrade.py OUT.csv

A line is channels,kind,tolerance,samples in hex.
"""
import io
import sys

import numpy as np
from PIL import Image

W, H = 48, 36


def picture(c):
    i = np.arange(W * H * c)
    y, x, ch = i // (W * c), i // c % W, i % c
    return np.clip(128 + 70 * np.sin(x / 5 + ch) + 50 * np.cos(y / 4 - ch) + (i * 7919 % 13), 0, 255).astype(np.uint8).reshape(H, W, c)


def blur(a):
    sigma = min(W, H) / 24
    r = int(4 * sigma + 0.5)
    k = np.exp(-0.5 * (np.arange(-r, r + 1) / sigma) ** 2)
    k /= k.sum()
    for axis in 0, 1:
        pad = [(r, r) if d == axis else (0, 0) for d in range(3)]
        a = np.apply_along_axis(lambda v: np.convolve(v, k, "valid"), axis, np.pad(a.astype(float), pad, "edge"))
    return a + 0.5


def rotate(a):
    """Pillow's matrix of Image.rotate(15), about the middle, pixels beyond the edge like those on it."""
    t = np.radians(15)
    y, x = np.mgrid[0:H, 0:W].astype(float)
    x, y = x - (W - 1) / 2, y - (H - 1) / 2
    u = np.clip(np.cos(t) * x - np.sin(t) * y + (W - 1) / 2, 0, W - 1)
    v = np.clip(np.sin(t) * x + np.cos(t) * y + (H - 1) / 2, 0, H - 1)
    x0, y0 = u.astype(int), v.astype(int)
    x1, y1 = np.minimum(x0 + 1, W - 1), np.minimum(y0 + 1, H - 1)
    p, q, b = (u - x0)[..., None], (v - y0)[..., None], a.astype(float)
    out = (1 - q) * ((1 - p) * b[y0, x0] + p * b[y0, x1]) + q * ((1 - p) * b[y1, x0] + p * b[y1, x1]) + 0.5
    pil = np.asarray(Image.fromarray(a.squeeze()).rotate(15, Image.BILINEAR), dtype=float).reshape(a.shape)
    middle = np.s_[10:-10, 14:-14]
    assert abs(pil[middle] - out[middle]).max() <= 2
    return out


def image(a):
    return Image.fromarray(a.squeeze())


def small(a):
    return np.asarray(image(a).resize((W // 3, H // 3), Image.BILINEAR).resize((W, H), Image.BILINEAR))


def jpeg(a):
    f = io.BytesIO()
    image(a).save(f, "JPEG", quality=30, subsampling="4:2:0")
    return np.asarray(Image.open(f))


def band(a, top, bottom):
    a = a.copy()
    a[int(top * H + 0.5):int(bottom * H + 0.5)] = 0
    return a


with open(sys.argv[1], "w") as out:
    for c in 1, 3:
        a = picture(c)
        for kind, tolerance, b in (("none", 0, a), ("blur", 1, blur(a)), ("small", 1, small(a)), ("jpeg", 1, jpeg(a)),
                                   ("rotate", 1, rotate(a)), ("occlude-eyes", 0, band(a, 0.25, 0.5)),
                                   ("occlude-mouth", 0, band(a, 0.65, 0.95))):
            out.write(f"{c},{kind},{tolerance},{np.asarray(b).astype(np.uint8).tobytes().hex()}\n")
