#!/usr/bin/env python3
"""Compares libfer with ONNX Runtime and PyTorch on this machine: same model, input, batch and threads, alternating, medians of pairs.

    compare.py [options] [CASE ...]          CASE: MODEL:INPUT:BATCH:THREADS:infer|train

Every figure is a process of its own that warms up, then takes the median of its runs; one such block of each program makes a round, and a
ratio is the median over rounds of the peer's time by ours. Prints Markdown. Peers that are not installed are left out by name: PyTorch
(python3-torch, with the models of --oracle; without libopenblas0-pthread its linear layers are several times slower) and ONNX Runtime (npm's onnxruntime-node in --onnxruntime/node_modules; PyTorch writes its files).
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INFER = ["mcct-7:224:1:1:infer", "mcct-1:224:1:1:infer", "cct-7:224:1:1:infer", "vcct-1:224:1:1:infer", "mcct-7:224:1:2:infer", "mcct-7:224:16:2:infer"]
TRAIN = ["mcct-1:112:32:2:train", "mcct-7:112:32:2:train", "cct-7:112:32:2:train", "mcct-7:224:16:2:train"]


# Variables that force OpenBLAS onto older kernels than the processor's would be unfair to PyTorch.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}


def output(cmd):
    """Standard output, or None when the program is missing or fails."""
    try:
        return subprocess.run([str(c) for c in cmd], check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
    except (OSError, subprocess.CalledProcessError) as e:
        print(f"compare: {cmd[0]}: {getattr(e, 'stderr', '') or e}".strip().splitlines()[-1], file=sys.stderr)
        return None


class Case:
    def __init__(self, text):
        self.text = text
        self.model, size, batch, threads, self.mode = text.split(":")
        self.size, self.batch, self.threads = int(size), int(batch), int(threads)

    def runs(self, seconds, per_run):
        return max(3, min(50, round(seconds / max(per_run, 1e-3))))


class Fer:
    name = "libfer"

    def __init__(self, args):
        self.command, self.version = args.fer, output([args.fer, "--version"])

    def block(self, case, runs):
        cmd = [self.command, "bench", "--model", case.model, "--input", case.size, "--batch", case.batch, "--threads", case.threads, "--runs", runs,
               "--format", "json"] + (["--train"] if case.mode == "train" else [])
        return json.loads(output(cmd))


def has_openblas():
    maps = output(["/sbin/ldconfig", "-p"]) or ""
    return "openblas" in maps or any("openblas" in os.path.realpath(p) for p in glob.glob("/etc/alternatives/libblas.so.3*"))


class Torch:
    name = "PyTorch"

    def __init__(self, args):
        self.prefix = [args.python, os.path.join(HERE, "peer_torch.py"), args.oracle]
        self.version = output([args.python, "-c", "import torch; print(torch.__version__)"])
        if self.version and not os.path.exists(os.path.join(args.oracle, "fer_models.py")):
            print(f"compare: {args.oracle} holds no fer_models.py", file=sys.stderr)
            self.version = None
        if self.version and not has_openblas():
            print("compare: PyTorch runs on the reference BLAS here, not its best; libopenblas0-pthread brings OpenBLAS", file=sys.stderr)

    def block(self, case, runs):
        return json.loads(output(self.prefix + [case.model, case.size, case.batch, case.threads, case.mode, runs]))


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self, args, torch):
        self.parent, self.torch, self.files = args.onnxruntime, torch, tempfile.TemporaryDirectory()
        package = os.path.join(args.onnxruntime, "node_modules", "onnxruntime-node", "package.json")
        self.version = json.load(open(package))["version"] if os.path.exists(package) and torch.version else None

    def block(self, case, runs):
        if case.mode == "train":
            return None
        path = os.path.join(self.files.name, f"{case.model}-{case.size}.onnx")
        if not os.path.exists(path):
            output(self.torch.prefix + ["--export", path, case.model, case.size])
        return json.loads(output(["node", os.path.join(HERE, "peer_onnxruntime.mjs"), self.parent, path, case.size, case.batch, case.threads, runs]))


def fma_peak(threads):
    with tempfile.TemporaryDirectory() as d:
        program = os.path.join(d, "fma_peak")
        if output(["cc", "-O2", "-march=native", "-pthread", os.path.join(HERE, "fma_peak.c"), "-o", program]) is None:
            return None
        return max(float(output([program, threads])) for _ in range(3))


def compare(case, programs, rounds, peak):
    blocks = {p.name: [] for p in programs}
    first = programs[0].block(case, 3)
    runs = case.runs(2.0, first["median_ms"] / 1e3)
    for _ in range(rounds):
        for p in programs:
            b = p.block(case, runs)
            if b:
                blocks[p.name].append(b)
    ours = blocks[programs[0].name]
    ms = statistics.median(b["median_ms"] for b in ours)
    gflops = statistics.median(b["gflops"] for b in ours)
    row = [case.model, case.size, case.batch, case.threads, case.mode, f"{ms:.1f}", f"{1e3 * case.batch / ms:.1f}", f"{gflops:.0f}",
           f"{100 * gflops / peak:.0f} %" if peak else "-", f"{ours[0]['peak_memory_mb']:.0f}"]
    for p in programs[1:]:
        theirs = blocks[p.name]
        if not theirs:
            row += ["-", "-", "-"]
            continue
        ratio = statistics.median(t["median_ms"] / o["median_ms"] for o, t in zip(ours, theirs))
        row += [f"{statistics.median(b['median_ms'] for b in theirs):.1f}", f"{ratio:.2f}", f"{theirs[0]['peak_memory_mb']:.0f}"]
    print("| " + " | ".join(map(str, row)) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=INFER + TRAIN)
    parser.add_argument("--fer", default="build/fer")
    parser.add_argument("--oracle", default="../shared/oracle")
    parser.add_argument("--onnxruntime", default="build/onnxruntime", help="directory whose node_modules holds onnxruntime-node")
    parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    torch = Torch(args)
    programs = [Fer(args)]
    for peer in (OnnxRuntime(args, torch), torch):
        if peer.version:
            programs.append(peer)
        else:
            print(f"left out: {peer.name}, which is not installed", file=sys.stderr)
    peaks = {}
    print("versions: " + ", ".join(f"{p.name} {p.version.strip()}" for p in programs) + f"; medians of {args.rounds} rounds\n")
    head = ["model", "input", "batch", "threads", "", "ms", "images/s", "GFLOP/s", "of the FMA peak", "MB"]
    for p in programs[1:]:
        head += [f"{p.name} ms", "ratio", "MB"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for case in map(Case, args.cases):
        if case.threads not in peaks:
            peaks[case.threads] = fma_peak(case.threads)
        compare(case, programs, args.rounds, peaks[case.threads])
    print("\nFMA peak, GFLOP/s: " + ", ".join(f"{p:.0f} on {t} thread(s)" for t, p in sorted(peaks.items()) if p))


main()
