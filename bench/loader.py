#!/usr/bin/python3
"""Decode + RandAugment(2, 9) + normalise at 224 x 224 on one core: fer and torchvision on the same files, alternating.

    bench/loader.py --fer build/fer --data FOLDER [--images 1500] [--rounds 3]

FOLDER: any data set of JPEG or PNG files in a directory. CPU seconds are compared, so that other work on the machine does not count.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys

PEER = """
import os, random, sys, time
import torch, torchvision
from PIL import Image
from torchvision import transforms as t
torch.set_num_threads(1)
files = sorted(os.path.join(d, f) for d, _, fs in os.walk(sys.argv[1]) for f in fs if f.lower().endswith((".jpg", ".jpeg", ".png")))
random.Random(1).shuffle(files)
files = files[:int(sys.argv[2])]
chain = t.Compose([t.RandAugment(2, 9), t.Resize((224, 224)), t.ToTensor(), t.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
start = time.process_time()
total = 0.0
for f in files:
    total += float(chain(Image.open(f).convert("RGB"))[0, 0, 0])
print(len(files) / (time.process_time() - start))
"""


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--data", required=True)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    ours, theirs = [], []
    command = [args.fer, "bench", "--data", args.data, "--split", "all", "--input", "224", "--randaugment", "2,9", "--batch", "50", "--images"]
    for _ in range(args.rounds):
        few, _text = cpu_seconds(command + ["50"])  # start and indexing
        many, _text = cpu_seconds(command + [str(50 + args.images)])
        ours.append(args.images / (many - few))
        theirs.append(float(subprocess.run([sys.executable, "-c", PEER, args.data, str(args.images)], check=True, capture_output=True, text=True).stdout))
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"fer {a:.0f} images a CPU second, torchvision {b:.0f}: {statistics.median(x / y for x, y in zip(ours, theirs)):.2f}x")


if __name__ == "__main__":
    sys.exit(main())
