"""Scores adjusted for class shares against plain ones: python3 prior.py plain.csv adjusted.csv TAU

score_k / share_k^TAU, normalised; the shares are the labels' in plain.csv, half an image's where a class has none."""
import csv
import sys

plain, adjusted = (list(csv.DictReader(open(path, newline=""))) for path in sys.argv[1:3])
tau = float(sys.argv[3])
names = [c for c in plain[0] if c.startswith("score_")]
count = {c: sum("score_" + r["label"] == c for r in plain) or 0.5 for c in names}
moved = 0
for p, a in zip(plain, adjusted):
    weighed = [float(p[c]) / (count[c] / len(plain)) ** tau for c in names]
    for c, w in zip(names, weighed):
        if abs(w / sum(weighed) - float(a[c])) > 2e-6:
            sys.exit(f"{p['file']}: {c} is {a[c]}, expected {w / sum(weighed)}")
        moved += abs(float(p[c]) - float(a[c])) > 1e-4
if len(plain) != len(adjusted) or not moved:
    sys.exit(f"{len(plain)} and {len(adjusted)} rows, {moved} scores moved")
