#!/usr/bin/env python3
"""Kills commands that write at random moments, and lets their disk fail: afterwards every file is the old one or the new
one, whole. Usage: kills.py FER FIXTURES SHIM [KILLS]"""
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

FER, FIXTURES, SHIM = (os.path.abspath(p) for p in sys.argv[1:4])
KILLS = int(sys.argv[4]) if len(sys.argv) > 4 else 60
W = ["--weights", "w.safetensors", "--threads", "1"]
TRAIN = ["train", "--data", "data", "--val", "data", "--batch", "4", "--model", "resnet-8", "--input", "32",
         "--channels", "1", "--threads", "1", "--epochs", "2", "--out"]

# name: (arguments, what differs in the old and the new run, files; None: whole by itself, whatever it holds)
COMMANDS = {
    "convert": (["convert", "w.safetensors", "o.safetensors", "--provenance"], ["old"], ["new"], ["o.safetensors"]),
    "calibrate": (["calibrate", "--weights", "run/final.safetensors", "--data", "data", "--out", "c.safetensors", "--batch"], ["1"], ["4"],
                  ["c.safetensors"]),
    "label": (["label", *W, "--data", "data", "--out", "l.csv"], [], ["--no-mirror"], ["l.csv"]),
    "eval": (["eval", *W, "--data", "data", "--predictions", "p.csv", "--confusion", "c.png"], [], ["--tta"],
             ["p.csv", "c.png"]),
    "run": (["run", "--input", "x.npy", "--output", "y.npy", "--weights"], ["w.safetensors"], ["other.safetensors"],
            ["y.npy"]),
    "explain": (["explain", "face.png", "--out", "e.png", "--weights"], ["cct.safetensors"], ["cct2.safetensors"],
                ["e.png"]),
    "plot": (["plot", "run", "--output", "curves.svg", "--title"], ["old"], ["new"], ["curves.svg"]),
    "report": (["report", "run", "--out"], ["rep"], ["rep"], ["rep/report.html"]),
    "data prepare": (["data", "prepare", "data", "--out", "split", "--val-per-class", "1", "--seed"], ["1"], ["2"],
                     ["split/train.csv", "split/val.csv", "split/test.csv"]),
    "data pack": (["data", "pack", "data", "--out", "d.ferpack", "--threads", "1", "--size"], ["64"], ["96"],
                  ["d.ferpack"]),
    "predict": (["predict", "data", "--annotate", "drawn", "--threads", "1", "--weights"], ["w.safetensors"],
                ["other.safetensors"], ["drawn/anger/00.png", "drawn/happiness/00.png"]),
    "video": (["video", "film.mp4", "--threads", "1", "--csv", "f.csv", "--annotate", "f.mp4", "--weights"],
              ["w.safetensors"], ["other.safetensors"], ["f.csv", "f.mp4"]),
    "train": (TRAIN + ["trained", "--seed"], ["1"], ["2"],
              ["trained/last.safetensors", "trained/best.safetensors"]),
}


def call(arguments, **options):
    return subprocess.Popen([FER, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, **options)


def contents(files):
    found = []
    for name in files:
        try:
            with open(name, "rb") as f:
                found.append(f.read())
        except FileNotFoundError:
            found.append(None)
    return found


def put(files, texts):
    for name, text in zip(files, texts):
        if text is None:
            if os.path.exists(name):
                os.remove(name)
        else:
            with open(name, "wb") as f:
                f.write(text)


def leftovers():
    return [os.path.join(where, name) for where, _, names in os.walk(".") for name in names if name.endswith(".tmp")]


def has_unnamed_files():
    try:
        os.close(os.open(".", os.O_TMPFILE | os.O_RDWR))
        return True
    except OSError:
        return False


def clean(command):
    if command == "train":
        shutil.rmtree("trained", ignore_errors=True)


def is_safetensors(data):
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    return len(data) == end + max(t["data_offsets"][1] for k, t in header.items() if k != "__metadata__")


def whole(command, name, data, old, new):
    if data in (old, new):
        return True
    if command == "train":  # checkpoints of every epoch
        return data is None or is_safetensors(data)
    return command == "report" and data.rstrip().endswith(b"</html>")


def main():
    totals = {"kills": 0, "under way": 0, "broken": 0, "leftovers": 0, "mixed and told": 0, "mixed": 0}
    failures = {"runs": 0, "told": 0, "silent": 0, "broken": 0, "leftovers": 0}
    work = tempfile.mkdtemp()
    os.chdir(work)
    os.makedirs("rep")
    subprocess.run([FIXTURES], check=True)
    subprocess.run([FIXTURES, "cct-2", "cct.safetensors"], check=True)
    subprocess.run([FER, "convert", "cct.safetensors", "cct2.safetensors", "--dtype", "f16"], capture_output=True)
    film = shutil.which("ffmpeg") and subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "color=0x708090:size=160x120:rate=10:duration=2",
         "-pix_fmt", "yuv420p", "film.mp4"]).returncode == 0
    subprocess.run([FER, "convert", "w.safetensors", "other.safetensors", "--provenance", "x"], capture_output=True)
    subprocess.run([FER, *TRAIN, "run"], capture_output=True, check=True)
    kept = {}
    for command, (arguments, first, second, files) in COMMANDS.items():
        if command == "video" and not film:
            continue
        took = 0
        states = []
        for variant in (first, second):
            clean(command)
            start = time.time()
            process = call(arguments + variant)
            told = process.communicate()[1]
            if process.returncode != 0:
                print(f"left out: {command}: {told.decode().strip()[:200]}")
                break
            took = time.time() - start
            states.append(contents(files + (["split/prepare.sums"] if command == "data prepare" else [])))
        if len(states) == 2:
            kept[command] = (took, *states)
    order = [c for c in COMMANDS if c in kept]
    for i in range(KILLS):
        command = order[i % len(order)]
        arguments, _, second, files = COMMANDS[command]
        took, old, new = kept[command]
        everything = files + (["split/prepare.sums"] if command == "data prepare" else [])
        clean(command)
        if command != "train":
            put(everything, old)
        process = call(arguments + second)
        time.sleep(random.uniform(0, 1.1 * took))
        totals["kills"] += 1
        totals["under way"] += process.poll() is None
        process.kill()
        process.communicate()
        now = contents(files)
        for name, data, before, after in zip(files, now, old, new):
            if not whole(command, name, data, before, after):
                totals["broken"] += 1
                print(f"BROKEN: {command}: {name} after kill {i}")
        if command == "data prepare" and now not in (old[:3], new[:3]):
            told = subprocess.run([FER, "data", "info", "split", "--quick"], capture_output=True).returncode != 0
            totals["mixed and told" if told else "mixed"] += 1
        totals["leftovers"] += len(leftovers())
        for name in leftovers():
            os.remove(name)
    print("kills: " + ", ".join(f"{k} {v}" for k, v in totals.items()))

    # A disk that fails: calls that answer EIO or ENOSPC (the shim), files that may not grow, directories without leave.
    faults = [{"FER_FAULT": f"{f}:{e}", "LD_PRELOAD": SHIM} for f in ("fsync", "rename", "linkat") for e in ("EIO", "ENOSPC")]
    for command in order:
        arguments, _, second, files = COMMANDS[command]
        _, old, new = kept[command]
        everything = files + (["split/prepare.sums"] if command == "data prepare" else [])
        for fault in [*faults, "limit", "named"]:
            clean(command)
            if command != "train":
                put(everything, old)
            options = {"env": {**os.environ, **fault}} if isinstance(fault, dict) else {}
            if fault == "limit":
                options["restore_signals"] = False  # SIGXFSZ stays ignored
                options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
            if fault == "named":  # no unnamed files here, and no room: what was begun is removed
                options["env"] = {**os.environ, "FER_FAULT": "tmpfile,fsync:ENOSPC", "LD_PRELOAD": SHIM}
            process = call(arguments + second, **options)
            told = process.communicate()[1]
            failures["runs"] += 1
            ok = process.returncode == 1 and told
            failures["told" if ok else "silent"] += 1
            if not ok:
                print(f"{command}, {fault}: exit code {process.returncode}")
            now = contents(files)
            for name, data, before, after in zip(files, now, old, new):
                if not whole(command, name, data, before, after):
                    failures["broken"] += 1
                    print(f"BROKEN: {command}: {name} with {fault}")
            failures["leftovers"] += len(leftovers())
            for name in leftovers():
                os.remove(name)
    print("disks that fail: " + ", ".join(f"{k} {v}" for k, v in failures.items()))

    # Killed when the new file has a name, but not yet its own: the next run leaves nothing else.
    killed = {"runs": 0, "killed": 0, "leftovers": 0, "broken": 0}
    unnamed = has_unnamed_files()
    for command in order if unnamed else []:
        arguments, _, second, files = COMMANDS[command]
        old, new = kept[command][1:]
        clean(command)
        if command != "train":
            put(files + (["split/prepare.sums"] if command == "data prepare" else []), old)
        process = call(arguments + second, env={**os.environ, "FER_FAULT": "rename:KILL", "LD_PRELOAD": SHIM})
        process.communicate()
        killed["runs"] += 1
        killed["killed"] += process.returncode < 0 and len(leftovers()) > 0
        told = call(arguments + second + ["--resume"] * (command == "train")).communicate()[1]
        for name in leftovers():
            killed["leftovers"] += 1
            print(f"LEFT: {command}: {name}: {told.decode()[-300:]}")
            os.remove(name)
        killed["broken"] += sum(not whole(command, name, data, after, after)
                                for name, data, after in zip(files, contents(files), new))
    print(f"killed before a rename{'' if unnamed else ' (left out: every file has a name here)'}: " + ", ".join(f"{k} {v}" for k, v in killed.items()))
    os.chdir("/")
    shutil.rmtree(work)
    return (totals["broken"] + totals["mixed"] + failures["broken"] + failures["leftovers"] + killed["leftovers"]
            + killed["broken"] > 0 or killed["killed"] < killed["runs"])


if __name__ == "__main__":
    sys.exit(main())
