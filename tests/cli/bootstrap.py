"""Intervals drawn anew from a table of predictions: python3 bootstrap.py predictions.csv eval.json"""
import csv
import json
import sys

import numpy as np

rows = list(csv.DictReader(open(sys.argv[1], newline="")))
doc = json.load(open(sys.argv[2]))["intervals"]
classes = json.load(open(sys.argv[2]))["classes"]
label = np.array([classes.index(r["label"]) for r in rows])
answer = np.array([classes.index(r["answer"]) for r in rows])
confidence = np.array([float(r["confidence"]) for r in rows])
n, rng = len(rows), np.random.default_rng(7)


def figures(i):
    y, a, c = label[i], answer[i], confidence[i]
    recall = [(a[y == k] == k).mean() if (y == k).any() else np.nan for k in range(len(classes))]
    f1 = [2 * ((a == k) & (y == k)).sum() / ((a == k).sum() + (y == k).sum()) for k in range(len(classes)) if (y == k).any()]
    b = np.clip(np.ceil(c * 15).astype(int) - 1, 0, 14)
    ece = sum(abs((c[b == k] - (a == y)[b == k]).sum()) for k in np.unique(b)) / n
    return [(a == y).mean(), np.nanmean(recall), np.mean(f1), ece] + recall


drawn = np.array([figures(rng.integers(n, size=n)) for _ in range(doc["resamples"])])
wanted = [doc["accuracy"], doc["mean_recall"], doc["macro_f1"], doc["ece"]] + [doc["recall"][c] for c in classes]
for j, have in enumerate(wanted):
    column = drawn[:, j][~np.isnan(drawn[:, j])]
    if have is None:
        assert len(column) == 0
        continue
    # Two draws of the same percentile: between those a little farther in and out, four deviations of its rank.
    d = 400 * np.sqrt(0.025 * 0.975 * 2 / doc["resamples"])
    for at, value in zip((2.5, 97.5), have):
        low, high = np.percentile(column, [max(at - d, 0), min(at + d, 100)])
        assert low - 1e-7 <= value <= high + 1e-7, (j, at, value, low, high)
    assert have[0] <= have[1]
