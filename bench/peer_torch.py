#!/usr/bin/env python3
"""One block of PyTorch's times as JSON; --export FILE writes the model as ONNX instead.

    peer_torch.py ORACLE_DIR MODEL INPUT BATCH THREADS infer|train RUNS
    peer_torch.py ORACLE_DIR --export FILE MODEL INPUT
"""
import json
import resource
import statistics
import sys
import time
import warnings

import torch

sys.path.insert(0, sys.argv[1])
import fer_models as oracle


def export(path, model, size):
    warnings.simplefilter("ignore")
    torch.onnx.export(oracle.build(model).eval(), torch.zeros(1, 3, size, size), path, opset_version=14, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})


def step_of(model, size, batch, train):
    net = oracle.build(model).train(train)
    x, y = torch.rand(batch, 3, size, size) * 2 - 1, torch.arange(batch) % 8
    opt = torch.optim.AdamW(net.parameters(), lr=1e-5)

    def infer():
        with torch.no_grad():
            net(x)

    def learn():
        opt.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(net(x), y).backward()
        opt.step()

    return learn if train else infer


def main():
    if sys.argv[2] == "--export":
        return export(sys.argv[3], sys.argv[4], int(sys.argv[5]))
    model, size, batch, threads, mode, runs = sys.argv[2:]
    torch.set_num_threads(int(threads))
    step = step_of(model, int(size), int(batch), mode == "train")
    times = []
    for i in range(int(runs) + 2):
        t = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - t))
    print(json.dumps({"median_ms": statistics.median(times[2:]), "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                      "version": torch.__version__}))


main()
