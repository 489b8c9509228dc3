#!/usr/bin/python3
"""Requests per second of `fer serve` on loopback, beside what the library does in one process on the same cores.

    bench/serve.py --fer build/fer [--weights FILE] [--picture FILE] [--seconds 60] [--clients 1,8,64] [--threads N]

The picture is a 640 x 480 JPEG with one face, made from examples/astronaut.jpg unless --picture names one. For each number of clients,
that many connections post it as fast as the answers come. A client is one thread of another process; the processes of the clients are
on the same machine and take a part of its cores. Half of the clients send a second picture, its mirror image, and each answer is
compared with the answer of `fer predict` for the picture that was sent. "of one process" is the rate divided by that of
`fer predict` on a list of the same pictures, with as many threads: decoding, detection and JSON included in both. MB is the server's
memory after each row, from /metrics. Busy (503) answers are counted and repeated.
"""
import argparse
import http.client
import io
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))


def make_pictures(args):
    if args.picture:
        picture = Image.open(args.picture).convert("RGB")
    else:
        face = Image.open(os.path.join(HERE, "../examples/astronaut.jpg")).convert("RGB").resize((480, 480))
        picture = Image.new("RGB", (640, 480), (112, 128, 144))
        picture.paste(face, (80, 0))
    out = []
    for one in (picture, ImageOps.mirror(picture)):
        data = io.BytesIO()
        one.save(data, "JPEG", quality=90)
        out.append(data.getvalue())
    return out


def fer_predict(args, picture):
    return subprocess.run([args.fer, "predict", *weights(args), "-"], input=picture, capture_output=True, check=True).stdout


def weights(args):
    return ["--weights", args.weights] if args.weights else []


def in_one_process(args, pictures, folder):
    """Pictures per second of `fer predict`, from two lists of different length, so that its start does not count."""
    names = []
    for i, data in enumerate(pictures):
        names.append(os.path.join(folder, "%d.jpg" % i))
        with open(names[-1], "wb") as f:
            f.write(data)

    def seconds(n):
        path = os.path.join(folder, "list")
        with open(path, "w") as f:
            f.write("".join(names[i % 2] + "\n" for i in range(n)))
        begun = time.monotonic()
        subprocess.run([args.fer, "predict", *weights(args), "--threads", str(args.threads), "--list", path],
                       check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begun

    rough = 20 / seconds(20)
    few, many = 10, 10 + int(max(20, rough * min(args.seconds, 20)))
    return (many - few) / (seconds(many) - seconds(few))


def client(port, picture, expected, until, times, counts):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < until:
        begun = time.monotonic()
        c.request("POST", "/v1/predict", picture)
        r = c.getresponse()
        body = r.read()
        if r.status == 200:
            times.append(time.monotonic() - begun)
            counts["wrong"] += body != expected
        elif r.status == 503:
            counts["busy"] += 1
            time.sleep(0.05)
        else:
            counts["failed"] += 1
    c.close()


def clients_process(port, jobs, seconds, out):
    until, counts = time.monotonic() + seconds, {"wrong": 0, "busy": 0, "failed": 0}
    times = [[] for _ in jobs]
    threads = [threading.Thread(target=client, args=(port, *job, until, t, counts)) for job, t in zip(jobs, times)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    out.put(([t for one in times for t in one], counts))


def run_clients(args, port, pictures, expected, n):
    out, processes = multiprocessing.Queue(), []
    jobs = [(pictures[i % 2], expected[i % 2]) for i in range(n)]
    begun = time.monotonic()
    for k in range(min(2, n)):
        processes.append(multiprocessing.Process(target=clients_process, args=(port, jobs[k::2], args.seconds, out)))
        processes[-1].start()
    results = [out.get() for _ in processes]
    took = time.monotonic() - begun
    for p in processes:
        p.join()
    times = sorted(t for r, _ in results for t in r)
    return times, took, {k: sum(c[k] for _, c in results) for k in results[0][1]}


def memory_of(port):
    c = http.client.HTTPConnection("127.0.0.1", port)
    c.request("GET", "/metrics")
    return float(re.search(r"^process_resident_memory_bytes (\S+)", c.getresponse().read().decode(), re.M).group(1)) / 1e6


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--fer", default=os.path.join(HERE, "../build/fer"))
    p.add_argument("--weights")
    p.add_argument("--picture")
    p.add_argument("--seconds", type=float, default=60)
    p.add_argument("--clients", default="1,8,64")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    args = p.parse_args()
    pictures = make_pictures(args)
    expected = [fer_predict(args, x) for x in pictures]
    print("faces: %s; %d threads; %g s a row" % ([len(json.loads(e)["faces"]) for e in expected], args.threads, args.seconds))
    with tempfile.TemporaryDirectory() as folder:
        before = in_one_process(args, pictures, folder)
    server = subprocess.Popen([args.fer, "serve", "--listen", "127.0.0.1:0", "--no-log", "--threads", str(args.threads),
                               "--queue", "100", *weights(args)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    port = int(re.search(r":(\d+)$", server.stderr.readline()).group(1))
    bad = 0
    print("in one process: %.1f pictures/s" % before)
    print("| clients | requests/s | of one process | p50 ms | p99 ms | p99 / p50 | answers | wrong | failed | busy | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for n in (int(x) for x in args.clients.split(",")):
        times, took, counts = run_clients(args, port, pictures, expected, n)
        p50, p99 = statistics.median(times), times[min(len(times) - 1, int(0.99 * len(times)))]
        print("| %d | %.1f | %.0f %% | %.1f | %.1f | %.1f | %d | %d | %d | %d | %.1f |" % (
            n, len(times) / took, 100 * len(times) / took / before, 1000 * p50, 1000 * p99, p99 / p50, len(times),
            counts["wrong"], counts["failed"], counts["busy"], memory_of(port)), flush=True)
        bad += counts["wrong"] + counts["failed"]
    server.terminate()
    sys.exit(server.wait() or bad > 0)


main()
