#!/usr/bin/env python3
"""libfer beside PyTorch on this machine: same model, batch, input and threads, in turns, medians of pairs.

    compare.py FER ORACLE_DIR [--pairs N] [--threads N] [CASE ...]
    CASE: MODEL:INPUT:BATCH:train or MODEL:INPUT:BATCH:infer
ORACLE_DIR holds fer_models.py, the models in PyTorch. Needs python3-torch. Prints a Markdown table.
"""
import argparse
import json
import statistics
import subprocess
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("compare: PyTorch is not installed (python3-torch), nothing to compare with")

DEFAULT = ["mcct-1:112:32:train", "mcct-7:112:32:train", "cct-7:112:32:train", "mcct-7:224:1:infer", "cct-7:224:1:infer"]


def fer_rate(fer, model, size, batch, threads, train, runs):
    cmd = [fer, "bench", "--model", model, "--input", size, "--batch", batch, "--threads", threads, "--runs", runs, "--format", "json"]
    out = json.loads(subprocess.run([str(c) for c in cmd] + (["--train"] if train else []), check=True, capture_output=True).stdout)
    return out["images_per_second"], out["peak_memory_mb"]


class Torch:
    def __init__(self, oracle, model, size, batch, train):
        self.net, self.batch, self.is_train = oracle.build(model), batch, train
        self.x = torch.rand(batch, 3, size, size) * 2 - 1
        self.y = torch.arange(batch) % 8
        self.net.train(train)
        self.opt = torch.optim.AdamW(self.net.parameters(), lr=1e-5)

    def step(self):
        if not self.is_train:
            with torch.no_grad():
                self.net(self.x)
            return
        self.opt.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(self.net(self.x), self.y).backward()
        self.opt.step()

    def rate(self, runs):
        times = []
        for _ in range(runs):
            t = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - t)
        return self.batch / statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fer")
    parser.add_argument("oracle_dir")
    parser.add_argument("cases", nargs="*", default=DEFAULT)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    sys.path.insert(0, args.oracle_dir)
    import fer_models as oracle
    torch.set_num_threads(args.threads)
    print(f"PyTorch {torch.__version__}, {args.threads} threads, {args.pairs} pairs\n")
    print("| model | input | batch | | libfer images/s | PyTorch images/s | ratio (median of pairs) |\n|---|---|---|---|---|---|---|")
    for case in args.cases:
        model, size, batch, mode = case.split(":")
        size, batch, train = int(size), int(batch), mode == "train"
        runs = 3 if train else 20
        peer = Torch(oracle, model, size, batch, train)
        peer.step()
        ours, theirs = [], []
        for _ in range(args.pairs):
            ours.append(fer_rate(args.fer, model, size, batch, args.threads, train, runs)[0])
            theirs.append(peer.rate(runs))
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        print(f"| {model} | {size} | {batch} | {mode} | {statistics.median(ours):.1f} | {statistics.median(theirs):.1f} | {ratio:.2f} |", flush=True)


main()
