#!/usr/bin/python3
"""Photographs with icons, flags and drawn rings pasted beside their faces: what is round or has dark spots, and is no face.

    npm pack emoji-datasource-twitter svg-country-flags         # unpack each into its folder below DIR
    tools/detector_emblems.py --icons DIR --sets DIR [--pictures 4000]

Reads the sets of tools/detector_sets.py, takes pictures of them at random and writes the set DIR/emblems, with the faces that the
pictures had. What is pasted is warped, shaded by what it lies on, and blurred. Icons of people and smileys are left out.
"""
import argparse
import csv
import json
import math
import os
import random
import sys
from collections import defaultdict
from multiprocessing import Pool

import numpy
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from detector_sets import Set

SETS = ["scenes", "sports", "people"]
NO_FACES = {"Animals & Nature", "Food & Drink", "Activities", "Travel & Places", "Objects", "Symbols", "Flags"}
LIKE_FACES = {"SMILEY", "MAN", "WOMAN", "PERSON", "MOON WITH FACE", "SUN WITH FACE", "SNOWMAN", "JACK-O-LANTERN", "DOLLS", "BUST", "STATUE"}
LEAST, MOST = 10, 150  # pixels of a pasted one
BIG = 128              # pixels at which they are drawn


# ---- what is pasted ------------------------------------------------------------------------------------------------------------------

def icon_files(folder):
    base = os.path.join(folder, "emoji-datasource-twitter")
    with open(os.path.join(base, "emoji.json")) as f:
        icons = [e for e in json.load(f) if e["category"] in NO_FACES and e.get("has_img_twitter", True)
                 and not any(word in (e["name"] or "") for word in LIKE_FACES)]
    files = [os.path.join(base, "img/twitter/64", e["image"]) for e in icons]
    flags = os.path.join(folder, "svg-country-flags/png250px")
    return [f for f in files if os.path.exists(f)], [os.path.join(flags, f) for f in sorted(os.listdir(flags))]


def colour(rng):
    return tuple(rng.randrange(256) for _ in range(3)) + (255,)


def rings(draw, rng):
    for r in range(BIG // 2, 4, -rng.randrange(5, 16)):
        draw.ellipse([BIG // 2 - r, BIG // 2 - r, BIG // 2 + r, BIG // 2 + r], fill=colour(rng))


def spiral(draw, rng):
    turns, width = rng.uniform(2, 5), rng.randrange(4, 10)
    if rng.random() < 0.7:
        draw.ellipse([0, 0, BIG, BIG], fill=colour(rng))
    points = [(BIG / 2 + t / 200 * BIG * 0.48 * math.cos(turns * t / 200 * 2 * math.pi),
               BIG / 2 + t / 200 * BIG * 0.48 * math.sin(turns * t / 200 * 2 * math.pi)) for t in range(200)]
    draw.line(points, fill=colour(rng), width=width, joint="curve")


def dial(draw, rng):
    ink, n = colour(rng), rng.choice([4, 8, 12])
    draw.ellipse([2, 2, BIG - 2, BIG - 2], fill=colour(rng), outline=ink, width=rng.randrange(2, 12))
    for i in range(n):
        a = 2 * math.pi * i / n
        x, y = BIG / 2 + 0.4 * BIG * math.cos(a), BIG / 2 + 0.4 * BIG * math.sin(a)
        draw.ellipse([x - 4, y - 4, x + 4, y + 4], fill=ink)
    for length in (0.2, 0.35):
        a = rng.uniform(0, 2 * math.pi)
        draw.line([BIG / 2, BIG / 2, BIG / 2 + length * BIG * math.cos(a), BIG / 2 + length * BIG * math.sin(a)], fill=ink, width=5)


def ball(draw, rng):
    base, other = colour(rng), colour(rng)
    draw.ellipse([0, 0, BIG, BIG], fill=base)
    for _ in range(rng.randrange(1, 7)):
        x, y, r = rng.uniform(20, BIG - 20), rng.uniform(20, BIG - 20), rng.uniform(4, 24)
        draw.regular_polygon((x, y, r), rng.choice([3, 4, 5, 6, 12]), rotation=rng.randrange(360), fill=other)


def badge(draw, rng):
    edge = [(0.1, 0.05), (0.9, 0.05), (0.9, 0.6), (0.5, 0.97), (0.1, 0.6)]
    draw.polygon([(BIG * x, BIG * y) for x, y in edge], fill=colour(rng), outline=colour(rng))
    for _ in range(rng.randrange(2, 8)):
        x, y, w, h = (rng.uniform(0.15, 0.7) * BIG for _ in range(4))
        draw.rectangle([x, y, min(x + w / 2, 0.85 * BIG), min(y + h / 2, 0.85 * BIG)], fill=colour(rng))


def drawn(rng):
    image = Image.new("RGBA", (BIG, BIG))
    rng.choice([rings, spiral, dial, ball, badge])(ImageDraw.Draw(image), rng)
    return image


def cut(image, rng):
    """A flag: whole, or round with what is in its middle."""
    if rng.random() < 0.5:
        return image
    side = min(image.size)
    left = (image.width - side) // 2
    image = image.crop((left, 0, left + side, side))
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse([0, 0, side, side], fill=255)
    image.putalpha(mask)
    return image


def emblem(icons, flags, rng):
    kind = rng.random()
    if kind < 0.35:
        return drawn(rng)
    if kind < 0.55:
        return cut(Image.open(rng.choice(flags)).convert("RGBA"), rng)
    return Image.open(rng.choice(icons)).convert("RGBA")


def warp(image, size, rng):
    """About `size` pixels wide, turned and seen from the side."""
    image = image.rotate(rng.uniform(-30, 30), Image.BICUBIC, expand=True)
    w, h = max(6, round(size * rng.uniform(0.7, 1))), max(6, round(size * rng.uniform(0.7, 1)))
    image.thumbnail((4 * w, 4 * h), Image.BOX)
    image = image.resize((w, h), Image.BOX if image.width > w else Image.BILINEAR)
    if rng.random() < 0.3:
        alpha = image.getchannel("A")
        image = image.convert("L").convert("RGBA")
        image.putalpha(alpha)
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.4, 1.1))
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.02 * size + 0.6)))


def paste(photo, image, x, y, rng):
    """Shaded by the brightness of what lies below, as if printed on it."""
    part = photo[y:y + image.height, x:x + image.width].astype(float)
    rgba = numpy.asarray(image).astype(float)
    light = part.mean(2, keepdims=True)
    shade = 1 + rng.uniform(0, 0.9) * (light / max(light.mean(), 1) - 1)
    level = min(1.2, max(0.3, light.mean() / 128)) if rng.random() < 0.7 else 1
    alpha = rgba[:, :, 3:] / 255 * rng.uniform(0.75, 1)
    photo[y:y + image.height, x:x + image.width] = numpy.clip(part + alpha * (rgba[:, :, :3] * shade * level - part), 0, 255).astype(numpy.uint8)


# ---- pictures ------------------------------------------------------------------------------------------------------------------------

def free(box, taken):
    x, y, w, h = box
    return all(x + w < a - 0.3 * c or a + 1.3 * c < x or y + h < b - 0.3 * d or b + 1.3 * d < y for a, b, c, d in taken)


def make(job):
    number, source, target, taken, icons, flags = job
    rng = random.Random(number)
    photo = numpy.array(Image.open(source).convert("RGB"))
    taken = list(taken)
    for _ in range(rng.randrange(3, 10)):
        size = LEAST * (MOST / LEAST) ** rng.random()
        image = warp(emblem(icons, flags, rng), size, rng)
        if image.width >= photo.shape[1] or image.height >= photo.shape[0]:
            continue
        for _ in range(10):
            x, y = rng.randrange(photo.shape[1] - image.width), rng.randrange(photo.shape[0] - image.height)
            if free((x, y, image.width, image.height), taken):
                paste(photo, image, x, y, rng)
                taken.append((x, y, image.width, image.height))
                break
    Image.fromarray(photo).save(target, "JPEG", quality=rng.randrange(70, 95))


def rows_of(folder, table):
    rows = defaultdict(list)
    with open(os.path.join(folder, table)) as f:
        for row in list(csv.reader(f))[1:]:
            rows[row[0]].append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--icons", required=True)
    parser.add_argument("--sets", required=True)
    parser.add_argument("--pictures", type=int, default=4000)
    args = parser.parse_args()
    icons, flags = icon_files(args.icons)
    if not icons or not flags:
        sys.exit(f"detector_emblems.py: {args.icons} has no icons or no flags")
    out = Set(os.path.join(args.sets, "emblems"))
    files = [(s, name) for s in SETS for name in sorted(os.listdir(os.path.join(args.sets, s, "images")))]
    chosen, jobs = random.Random(4).sample(files, min(args.pictures, len(files))), []
    tables = {(s, t): rows_of(os.path.join(args.sets, s), t) for s in SETS for t in ("faces.csv", "ignore.csv")}
    written = {"faces.csv": out.faces, "ignore.csv": out.ignored}
    for number, (of, name) in enumerate(chosen):
        rows = {t: tables[of, t][name] for t in written}
        target = "emblem_" + os.path.splitext(name)[0] + ".jpg"
        for t, writer in written.items():
            writer.writerows([target] + row[1:] for row in rows[t])
        taken = [tuple(float(v) for v in row[1:5]) for t in rows for row in rows[t]]
        jobs.append((number, os.path.join(args.sets, of, "images", name), os.path.join(out.images, target), taken, icons, flags))
    with Pool() as pool:
        for _ in pool.imap_unordered(make, jobs, 16):
            pass
    print(f"{len(jobs)} pictures, {len(icons)} icons, {len(flags)} flags")


if __name__ == "__main__":
    main()
