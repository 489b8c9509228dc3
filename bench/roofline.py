#!/usr/bin/env python3
"""How far each model is from the limits of one core: time per operation and its lower bound. Prints Markdown.

    roofline.py [--fer build/fer] [MODEL[:INPUT] ...]

A node's roof is the larger of two times: its multiply-adds at the measured FMA peak, and its weights read at the measured bandwidth of main memory
(they are used once an image; what nodes hand to each other stays in caches and is not counted). Batch 1, one thread, float32.
"""
import argparse
import collections
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def output(cmd):
    return subprocess.run([str(c) for c in cmd], check=True, capture_output=True, text=True).stdout


def measured(source, flags):
    with tempfile.TemporaryDirectory() as d:
        program = os.path.join(d, "roof")
        output(["cc", "-O2", *flags, os.path.join(HERE, source), "-o", program])
        return max(float(output([program])) for _ in range(3))


def weights(node):
    """Bytes of the node's weights, from its multiply-adds: every weight of a product or convolution is used once an output pixel."""
    h, w, _ = node["output"]
    return 4 * node["macs"] / (h * w) if node["op"] in ("product", "conv", "depthwise") else 0


def report(fer, model, size, peak, bandwidth):
    runs = [json.loads(output([fer, "bench", "--model", model, "--threads", 1, "--profile", "--format", "json"] + (["--input", size] if size else [])))
            for _ in range(3)]
    best = min(runs, key=lambda r: r["median_ms"])
    spent, roof = collections.Counter(), collections.Counter()
    for node in best["nodes"]:
        spent[node["op"]] += node["forward_ms"]
        roof[node["op"]] += max(2e-6 * node["macs"] / peak, 1e-6 * weights(node) / bandwidth)
    total = sum(roof.values())
    print(f"\n**{model}**: {best['median_ms']:.2f} ms, roof {total:.2f} ms ({100 * total / best['median_ms']:.0f} %)\n")
    print("| operation | ms | roof, ms | of its roof |\n|---|---|---|---|")
    for op, ms in spent.most_common():
        if ms >= 0.01 * best["median_ms"]:
            print(f"| {op} | {ms:.2f} | {roof[op]:.2f} | " + (f"{100 * roof[op] / ms:.0f} %" if roof[op] else "-") + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["mcct-7", "mcct-1", "cct-7", "vcct-1"])
    parser.add_argument("--fer", default="build/fer")
    args = parser.parse_args()
    peak, bandwidth = measured("fma_peak.c", ["-march=native", "-pthread"]), measured("read_bandwidth.c", [])
    print(f"One core: {peak:.0f} GFLOP/s, {bandwidth:.0f} GB/s.")
    for model in args.models:
        name, _, size = model.partition(":")
        report(args.fer, name, size, peak, bandwidth)


main()
