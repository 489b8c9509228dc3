#!/usr/bin/python3
"""A 640 x 480 video with two faces on one core: frames a second from file to answers, and the process's peak memory.

    bench/video.py --fer build/fer [--weights models/default.safetensors] [--data ../shared/data/faces/train.tar] [--video FILE]

ffmpeg makes the video (H.264, 30 frames a second) of two faces cut out of the data's photographs, which move over another photograph;
--video takes one that is there instead. Rows are frames as RGB or as the decoder's YUV, and how often the whole picture is searched
(every frame, every 4th with known faces looked after in between), each a process of its own, in turns; figures are medians over rounds
of CPU time, so that other work on the machine counts little. "frames/s" is 1000 by the CPU milliseconds of a frame, with its decoding
and without.
"""
import argparse
import csv
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile

from PIL import Image, ImageDraw, ImageFilter, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
W, H, RATE = 640, 480, 30
CASES = [("rgb", 1), ("yuv", 1), ("rgb", 4), ("yuv", 4)]


# ---- the video -----------------------------------------------------------------------------------------------------------------------

def read_material(path):
    """Two faces, brought to 110 and 80 pixels with what is around them, as (picture, mask); a photograph."""
    with tarfile.open(path) as tar:
        files = {os.path.basename(e.name): e for e in tar if e.isfile()}
        rows = [r for r in csv.DictReader(io.TextIOWrapper(tar.extractfile(files["faces.csv"]), "utf-8"))
                if r["image"].startswith("ytf_") and float(r["w"]) >= 90]

        def decode(name):
            return Image.open(io.BytesIO(tar.extractfile(files[name]).read())).convert("RGB")

        def cut(row, width):
            x, y, w, h = (float(row[k]) for k in "xywh")
            box = [round(v) for v in (x - 0.3 * w, y - 0.25 * h, x + 1.3 * w, y + 1.2 * h)]
            face = decode(row["image"]).crop(box).resize((round(1.6 * width), round(1.45 * width * h / w)), Image.LANCZOS)
            mask = Image.new("L", face.size, 0)
            ImageDraw.Draw(mask).ellipse((4, 4, face.size[0] - 5, face.size[1] - 5), fill=255)
            return face, mask.filter(ImageFilter.GaussianBlur(3))

        scenes = sorted(n for n in files if n.startswith("neg_sun_"))
        return [cut(rows[137 % len(rows)], 110), cut(rows[len(rows) // 2], 80)], ImageOps.fit(decode(scenes[0]), (W + 40, H))


def make_video(args, path):
    faces, scene = read_material(args.data)
    cmd = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{W}x{H}", "-r", str(RATE), "-i", "-",
           "-c:v", "libx264", "-preset", "medium", "-crf", "20", "-pix_fmt", "yuv420p", "-threads", "1", path]
    with subprocess.Popen(cmd, stdin=subprocess.PIPE) as ffmpeg:
        for i in range(args.frames):
            t = i / RATE
            frame = scene.crop((round(20 + 20 * math.sin(t)), 0, round(20 + 20 * math.sin(t)) + W, H))
            for k, (face, mask) in enumerate(faces):
                x, y = 180 + 260 * k + 90 * math.sin((1.1 + 0.4 * k) * t), 210 + 40 * k + 50 * math.cos(1.7 * t + k)
                frame.paste(face, (round(x - face.size[0] / 2), round(y - face.size[1] / 2)), mask)
            ffmpeg.stdin.write(frame.tobytes())
        ffmpeg.stdin.close()
    if ffmpeg.returncode != 0:
        sys.exit("ffmpeg failed to make the video")


# ---- measure -------------------------------------------------------------------------------------------------------------------------

def build_program(args, directory):
    library, program = os.path.dirname(os.path.abspath(args.fer)), os.path.join(directory, "video_rate")
    subprocess.run(["cc", "-O2", "-I", os.path.join(HERE, "..", "include"), os.path.join(HERE, "video_rate.c"), "-L", library, "-lfer",
                    "-Wl,-rpath," + library, "-o", program], check=True)
    return program


def measure(args, program, video):
    runs = {}
    for _ in range(args.rounds):
        for case in [("rgb", 0), ("yuv", 0)] + CASES:  # 0: only read
            pixels, every = case
            cmd = [program, video, "track" if every else "decode", pixels, str(every or 1), args.weights, str(args.smallest)]
            runs.setdefault(case, []).append(json.loads(subprocess.run(cmd, check=True, capture_output=True, text=True).stdout))
    return {case: {k: statistics.median(r[k] for r in rs) for k in rs[0]} for case, rs in runs.items()}


def show(results):
    head = ["frames as", "whole picture searched", "faces", "read, ms", "follow, ms", "frames/s", "without reading", "whole search, ms",
            "between, ms", "MB"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for (pixels, every), r in results.items():
        ms = r["read_ms"] + r["track_ms"]
        how = {0: "never: only read", 1: "every frame"}.get(every, f"every {every}th frame")
        follow = [f"{r['track_ms']:.2f}", f"{1e3 / ms:.0f}", f"{1e3 / r['track_ms']:.0f}"] if every else ["-", f"{1e3 / ms:.0f}", "-"]
        cells = [pixels.upper(), how, f"{r['faces']:.2f}" if every else "-", f"{r['read_ms']:.2f}", *follow,
                 f"{r['whole_median_ms']:.2f}" if every else "-", f"{r['around_median_ms']:.2f}" if every > 1 else "-", f"{r['peak_mb']:.0f}"]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--weights", default=os.path.join(HERE, "..", "models", "default.safetensors"), help="of the expressions")
    parser.add_argument("--data", default="../shared/data/faces/train.tar")
    parser.add_argument("--video", help="measure this one")
    parser.add_argument("--smallest", type=float, default=10, help="width of the smallest face looked for, pixels")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        video = args.video or os.path.join(directory, "faces.mp4")
        if not args.video:
            make_video(args, video)
        results = measure(args, build_program(args, directory), video)
        print(f"{results['rgb', 1]['frames']:.0f} frames; CPU time of one core, medians of {args.rounds} rounds\n")
        show(results)


if __name__ == "__main__":
    sys.exit(main())
