#!/usr/bin/env python3
"""How images a second grow with the batch and with threads, as a table and a drawing.

    scaling.py [--fer build/fer] [--model mcct-7] [--output docs/scaling.svg]
"""
import argparse
import json
import subprocess

from chart import WIDTH, Chart

BATCHES = [1, 2, 4, 8, 16, 32, 64]
THREADS = [1, 2]
RIGHT = 24  # margin, pixels
COLOURS = ["#1f77b4", "#d62728"]


def images_per_second(fer, model, batch, threads):
    cmd = [fer, "bench", "--model", model, "--batch", str(batch), "--threads", str(threads), "--format", "json"]
    return max(json.loads(subprocess.run(cmd, check=True, capture_output=True, text=True).stdout)["images_per_second"] for _ in range(3))


def drawing(model, series):
    """SVG: batch on a logarithmic axis, images a second on a linear one."""
    top = max(v for values in series.values() for v in values) * 1.1
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if top / s <= 8)
    chart = Chart(f"{model}, inference, float32", (0, len(BATCHES) - 1), (0, top), RIGHT)
    for k in range(int(top / step) + 1):
        chart.y_tick(k * step, k * step)
    for i, batch in enumerate(BATCHES):
        chart.x_tick(i, batch, line=False)
    chart.name_axes("batch", "images a second")
    for colour, (threads, values) in zip(COLOURS, series.items()):
        points = [(f"{chart.x(i):.1f}", f"{chart.y(v):.1f}") for i, v in enumerate(values)]
        chart.add(f'<polyline points="{" ".join(",".join(p) for p in points)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in points:
            chart.add(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
        chart.add(f'<text x="{WIDTH - RIGHT}" y="{chart.y(values[-1]) - 8:.1f}" text-anchor="end" fill="{colour}">{threads} thread{"s" * (threads > 1)}</text>')
    return chart.svg()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--model", default="mcct-7")
    parser.add_argument("--output", default="docs/scaling.svg")
    args = parser.parse_args()
    series = {t: [images_per_second(args.fer, args.model, b, t) for b in BATCHES] for t in THREADS}
    print("| batch | " + " | ".join(f"{t} thread{'s' * (t > 1)}" for t in THREADS) + " |\n|---|" + "---|" * len(THREADS))
    for i, b in enumerate(BATCHES):
        print(f"| {b} | " + " | ".join(f"{series[t][i]:.1f}" for t in THREADS) + " |")
    with open(args.output, "w") as f:
        f.write(drawing(args.model, series))


if __name__ == "__main__":
    main()
