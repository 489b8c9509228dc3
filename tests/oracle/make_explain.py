#!/usr/bin/env python3
"""Pooling weights and attention rollout of CCT from PyTorch, which libfer must reproduce.

Weights and picture come from a formula that test_explain.c has too, so a fixture contains only the scores and maps:

  score,<class>,<value>    pooling,<token>,<value>    rollout,<token>,<value>

Queries, keys and the pooling's scores are larger than PyTorch's own initial values, with which every token would attend equally to all
others.

    make_explain.py ORACLE_DIR OUT_DIR [MODEL:SIZE ...]     needs python3-torch
"""
import os
import sys
import numpy as np
import torch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def noise(name, count):
    """count numbers in [-1, 1), 24 bits each: a hash of the name and the index."""
    key = 0xCBF29CE484222325
    for b in name.encode():
        key = ((key ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        z = np.uint64(key) + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = (z ^ (z >> np.uint64(31))) >> np.uint64(40)
    return (z.astype(np.float64) * 2.0**-23 - 1.0).astype(np.float32)


def value(name, t):
    u = torch.from_numpy(noise(name, t.numel())).reshape(t.shape)
    if t.dim() == 1:
        return 1.0 + 0.2 * u if "norm" in name and name.endswith("weight") else 0.1 * u
    gain = 4.0 if "qkv" in name else 40.0 if "attention_pool" in name else 1.0
    return gain * u / np.float32(t[0].numel() ** 0.5)


def picture(size):
    """Blocks of 16 pixels under fine noise, [h][w][3] of 0 to 255."""
    fine = noise("fine", size * size * 3).reshape(size, size, 3)
    coarse = noise("coarse", 14 * 14 * 3).reshape(14, 14, 3).repeat(16, 0).repeat(16, 1)[:size, :size]
    return (128 + np.floor(90 * coarse) + np.floor(30 * fine)).astype(np.uint8)


def attention(layer, x):
    """Mean over heads of softmax(Q K' / sqrt(width)), from the layer's own parameters."""
    mha = layer.MHA
    q, k, _ = mha.qkv(layer.norm_1(x)).reshape(x.shape[1], 3, 8, -1).permute(1, 2, 0, 3)
    return (q @ k.transpose(1, 2) * q.shape[-1] ** -0.5).softmax(-1).mean(0)


def explain(net, x):
    x = net.fc1(net.tokenizer(x))
    rollout = torch.eye(x.shape[1], dtype=x.dtype)
    for layer in net.transformer:
        a = attention(layer, x)
        rollout = (0.5 * a + 0.5 * torch.eye(len(a), dtype=a.dtype)) @ rollout
        x = layer(x)
    pooling = net.attention_pool(x).softmax(1)[0, :, 0]
    scores = net.fc((pooling @ x[0])).softmax(0)
    return scores, pooling, pooling @ rollout


def main(args):
    sys.path.insert(0, args[0])
    import fer_models as oracle
    torch.set_num_threads(1)
    for job in args[2:] or ["cct-7:112", "cct-2:224"]:
        model, size = job.split(":")
        net = oracle.build(model).eval()
        net.load_state_dict({n: value(n, t) for n, t in net.state_dict().items()})
        net = net.double()
        x = torch.from_numpy(picture(int(size))).permute(2, 0, 1)[None].double() / 127.5 - 1
        with torch.no_grad():
            scores, pooling, rollout = explain(net, x)
            assert torch.allclose(scores, net(x).softmax(1)[0], atol=1e-12)  # the maps are of what the model computes
        path = os.path.join(args[1], f"explain_{model}_{size}.csv")
        with open(path, "w") as f:
            for kind, v in (("score", scores), ("pooling", pooling), ("rollout", rollout)):
                f.writelines(f"{kind},{i},{a:.9g}\n" for i, a in enumerate(v.tolist()))
        print(path, "pooling", pooling.min().item() * len(pooling), pooling.max().item() * len(pooling), "rollout",
              rollout.min().item() * len(pooling), rollout.max().item() * len(pooling))


main(sys.argv[1:])
