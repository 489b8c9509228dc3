#!/usr/bin/env python3
"""The command when memory runs out: each allocation fails once, and from each on all fail.

usage: allocations.py FER FAILING FIXTURES SOURCE [--numbers N | --every] [--case NAME] [--most N] [--jobs N]

Of every run it wants: no signal, an end within a minute, nothing kept at the end, no file with another content than
without a failure, and either the answer of a run without a failure or exit code 1 with a message that says "memory".
Each of at most N allocations of a case is made to fail (24), with --every each of the first 2,000. tests/memory/
failing.c says which libraries are spared. Where FFmpeg is refused memory, it may leave out a frame or call the film damaged
without a word on memory; the command cannot know."""
import argparse
import collections
import concurrent.futures
import csv
import io
import json
import math
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import types
import zipfile

TRAIN = "train --model resnet-8 --input 16 --batch 3 --epochs 1 --randaugment 0,0 --data data --val data"
# Command, and words whose lines differ from run to run.
CASES = {
    "info": "info w.safetensors",
    "info-name": "info resnet-8",
    "models": "models --format json",
    "convert": "convert w.safetensors out/half.safetensors --dtype f16",
    "convert-pth": "convert w.pth out/w.safetensors --model resnet-8 --channels 1 --input 48",
    "average": "convert w.safetensors out/mean.safetensors --average again.safetensors",
    "predict": "predict face.png colour.png photo.jpg --faces whole --weights w.safetensors --threads 2",
    "predict-json": "predict real.png --format json --annotate out/drawn",
    "explain": "explain real.png --out out/why --format json",
    "eval": "eval --weights w.safetensors --data data --format json --predictions out/p.csv --bootstrap 50",
    "eval-prior": "eval --weights w.safetensors --data data --prior uniform --format json",
    "eval-tar": "eval --weights w.safetensors --data set.tar --format csv --confusion out/c.svg",
    "video": "video film.mkv --threads 2 --format json --summary --jsonl out/o.jsonl --csv out/o.csv",
    "video-drawn": "video film.mkv --threads 2 --annotate out/drawn.mp4 --emotionml out/o.xml",
    "data-info": "data info data --format json",
    "data-info-tar": "data info set.tar --format json",
    "data-prepare": "data prepare data --out out/p --val-per-class 1 --test-per-class 2 --format json",
    "data-pack": "data pack data --out out/x.ferpack --size 16 --channels 1 --format json",
    "label": "label --weights w.safetensors,w.safetensors --data val --crop 0.9 --out out/l.csv --format json",
    "calibrate": "calibrate --weights w.safetensors --data val --out out/c.safetensors --format json",
    "train": TRAIN + " --out out/run",
    "plot": "plot run --output out/c.svg",
    "plot-png": "plot run --output out/c.png",
    "report": "report run --out out/r.html",
}
# Libraries that end the process when they find no memory while they are loaded: a crash in them is none of ours.
ABORTING = re.compile(r"libgcrypt|libssh|libfontconfig|libglib|libpulse|libx26[45]")
VOLATILE = re.compile(rb'"?(seconds|started|time|date|images_per_second|images_per_s|per_second|duration|wall|took|ms)"?'
                      rb'[^\n,]*|in [0-9.]+ s\b')


def fixtures(arguments, root):
    def do(*command):
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    do(arguments.fixtures)
    shutil.copy(os.path.join(arguments.source, "examples/face.png"), os.path.join(root, "real.png"))
    shutil.copy(os.path.join(root, "w.safetensors"), os.path.join(root, "again.safetensors"))
    do("tar", "cf", "set.tar", "data")
    do(arguments.fer, *(TRAIN + " --out run").split())
    write_pth(os.path.join(root, "w.safetensors"), os.path.join(root, "w.pth"))
    label_by_answers(arguments.fer, root)
    if shutil.which("ffmpeg"):
        ground = "color=0x708090:size=176x176:rate=10:duration=0.5"
        do("ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i", ground, "-i", "real.png",
           "-filter_complex", "[0][1]overlay=x=20:y=20", "-c:v", "mjpeg", "film.mkv")


def label_by_answers(fer, root):
    """A set val/ for which a temperature is best: two thirds of the pictures have the label that the model gives."""
    pictures = sorted(os.path.join(f, n) for f, _, names in os.walk(os.path.join(root, "data")) for n in names)
    command = [fer, "predict", "--faces", "whole", "--weights", "w.safetensors", "--format", "csv", *pictures]
    table = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    rows = list(csv.reader(io.StringIO(table)))
    for i, row in enumerate(rows[1:]):
        label = row[1] if i % 3 else rows[0][2 + (rows[0].index(row[1]) - 1) % 8]
        os.makedirs(os.path.join(root, "val", label), exist_ok=True)
        shutil.copy(row[0], os.path.join(root, "val", label, "%d.png" % i))


def write_pth(source, target):
    """The state_dict as torch.save() writes it."""
    with open(source, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    exec("def _rebuild_tensor_v2(*a): pass", utils.__dict__)
    utils._rebuild_tensor_v2.__module__ = "torch._utils"
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    sys.modules.update({"torch": torch, "torch._utils": utils})

    class Tensor:
        def __init__(self, shape, stored):
            self.shape, self.stored = shape, stored

        def __reduce__(self):
            strides = [math.prod(self.shape[i + 1:]) for i in range(len(self.shape))]
            return utils._rebuild_tensor_v2, (self.stored, 0, tuple(self.shape), tuple(strides), False,
                                              collections.OrderedDict())

    class Stored:
        def __init__(self, key, kind, n):
            self.id = ("storage", kind, key, "cpu", n)

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            return thing.id if isinstance(thing, Stored) else None

    state, files = collections.OrderedDict(), {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        kind = torch.FloatStorage if entry["dtype"] == "F32" else torch.LongStorage
        key = str(len(files))
        files[key] = data[begin:end]
        state[name] = Tensor(entry["shape"], Stored(key, kind, math.prod(entry["shape"])))
    out = io.BytesIO()
    Pickler(out, protocol=2).dump(state)
    with zipfile.ZipFile(target, "w") as z:
        z.writestr("w/data.pkl", out.getvalue())
        z.writestr("w/version", "3\n")
        for key, value in files.items():
            z.writestr("w/data/" + key, value)


def contents(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, root)] = f.read()
    return found


def plain(data, name=""):
    """What does not change from run to run."""
    if os.path.basename(name) in ("log.csv", "last.safetensors", "config.json"):  # hold times
        return b""
    if name.endswith((".mp4", ".png", ".safetensors", ".ferpack")):
        return data
    return VOLATILE.sub(b"", data)


class Run:
    def __init__(self, arguments, root, command, **failure):
        with tempfile.TemporaryDirectory(dir=arguments.scratch) as own:
            place = os.path.join(own, "w")
            os.mkdir(place)
            for name in os.listdir(root):
                os.symlink(os.path.join(root, name), os.path.join(place, name))
            os.mkdir(os.path.join(place, "out"))
            report = os.path.join(own, "report")
            environment = dict(os.environ, LD_PRELOAD=arguments.failing, FER_FAIL_REPORT=report, LC_ALL="C",
                               MALLOC_CHECK_="3", **{"FER_FAIL_" + k.upper(): str(v) for k, v in failure.items()})
            self.hung = False
            try:
                done = subprocess.run([arguments.fer] + command.split(), cwd=place, env=environment,
                                      stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
                self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode(errors="replace")
            except subprocess.TimeoutExpired as e:
                self.hung, self.code, self.out, self.err = True, None, b"", (e.stderr or b"").decode(errors="replace")
            self.files = contents(os.path.join(place, "out"))
            self.n = self.threads = self.live = self.forgiven = 0
            self.places = []
            if os.path.exists(report):
                lines = open(report).read().splitlines()
                if lines:
                    self.n, self.threads, self.live, self.forgiven = map(int, lines[0].split())
                    self.places = lines[1:]


def faults(run, base, thread=False):
    """What is wrong with a run in which something failed."""
    if run.hung:
        return ["hangs"]
    if run.code < 0 and ABORTING.search(run.err):
        return []
    if run.code < 0 or run.code > 2:
        return ["ended by signal %d" % -run.code]
    bad = []
    if thread and run.code == 0:  # the encoder makes another film of the same frames; the count of threads is reported
        return []
    same = plain(run.out) == plain(base.out) and {k: plain(v, k) for k, v in run.files.items()} == {
        k: plain(v, k) for k, v in base.files.items()}
    if run.code == 2:
        bad.append("exit code 2")
    elif run.code == 0 and not same and not run.forgiven:
        names = [k for k in base.files if plain(run.files.get(k, b""), k) != plain(base.files[k], k)]
        bad.append("exit code 0 with another answer (%s)" % (", ".join(names) or "stdout"))
    elif run.code == 1:
        if not run.forgiven and not re.search("memory|thread" if thread else "memory", run.err, re.I):
            bad.append("exit code 1 without a word on memory")
        for name in run.files:
            if name not in base.files:
                bad.append("leaves " + name)
    if run.live > base.live:
        new = [p for p in run.places if p not in base.places]
        bad.append("keeps %d blocks: %s" % (run.live - base.live, " ".join(sorted(set(new)))))
    return bad


def numbers(n, most, wanted):
    """Spread over the run."""
    n = min(n, most)
    return sorted({1 + i * n // min(n, wanted) for i in range(min(n, wanted))})


def check(arguments, root, name, command):
    base = Run(arguments, root, command)
    if base.code != 0 or base.n == 0:
        print("%-16s does not run with %s: %s" % (name, arguments.failing, base.err.strip()[-200:]))
        return 0, 1
    jobs = [{mode: i} for i in numbers(base.n, arguments.most, arguments.numbers) for mode in ("at", "from")]
    jobs += [{"thread": i} for i in range(1, base.threads + 1)]
    bad = {}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for job, run in zip(jobs, pool.map(lambda j: Run(arguments, root, command, **j), jobs)):
            for fault in faults(run, base, "thread" in job):
                last = run.err.strip().splitlines()[-1:] if "keeps" not in fault else []
                bad.setdefault((fault, *last), []).append(" ".join("%s %d" % p for p in job.items()))
    print("%-16s %5d allocations, %d threads, %d failed, %d kept at the end; %d runs wrong" %
          (name, base.n, base.threads, len(jobs), base.live, sum(map(len, bad.values()))), flush=True)
    for (fault, *last), where in bad.items():
        print("    %s [%d: %s]%s" % (fault, len(where), ", ".join(where[:6]), ": " + last[0][:160] if last else ""))
    sys.stdout.flush()
    return len(jobs), sum(map(len, bad.values()))


def main():
    parser = argparse.ArgumentParser()
    for name in ("fer", "failing", "fixtures", "source"):
        parser.add_argument(name)
    parser.add_argument("--numbers", type=int, default=24)
    parser.add_argument("--every", dest="numbers", action="store_const", const=2000)
    parser.add_argument("--case", action="append")
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    for name in ("fer", "failing", "fixtures", "source"):
        setattr(arguments, name, os.path.abspath(getattr(arguments, name)))
    total = wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        arguments.scratch = scratch
        root = os.path.join(scratch, "root")
        os.mkdir(root)
        fixtures(arguments, root)
        for name, command in CASES.items():
            if arguments.case and name not in arguments.case:
                continue
            if any(w.endswith((".mkv", ".pth")) and not os.path.exists(os.path.join(root, w)) for w in command.split()):
                print("%-16s left out: its input cannot be made here" % name)
                continue
            n, bad = check(arguments, root, name, command)
            total += n
            wrong += bad
    print("%d failures made, %d wrong" % (total, wrong))
    return 1 if wrong else 0


sys.exit(main())
