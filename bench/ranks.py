#!/usr/bin/env python3
"""Training by many processes (docs/clusters.md): 2 ranks of one thread beside 1 process of two threads, in pairs, and a
model of larger clusters.

    python3 bench/ranks.py --fer build-mpi/fer [--model libfer-s] [--pairs 3] [--data PATH]

It needs a build with -DFER_MPI=ON (or build/tests/fer_ranks) and mpirun. The pairs alternate, so that whatever else the
machine does meets both. Without --data it draws pictures of noise. The table of clusters follows from the measured time
per image and from the bytes and messages of a step; its assumptions are in docs/clusters.md."""
import argparse
import csv
import math
import os
import re
import statistics
import struct
import subprocess
import tempfile
import zlib

BUCKET = 2**20  # bytes, src/train/crew.c
NETWORKS = {  # bytes per second that reach a program, latency, and time to post one message
    "10 Gbit/s": (1.1e9, 30e-6, 2e-6),
    "100 Gbit/s": (11e9, 5e-6, 0.5e-6),
}
RANKS = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
BATCH_MAX = 65536  # the largest --batch of fer train
BACKWARD = 2 / 3  # of a step's compute, during which gradients travel


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def draw(path, side, noise):
    rows = b"".join(b"\0" + noise[y * side:(y + 1) * side] for y in range(side))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def draw_set(folder, images):
    for name in ("happy", "sad", "neutral"):
        os.makedirs(f"{folder}/{name}")
        for i in range(images // 3):
            draw(f"{folder}/{name}/{i}.png", 48, os.urandom(48 * 48))


def train(options, out, ranks, threads):
    """Images per second of the last epoch, and the note about ranks."""
    command = [options.fer, "train", "--model", options.model, "--data", options.data, "--epochs", "2", "--batch",
               str(options.batch), "--threads", str(threads), "--out", out]
    if options.input:
        command += ["--input", str(options.input)]
    if ranks > 1:
        command = options.mpirun + ["-n", str(ranks)] + command
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    with open(f"{out}/log.csv", encoding="utf-8") as f:
        speed = float(list(csv.DictReader(f))[-1]["Images_per_s"])
    note = re.search(r"of the time ([0-9.]+) % .*rank: ([0-9]+) of gradients \(at least ([0-9]+) are needed\), ([0-9]+) of",
                     done.stderr)
    return speed, [float(x) for x in note.groups()] if note else None


def step_time(ranks, per_rank, image_s, gradients, other, norms, network):
    """Seconds of one step of `ranks` ranks of `per_rank` images: compute, and what does not hide behind it."""
    bandwidth, latency, post = network
    compute = per_rank * image_s
    if ranks == 1:
        return compute
    buckets = math.ceil(gradients / BUCKET)
    messages = 2 * buckets * ((ranks - 1) * post + latency)
    wire = 2 * (ranks - 1) / ranks * gradients / bandwidth
    hidden = BACKWARD * compute * (buckets - 1) / buckets
    small = (2 * norms + 1) * latency * math.log2(ranks) + (ranks - 1) * other / bandwidth
    return compute + small + max(messages + wire - hidden, wire / buckets + 2 * latency)


def print_clusters(options, image_s, gradients, other):
    print(f"\nefficiency, {options.per_rank} images per rank and step, {1e3 * image_s:.1f} ms per image and rank, "
          f"{gradients / 1e6:.1f} MB of gradients, {options.norms} batch norms")
    print("| ranks | " + " | ".join(NETWORKS) + " |\n|---|" + "---|" * len(NETWORKS))
    for ranks in (n for n in RANKS if n * options.per_rank <= BATCH_MAX):
        shares = [step_time(1, options.per_rank, image_s, gradients, other, options.norms, n) /
                  step_time(ranks, options.per_rank, image_s, gradients, other, options.norms, n)
                  for n in NETWORKS.values()]
        print(f"| {ranks} | " + " | ".join(f"{100 * s:.0f} %" for s in shares) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", help="without it only the table of clusters is printed, from the next three options")
    parser.add_argument("--image-ms", type=float, help="time per image and rank; default: as measured")
    parser.add_argument("--gradients", type=float, help="their bytes")
    parser.add_argument("--other", type=float, help="bytes of statistics and outputs that a rank passes on per step")
    parser.add_argument("--model", default="libfer-s")
    parser.add_argument("--data", help="default: pictures of noise")
    parser.add_argument("--images", type=int, default=256, help="pictures of noise")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--input", type=int)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--mpirun", type=str.split, default=["mpirun"], help="what starts the ranks (default: mpirun)")
    parser.add_argument("--per-rank", type=int, default=32, help="images of a rank, in the table of clusters")
    parser.add_argument("--norms", type=int, default=50, help="batch norms of the model, there")
    options = parser.parse_args()
    if not options.fer:
        print_clusters(options, options.image_ms / 1e3, options.gradients, options.other)
        return
    if os.getuid() == 0:
        os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with tempfile.TemporaryDirectory() as folder:
        if not options.data:
            options.data = f"{folder}/data"
            draw_set(options.data, options.images)
        ratios, shares, speeds = [], [], []
        for i in range(options.pairs):
            alone, _ = train(options, f"{folder}/alone{i}", 1, 2)
            both, note = train(options, f"{folder}/both{i}", 2, 1)
            ratios.append(both / alone)
            shares.append(note[0])
            speeds.append(both)
            print(f"1 process, 2 threads: {alone:.1f} images/s; 2 ranks, 1 thread: {both:.1f}; ratio {both / alone:.3f}; "
                  f"{note[0]:.1f} % of the time communicating or waiting", flush=True)
        sent, least, other = note[1:]
        print(f"median ratio {statistics.median(ratios):.3f}, median share {statistics.median(shares):.1f} %; "
              f"gradient bytes sent per step and rank {sent:.0f}, {sent / least:.4f} of the minimum")
        # With two ranks the minimum is once the gradients.
        image_s = options.image_ms / 1e3 if options.image_ms else 2 / statistics.median(speeds)
        print_clusters(options, image_s, least, other)


if __name__ == "__main__":
    main()
