#!/usr/bin/env python3
"""Fits the model of clusters (bench/ranks.py, docs/clusters.md) to training over links of known rates.

    sudo python3 bench/links.py --fer build-mpi/fer [--model libfer-s] [--rates 0.05,0.1,0.2,0.5,1,10] [--batches 16,64]

Two ranks of one thread train over TCP in a network namespace of their own, whose loopback device passes no more than the
stated Gbit/s in each direction (tc's token bucket; it needs iproute2 and root). The measured time of a step is set beside
the model's, whose four numbers are fitted by least squares of the logarithm: time per image for each batch, latency, and
the share of a link's rate that reaches the program."""
import argparse
import itertools
import math
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ranks import draw_set, step_time, train  # noqa: E402

SPACE = "fer-links"
POST = 2e-6  # seconds to post a message; too small to fit here
MPIRUN = ["ip", "netns", "exec", SPACE, "mpirun", "--mca", "pml", "ob1", "--mca", "btl", "self,tcp", "--mca",
          "btl_tcp_if_include", "lo", "--mca", "oob_tcp_if_include", "lo"]


def sh(*command):
    subprocess.run(command, check=True)


def limit(rate):
    """Both directions share the loopback device, so it passes twice the rate. The bucket holds 2 ms of it, or 128 KB."""
    bits = 2e9 * rate
    sh("tc", "-n", SPACE, "qdisc", "replace", "dev", "lo", "root", "tbf", "rate", f"{bits:.0f}bit", "burst",
       f"{max(bits / 8 * 2e-3, 131072):.0f}b", "latency", "200ms")


def model(point, fit):
    batch, rate = point[:2]
    latency, share = fit["latency"], fit["share"]
    return step_time(2, batch / 2, fit[batch], point[3], point[4], fit["norms"], (share * rate * 1e9 / 8, latency, POST))


def error(points, fit):
    return sum(math.log(model(p, fit) / p[2])**2 for p in points)


def fitted(points, norms):
    """Coordinate descent over factors that shrink."""
    fit = {"latency": 30e-6, "share": 0.9, "norms": norms}
    for batch in {p[0] for p in points}:
        fit[batch] = 2 * min(p[2] for p in points if p[0] == batch) / batch
    keys, factor = [k for k in fit if k != "norms"], 2.0
    while factor > 1.0005:
        before = error(points, fit)
        for key, f in itertools.product(keys, (factor, 1 / factor)):
            trial = {**fit, key: fit[key] * f}
            if trial["share"] <= 1 and error(points, trial) < error(points, fit):
                fit = trial
        if error(points, fit) >= before:
            factor = math.sqrt(factor)
    return fit


def measure(options, folder):
    """(batch, rate, seconds per step, bytes of gradients, other bytes) for each batch and rate."""
    points = []
    for rate in options.rates:
        limit(rate)
        for options.batch in options.batches:
            runs = [train(options, f"{folder}/{rate}-{options.batch}-{i}", 2, 1) for i in range(options.runs)]
            speed, note = statistics.median(r[0] for r in runs), runs[0][1]
            points.append((options.batch, rate, options.batch / speed, note[2], note[3]))
            print(f"{rate:g} Gbit/s, batch {options.batch}: {speed:.1f} images/s", file=sys.stderr, flush=True)
    return points


def numbers(kind):
    return lambda text: [kind(x) for x in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", required=True, help="built with -DFER_MPI=ON, or build/tests/fer_ranks")
    parser.add_argument("--model", default="libfer-s")
    parser.add_argument("--norms", type=int, default=50, help="batch norms of the model")
    parser.add_argument("--input", type=int)
    parser.add_argument("--data", help="default: pictures of noise")
    parser.add_argument("--images", type=int, default=510, help="pictures of noise")
    parser.add_argument("--rates", type=numbers(float), default=[0.05, 0.1, 0.2, 0.5, 1, 10], help="Gbit/s")
    parser.add_argument("--batches", type=numbers(int), default=[16, 64])
    parser.add_argument("--runs", type=int, default=3, help="of each; their median counts")
    options = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("links.py: a network namespace needs root: sudo python3 bench/links.py ...")
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    options.mpirun = MPIRUN
    sh("ip", "netns", "add", SPACE)
    try:
        sh("ip", "-n", SPACE, "link", "set", "lo", "up")
        with tempfile.TemporaryDirectory() as folder:
            if not options.data:
                options.data = f"{folder}/data"
                draw_set(options.data, options.images)
            points = measure(options, folder)
    finally:
        sh("ip", "netns", "del", SPACE)
    fit = fitted(points, options.norms)
    print("| link | batch | measured step | model | model / measured |\n|---|---|---|---|---|")
    for p in points:
        print(f"| {p[1]:g} Gbit/s | {p[0]} | {1e3 * p[2]:.1f} ms | {1e3 * model(p, fit):.1f} ms | {model(p, fit) / p[2]:.2f} |")
    each = ", ".join(f"{1e3 * fit[b]:.2f} ms per image in batches of {b}" for b in options.batches)
    print(f"fitted: latency {1e6 * fit['latency']:.0f} us, {100 * fit['share']:.0f} % of a link's rate, {each}")


if __name__ == "__main__":
    main()
