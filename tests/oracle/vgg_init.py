#!/usr/bin/env python3
"""`fer train --init` takes VCCT's backbone from torchvision's vgg19_bn.

A state_dict of vgg19_bn with random weights and statistics starts a run whose backbone is frozen. Behind it the backbone that fer wrote must
still hold torchvision's numbers, bit for bit, and give torchvision's features up to the fourth pool in the PyTorch oracle.

    vgg_init.py FER ORACLE_DIR        exits 77 (skipped) without torch and torchvision
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    import torchvision
    from PIL import Image
except ImportError:
    sys.exit(77)

from interchange import randomise, read_safetensors

FOURTH_POOL = 39  # index in vgg19_bn().features


def fail(what):
    sys.exit(f"FAIL {what}")


def make_faces(root, n):
    noise = np.random.default_rng(5)
    for name in ("anger", "neutral"):
        os.makedirs(os.path.join(root, name))
        for i in range(n):
            Image.fromarray(noise.integers(0, 256, (64, 64, 3), np.uint8)).save(os.path.join(root, name, f"{i}.png"))


def train(fer, d, out, init):
    return subprocess.run([fer, "train", "--model", "vcct-1", "--data", os.path.join(d, "data"), "--out", out, "--init", init, "--freeze", "vgg.*",
                           "--input", "64", "--batch", "2", "--epochs", "1", "--randaugment", "0,0"], capture_output=True, text=True)


def check_backbone(net, oracle, out):
    theirs = [t for k, t in net.features[:FOURTH_POOL].state_dict().items()]
    written = {k[len("vgg."):]: t for k, t in read_safetensors(os.path.join(out, "final.safetensors")).items() if k.startswith("vgg.")}
    back = oracle.VGG19()
    back.load_state_dict(written, strict=True)
    ours = list(back.state_dict().values())  # both in the order of the layers
    if len(ours) != len(theirs) or not all(torch.equal(a, b) for a, b in zip(ours, theirs)):
        fail("the backbone after the run is not torchvision's")
    net.eval()
    back.eval()
    x = torch.rand(2, 3, 96, 96) * 4 - 2
    with torch.no_grad():
        if not torch.equal(back(x), net.features[:FOURTH_POOL + 1](x)):
            fail("features up to the fourth pool differ")
    print(f"ok vcct-1: {len(ours)} tensors of the frozen backbone are torchvision's, and so are its features")


def check_refusal(fer, d, name):
    torch.save(getattr(torchvision.models, name)(weights=None).state_dict(), os.path.join(d, name + ".pth"))
    run = train(fer, d, os.path.join(d, "run-" + name), os.path.join(d, name + ".pth"))
    if run.returncode != 1 or "other than vgg19_bn" not in run.stderr:
        fail(f"{name}: exit code {run.returncode}, {run.stderr}")
    print(f"ok {name} is refused")


def main(fer, oracle_dir):
    sys.path.insert(0, oracle_dir)
    import fer_models as oracle
    torch.manual_seed(1)
    net = torchvision.models.vgg19_bn(weights=None)
    randomise(net, 2)
    with tempfile.TemporaryDirectory() as d:
        make_faces(os.path.join(d, "data"), 3)
        init, out = os.path.join(d, "vgg19_bn.pth"), os.path.join(d, "run")
        torch.save(net.state_dict(), init)
        run = train(fer, d, out, init)
        if run.returncode != 0 or "first 24 layers" not in run.stderr or "unexpected" in run.stderr:
            fail(f"exit code {run.returncode}, {run.stderr}")
        check_backbone(net, oracle, out)
        check_refusal(fer, d, "vgg16_bn")
        check_refusal(fer, d, "vgg19")


main(*sys.argv[1:])
