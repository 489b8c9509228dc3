"""One temperature fitted by search over the predictions at temperature 1: python3 temperature.py plain.csv calibrated.csv calibrate.json"""
import csv
import json
import sys

import numpy as np


def table(path):
    rows = list(csv.DictReader(open(path, newline="")))
    names = [c for c in rows[0] if c.startswith("score_")]
    return np.array([[float(r[c]) for c in names] for r in rows]), np.array([names.index("score_" + r["label"]) for r in rows])


def scores(logits, t):
    e = np.exp(logits / t - (logits / t).max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


plain, label = table(sys.argv[1])
calibrated, _ = table(sys.argv[2])
doc = json.load(open(sys.argv[3]))
logits = np.log(plain)  # but for a constant of the row, which changes nothing


def nll(t):
    return -np.log(scores(logits, t)[np.arange(len(label)), label]).mean()


# Golden section over log t, from which cross-entropy, convex in 1 / t, falls and then rises.
a, b, g = np.log(1e-3), np.log(1e3), (np.sqrt(5) - 1) / 2
for _ in range(200):
    c, d = b - g * (b - a), a + g * (b - a)
    a, b = (a, d) if nll(np.exp(c)) < nll(np.exp(d)) else (c, b)
t = np.exp((a + b) / 2)
assert abs(doc["after"]["temperature"] / t - 1) < 1e-4, (doc["after"]["temperature"], t)
assert abs(doc["before"]["nll"] - nll(1)) < 1e-5 and abs(doc["after"]["nll"] - nll(t)) < 1e-5
assert np.abs(scores(logits, doc["after"]["temperature"]) - calibrated).max() < 1e-5
