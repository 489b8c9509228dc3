#!/usr/bin/env python3
"""Archives of pictures and films: one process, shards, MPI ranks, and runs that are killed at random moments must write
the same bytes, with one answer per input in the journals.

usage: archives.py FER FACE.png [--pictures N] [--films N] [--kills N] [--portraits TAR] [--seed N]

Pictures are the face on grounds of several sizes, or those of a tar file. Films need ffmpeg, ranks need mpirun and a fer
that was built with MPI; what is missing is left out, and the last line says what was done."""
import argparse
import collections
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
MPIRUN = ["mpirun", "--oversubscribe", "-n"]
failures = 0


def check(ok, what):
    global failures
    if not ok:
        failures += 1
        print("FAIL", what)


def run(command):
    done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check(done.returncode == 0, "%s: exit code %d: %s" % (" ".join(command[-8:]), done.returncode, done.stderr[-500:]))


def make_pictures(face, n):
    """The face at other places and on other grounds; scene.py reads and writes PNG without libraries."""
    spec = {"__name__": "scene"}
    source = open(os.path.join(HERE, "../cli/scene.py")).read()
    exec(source[:source.index("\nface = ")], spec)
    rows = spec["read"](face)
    os.makedirs("pictures")
    for i in range(n):
        w, h, grey = 180 + 17 * i % 90, 170 + 23 * i % 70, 40 + 29 * i % 170
        canvas = [bytearray(bytes([grey]) * 3 * w) for _ in range(h)]
        if i % 5 < 4:
            spec["paste"](canvas, rows, 13 * i % (w - 140), 7 * i % (h - 140))
        spec["write"]("pictures/%03d.png" % i, canvas)


def take_pictures(tar, n):
    os.makedirs("pictures")
    with tarfile.open(tar) as archive:
        members = sorted((m for m in archive if m.isfile() and m.name.endswith((".jpg", ".png"))), key=lambda m: m.name)
        for i, member in enumerate(members[:n]):
            with open("pictures/%03d%s" % (i, os.path.splitext(member.name)[1]), "wb") as f:
                f.write(archive.extractfile(member).read())


def make_films(face, n):
    os.makedirs("films")
    for i in range(n):
        ground = "color=0x%02x7080:size=240x200:rate=5:duration=%.1f" % (64 + 9 * i % 128, 0.6 + 0.2 * (i % 4))
        subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", ground, "-i", face, "-filter_complex",
                        "[0][1]overlay=x=%d+20*t:y=%d" % (5 * i % 70, 7 * i % 50), "-c:v", "mjpeg", "films/%02d.mkv" % i],
                       check=True)


def contents(directory):
    """Every file but journals and the tables of single shards."""
    found = {}
    for where, folders, names in os.walk(directory):
        folders[:] = [f for f in folders if f != "journal"]
        for name in names:
            if "-of-" in name:
                continue
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, directory)] = f.read()
    return found


def compare(directory, expected, what):
    now = contents(directory)
    for name in sorted(set(now) | set(expected)):
        check(now.get(name) == expected.get(name), "%s: %s differs" % (what, name))


def check_journals(directory, n, what):
    answers = collections.Counter()
    for path in glob.glob(directory + "/journal/*.journal"):
        for line in open(path, "rb").read().split(b"\n")[1:]:
            try:
                answers[json.loads(line[17:])["n"]] += 1
            except ValueError:
                pass  # torn
    check(sorted(answers) == list(range(n)) and set(answers.values()) <= {1},
          "%s: the inputs have %s answers" % (what, dict(answers)))


def kill_all(process, directory):
    """mpirun, and the ranks that would otherwise live for a moment longer."""
    process.kill()
    process.wait()
    mark = os.path.abspath(directory).encode()
    while True:
        left = 0
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                words = open(path, "rb").read().split(b"\0")
                if mark in words:
                    os.kill(int(path.split("/")[2]), signal.SIGKILL)
                    left += 1
            except (OSError, ProcessLookupError):
                pass
        if not left:
            return
        time.sleep(0.01)


def killed(command, directory, kills, took, ranks):
    """Run it again and again, and kill it, until it ends by itself once all kills are used. Returns what happened."""
    under_way = finished = 0
    for _ in range(kills):
        words = [*command, "--out", os.path.abspath(directory), "--resume"]
        if ranks and random.random() < 0.5:
            words = [*MPIRUN, "2", *words]
        process = subprocess.Popen(words, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.05, 0.5) * took)
        if process.poll() is None:
            under_way += 1
            kill_all(process, directory)
        process.wait()
        if os.path.exists(directory + "/failures.csv"):
            finished += 1
            yield under_way, finished
            shutil.rmtree(directory)
    run([*command, "--out", directory, "--resume"])
    yield under_way, finished


def exercise(kind, command, n, kills, ranks):
    start = time.time()
    run([*command, "--out", kind + "-one"])
    took = time.time() - start
    expected = contents(kind + "-one")
    check_journals(kind + "-one", n, kind)
    for i in (3, 1, 4, 2):
        run([*command, "--out", kind + "-shards", "--shard", "%d/4" % i])
    run([command[0], "merge", kind + "-shards"])
    compare(kind + "-shards", expected, kind + " of 4 shards")
    check_journals(kind + "-shards", n, kind + " of 4 shards")
    for size in ranks:
        run([*MPIRUN, str(size), *command, "--out", "%s-ranks%d" % (kind, size)])
        compare("%s-ranks%d" % (kind, size), expected, "%s of %d ranks" % (kind, size))
        check_journals("%s-ranks%d" % (kind, size), n, "%s of %d ranks" % (kind, size))
    under_way = finished = 0
    for under_way, finished in killed(command, kind + "-killed", kills, took, ranks):
        compare(kind + "-killed", expected, kind + " after kills")
        check_journals(kind + "-killed", n, kind + " after kills")
    print("%s: %d inputs; the same bytes in 4 shards, %s ranks, and after %d kills, %d of them under way, %d complete runs"
          % (kind, n, ",".join(map(str, ranks)) or "no", kills, under_way, finished + 1), flush=True)


def has_mpi(fer):
    if not shutil.which("mpirun"):
        return False
    done = subprocess.run([*MPIRUN, "2", fer, "predict", "nowhere", "--out", "probe"], env=ENVIRONMENT, capture_output=True,
                          text=True)
    return "built without MPI" not in done.stderr and "nowhere" in done.stderr


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("fer", type=os.path.abspath)
    p.add_argument("face", type=os.path.abspath)
    p.add_argument("--pictures", type=int, default=200)
    p.add_argument("--films", type=int, default=12)
    p.add_argument("--kills", type=int, default=20)
    p.add_argument("--portraits", type=os.path.abspath)
    p.add_argument("--seed", type=int)
    a = p.parse_args()
    random.seed(a.seed)
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shm) as work:
        os.chdir(work)
        if a.portraits and os.path.exists(a.portraits):
            take_pictures(a.portraits, a.pictures)
        else:
            make_pictures(a.face, a.pictures)
        ranks = (1, 2, 4) if has_mpi(a.fer) else ()
        one = ["--threads", "1", "--quiet"]
        exercise("pictures", [a.fer, "predict", "pictures", *one], a.pictures, a.kills, ranks)
        probe = subprocess.run([a.fer, "video", "nowhere.mp4"], capture_output=True, text=True).stderr
        if shutil.which("ffmpeg") and "No such file" in probe:
            make_films(a.face, a.films)
            exercise("films", [a.fer, "video", "films", "--write", "csv,jsonl", *one], a.films, a.kills, ranks)
        else:
            print("films left out: no ffmpeg, or fer was built without it")
        os.chdir("/")
    print("%d failures" % failures)
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
