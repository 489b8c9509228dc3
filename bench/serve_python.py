#!/usr/bin/python3
"""The smallest server that a Python programmer would write over the Python package, to compare `fer serve` with.

    LIBFER_LIBRARY=build/libfer.so.5 PYTHONPATH=python bench/serve_python.py [THREADS]

POST / with a picture answers {"faces": [...]}. The package computes without Python's lock; each of THREADS threads has a
pipeline of its own. The port is printed."""
import json
import os
import queue
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import libfer

MODEL, PIPELINES = libfer.Model.load(), queue.Queue()
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else len(os.sched_getaffinity(0))):
    PIPELINES.put(libfer.Pipeline(MODEL, threads=1))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        picture = self.rfile.read(int(self.headers["Content-Length"]))
        pipeline = PIPELINES.get()
        try:
            faces = pipeline.analyze(picture)
        finally:
            PIPELINES.put(pipeline)
        body = json.dumps({"faces": [{"box": f.box, "label": f.label, "scores": f.scores} for f in faces]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
