#!/usr/bin/env python3
"""Weights go both ways between PyTorch and libfer.

A state_dict that torch.save() wrote is converted and run by `fer`, and gives PyTorch's logits; the safetensors file that `fer` wrote,
read by the few lines below, loads strictly into the PyTorch model and gives the same logits.

    interchange.py FER ORACLE_DIR [MODEL ...]        exits 77 (skipped) without torch
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    sys.exit(77)


def read_safetensors(path):
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        data = f.read()
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    out = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            out[name] = torch.from_numpy(np.frombuffer(data[begin:end], types[t["dtype"]]).reshape(t["shape"]).copy())
    return out


def randomise(net, seed):
    """Weights as initialised, but statistics, norms and slopes that are not their neutral values."""
    g = torch.Generator().manual_seed(seed)
    for name, t in net.state_dict().items():
        noise = torch.rand(t.shape, generator=g) if t.dtype.is_floating_point else None
        if name.endswith("running_mean"):
            t.copy_(noise * 0.2 - 0.1)
        elif name.endswith("running_var"):
            t.copy_(noise + 0.5)
        elif name.endswith("num_batches_tracked"):
            t.fill_(12345)
        elif t.dim() == 1:
            t.add_(noise * 0.2 - 0.1)


def close(a, b, what):
    worst = ((a - b).abs() / (1e-5 + 1e-4 * b.abs())).max().item()
    if not worst <= 1:
        sys.exit(f"FAIL {what}: {worst:.2f} of the bound 1e-4 relative + 1e-5")
    print(f"ok {what}: {worst:.3f} of the bound (1e-4 relative + 1e-5)")


def main(fer, oracle_dir, models):
    sys.path.insert(0, oracle_dir)
    import fer_models as oracle
    from libfer_models import Check, Libfer, MobileNet1
    ours = {"libfer-s": (Libfer, 1, 48), "libfer-xs": (lambda: Libfer(stem=16, widths=(16, 32, 96)), 1, 48),
            "mobilenet-1": (MobileNet1, 1, 97), "check-s": (Check, 3, 48)}
    for model in models:
        build, channels, side = ours.get(model, (lambda: oracle.build(model), 3, 112))
        torch.manual_seed(1)
        net = build()
        randomise(net, 2)
        net.eval()
        x = torch.rand(3, channels, side, side) * 4 - 2
        with torch.no_grad():
            want = net(x)
        with tempfile.TemporaryDirectory() as d:
            path = lambda name: os.path.join(d, name)
            torch.save({"state_dict": {"module." + k: v for k, v in net.state_dict().items()}, "epoch": 3}, path("w.pth"))
            np.save(path("x.npy"), x.numpy())
            subprocess.run([fer, "convert", path("w.pth"), path("w.safetensors"), "--model", model, "--input", str(side)], check=True,
                           stdout=subprocess.DEVNULL)
            subprocess.run([fer, "run", "--weights", path("w.safetensors"), "--input", path("x.npy"), "--output", path("y.npy")], check=True,
                           stdout=subprocess.DEVNULL)
            close(torch.from_numpy(np.load(path("y.npy"))), want, f"{model}: PyTorch's weights in fer")
            back = build()
            back.load_state_dict(read_safetensors(path("w.safetensors")), strict=True)
            back.eval()
            with torch.no_grad():
                close(back(x), want, f"{model}: fer's weights in PyTorch")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:] or ["mcct-1", "mcct-7", "vcct-1", "cct-7", "libfer-s", "libfer-xs", "mobilenet-1", "check-s"])
