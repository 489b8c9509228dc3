"""page.py: the page in Chromium gives what `fer predict` gives, here and on the server, for files, videos and the camera."""
import base64
import csv
import functools
import http.server
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import numpy as np
from PIL import Image, ImageFilter

from chromium import Chromium, Failure

FER, SOURCE = os.environ["FER"], os.environ["SOURCE"]
WIDTH, HEIGHT = 640, 480
BOX, SCORE = 1.0, 1e-3  # pixels, and what scores may differ by
BOXES, ANGLES = ("x", "y", "w", "h", "size"), ("yaw", "pitch", "roll")
QUALITY = ANGLES + ("size", "sharpness", "occlusion", "quality")
failures = 0


def check(ok, what):
    global failures
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)
    failures += not ok


# ---- inputs ----

def scene():
    """Two faces that are easy to find and hard to judge: one without a mouth, one blurred. No score is close to 1."""
    astronaut = Image.open(os.path.join(SOURCE, "examples/astronaut.jpg")).convert("RGB")
    face = astronaut.crop((130, 10, 330, 230))
    out = Image.new("RGB", (WIDTH, HEIGHT), (112, 128, 144))
    out.paste(face.filter(ImageFilter.GaussianBlur(5.5)), (60, 120))
    face.paste(face.crop((80, 118, 100, 124)).resize((54, 32)), (66, 130))
    out.paste(face.filter(ImageFilter.GaussianBlur(4)), (360, 160))
    return out


def write_y4m(picture, path):
    """One frame of a camera, which Chromium repeats."""
    y, u, v = (np.asarray(p) for p in picture.convert("YCbCr").split())
    # PIL's YCbCr has the full range, a camera's the narrow one
    y = (16 + y.astype(float) * 219 / 255).round().astype(np.uint8)
    small = [(128 + (p.astype(float).reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3)) - 128) * 224 / 255).round()
             .astype(np.uint8) for p in (u, v)]
    with open(path, "wb") as f:
        f.write(b"YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420\n" % (WIDTH, HEIGHT))
        for _ in range(2):
            f.write(b"FRAME\n" + y.tobytes() + small[0].tobytes() + small[1].tobytes())


def make_inputs():
    picture = scene()
    picture.save("scene.png")
    shutil.copy(os.path.join(SOURCE, "examples/astronaut.jpg"), "astronaut.jpg")
    shutil.copy(os.path.join(SOURCE, "examples/face.png"), "face.png")
    picture.resize((1800, 1350)).save("large.png", compress_level=1)
    write_y4m(picture, "camera.y4m")
    with open("astronaut.jpg", "rb") as f:
        jpeg = f.read()
    bad = {"empty.png": b"", "cut.jpg": jpeg[:len(jpeg) // 2], "words.jpg": b"these are words", "scan.tif": b"II*\0\x08\0\0\0",
           "<img src=x onerror=document.title='bad'>.png": b"no picture", "film.mp4": b"\0\0\0\x18ftypmp42not a film"}
    for name, data in bad.items():
        with open(name, "wb") as f:
            f.write(data)
    if shutil.which("ffmpeg"):
        subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-loop", "1", "-i", "scene.png", "-t", "1.5", "-r", "10", "-c:v", "libvpx",
                        "-b:v", "2M", "-pix_fmt", "yuv420p", "film.webm"])


def predict(path, *options):
    out = subprocess.run([FER, "predict", *options, path], capture_output=True, timeout=60, check=True).stdout.decode()
    return out if options else json.loads(out)


def same(found, expected, what):
    """The same faces: boxes within a pixel, scores within 0.001."""
    if len(found) != len(expected) or not expected:
        return check(False, "%s: %d faces, expected %d" % (what, len(found), len(expected)))
    pairs = list(zip(*(sorted(faces, key=lambda f: f["box"][0]) for faces in (found, expected))))
    box = max(abs(a - b) for f, e in pairs for a, b in zip(f["box"], e["box"]))
    score = max(abs(f["scores"][k] - e["scores"][k]) for f, e in pairs for k in e["scores"])
    labels = all(f["label"] == e["label"] and set(f["scores"]) == set(e["scores"]) for f, e in pairs)
    check(labels and box <= BOX and score <= SCORE, "%s: %d faces, boxes within %.2g pixels, scores within %.1g" %
          (what, len(pairs), box, score))


# ---- servers ----

class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen([FER, "serve", "--listen", "127.0.0.1:0", *options], stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True)
        found = re.search(r"http://\S+:\d+", self.process.stderr.readline())
        self.address = found.group(0) + "/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.process.stderr.close()


# ---- the page ----

class Page:
    """A tab with the page, and what a reader does there."""

    def __init__(self, browser, address, **more):
        self.address = address
        self.tab = browser.open(address, **more)
        self.run, self.wait = self.tab.run, self.tab.wait

    def ready(self):
        self.wait("!!document.querySelector('input:checked') || !document.getElementById('token').hidden")
        return self

    def engines(self):
        return self.run("[...document.querySelectorAll('[name=engine]')].filter(e => !e.disabled).map(e => e.value)")

    def use(self, engine):
        self.run("document.querySelector('[value=%s]').click()" % engine)

    def clear(self):
        self.run("document.getElementById('clear').click()")

    def give(self, *paths):
        """Choose files, and wait until each has its answer."""
        self.clear()
        self.tab.give_files("#files", *paths)
        self.wait("document.querySelectorAll('.card').length == %d && [...document.querySelectorAll('.card')].every("
                  "c => c.querySelector('.problem') || !c.querySelector('.waiting') && c.querySelector('.actions .button'))" % len(paths))

    def card(self, name):
        return "[...document.querySelectorAll('.card')].find(c => c.querySelector('h2').textContent == %s)" % json.dumps(name)

    def click(self, name, label):
        self.run("[...%s.querySelectorAll('button')].find(b => b.textContent == %s).click()" % (self.card(name), json.dumps(label)))

    def text(self, name):
        return self.run("(%s)?.innerText ?? ''" % self.card(name))

    def save(self, file, click):
        """What a click on a button for export saves."""
        path = os.path.join("saved", file)
        if os.path.exists(path):
            os.remove(path)
        click()
        until = time.monotonic() + 20
        while not os.path.exists(path) or os.path.getsize(path) == 0:
            if time.monotonic() > until:
                raise Failure("%s was not saved: %s" % (file, os.listdir("saved")))
            time.sleep(0.05)
        with open(path, "rb") as f:
            return f.read()

    def result(self, name):
        stem = name.rsplit(".", 1)[0]
        return json.loads(self.save(stem + ".json", lambda: self.click(name, "JSON")))


# ---- tests ----

def pictures(page, engine):
    page.use(engine)
    page.give("scene.png", "astronaut.jpg", "face.png")
    for name in ("scene.png", "astronaut.jpg", "face.png"):
        found, expected = page.result(name), predict(name)
        check({k: found[k] for k in ("file", "width", "height", "whole", "schema")} ==
              {k: expected[k] for k in ("file", "width", "height", "whole", "schema")}, "%s, %s: the other keys" % (name, engine))
        same(found["faces"], expected["faces"], "%s, %s" % (name, engine))
    rows = [list(csv.DictReader(io.StringIO(text))) for text in
            (page.save("scene.csv", lambda: page.click("scene.png", "CSV")).decode(), predict("scene.png", "--format", "csv"))]
    rows[1] = [{k: v for k, v in row.items() if k in rows[0][0] or engine == "server"} for row in rows[1]]  # no quality here yet
    number = lambda text: float(text) if re.fullmatch(r"-?[\d.]+", text) else text
    near = lambda key, a, b: a == b or abs(number(a) - number(b)) <= (BOX if key in BOXES else 0.05 if key in ANGLES else SCORE)
    check(len(rows[0]) == len(rows[1]) == 2 and all(list(a) == list(b) and all(near(k, a[k], b[k]) for k in b)
                                                    for a, b in zip(*rows)), "CSV as fer predict writes it, %s" % engine)
    lines = page.save("faces.jsonl", lambda: page.run("document.getElementById('all-json').click()")).decode().splitlines()
    check(sorted(json.loads(line)["file"] for line in lines) == ["astronaut.jpg", "face.png", "scene.png"], "all as JSON, %s" % engine)
    page.give("large.png")  # more pixels than are shown
    same(page.result("large.png")["faces"], predict("large.png")["faces"], "a large picture, %s" % engine)


FRAME = """(async () => {
    const video = document.createElement("video");
    video.srcObject = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
    await video.play();
    await new Promise(done => setTimeout(done, 500));
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    video.srcObject.getTracks().forEach(track => track.stop());
    return canvas.toDataURL("image/png");
})()"""


def camera(page, engine):
    page.use(engine)
    page.clear()
    page.run("document.getElementById('camera').click()")
    page.wait("document.querySelectorAll('.face').length == 2")
    page.wait("parseFloat(%s.querySelector('.summary').textContent) > 0" % page.card("Camera"))
    time.sleep(0.7)
    page.click("Camera", "Stop")
    page.wait("%s.querySelector('.summary').textContent.startsWith('stopped')" % page.card("Camera"))
    lines = [json.loads(line) for line in page.save("camera.jsonl", lambda: page.click("Camera", "JSON")).decode().splitlines()]
    times = [line["t"] for line in lines]
    check(len(lines) >= 2 and times == sorted(set(times)) and [x["frame"] for x in lines] == list(range(len(lines))),
          "the camera, %s: %d frames in order" % (engine, len(lines)))
    check(all({f["face_id"] for f in x["faces"]} == {1, 2} for x in lines), "the camera, %s: each face keeps its number" % engine)
    same(lines[-1]["faces"], predict("frame.png")["faces"], "the camera, %s" % engine)
    check(page.run("[...document.querySelectorAll('.timeline')].filter(c => c.getAttribute('aria-label').includes('mostly') && "
                   "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)).length == 2"),
          "the camera, %s: a timeline per face" % engine)


def camera_off(page):
    """Removing a camera's card switches the camera off."""
    page.clear()
    page.run("""(() => {
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async options => window.stream = await open(options);
    })()""")
    page.run("document.getElementById('camera').click()")
    page.wait("window.stream?.active")
    page.clear()
    page.wait("!window.stream.active && !document.getElementById('camera').disabled")
    check(page.run("document.querySelectorAll('.card').length") == 0, "Remove all switches the camera off")


def film(page, engine):
    if not os.path.exists("film.webm"):
        return print("skipped: videos (no ffmpeg)")
    page.use(engine)
    page.clear()
    page.tab.give_files("#files", "film.webm")
    page.wait("!!document.querySelector('.slider:not([hidden])')", 60)
    rows = list(csv.DictReader(io.StringIO(page.save("film.csv", lambda: page.click("film.webm", "CSV")).decode())))
    header = subprocess.run([FER, "video", "film.webm", "--csv", "-"], capture_output=True, text=True).stdout.splitlines()[0]
    check(list(rows[0]) in (header.split(","), [k for k in header.split(",") if k not in QUALITY]), "a video, %s: the columns of fer video" % engine)
    times = [float(r["timestamp"]) for r in rows]
    check(len(rows) >= 2 and times == sorted(times) and times[-1] <= 1.5 and {r["face_id"] for r in rows} == {"1", "2"},
          "a video, %s: %d rows" % (engine, len(rows)))
    page.run("(s => { s.value = 0; s.dispatchEvent(new Event('input')); })(document.querySelector('.slider'))")
    page.wait("document.querySelectorAll('.face').length == 2")


def bad_files(page):
    reasons = {"empty.png": "the file is empty", "cut.jpg": "cut off", "words.jpg": "no picture", "scan.tif": "TIFF",
               "<img src=x onerror=document.title='bad'>.png": "no picture", "film.mp4": "cannot play"}
    page.give(*reasons)
    for name, reason in reasons.items():
        check(reason in page.text(name), "%s: %r" % (name, page.text(name).splitlines()[-1]))
    check(page.run("document.title != 'bad' && document.querySelectorAll('#results img').length == 0"), "a name is not read as HTML")


def blurred(page):
    def png():
        saved = page.save("astronaut-faces.png", lambda: page.click("astronaut.jpg", "PNG"))
        return np.asarray(Image.open(io.BytesIO(saved)).convert("L"), float)

    page.give("astronaut.jpg")
    plain = png()
    page.run("document.getElementById('blur').click()")
    hidden, original = png(), np.asarray(Image.open("astronaut.jpg").convert("L"), float)
    page.run("document.getElementById('blur').click()")
    check(plain.shape == hidden.shape == original.shape, "PNG in full size")
    x, y, w, h = (int(v) for v in predict("astronaut.jpg")["faces"][0]["box"])
    part = (slice(y + h // 4, y + 3 * h // 4), slice(x + w // 4, x + 3 * w // 4))
    edges = [np.abs(np.diff(p[part], axis=1)).max() for p in (original, plain, hidden)]
    check(edges[2] < edges[0] / 2 and edges[1] > 0.9 * edges[0], "a face is blurred, and only then: edges of %s" % edges)


def keyboard(page):
    page.give("scene.png")
    page.run("document.activeElement.blur()")
    seen = []
    for _ in range(14):
        page.tab.press("Tab", 9)
        seen.append(page.run("(e => e.id || e.name || e.getAttribute('aria-label') || e.className)(document.activeElement)"))
    check([x for x in seen if x in ("engine", "theme", "files", "camera", "blur")] == ["engine", "theme", "files", "camera", "blur"],
          "Tab goes through the page in order: %s" % seen)
    check(sum(x.startswith("Face ") for x in seen) == 2, "faces can be reached")
    page.run("document.getElementById('theme').focus()")
    before = page.run("getComputedStyle(document.body).backgroundColor")
    for _ in range(2):
        page.tab.press("Enter", 13, "\r")
    check(page.run("document.documentElement.dataset.theme") == "dark" and
          page.run("getComputedStyle(document.body).backgroundColor") != before, "Enter makes it dark")
    page.tab.press("Enter", 13, "\r")


def screen_reader(page):
    page.give("scene.png")
    page.wait("document.getElementById('status').textContent != ''")
    check("2 faces. face 1: " in page.run("document.getElementById('status').textContent"), "the result is announced")
    nodes = page.tab.accessibility()
    nameless = [n for n in nodes if n[0] in ("button", "checkbox", "radio", "slider", "image", "textbox", "canvas") and not n[1].strip()]
    check(not nameless, "everything has a name: %s" % nameless)
    check(any(r in ("image", "img") and "scene.png: 2 faces" in n for r, n in nodes), "the picture says what is in it")


def widths(page):
    page.give("scene.png", "cut.jpg")
    for width in (320, 360, 800, 1280):
        page.tab.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500})
        page.wait("innerWidth == %d" % width)
        wide = page.run("document.documentElement.scrollWidth")
        check(wide <= width, "%d pixels wide: nothing sticks out (%d)" % (width, wide))


def private(page, before):
    """Nothing was sent while it computed here, and nothing ever to others."""
    asked = [urlsplit(a) for a in page.tab.requests()]
    check({a.netloc for a in asked if a.scheme.startswith("http")} == {urlsplit(page.address).netloc}, "one origin only")
    sent = [a.path for a in asked[:before] if a.path.startswith("/v1/") and a.path != "/v1/models"]
    check(not sent, "computed here, nothing is sent: %s" % sent)


def with_token(browser):
    token = "0123456789abcdefABCDEF"
    with open("tokens", "w") as f:
        f.write(token + "\n")
    with Server("--token-file", "tokens") as server:
        page = Page(browser, server.address).ready()
        page.wait("!document.getElementById('token').hidden")
        page.run("document.getElementById('token-text').value = %s" % json.dumps(token))
        page.run("document.querySelector('#token button').click()")
        page.wait("document.getElementById('token').hidden && !document.querySelector('[value=server]').disabled")
        page.use("server")
        page.give("astronaut.jpg")
        same(page.result("astronaut.jpg")["faces"], predict("astronaut.jpg")["faces"], "a server that asks for a token")


def valence(browser):
    """Weights with valence and arousal, trained for a moment."""
    os.makedirs("faces/images")
    with open("faces/labels.csv", "w") as f:
        f.write("number,exp,valence,arousal\n")
        for i in range(16):
            Image.new("L", (16, 16), 16 * i).save("faces/images/%d.png" % i)
            f.write("%d.png,%d,%.2f,%.2f\n" % (i, i % 2, i / 8 - 1, 1 - i / 8))
    subprocess.run([FER, "train", "--model", "resnet-8", "--input", "16", "--order", "affectnet", "--classes", "neutral,happiness",
                    "--data", "faces/labels.csv", "--val", "faces/labels.csv", "--valence-arousal", "--epochs", "1", "--batch", "8",
                    "--out", "run"], check=True, capture_output=True, timeout=60)
    with Server("--weights", "run/best.safetensors") as server:
        page = Page(browser, server.address).ready()
        page.use("server")
        page.give("astronaut.jpg")
        shown = dict(zip(*(page.run("[...document.querySelectorAll('.bar %s')].map(e => e.textContent)" % x) for x in ("dt", ".value"))))
        face = page.result("astronaut.jpg")["faces"][0]
        check(list(shown) == ["neutral", "happiness", "valence", "arousal"] and
              all(abs(float(shown[k].replace("\u2212", "-")) - face[k]) < 0.0051 for k in ("valence", "arousal")),
              "valence and arousal: %s" % shown)
        header = page.save("astronaut.csv", lambda: page.click("astronaut.jpg", "CSV")).decode().splitlines()[0]
        check(header == predict("astronaut.jpg", "--weights", "run/best.safetensors", "--format", "csv").splitlines()[0],
              "valence and arousal in CSV")


class Quiet(http.server.SimpleHTTPRequestHandler):
    asked = []

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()


class Isolated(Quiet):
    """What docs/page.md says about threads on a static host."""
    asked = []

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


def threads(page, isolated):
    """Threads where the page is isolated from other origins and there are several processors, and only there."""
    check(page.run("crossOriginIsolated") is isolated, "isolated from other origins: %s" % isolated)
    number = min(page.run("navigator.hardwareConcurrency"), 4) if isolated else 1
    said = page.run("document.getElementById('where').textContent")
    check(said.endswith("in this browser, by %d threads." % number if number > 1 else "in this browser."), "%d threads: %s" % (number, said))
    return number


def static_host(browser, engine, handler):
    """The same files on a host that knows nothing of fer."""
    if not os.path.exists("static"):
        shutil.copytree(os.path.join(SOURCE, "web/page"), "static")
        shutil.copytree(engine, "static/libfer")
    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory="static"))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    what = "a static host, %s" % handler.__name__.lower()
    page = Page(browser, "http://127.0.0.1:%d/" % host.server_port).ready()
    check(page.engines() == ["here"], "%s: computed here only" % what)
    number = threads(page, handler is Isolated)
    page.give("astronaut.jpg")
    same(page.result("astronaut.jpg")["faces"], predict("astronaut.jpg")["faces"], what)
    modules = [path for path in handler.asked if path.endswith(".wasm")]
    check(modules == ["/libfer/fer-threads.wasm" if number > 1 else "/libfer/fer.wasm"], "%s: only one module is loaded: %s" % (what, modules))
    complaints = [c for c in page.tab.complaints() if "/v1/models" not in c]
    check(complaints == [], "%s: no complaint in the console: %s" % (what, complaints))
    host.shutdown()


def timed(test, *args):
    begun = time.monotonic()
    try:
        test(*args)
    except Failure as why:
        check(False, "%s: %s" % (test.__name__, why))
    print("ok   %s took %.1f s" % (test.__name__, time.monotonic() - begun), flush=True)


def all_tests(browser, server):
    page = Page(browser, server.address).ready()
    with open("frame.png", "wb") as f:
        f.write(base64.b64decode(page.run(FRAME).split(",")[1]))
    engines = page.engines()
    if "here" not in engines:
        print("skipped: what is computed here (make wasm was not run before the build)")
    else:
        threads(page, True)
    before = 0
    for engine in engines:
        timed(pictures, page, engine)
        timed(camera, page, engine)
        timed(film, page, engine)
        before = len(page.tab.requests()) if engine == "here" else before
    private(page, before)
    for test in (camera_off, bad_files, blurred, keyboard, screen_reader, widths):
        timed(test, page)
    check(page.tab.complaints() == [], "no complaint in the console: %s" % page.tab.complaints())
    timed(with_token, browser)
    timed(valence, browser)
    if "here" in engines:
        for handler in (Quiet, Isolated):
            timed(static_host, browser, os.environ["ENGINE"], handler)


def main():
    make_inputs()
    os.mkdir("saved")
    with Server() as server, Chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                                      "--use-file-for-fake-video-capture=" + os.path.abspath("camera.y4m")) as browser:
        browser.call("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": os.path.abspath("saved")})
        all_tests(browser, server)
    print("failures: %d" % failures)
    sys.exit(failures > 0)


main()
