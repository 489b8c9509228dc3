#!/usr/bin/env python3
"""randaugment.csv: torchvision's RandAugment applied to two pictures (needs python3-torchvision 0.14, python3-pil and python3-numpy).

    make_randaugment.py OUT.csv

A line is channels,operation,magnitude,result for each operation at each of the 31 magnitudes; negative magnitudes mean the negative
direction. The operations that blend may differ by one level, so the result is every STEP-th sample in hex, with another start at each
magnitude so that different samples are compared. For the other operations the result is the FNV-1a of all samples. An operation without
direction or magnitude has no lines for them.
"""
import sys

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode, RandAugment
from torchvision.transforms.autoaugment import _apply_op

SIZES = {3: (37, 29), 1: (23, 17)}
STEP = {3: 127, 1: 17}
NAMES = {"Identity": "identity", "ShearX": "shear-x", "ShearY": "shear-y", "TranslateX": "translate-x", "TranslateY": "translate-y",
         "Rotate": "rotate", "Brightness": "brightness", "Color": "color", "Contrast": "contrast", "Sharpness": "sharpness",
         "Posterize": "posterize", "Solarize": "solarize", "AutoContrast": "auto-contrast", "Equalize": "equalize"}
BLENDS = ("Brightness", "Color", "Contrast", "Sharpness")


def picture(channels):
    """Scattered values, each channel with a range of its own so that auto-contrast and equalize have to treat them apart."""
    w, h = SIZES[channels]
    i = np.arange(w * h * channels, dtype=np.int64)
    channel = i % channels
    samples = (40 - 20 * channel + (i * 2654435761 % 2**32 >> 16) % (170 + 43 * channel)).astype(np.uint8)
    return Image.fromarray(samples.reshape((h, w, 3) if channels == 3 else (h, w)))


def fnv1a(samples):
    value = 2166136261
    for sample in samples.tobytes():
        value = (value ^ sample) * 16777619 % 2**32
    return f"{value:08x}"


def result(img, name, magnitude, bin):
    samples = np.asarray(_apply_op(img, name, magnitude, InterpolationMode.NEAREST, None)).ravel()
    step = STEP[len(img.getbands())]
    return samples[bin % step::step].tobytes().hex() if name in BLENDS else fnv1a(samples)


with open(sys.argv[1], "w") as out:
    for channels in SIZES:
        img = picture(channels)
        for name, (magnitudes, signed) in RandAugment()._augmentation_space(31, (img.height, img.width)).items():
            levels = magnitudes.tolist() if magnitudes.ndim else [0.0]
            for sign in (1, -1) if signed else (1,):
                for bin, level in enumerate(levels):
                    if bin or sign > 0:
                        out.write(f"{channels},{NAMES[name]},{sign * bin},{result(img, name, sign * level, bin)}\n")
