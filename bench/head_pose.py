#!/usr/bin/env python3
"""How exact yaw, pitch and roll are, as far as that can be measured without a set of known poses.

    bench/head_pose.py --fer build/fer --london DIR --fairface DIR

Portraits: the neutral portraits of the London Set (DIR/NNN_03.jpg), of which the second half is used (the first shaped
the mean head). They look at the camera, so every angle should be 0.
Roll: the same portraits at 320 pixels, rotated about their middle by known angles.
Mirror images: of FairFace's pictures (DIR/N.jpg), yaw and roll must change their sign and pitch must not. Half of the
difference is an error; one that is the same in both stays unseen."""
import argparse
import json
import math
import os
import subprocess
import tempfile

from PIL import Image, ImageOps

ANGLES = (-40, -30, -20, -10, 10, 20, 30, 40)


def poses(args, folder):
    """The pose of the largest face of each picture by its name; pictures without a face are missing."""
    out = subprocess.run([args.fer, "predict", "--faces", "largest", "--rotate", "0", "--quiet", folder], check=False,
                         stdout=subprocess.PIPE).stdout
    found = (json.loads(line) for line in out.decode().splitlines())
    return {os.path.basename(d["file"]): d["faces"][0]["pose"] for d in found if d["faces"]}


def line(name, errors):
    errors = sorted(abs(e) for e in errors)
    mean = sum(errors) / len(errors)
    print(f"  {name:5}  mean {mean:4.1f}  median {errors[len(errors) // 2]:4.1f}  "
          f"nine of ten below {errors[len(errors) * 9 // 10]:4.1f} degrees")


def portraits(args, folder):
    names = sorted(n for n in os.listdir(args.london) if n.endswith(".jpg"))[1::2]
    for name in names:
        picture = Image.open(os.path.join(args.london, name)).convert("RGB").resize((320, 320), Image.LANCZOS)
        for angle in (0, *ANGLES):
            turned = picture.rotate(-angle, Image.BICUBIC, fillcolor=picture.getpixel((2, 2)))
            turned.save(os.path.join(folder, f"{name[:-4]}_{angle}.png"))
    found = poses(args, folder)
    straight = {n: found[n] for n in found if n.endswith("_0.png")}
    print(f"portraits: {len(straight)} of {len(names)} found")
    for key in ("yaw", "pitch", "roll"):
        values = [p[key] for p in straight.values()]
        mean = sum(values) / len(values)
        print(f"  {key:5}  mean {mean:5.1f}  standard deviation "
              f"{math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)):4.1f}")
    turned = [(n, int(n[:-4].rsplit("_", 1)[1])) for n in found if not n.endswith("_0.png")]
    pairs = [(found[n], straight[n.rsplit("_", 1)[0] + "_0.png"], a) for n, a in turned
             if n.rsplit("_", 1)[0] + "_0.png" in straight]
    print(f"rotated by 10 to 40 degrees: {len(pairs)} of {len(names) * len(ANGLES)} found; change of")
    line("roll", [p["roll"] - q["roll"] - a for p, q, a in pairs])
    line("yaw", [p["yaw"] - q["yaw"] for p, q, a in pairs])
    line("pitch", [p["pitch"] - q["pitch"] for p, q, a in pairs])


def mirrored(args, folder):
    names = sorted(n for n in os.listdir(args.fairface) if n.endswith(".jpg"))[:args.sample]
    for name in names:
        picture = Image.open(os.path.join(args.fairface, name)).convert("RGB")
        picture.save(os.path.join(folder, name[:-4] + "_a.png"))
        ImageOps.mirror(picture).save(os.path.join(folder, name[:-4] + "_b.png"))
    found = poses(args, folder)
    pairs = [(found[n[:-4] + "_a.png"], found[n[:-4] + "_b.png"]) for n in names
             if n[:-4] + "_a.png" in found and n[:-4] + "_b.png" in found]
    for low, high in ((0, 20), (20, 45), (45, 90)):
        some = [(a, b) for a, b in pairs if low <= abs(a["yaw"] - b["yaw"]) / 2 < high]
        if not some:
            continue
        print(f"mirror images, turned by {low} to {high} degrees: {len(some)} faces")
        line("yaw", [(a["yaw"] + b["yaw"]) / 2 for a, b in some])
        line("pitch", [(a["pitch"] - b["pitch"]) / 2 for a, b in some])
        line("roll", [(a["roll"] + b["roll"]) / 2 for a, b in some])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", required=True)
    parser.add_argument("--london", help="neutral_front of the London Set")
    parser.add_argument("--fairface", help="pictures of FairFace's validation part")
    parser.add_argument("--sample", type=int, default=500)
    args = parser.parse_args()
    for part, given in ((portraits, args.london), (mirrored, args.fairface)):
        if given:
            with tempfile.TemporaryDirectory() as folder:
                part(args, folder)


if __name__ == "__main__":
    main()
