#!/usr/bin/env python3
"""state_dicts.csv: model, trained numbers, tensors, sum of the FNV-1a hashes of "name d0,d1,...", by PyTorch.

    make_fixtures.py ORACLE_DIR OUT.csv        needs python3-torch
"""
import sys

sys.path.insert(0, sys.argv[1])
import fer_models as oracle

with open(sys.argv[2], "w") as out:
    for model in ("mcct-1", "mcct-2", "mcct-3", "mcct-6", "mcct-7", "vcct-1", "vcct-2", "cct-7"):
        net = oracle.build(model)
        total = 0
        for name, t in net.state_dict().items():
            h = 0xCBF29CE484222325
            for b in f"{name} {','.join(map(str, t.shape))}".encode():
                h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
            total = (total + h) & 0xFFFFFFFFFFFFFFFF
        params = sum(p.numel() for p in net.parameters())
        out.write(f"{model},{params},{len(net.state_dict())},{total:016x}\n")
