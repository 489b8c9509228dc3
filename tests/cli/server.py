"""A `fer serve` under test, and what its clients need. Standard library only."""
import base64
import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib

FER, failures = os.environ["FER"], []
W = ["--weights", "w.safetensors"]


def check(ok, what):
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)
    if not ok:
        failures.append(what)


def run_tests(*tests):
    """Run each and say how long it took."""
    for test in tests:
        begun = time.monotonic()
        test()
        print("ok   %s took %.1f s" % (test.__name__, time.monotonic() - begun))


def end():
    print("failures: %d" % len(failures))
    sys.exit(len(failures) > 0)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def fer(*args, **more):
    return subprocess.run([FER, *args], capture_output=True, timeout=60, **more).stdout


class Server:
    """A server on a free port, as a context."""

    def __init__(self, *options):
        self.log = open(".log/serve-%d.jsonl" % id(self), "w+")
        self.process = subprocess.Popen([FER, "serve", "--listen", "127.0.0.1:0", *options], stdout=self.log,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            raise SystemExit("the server did not start: %s" % line)
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.log.closed:
            return []
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        rest = self.process.stderr.read()
        self.process.stderr.close()
        check(code == 0, "the server ends with 0: %d %s" % (code, rest[-400:]))
        self.log.seek(0)
        lines = [json.loads(line) for line in self.log]
        self.log.close()
        return lines

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, method, path, body=None, **headers):
        c = self.connect()
        try:
            c.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            r = c.getresponse()
            return r.status, r.read(), dict(r.getheaders())
        finally:
            c.close()

    def raw(self, data, half_close=False):
        """Send bytes, return all that comes until the end."""
        with self.socket() as s:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            return read_all(s)


def read_all(s):
    out = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                return out
            out += part
    except ConnectionResetError:
        return out


def form(*parts, boundary="xYzZy"):
    """A multipart body of (name, file name or None, data)."""
    out = b""
    for name, file, data in parts:
        out += b'--%s\r\nContent-Disposition: form-data; name="%s"' % (boundary.encode(), name.encode())
        if file is not None:
            out += b'; filename="%s"' % file.encode()
        out += b"\r\n\r\n" + data + b"\r\n"
    return out + b"--%s--\r\n" % boundary.encode()


MULTIPART = "multipart/form-data; boundary=xYzZy"


def b64(data):
    return base64.b64encode(data).decode()


def bomb(side):
    """A PNG whose header promises side x side pixels."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))
