"""Calibration from a table of predictions, held against what fer eval says: python3 calibration.py predictions.csv eval.json"""
import csv
import json
import sys

import numpy as np

rows = list(csv.DictReader(open(sys.argv[1], newline="")))
doc = json.load(open(sys.argv[2]))
classes = doc["classes"]
scores = np.array([[float(r["score_" + c]) for c in classes] for r in rows])
label = np.array([classes.index(r["label"]) for r in rows])
confidence, right = scores.max(axis=1), scores.argmax(axis=1) == label

# Guo et al. 2017, equation 3: fifteen bins of equal width, open below and closed above.
edges, ece = np.linspace(0, 1, 16), 0
for i in range(15):
    inside = (confidence > edges[i]) & (confidence <= edges[i + 1])
    b = doc["bins"][i]
    assert b["images"] == inside.sum(), (i, b, inside.sum())
    if inside.any():
        assert abs(b["confidence"] - confidence[inside].mean()) < 1e-6 and abs(b["accuracy"] - right[inside].mean()) < 1e-6
        ece += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
assert abs(doc["ece"] - ece) < 1e-6, (doc["ece"], ece)
brier = ((scores - np.eye(len(classes))[label]) ** 2).sum(axis=1).mean()
assert abs(doc["brier"] - brier) < 1e-6, (doc["brier"], brier)
loss = -np.log(scores[np.arange(len(label)), label]).mean()
assert abs(doc["loss"] - loss) < 1e-5, (doc["loss"], loss)
assert abs(doc["accuracy"] - right.mean()) < 1e-6
