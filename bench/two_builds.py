#!/usr/bin/python3
"""Compares the cost of two builds: CPU time of the same commands, alternating, as the median of the ratios of the pairs.

    bench/two_builds.py --fer build/fer --beside build-soft/fer [--rounds 15] [--film FILE]

The build without hardening is made by: cmake -G Ninja -B build-soft -DFER_HARDENING=OFF && ninja -C build-soft
"""
import argparse
import os
import resource
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTO = os.path.join(HERE, "..", "examples", "astronaut.jpg")
ONE = ["--threads", "1"]


def cases(film):
    yield "libfer-s, one face", ["bench", "--model", "libfer-s", "--runs", "1000"] + ONE
    yield "libfer-s, training, batch 32", ["bench", "--model", "libfer-s", "--train", "--batch", "32", "--runs", "8"] + ONE
    yield "mcct-7, one face", ["bench", "--model", "mcct-7", "--runs", "60"] + ONE
    yield "30 photographs", ["predict", "--format", "csv"] + ONE + [PHOTO] * 30
    if film:
        yield "a film", ["video", "--csv", os.devnull] + ONE + [film]


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", required=True, help="the build in question")
    parser.add_argument("--beside", required=True, help="the build that it is compared with")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--film", help="a film for a row of its own")
    args = parser.parse_args()
    print("| work | CPU seconds | beside | ratio | quarter to three quarters |\n|---|---|---|---|---|")
    for name, words in cases(args.film):
        pairs = [(cpu_seconds([args.fer] + words), cpu_seconds([args.beside] + words)) for _ in range(args.rounds)]
        ratios = [a / b for a, b in pairs]
        low, _, high = statistics.quantiles(ratios, n=4)
        a, b = (statistics.median(x) for x in zip(*pairs))
        print(f"| {name} | {a:.2f} | {b:.2f} | {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} |", flush=True)


if __name__ == "__main__":
    main()
