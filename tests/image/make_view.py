#!/usr/bin/env python3
"""view.csv: a picture reduced to the mean of the area under each pixel by numpy (needs python3-numpy).

    make_view.py OUT.csv

A line is channels,width,height,samples in hex; the first of each number of channels is the picture.
"""
import sys

import numpy as np

W, H = 37, 23


def picture(c):
    i = np.arange(W * H * c)
    return ((i * 7919 + i // 11 * 104729) % 251).astype(np.uint8).reshape(H, W, c)


def mean(a, n, axis):
    """n times as many samples, each n times, then the means of as many as there were."""
    a = np.moveaxis(np.repeat(a, n, axis), axis, 0)
    return np.moveaxis(a.reshape(n, -1, *a.shape[1:]).mean(1), 0, axis)


with open(sys.argv[1], "w") as f:
    for c in 1, 3:
        a = picture(c)
        for w, h in (W, H), (18, 11), (12, 8), (37, 5), (9, 23), (5, 3), (1, 1):
            out = np.floor(mean(mean(a.astype(float), w, 1), h, 0) + 0.5).astype(np.uint8)
            f.write(f"{c},{w},{h},{out.tobytes().hex()}\n")
