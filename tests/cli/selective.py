"""Figures of the surest predictions from the table of all: python3 selective.py predictions.csv eval.json"""
import csv
import itertools
import json
import math
import sys

rows = [(float(r["confidence"]), r["label"] == r["answer"]) for r in csv.DictReader(open(sys.argv[1], newline=""))]
doc = json.load(open(sys.argv[2]))
rows.sort(key=lambda r: -r[0])
right, curve = 0.0, []
for _, group in itertools.groupby(rows, key=lambda r: r[0]):
    group = list(group)
    share = sum(r[1] for r in group) / len(group)
    curve += [(right + share * (j + 1)) / (len(curve) + j + 1) for j in range(len(group))]
    right += share * len(group)
aurc = sum(1 - a for a in curve) / len(curve)
assert abs(doc["aurc"] - aurc) < 1e-6, (doc["aurc"], aurc)
for percent, got in doc["selective_accuracy"].items():
    want = curve[math.ceil(int(percent) / 100 * len(curve)) - 1]
    assert abs(got - want) < 1e-6, (percent, got, want)
