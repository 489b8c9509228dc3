#!/usr/bin/env python3
"""How images a second grow with the batch and with threads, as a table and a drawing.

    scaling.py [--fer build/fer] [--model mcct-7] [--output docs/scaling.svg]
"""
import argparse
import json
import subprocess

BATCHES = [1, 2, 4, 8, 16, 32, 64]
THREADS = [1, 2]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 64, 48, 40, 24
COLOURS = ["#1f77b4", "#d62728"]


def images_per_second(fer, model, batch, threads):
    cmd = [fer, "bench", "--model", model, "--batch", str(batch), "--threads", str(threads), "--format", "json"]
    return max(json.loads(subprocess.run(cmd, check=True, capture_output=True, text=True).stdout)["images_per_second"] for _ in range(3))


def drawing(model, series):
    """SVG: batch on a logarithmic axis, images a second on a linear one."""
    top = max(v for values in series.values() for v in values) * 1.1
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if top / s <= 8)

    def x(i):
        return LEFT + i * (WIDTH - LEFT - RIGHT) / (len(BATCHES) - 1)

    def y(v):
        return HEIGHT - BOTTOM - v / top * (HEIGHT - BOTTOM - TOP)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-size="15">{model}, inference, float32</text>']
    for k in range(int(top / step) + 1):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(k * step):.1f}" y2="{y(k * step):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(k * step) + 4:.1f}" text-anchor="end">{k * step}</text>')
    for i, batch in enumerate(BATCHES):
        out.append(f'<text x="{x(i):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{batch}</text>')
    out.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">batch</text>')
    out.append(f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">images a second</text>')
    for colour, (threads, values) in zip(COLOURS, series.items()):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(values))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(i):.1f}" cy="{y(v):.1f}" r="3" fill="{colour}"/>' for i, v in enumerate(values)]
        out.append(f'<text x="{WIDTH - RIGHT}" y="{y(values[-1]) - 8:.1f}" text-anchor="end" fill="{colour}">{threads} thread{"s" * (threads > 1)}</text>')
    return "\n".join(out + ["</svg>", ""])


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


main()
