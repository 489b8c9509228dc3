#!/usr/bin/env python3
"""resize.csv: w,h,c,new_w,new_h, then the pixels that Pillow's BILINEAR makes of the formula's picture (needs python3-pil).

    make_fixtures.py OUT.csv
"""
import sys
import numpy as np
from PIL import Image

CASES = [(9, 7, 1, 5, 4), (9, 7, 3, 4, 7), (6, 5, 1, 13, 11), (5, 6, 3, 8, 3), (16, 16, 1, 1, 1), (1, 1, 3, 4, 3), (7, 3, 1, 7, 3), (40, 30, 1, 7, 5)]

with open(sys.argv[1], "w") as out:
    for w, h, c, nw, nh in CASES:
        i = np.arange(w * h * c, dtype=np.int64)
        pixels = ((i * 7919 + i * i * 31) % 256).astype(np.uint8).reshape((h, w) if c == 1 else (h, w, c))
        new = np.asarray(Image.fromarray(pixels).resize((nw, nh), Image.BILINEAR)).ravel()
        out.write(",".join(map(str, (w, h, c, nw, nh, *new.tolist()))) + "\n")
