#!/usr/bin/env python3
"""Many films by one command that is killed at random moments and resumed: the same bytes as never killed.

    python3 tests/disk/films.py FER [--films 40] [--kills 1] [--jobs 2] [--seed 1]

Needs ffmpeg. The films are a second long and made of examples/face.png."""
import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

FACE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "face.png"


def make_film(path, i):
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i", "color=0x708090:size=240x200:rate=5:duration=1",
         "-i", FACE, "-filter_complex", f"[0][1]overlay=x={i % 40}+{10 + i % 7}*t:y={20 + i % 5}", "-c:v", "libx264",
         "-preset", "ultrafast", "-threads", "1", "-pix_fmt", "yuv420p", path], check=True)


def start(fer, films, out, jobs, *more):
    return subprocess.Popen([fer, "video", films, "--out", out, "--write", "csv,jsonl,vtt", "--jobs", str(jobs), *more],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def finished(process):
    said = process.communicate()[1].decode()
    if process.returncode != 0:
        sys.exit(f"exit code {process.returncode}: {said}")


def results(out):
    """Every output but the journal, whose lines come in the order in which films ended."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*"))
            if p.is_file() and p.relative_to(out).parts[0] != "journal"}


def killed_run(fer, films, out, args, seconds):
    """Start, kill at random moments, resume; returns how many films were whole at each kill."""
    whole = []
    for _ in range(args.kills):
        process = start(fer, films, out, args.jobs, *(["--resume"] if whole else []))
        time.sleep(random.uniform(0.02, 0.95) * seconds / args.kills)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        whole.append(len(list(out.rglob("*.summary.csv"))) if out.exists() else 0)
    finished(start(fer, films, out, args.jobs, "--resume"))
    return whole


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fer", type=os.path.abspath)
    parser.add_argument("--films", type=int, default=40)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    random.seed(args.seed)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        films = pathlib.Path("films")
        for i in range(args.films):
            make_film(films / f"day{i % 3}" / f"p{i:02}.mp4", i)
        began = time.monotonic()
        finished(start(args.fer, films, pathlib.Path("never"), args.jobs))
        seconds = time.monotonic() - began
        whole = killed_run(args.fer, films, pathlib.Path("killed"), args, seconds)
        a, b = results(pathlib.Path("never")), results(pathlib.Path("killed"))
        differ = [name for name in sorted(set(a) | set(b)) if a.get(name) != b.get(name)]
        print(f"{args.films} films in {seconds:.1f} s; killed {args.kills} times, when {whole} films were whole; "
              f"{len(a)} files, {len(differ)} differ")
        if differ or len(a) != 4 * args.films + len([n for n in a if "/" not in n]):
            sys.exit(f"differ: {differ[:5]}")


if __name__ == "__main__":
    main()
