#!/usr/bin/env python3
"""The tables of a classifier's model card, as fer eval measures them, in Markdown.

    tools/model_card.py --fer build/fer --data FER2013Valid.tar [--weights W]
"""
import argparse
import json
import subprocess

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--fer", default="build/fer")
parser.add_argument("--data", required=True)
parser.add_argument("--weights", help="default: the shipped ones")
args = parser.parse_args()


def evaluate(*options):
    command = [args.fer, "eval", "--data", args.data, "--format", "json", *options] + ([args.weights] if args.weights else [])
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def row(*cells):
    print("| " + " | ".join(cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def percent(value, interval=None):
    text = "%.2f %%" % (100 * value)
    return text + " (%.1f to %.1f)" % tuple(100 * x for x in interval) if interval else text


head("protocol", "images", "accuracy", "mean recall", "macro F1", "ECE (15 bins)")
for protocol in "majority", "all":
    e = evaluate("--protocol", protocol, "--bootstrap", "1000")
    i = e["intervals"]
    row(protocol, "{:,}".format(e["images"]), *(percent(e[k], i[k]) for k in ("accuracy", "mean_recall", "macro_f1")), percent(e["ece"]))
    if protocol == "majority":
        majority = e
tta = evaluate("--tta")
print("\nWith `--tta`: accuracy %s, mean recall %s, macro F1 %s.\n" % tuple(percent(tta[k]) for k in ("accuracy", "mean_recall", "macro_f1")))

names, intervals = majority["classes"], majority["intervals"]["recall"]
classes = [majority["per_class"][name] for name in names]
head("majority", *names)
row("images", *("{:,}".format(c["images"]) for c in classes))
row("recall", *("%.1f %%" % (100 * c["recall"]) for c in classes))
row("95 % interval", *("%.0f to %.0f" % tuple(100 * x for x in intervals[name]) for name in names))
row("precision", *("%.1f %%" % (100 * c["precision"]) for c in classes))
print()

head("pictures", "accuracy", "mean recall")
for kind, d in evaluate("--degrade", "all", "--bootstrap", "1000")["degradations"].items():
    row(kind, percent(d["accuracy"], d["accuracy_interval"]), percent(d["mean_recall"], d["mean_recall_interval"]))
