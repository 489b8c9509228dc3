#!/usr/bin/python3
"""`fer serve` on loopback: requests per second and their times, beside what the library does in one process on the same
cores; and its memory over many requests.

    bench/serve.py --fer build/fer [--seconds 60] [--clients 1,8,64] [--threads N] [--batch 1,8] [--python] [--start]
    bench/serve.py --fer build/fer --requests 100000 [--clients 8]

The picture is a 640 x 480 JPEG with one face, made from examples/astronaut.jpg unless --picture names one. For each
number of clients, that many connections post it as fast as the answers come. A client is one thread of another process;
the processes of the clients are on the same machine and take a part of its cores. Half of the clients send a second
picture, its mirror image, and each answer is compared with the answer of `fer predict` for the picture that was sent.
Busy (503) answers are counted and repeated.

"of one process" is the rate divided by that of `fer predict` on a list of the same pictures, with as many threads, half
of it measured before the row and half after it: decoding, detection and JSON included in both. "CPU ms" is the
server's processor time per answer, and in brackets that of `fer predict` per picture: these two depend little on
what else the machine does. MB is the server's memory after each row. With --python there is a row for each number of clients
for bench/serve_python.py, whose answers must have the same labels. --start measures the time until the first answer.

--requests sends so many requests of all kinds, right and wrong ones, each answer compared with what that request got at
first, and prints the server's memory twenty times. It fails if the memory at the end is more than 5 % above that in the
second fifth.
"""
import argparse
import base64
import collections
import http.client
import io
import itertools
import json
import multiprocessing
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def jpeg(picture):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=90)
    return data.getvalue()


def make_pictures(args):
    if args.picture:
        picture = Image.open(args.picture).convert("RGB")
    else:
        face = Image.open(os.path.join(ROOT, "examples/astronaut.jpg")).convert("RGB").resize((480, 480))
        picture = Image.new("RGB", (640, 480), (112, 128, 144))
        picture.paste(face, (80, 0))
    return [jpeg(one) for one in (picture, ImageOps.mirror(picture))]


# ---- servers ----

class Server:
    """A process with a port, as a context."""

    def __init__(self, command, where, env=None):
        self.begun = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE if where == "stdout" else subprocess.DEVNULL,
                                        stderr=subprocess.PIPE if where == "stderr" else subprocess.DEVNULL, text=True,
                                        env=env)
        self.port = int(re.search(r"(\d+)$", getattr(self.process, where).readline()).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def cpu(self):
        """Seconds of processor time."""
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """MB."""
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def fer_server(args, *options):
    return Server([args.fer, "serve", "--listen", "127.0.0.1:0", "--no-log", "--threads", str(args.threads), "--queue",
                   "100", *weights(args), *options], "stderr")


def python_server(args):
    with open(os.path.join(ROOT, "include/fer/abi.h")) as f:
        abi = re.search(r"define FER_ABI (\d+)", f.read()).group(1)
    library = os.path.join(os.path.dirname(os.path.abspath(args.fer)), "libfer.so." + abi)
    env = dict(os.environ, LIBFER_LIBRARY=library, PYTHONPATH=os.path.join(ROOT, "python"))
    return Server(["/usr/bin/python3", os.path.join(HERE, "serve_python.py"), str(args.threads)], "stdout", env)


# ---- the library in one process ----

def weights(args):
    return ["--weights", args.weights] if args.weights else []


def fer_predict(args, picture):
    return subprocess.run([args.fer, "predict", *weights(args), "-"], input=picture, capture_output=True, check=True).stdout


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class OneProcess:
    """`fer predict` on lists of different length, so that its start does not count."""

    def __init__(self, args, pictures, folder):
        self.args, self.folder, self.names = args, folder, []
        for i, data in enumerate(pictures):
            self.names.append(os.path.join(folder, "%d.jpg" % i))
            with open(self.names[-1], "wb") as f:
                f.write(data)
        self.n = max(20, int(20 / self.run(20)[0] * args.seconds / 4))

    def run(self, n):
        path = os.path.join(self.folder, "list")
        with open(path, "w") as f:
            f.write("".join(self.names[i % 2] + "\n" for i in range(n)))
        begun, used = time.monotonic(), cpu_of_children()
        subprocess.run([self.args.fer, "predict", *weights(self.args), "--threads", str(self.args.threads), "--list", path],
                       check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begun, cpu_of_children() - used

    def measure(self):
        """Seconds and processor seconds of one picture."""
        few, many = self.run(10), self.run(10 + self.n)
        return (many[0] - few[0]) / self.n, (many[1] - few[1]) / self.n


# ---- clients ----

def client(port, picture, right, until, times, counts):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while time.monotonic() < until:
        begun = time.monotonic()
        c.request("POST", "/v1/predict", picture)
        r = c.getresponse()
        body = r.read()
        if r.status == 200:
            times.append(time.monotonic() - begun)
            counts["wrong"] += not right(body)
        elif r.status == 503:
            counts["busy"] += 1
            time.sleep(0.05)
        else:
            counts["failed"] += 1
    c.close()


class Same:
    """The bytes of `fer predict`; of another server the labels."""

    def __init__(self, expected, bytes_too):
        self.expected, self.bytes_too = expected, bytes_too
        self.labels = [f["label"] for f in json.loads(expected)["faces"]]

    def __call__(self, body):
        return body == self.expected if self.bytes_too else [f["label"] for f in json.loads(body)["faces"]] == self.labels


def clients_process(port, jobs, seconds, out):
    until, counts = time.monotonic() + seconds, collections.Counter()
    times = [[] for _ in jobs]
    threads = [threading.Thread(target=client, args=(port, *job, until, t, counts)) for job, t in zip(jobs, times)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    out.put(([t for one in times for t in one], counts))


def run_clients(args, server, jobs):
    out, processes = multiprocessing.Queue(), []
    begun, used = time.monotonic(), server.cpu()
    for k in range(min(2, len(jobs))):
        processes.append(multiprocessing.Process(target=clients_process, args=(server.port, jobs[k::2], args.seconds, out)))
        processes[-1].start()
    results = [out.get() for _ in processes]
    took, used = time.monotonic() - begun, server.cpu() - used
    for p in processes:
        p.join()
    return sorted(t for r, _ in results for t in r), took, used, sum((c for _, c in results), collections.Counter())


# ---- rows ----

def print_row(args, name, server, jobs, one):
    before = one.measure()
    times, took, used, counts = run_clients(args, server, jobs)
    wall, cpu = (statistics.mean(x) for x in zip(before, one.measure()))
    rate, p50, p99 = len(times) / took, statistics.median(times), times[min(len(times) - 1, int(0.99 * len(times)))]
    print("| %s | %d | %.1f | %.0f %% | %.1f | %.1f | %.1f | %.1f (%.1f) | %d | %d | %d | %d | %.1f |" % (
        name, len(jobs), rate, 100 * rate * wall, 1000 * p50, 1000 * p99, p99 / p50, 1000 * used / len(times), 1000 * cpu,
        len(times), counts["wrong"], counts["failed"], counts["busy"], server.memory()), flush=True)
    return counts["wrong"] + counts["failed"]


def load(args):
    pictures, bad = make_pictures(args), 0
    expected = [fer_predict(args, x) for x in pictures]
    print("faces: %s; %d threads; %g s a row; load average before: %.1f" % (
        [len(json.loads(e)["faces"]) for e in expected], args.threads, args.seconds, os.getloadavg()[0]))
    print("| server | clients | requests/s | of one process | p50 ms | p99 ms | p99 / p50 | CPU ms (one process) | answers | "
          "wrong | failed | busy | MB |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    clients = [int(x) for x in args.clients.split(",")]
    servers = [("fer, batch %s" % b, lambda b=b: fer_server(args, "--batch", b)) for b in args.batch.split(",")]
    if args.python:
        servers.append(("Python", lambda: python_server(args)))
    with tempfile.TemporaryDirectory() as folder:
        one = OneProcess(args, pictures, folder)
        for n in clients:
            for name, start in servers:
                jobs = [(pictures[i % 2], Same(expected[i % 2], name != "Python")) for i in range(n)]
                with start() as server:
                    bad += print_row(args, name, server, jobs, one)
    return bad


def start(args):
    """Seconds from the command to the answer of /healthz, and to that of a first picture."""
    picture, took = make_pictures(args)[0], []
    for _ in range(11):
        with fer_server(args) as server:
            times = []
            for method, path, body in (("GET", "/healthz", None), ("POST", "/v1/predict", picture)):
                c = http.client.HTTPConnection("127.0.0.1", server.port)
                c.request(method, path, body)
                c.getresponse().read()
                times.append(time.monotonic() - server.begun)
                c.close()
            took.append((*times, server.memory()))
    health, first, memory = (statistics.median(x) for x in zip(*took))
    print("started in %.0f ms, first picture answered after %.0f ms, then %.1f MB (medians of 11)" % (
        1000 * health, 1000 * first, memory))
    return 0


# ---- memory ----

def form(pictures):
    parts = (b'--x\r\nContent-Disposition: form-data; name="a"; filename="%d.jpg"\r\n\r\n%s\r\n' % (i, p)
             for i, p in enumerate(pictures))
    return b"".join(parts) + b"--x--\r\n"


def all_kinds(args):
    """(method, path, body, Content-Type)"""
    scene, mirrored = make_pictures(args)
    with open(os.path.join(ROOT, "examples/face.png"), "rb") as f:
        face = f.read()
    text = base64.b64encode(face).decode()
    plain = "application/octet-stream"
    crops = [("POST", "/v1/predict?faces=whole", face, plain), ("POST", "/v1/predict", face, plain)] * 4
    return crops + [
        ("POST", "/v1/predict", scene, plain), ("POST", "/v1/predict?format=csv&smallest=20", mirrored, plain),
        ("POST", "/v1/predict?faces=whole", form([face, b"no picture", face]), "multipart/form-data; boundary=x"),
        ("POST", "/v1/predict", json.dumps({"image": text}).encode(), "application/json"),
        ("POST", "/analyze", json.dumps({"img": text, "actions": ["emotion"]}).encode(), "application/json"),
        ("POST", "/v1/predict?annotate=1", face, plain), ("POST", "/v1/frames/{client}?t=1", face, plain),
        ("DELETE", "/v1/frames/{client}", None, plain), ("GET", "/v1/models", None, plain), ("GET", "/healthz", None, plain),
        ("POST", "/v1/predict", scene[:len(scene) // 2], plain), ("POST", "/v1/predict?faces=some", face, plain),
        ("POST", "/v1/predict", b"{", "application/json"), ("GET", "/nowhere", None, plain), ("PUT", "/analyze", face, plain)]


def ask(c, request, name):
    method, path, body, kind = request
    c.request(method, path.replace("{client}", name), body, {"Content-Type": kind})
    r = c.getresponse()
    return r.status, r.read().replace(name.encode(), b"")


def many_requests(args):
    """Each client sends all kinds of requests in turn, and begins elsewhere."""
    kinds, n_clients, counts = all_kinds(args), int(args.clients.split(",")[-1]), collections.Counter()
    lock, numbers = threading.Lock(), itertools.count()

    def work(k, server, expected):
        name = "client-%d" % k
        c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        for i in itertools.count(3 * k % 14):
            if next(numbers) >= args.requests:
                break
            got = ask(c, kinds[i % len(kinds)], name)
            with lock:
                counts["busy" if got[0] == 503 else "right" if got == expected[i % len(kinds)] else "wrong"] += 1
        c.close()

    with fer_server(args, "--sessions", "1000", "--batch", args.batch.split(",")[-1]) as server:
        c = http.client.HTTPConnection("127.0.0.1", server.port)
        expected = [ask(c, k, "client-x") for k in kinds]
        print("kinds of requests: %d, statuses %s" % (len(kinds), dict(collections.Counter(e[0] for e in expected))))
        threads = [threading.Thread(target=work, args=(k, server, expected)) for k in range(n_clients)]
        for t in threads:
            t.start()
        memory, begun = [], time.monotonic()
        while any(t.is_alive() for t in threads):
            done = sum(counts.values())
            if done >= len(memory) * args.requests / 20:
                memory.append(server.memory())
                print("%7d requests %7.1f MB %7.0f s" % (done, memory[-1], time.monotonic() - begun), flush=True)
            time.sleep(0.02)
        memory.append(server.memory())
    first, last = statistics.mean(memory[2:7]), statistics.mean(memory[-5:])  # each sample is taken amid requests
    growth = last / first - 1
    print("%s; memory in the second fifth %.1f MB, in the last %.1f MB: %+.1f %%" % (dict(counts), first, last, 100 * growth))
    return counts["wrong"] + (growth > 0.05)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--fer", default=os.path.join(ROOT, "build/fer"))
    p.add_argument("--weights")
    p.add_argument("--picture")
    p.add_argument("--seconds", type=float, default=60)
    p.add_argument("--clients", default="1,8,64")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--batch", default="8")
    p.add_argument("--python", action="store_true")
    p.add_argument("--start", action="store_true")
    p.add_argument("--requests", type=int)
    args = p.parse_args()
    sys.exit((many_requests if args.requests else start if args.start else load)(args) > 0)


main()
