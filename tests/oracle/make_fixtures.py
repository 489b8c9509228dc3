#!/usr/bin/env python3
"""Numbers from PyTorch that libfer must reproduce.

Weights and inputs come from a formula that test_parity.c knows too (a hash of the tensor's name and the element's
index), so a fixture holds only what PyTorch made of them:

  logits,<image>,<class>,<value>          inference
  loss,<step>,<value>                     twenty AdamW steps, the first before any step
  grad,<name>,<norm>,<p0>,<p1>,<p2>,<own> gradient of the first step: norm, three projections on +-1 vectors, and the relative
                                          error of PyTorch's own float32

Gradients are computed in float64: where a ReLU or a pool decides by the last bit, two float32 programs differ by more than either does
from the truth.

    make_fixtures.py ORACLE_DIR OUT_DIR [MODEL:SIZE ...]     needs python3-torch
    make_fixtures.py --full ORACLE_DIR OUT_DIR MODEL:SIZE    also writes weights.pth, grads.pth, input.npy, logits.npy
"""
import sys
import os
import numpy as np
import torch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
STEPS = 20
LR = 2e-6  # small: the first AdamW steps follow the signs of gradients, and signs of tiny ones are rounding


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fnv(name):
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return np.uint64(h)


def noise(name, count):
    """count numbers in [-1, 1), 24 bits each."""
    with np.errstate(over="ignore"):
        bits = mix(fnv(name) + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN) >> np.uint64(40)
    return (bits.astype(np.float64) * 2.0**-23 - 1.0).astype(np.float32)


def signs(k, count):
    return np.where(noise(f"sign{k}", count) < 0, -1.0, 1.0)


def value(name, t, batch_norms):
    """The formula of a parameter, by its role. Kinks are kept mild: a value within rounding of zero takes either slope, and where half of the
    activations stand at a kink so many do that PyTorch's own float32 gradients are off by 1e-3. So batch norms have a mean of two
    deviations, and a PReLU's slopes differ from 1 by a tenth. A token is p w + b for one number p, and a layer norm follows: were p w much
    larger than b, p's gradient would be the small difference of large numbers. So b is as large."""
    u = torch.from_numpy(noise(name, t.numel())).reshape(t.shape)
    last = name.rsplit(".", 1)[-1]
    if last == "running_mean":
        return 0.1 * u
    if last == "running_var":
        return 1.0 + 0.5 * u
    if name.rsplit(".", 1)[0] in batch_norms:
        return 0.5 + 0.1 * u if last == "weight" else 1.0 + 0.2 * u
    if last == "bias":
        return (2.0 if name == "fc1.bias" else 0.1) * u
    if t.dim() == 1:
        return (0.9 + 0.05 * u) if ".prelu." in name else (1.0 + 0.2 * u)
    fan_in = t[0].numel()
    return u * np.float32((4.5 / fan_in) ** 0.5)


def build(oracle, model, size):
    net = oracle.build(model)
    batch_norms = {n for n, m in net.named_modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)}
    state = net.state_dict()
    for name, t in state.items():
        if t.dtype.is_floating_point:
            state[name] = value(name, t, batch_norms).float()
        else:
            state[name] = torch.zeros_like(t)
    net.load_state_dict(state)
    return net


def batch_of(size):
    """The last batch norms see few pixels (at 112 one): with half as many samples PyTorch's float32 is itself off by 1e-3."""
    return 8 if size <= 112 else 4


def problem(size, classes=8):
    """Coarse blocks of 16 pixels under fine noise: images that differ, or batch norms over few pixels amplify rounding."""
    n = batch_of(size)
    fine = noise("input", n * 3 * size * size).reshape(n, 3, size, size)
    coarse = noise("blocks", n * 3 * 14 * 14).reshape(n, 3, 14, 14).repeat(16, 2).repeat(16, 3)[:, :, :size, :size]
    x = torch.from_numpy(coarse + np.float32(0.25) * fine)
    t = torch.from_numpy(noise("target", n * classes)).reshape(n, classes).double().add(1.5)
    return x, (t / t.sum(1, keepdim=True)).float()


def cross_entropy(logits, target):
    return -(target * torch.log_softmax(logits, 1)).sum(1).mean()


def gradients(net, x, target):
    net.train()
    cross_entropy(net(x), target).backward()
    return {n: p.grad for n, p in net.named_parameters() if p.grad is not None}


def summary(g):
    """Norm, and projections on three vectors of +-1."""
    g = g.double().numpy().ravel()
    return [float(np.linalg.norm(g))] + [float((g * signs(k, g.size)).sum()) for k in range(3)]


def main(args):
    full = args[0] == "--full"
    args = args[1:] if full else args
    sys.path.insert(0, args[0])
    import fer_models as oracle
    out_dir = args[1]
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    jobs = args[2:] or [f"{m}:{s}" for s in (112, 224)
                        for m in ("mcct-1", "mcct-2", "mcct-3", "mcct-6", "mcct-7", "vcct-1", "vcct-2", "cct-7")]
    for job in jobs:
        model, size = job.split(":")
        size = int(size)
        net = build(oracle, model, size)
        x, target = problem(size)
        rows = []
        with torch.no_grad():
            logits = net.eval()(x)
        rows += [f"logits,{i},{k},{v:.9g}" for i, r in enumerate(logits.tolist()) for k, v in enumerate(r)]
        if full:
            torch.save(net.state_dict(), os.path.join(out_dir, "weights.pth"))
            np.save(os.path.join(out_dir, "input.npy"), x.numpy())
            np.save(os.path.join(out_dir, "logits.npy"), logits.numpy())
        single, exact = (gradients(build(oracle, model, size).to(d), x.to(d), target.to(d)) for d in (torch.float32, torch.float64))
        for n, g in exact.items():
            own = (single[n].double() - g).norm().item() / (g.norm().item() + 1e-300)
            rows.append(f"grad,{n}," + ",".join(f"{v:.9g}" for v in summary(g)) + f",{own:.3g}")
        if full:
            torch.save(single, os.path.join(out_dir, "grads.pth"))
        net = build(oracle, model, size)
        net.train()
        decay = [p for p in net.parameters() if p.dim() > 1]
        plain = [p for p in net.parameters() if p.dim() <= 1]
        opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=LR)
        for step in range((STEPS if size <= 112 else 3) + 1):
            opt.zero_grad(set_to_none=True)
            loss = cross_entropy(net(x), target)
            loss.backward()
            rows.append(f"loss,{step},{loss.item():.9g}")
            opt.step()
        path = os.path.join(out_dir, f"{model}_{size}.csv")
        with open(path, "w") as f:
            f.write("\n".join(rows) + "\n")
        print(path, len(rows), "rows")


main(sys.argv[1:])
