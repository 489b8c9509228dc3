#!/usr/bin/python3
"""Tells how a model's accuracy on FER+ depends on how many of an image's ten annotators agreed.

    fer eval --weights W --data FER2013Valid.tar --protocol majority --predictions predictions.csv
    vote_agreement.py FER2013Valid.tar predictions.csv

A second group of ten, who each draw from the first group's votes, agrees with the first by the last column: more than a real one would, since the first
group's own chance is taken for the truth.
"""
import csv
import io
import random
import sys
import tarfile

CLASSES = "neutral happiness surprise sadness anger disgust fear contempt".split()
GROUPS, SEED = 200, 1


def read_votes(path):
    with tarfile.open(path) as tar:
        member = next(m for m in tar if m.name.endswith("label.csv"))
        rows = list(csv.reader(io.TextIOWrapper(tar.extractfile(member), "utf-8")))
    return {row[0]: [int(x) for x in row[2:]] for row in rows}


def largest(votes):
    """Single votes do not count, as in the protocol."""
    kept = [v if v > 1 else 0 for v in votes]
    return kept.index(max(kept))


def second_group(votes, rng):
    drawn = rng.choices(range(len(votes)), votes, k=10)
    return largest([drawn.count(k) for k in range(len(votes))])


def main(argv):
    if len(argv) != 3:
        sys.exit(__doc__)
    votes, rng, table = read_votes(argv[1]), random.Random(SEED), {}
    with open(argv[2], encoding="utf-8") as file:
        for row in csv.DictReader(file):
            v = votes.get(row["file"].rpartition("/")[2])
            if not v:
                sys.exit(f"{argv[2]}: {row['file']}: not in {argv[1]}")
            if CLASSES[largest(v)] != row["label"]:
                sys.exit(f"{row['file']}: labelled {row['label']}, its votes say {CLASSES[largest(v)]}; expected predictions of the majority protocol")
            again = sum(second_group(v, rng) == largest(v) for _ in range(GROUPS)) / GROUPS
            for key in (max(v), "all"):
                table.setdefault(key, []).append((row["answer"] == row["label"], again))
    print("| of ten annotators agree | images | accuracy | mistakes | a second group of ten |\n|---|---|---|---|---|")
    for key in sorted(table, key=lambda k: (k == "all", k)):
        right, again = (sum(column) for column in zip(*table[key]))
        n = len(table[key])
        print(f"| {key} | {n:,} | {100 * right / n:.2f} % | {n - right} | {100 * again / n:.1f} % |")


if __name__ == "__main__":
    main(sys.argv)
