"""serve_faults.py N: hostile clients, about N of each kind, beside one that wants its answers. Each kind prints what the
server did. It must stay up, answer that client right (or say that it is busy) and in time, keep its memory, and let go
of every connection.
Random choices follow a seed. Only 127.0.0.1 is used. Standard library only."""
import os
import random
import re
import socket
import sys
import threading
import time
import zlib

from server import MULTIPART, Server, W, b64, bomb, check, end, fer, form, read

N = int(sys.argv[1])
TIMEOUT = 1  # the server's
PATIENCE = 20 + 60 * (N > 1000)  # seconds for one good answer on a busy machine
PNG = read("face.png")
RIGHT = fer("predict", *W, "--faces=whole", "-", input=PNG)
HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\n"
SECRET = b"/etc/passwd"


class Neighbour(threading.Thread):
    """Asks for answers all the time, with a connection of its own for each, and notes the slowest."""

    def __init__(self, s):
        super().__init__(daemon=True)
        self.s, self.ends, self.n, self.busy, self.bad, self.slowest = s, threading.Event(), 0, 0, [], 0
        self.start()

    def run(self):
        while not self.ends.is_set() or self.n == self.busy:
            begun = time.monotonic()
            try:
                status, body, _ = self.s.ask("POST", "/v1/predict?faces=whole", PNG)
                if status == 503:
                    self.busy += 1
                elif status != 200 or body != RIGHT:
                    self.bad.append("%d %.80r" % (status, body))
            except OSError as e:
                self.bad.append(repr(e))
            self.n += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)
            time.sleep(0.02)


def memory(s):
    with open("/proc/%d/statm" % s.process.pid) as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def is_sanitized(s):
    """A sanitizer reserves terabytes of addresses, and keeps memory that was freed."""
    with open("/proc/%d/statm" % s.process.pid) as f:
        return int(f.read().split()[0]) * os.sysconf("SC_PAGE_SIZE") > 1e12


def number(s, name):
    return float(re.search(rb"^%s (\S+)" % name.encode(), s.ask("GET", "/metrics")[1], re.M).group(1))


def settles(s, name, most, seconds):
    """Wait until a number of /metrics is at most this; its last value."""
    until = time.monotonic() + seconds
    while number(s, name) > most and time.monotonic() < until:
        time.sleep(0.1)
    return number(s, name)


def drain(sockets, seconds=30):
    """Read all until their ends: how many got which status, and how many were closed at all."""
    statuses, closed, until = {}, 0, time.monotonic() + seconds
    for c in sockets:
        got = b""
        try:
            while True:
                c.settimeout(max(0.05, until - time.monotonic()))
                part = c.recv(65536)
                if not part:
                    closed += 1
                    break
                got += part
        except socket.timeout:
            pass
        except OSError:
            closed += 1
        c.close()
        found = re.match(rb"HTTP/1\.1 (\d+) ", got)
        key = int(found.group(1)) if found else 0
        statuses[key] = statuses.get(key, 0) + 1
        if b"root:" in got:
            check(False, "a file of this machine in an answer")
    return statuses, closed


def send(c, data):
    try:
        c.sendall(data)
        return True
    except OSError:
        return False


def open_all(s, n, first=b""):
    out = []
    for _ in range(n):
        c = s.socket()
        if first:
            send(c, first)
        out.append(c)
    return out


# ---- many connections ----

def idle(s, n=N):
    """All stay open, since --connections allows them."""
    sockets = open_all(s, n)
    held = settles(s, "fer_connections", 0, 0)
    check(s.ask("GET", "/healthz")[0] == 200, "served beside %d idle connections, of which the server holds %d" % (n, held))
    statuses, closed = drain(sockets, TIMEOUT + 30)
    return "%d closed by the server" % closed, closed == n


def slowloris(s):
    """A byte of a header now and then."""
    sockets, begun = open_all(s, N, HEAD), time.monotonic()
    while time.monotonic() - begun < TIMEOUT + 1:
        for c in sockets:
            send(c, b"a")
        time.sleep(0.5)
    statuses, closed = drain(sockets)
    return "%d dropped" % closed, closed == N


def slow_bodies(s):
    sockets, begun = open_all(s, N, HEAD + b"Content-Length: 30000\r\n\r\n" + PNG[:100]), time.monotonic()
    while time.monotonic() - begun < TIMEOUT + 1:
        for c in sockets:
            send(c, b"a")
        time.sleep(0.5)
    statuses, closed = drain(sockets)
    return "%d dropped, statuses %s" % (closed, statuses), closed == N and statuses.get(200, 0) == 0


def slow_readers(s):
    """Requests in one go, and nobody reads the answers."""
    one = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"  # the largest answer that costs nothing
    sockets = []
    for _ in range(max(3, N // 100)):
        c = socket.socket()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.connect(("127.0.0.1", s.port))
        c.settimeout(0.2)
        send(c, one * 500)  # the system takes some of the answers
        sockets.append(c)
    left = settles(s, "fer_connections", 2, PATIENCE)
    for c in sockets:
        c.close()
    return "%d sockets, %d left" % (len(sockets), left), left <= 2


def half_closed(s):
    whole = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(PNG) + PNG
    good, cut = [], []
    for i in range(min(N // 4, 500)):
        for data, sockets in ((whole, good), (whole[:-50], cut)):
            c = s.socket()
            send(c, data)
            c.shutdown(socket.SHUT_WR)
            sockets.append(c)
    answered, closed = drain(good, 2 * PATIENCE), drain(cut)
    right = answered[0].get(200, 0) + answered[0].get(503, 0) == len(good)
    return "whole requests: %s; cut ones: %s" % (answered[0], closed[0]), right and closed[0].get(200, 0) == 0


def gone(s):
    """Away amid the answer, or before it."""
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(PNG) + PNG
    for i in range(N // 2):
        c = s.socket()
        send(c, whole * (1 + i % 3))
        if i % 2:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
        c.close()
    left = settles(s, "fer_connections", 5, PATIENCE)
    return "%d left, %d bytes of bodies kept" % (left, settles(s, "fer_bodies_bytes", 100000, 5)), left <= 5


# ---- nonsense ----

def headers(s):
    floods = [b"".join(b"x%d: %d\r\n" % (i, i) for i in range(20000)), b"x: " + b"y" * 1000000 + b"\r\n", b"x: y\r\n" * 20000,
              b" folded\r\n" * 20000, b":\r\n" * 20000, b"Cookie: " + b"a=b; " * 20000 + b"\r\n", b"\x00" * 100000,
              b"Content-Length: 1\r\n" * 1000, b"Transfer-Encoding: chunked\r\n" * 1000, b"x" * 100000]
    sockets = []
    for i in range(max(N // 10, len(floods))):
        c = s.socket()
        send(c, HEAD + floods[i % len(floods)] + b"\r\n")
        sockets.append(c)
    statuses, closed = drain(sockets, TIMEOUT + 20)
    return "%d floods, statuses %s" % (len(sockets), statuses), closed == len(sockets) and 200 not in statuses


def chunks(s):
    """Chunked bodies with wrong lengths, signs, extensions, trailers, ends."""
    rng, sockets = random.Random(1), []
    pieces = [b"5\r\nabcde\r\n", b"0\r\n\r\n", b"-1\r\n", b"ffffffffffffffff\r\n", b"10000000000000000\r\n", b"5;x=\"y\"\r\nabcde\r\n",
              b"5\nabcde\n", b"0x5\r\nabcde\r\n", b"\r\n", b"5\r\nabcdefgh\r\n", b"00000000000000000000005\r\nabcde\r\n", b"g\r\n",
              b"0\r\nTrailer: x\r\n\r\n", b"7fffffffffffffff\r\n", b"5\r\n", b" 5\r\nabcde\r\n", b"5" * 5000, b"5;" + b"x" * 20000]
    for _ in range(N):
        body = b"".join(rng.choice(pieces) for _ in range(rng.randint(1, 6)))
        c = s.socket()
        send(c, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        try:
            c.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        sockets.append(c)
    statuses, closed = drain(sockets, TIMEOUT + 20)
    return "statuses %s" % statuses, closed == N and 200 not in statuses


def mutated(s):
    """Requests with bytes changed, cut, doubled: whatever comes back, the server goes on."""
    rng, sockets, statuses = random.Random(2), [], {}
    text = b'{"images": [{"name": "a", "data": "%s"}]}' % b64(PNG).encode()
    whole = [HEAD + b"Content-Length: %d\r\nContent-Type: %s\r\nConnection: close\r\n\r\n" % (len(body), kind) + body
             for body, kind in ((PNG, b"image/png"), (text, b"application/json"),
                                (form(("a", "a.png", PNG), ("b", "b.png", PNG)), MULTIPART.encode()))]
    for i in range(N):
        data = bytearray(whole[i % len(whole)])
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(min(len(data), 300))
            kind = rng.randrange(4)
            if kind == 0:
                data[at] = rng.randrange(256)
            elif kind == 1:
                del data[at:at + rng.randrange(1, 40)]
            elif kind == 2:
                data[at:at] = data[at:at + rng.randrange(1, 40)]
            else:
                data[at:at] = rng.choice([b"\r\n", b"\x00", b"--xYzZy", b"\xff" * 10, b"%", b"{", b'"'])
        c = s.socket()
        send(c, bytes(data))
        try:
            c.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        sockets.append(c)
        if len(sockets) == max(100, N // 20):
            drain_into(statuses, sockets)
            sockets = []
    drain_into(statuses, sockets)
    known = {0, 200, 400, 404, 405, 408, 411, 413, 414, 415, 422, 431, 501, 503, 505}  # 0: no HTTP, no answer
    return "statuses %s" % statuses, set(statuses) <= known and sum(statuses.values()) == N


def drain_into(all_statuses, sockets):
    for status, n in drain(sockets, TIMEOUT + 20)[0].items():
        all_statuses[status] = all_statuses.get(status, 0) + n


# ---- bodies ----

def png_of(side, rows):
    """A PNG that promises a picture, with so many rows of zeros in it."""
    whole = bomb(side)
    at = whole.index(b"IDAT")
    data = zlib.compress(bytes((1 + 3 * side) * rows), 9)
    crc = zlib.crc32(b"IDAT" + data)
    return whole[:at - 4] + len(data).to_bytes(4, "big") + b"IDAT" + data + crc.to_bytes(4, "big") + bomb(1)[-12:]


def bombs(s):
    """Bodies that are small, and large, deep or long when read. All get an error, at once."""
    big, many = png_of(20000, 100), form(*[("a", "a.png", b"")] * 5000)
    cases = {
        "64 pictures of 400 million pixels": (MULTIPART, form(*[("a", "a.png", big)] * 64)),
        "a picture of 7000 x 7000 without its pixels": ("image/png", png_of(7000, 10)),
        "5000 parts": (MULTIPART, many), "a part without an end": (MULTIPART, many[:-20]),
        "nearly boundaries": (MULTIPART, b"--xYzZy\r\n\r\n" + b"\r\n--xYzZ" * 100000),
        "boundaries only": (MULTIPART, b"--xYzZy\r\n" * 100000), "line breaks": (MULTIPART, b"\r\n" * 400000),
        "headers of a part": (MULTIPART, b"--xYzZy\r\n" + b"a: b\r\n" * 100000 + b"\r\n"),
        "a long header of a part": (MULTIPART, b"--xYzZy\r\nContent-Disposition: form-data; name=\"" + b"a" * 800000),
        "a form in a form": (MULTIPART, form(("a", "a", form(("a", "a", form(("a", "a", b"x"))))))),
        "a deep JSON": ("application/json", b'{"images":' + b"[" * 800000),
        "deep members": ("application/json", b'{"a":' * 150000), "many members": ("application/json", b"{" + b'"a":1,' * 150000),
        "escapes": ("application/json", b'{"image": "' + b"\\u0041" * 100000 + b'"}'),
        "a long number": ("application/json", b'{"image": ' + b"9" * 800000 + b"}"),
        "not UTF-8": ("application/json", b'{"image": "' + b"\xff\xfe" * 400000 + b'"}'),
        "many empty pictures": ("application/json", b'{"images": [' + b'"",' * 200000 + b'""]}'),
        "a path": ("application/json", b'{"image": "%s"}' % SECRET), "a path of a form": (MULTIPART, form(("img", None, SECRET))),
        "an address": ("application/json", b'{"image": "http://127.0.0.1:%d/healthz"}' % s.port)}
    slowest, statuses, before = 0, {}, memory(s)
    for name, (kind, body) in cases.items():
        for path in ("/v1/predict", "/v1/frames/bomb", "/analyze"):
            begun = time.monotonic()
            status, answer, _ = s.ask("POST", path, body, Content_Type=kind)
            slowest = max(slowest, time.monotonic() - begun)
            statuses[status] = statuses.get(status, 0) + 1
            if status not in (400, 413, 415, 422) or b'"error"' not in answer or b"root:" in answer:
                check(False, "%s to %s: %d %.100r" % (name, path, status, answer))
    return "%d requests, statuses %s, the slowest took %.1f s" % (3 * len(cases), statuses, slowest), slowest < PATIENCE


def run(s, test):
    beside, before, begun = Neighbour(s), memory(s), time.monotonic()
    said, ok = test(s)
    beside.ends.set()
    beside.join(PATIENCE)
    took, after = time.monotonic() - begun, memory(s)
    check(ok, "%s x %d in %.1f s: %s; %.0f MB before, %.0f MB after" % (test.__name__, N, took, said, before, after))
    check(not beside.bad and not beside.is_alive() and beside.slowest < PATIENCE,
          "%s: beside it %d right answers, %d times busy, the slowest in %.2f s%s" % (
              test.__name__, beside.n - beside.busy - len(beside.bad), beside.busy, beside.slowest,
              "".join(" " + x for x in beside.bad[:3])))


def main():
    options = ["--timeout", str(TIMEOUT), "--connections", str(N + 500), "--max-body", "1", "--threads", "2"]
    with Server(*W, *options) as s:
        for _ in range(20):
            s.ask("POST", "/v1/predict", PNG)
        begin = memory(s)
        for test in (idle, slowloris, slow_bodies, slow_readers, half_closed, gone, headers, chunks, mutated, bombs):
            run(s, test)
        check(settles(s, "fer_connections", 2, 20) <= 2, "no connection is left")
        check(number(s, "fer_bodies_bytes") == 0 and number(s, "fer_queue_length") == 0, "nothing is kept or waits")
        last = memory(s)
        # a connection takes 32 KiB at libmicrohttpd
        check(last < begin + 60 + 0.04 * N or is_sanitized(s), "memory: %.0f MB at first, %.0f MB at the end" % (begin, last))
        log = s.stop()
        check(len(log) > N, "%d requests in the log" % len(log))
    with Server(*W, "--timeout", "300", "--connections", str(N + 500)) as s:
        sockets, begun = open_all(s, N), time.monotonic()
        right = s.ask("POST", "/v1/predict?faces=whole", PNG)[1] == RIGHT
        took, held = time.monotonic() - begun, number(s, "fer_connections")
        check(right and held >= N, "served in %.2f s beside %d connections that are held, idle, in %.0f MB" % (took, held, memory(s)))
        for c in sockets:
            c.close()
    # More connections than allowed: new ones take the places of the idle ones.
    with Server(*W, "--timeout", "60", "--connections", "100") as s:
        sockets = open_all(s, N + 300)
        check(s.ask("POST", "/v1/predict?faces=whole", PNG)[1] == RIGHT, "served beside %d idle connections, of 100 allowed" % len(sockets))
        held, dropped = number(s, "fer_connections"), number(s, "fer_dropped_connections_total")
        check(held <= 110 and dropped >= N + 150, "%d are held, %d were dropped" % (held, dropped))
        for c in sockets:
            c.close()
    end()


main()
