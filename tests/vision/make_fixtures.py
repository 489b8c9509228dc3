#!/usr/bin/env python3
"""assign.csv, kalman.csv and align.csv, by SciPy, numpy and Pillow (needs python3-scipy, python3-numpy and python3-pil).

    make_fixtures.py OUT_DIRECTORY

assign.csv: rows,columns,gate,least sum of (cost - gate),costs ...
kalman.csv: dt,q,r,measured,x,v,xx,xv,vv after it (predict, then update), one filter a block, which begins with dt 0.
align.csv: kind,a,b,x0,y0,size of the crop,tolerance,samples in hex; the first is the picture.
"""
import os
import sys

import numpy as np
from PIL import Image
from scipy.optimize import linear_sum_assignment

rng = np.random.default_rng(7)


def assignments(f):
    for rows, cols in (1, 1), (3, 3), (4, 7), (7, 4), (12, 12), (20, 9), (9, 20), (16, 15):
        for gate in 0.3, 0.8, 10:
            cost = rng.random((rows, cols)).round(3)
            if cols % 2:
                cost[rng.random((rows, cols)) < 0.3] = 100
            i, j = linear_sum_assignment(np.minimum(cost, gate))
            total = np.minimum(cost, gate)[i, j].sum() - gate * min(rows, cols)
            f.write(f"{rows},{cols},{gate},{total:.6f}," + ",".join(f"{c:g}" for c in cost.ravel()) + "\n")


def filters(f):
    for q, r in (4, 0.01), (0.2, 0.5):
        x, p = np.array([1.5, 0.0]), np.diag([r, 9.0])
        f.write(f"0,{q},{r},1.5,1.5,0,{r},0,9\n")
        for _ in range(20):
            dt, z = float(rng.choice([0.01, 0.033, 0.2, 1])), round(float(x[0] + rng.normal()), 4)
            F, H = np.array([[1, dt], [0, 1]]), np.array([[1.0, 0]])
            x, p = F @ x, F @ p @ F.T + q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
            k = p @ H.T @ np.linalg.inv(H @ p @ H.T + r)
            x, p = x + k @ (z - H @ x), (np.eye(2) - k @ H) @ p
            f.write(",".join(f"{v:.9g}" for v in (dt, q, r, z, *x, p[0, 0], p[0, 1], p[1, 1])) + "\n")


def crops(f):
    w, h = 67, 53
    y, x = np.mgrid[0:h, 0:w]
    a = np.clip(128 + 70 * np.sin(x / 3) + 50 * np.cos(y / 4 - x / 9), 0, 255).astype(np.uint8)
    image = Image.fromarray(a)
    f.write(f"picture,1,0,0,0,0,0,{a.tobytes().hex()}\n")
    # Kept or enlarged: Pillow's own affine transform. Shrunk: the same at the picture's scale, and then Pillow's resize.
    for kind, scale, turn, x0, y0, size, tolerance in (("same", 1, 20, 20.3, 8.7, 24, 1), ("larger", 0.37, -35, 10.1, 25.2, 30, 1),
                                                      ("half", 2, 30, 22, 4, 16, 1), ("less", 1.7, -70, 14, 38, 14, 2)):
        c, s = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
        n = round(size * max(1, scale))
        k = size / n
        turned = image.transform((n, n), Image.AFFINE, (c * k, -s * k, x0, s * k, c * k, y0), Image.BILINEAR)
        out = turned.resize((size, size), Image.BILINEAR)
        f.write(f"{kind},{c:.17g},{s:.17g},{x0},{y0},{size},{tolerance},{out.tobytes().hex()}\n")


for name, write in ("assign", assignments), ("kalman", filters), ("align", crops):
    with open(os.path.join(sys.argv[1], name + ".csv"), "w") as out:
        write(out)
