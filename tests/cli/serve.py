"""serve.py: what `fer serve` answers. Run in a directory with the files of cli_fixtures, astronaut.jpg and face.png.
Only 127.0.0.1 is used, connections and times are bounded. Standard library only."""
import concurrent.futures
import functools
import json
import os
import re
import signal
import socket
import subprocess
import time

from server import MULTIPART, FER, Server, W, b64, bomb, check, end, fer, form, read, read_all, run_tests


# ---- answers ----

def answers(s):
    jpeg, png = read("photo.jpg"), read("face.png")
    check(s.ask("POST", "/v1/predict", read("astronaut.jpg"))[1] == fer("predict", *W, "-", input=read("astronaut.jpg")),
          "as fer predict: a larger picture")
    for options in ("", "faces=all&smallest=20&tta=1", "faces=largest&threshold=0.99&rotate=0", "faces=whole&format=csv",
                    "format=emotionml", "abstain=0.999", "abstain=1&format=csv", "min-quality=1"):
        line = [x for o in options.split("&") if o for x in (("--tta",) if o == "tta=1" else ("--" + o,))]
        status, body, headers = s.ask("POST", "/v1/predict?" + options, png)
        check(status == 200 and body == fer("predict", *W, *line, "-", input=png), "as fer predict: ?" + options)
    status, body, headers = s.ask("POST", "/v1/predict", png, Content_Type="image/png")
    check(headers["Content-Type"] == "application/json" and json.loads(body)["faces"], "one picture is JSON")

    names = ["photo.jpg", "face.png", "colour.png"]
    expected = fer("predict", *W, *names)
    status, body, headers = s.ask("POST", "/v1/predict", form(*[("image", n, read(n)) for n in names]),
                                  Content_Type=MULTIPART)
    check(status == 200 and body == expected and headers["Content-Type"] == "application/x-ndjson",
          "a form with three pictures")
    doc = {"images": [{"name": n, "data": b64(read(n))} for n in names]}
    status, body, _ = s.ask("POST", "/v1/predict", json.dumps(doc), Content_Type="application/json")
    check(status == 200 and body == expected, "three pictures in JSON")
    doc = {"image": "data:image/png;base64," + b64(png)}
    status, body, _ = s.ask("POST", "/v1/predict", json.dumps(doc), Content_Type="application/json; charset=utf-8")
    check(status == 200 and body == fer("predict", *W, "-", input=png), "one picture in JSON")
    status, body, _ = s.ask("POST", "/v1/predict", form(("i", "face.png", png), ("i", "bad.png", b"no picture")),
                            Content_Type=MULTIPART)
    lines = [json.loads(line) for line in body.splitlines()]
    check(status == 200 and lines[0]["faces"] and lines[1]["file"] == "bad.png" and lines[1]["error"],
          "one of two pictures cannot be read")

    status, body, headers = s.ask("POST", "/v1/predict?annotate=1", jpeg)
    drawn = status == 200 and headers["Content-Type"] == "image/jpeg" and body[:3] == b"\xff\xd8\xff" and body != jpeg
    check(drawn or status == 501, "a drawn JPEG")
    status, body, headers = s.ask("POST", "/v1/predict?annotate=true", png)
    check(status == 501 or (headers["Content-Type"] == "image/png" and body[:4] == b"\x89PNG"), "a drawn PNG")

    status, body, _ = s.ask("GET", "/v1/models")
    check(status == 200 and len(json.loads(body)["models"][0]["classes"]) >= 2, "the model")
    check(s.ask("GET", "/healthz")[0] == 200 and s.ask("GET", "/readyz")[0] == 200, "healthy and ready")
    status, body, headers = s.ask("HEAD", "/healthz")
    check(status == 200 and body == b"" and int(headers["Content-Length"]) > 0, "HEAD")
    chunks = (jpeg[i:i + 1000] for i in range(0, len(jpeg), 1000))
    c = s.connect()
    c.request("POST", "/v1/predict", chunks, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    check(c.getresponse().read() == fer("predict", *W, "-", input=jpeg), "a body in chunks")
    c.close()
    c = s.connect()
    first = None
    for _ in range(5):
        c.request("POST", "/v1/predict", png)
        c.getresponse().read()
        first = first or c.sock
    check(c.sock is first, "one connection for five requests")
    c.close()
    got = s.raw(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(png) +
                png, half_close=True)
    check(b" 200 OK" in got.split(b"\r\n")[0], "a half-closed connection gets its answer")


def uncertain():
    """--prior and --abstain of the server; ?abstain= of a request."""
    png, options = read("face.png"), ["--prior", "uniform", "--abstain", "1"]
    with Server(*W, *options) as s:
        check(s.ask("POST", "/v1/predict", png)[1] == fer("predict", *W, *options, "-", input=png), "--prior, --abstain")
        check(s.ask("POST", "/v1/predict?abstain=0", png)[1] == fer("predict", *W, *options[:2], "-", input=png),
              "a request without --abstain")
        line = json.loads(s.ask("POST", "/v1/frames/cam-1", png)[1])
        check(line["faces"][0]["label"] == "uncertain", "an uncertain face of a frame")
        line = json.loads(s.ask("POST", "/v1/frames/cam-1?abstain=0", png)[1])
        check(line["faces"][0]["label"] in line["faces"][0]["scores"], "the next frame without --abstain")
        status, body, _ = s.ask("POST", "/v1/predict?annotate=1", png)
        check(status in (200, 501), "an uncertain face is drawn: %d" % status)
        if os.path.exists("film.mkv"):
            status, body, _ = s.ask("POST", "/v1/video", read("film.mkv"))
            check(status == 415 or {f["label"] for x in body.splitlines() for f in json.loads(x)["faces"]} == {"uncertain"},
                  "uncertain faces of a video")


def deepface(s):
    jpeg = read("astronaut.jpg")
    doc = {"img": "data:image/jpeg;base64," + b64(jpeg), "actions": ["age", "emotion"], "detector_backend": "opencv",
           "align": True, "enforce_detection": True}
    status, body, _ = s.ask("POST", "/analyze", json.dumps(doc), Content_Type="application/json")
    found = json.loads(body).get("results", [{}])[0]
    own = json.loads(fer("predict", *W, "--faces=all", "-", input=jpeg))["faces"][0]
    check(status == 200 and set(found) == {"emotion", "dominant_emotion", "region", "face_confidence"} and
          set(found["region"]) == {"x", "y", "w", "h", "left_eye", "right_eye"}, "DeepFace's answer")
    check(abs(found["region"]["x"] - own["box"][0]) < 1 and
          abs(max(found["emotion"].values()) - 100 * max(own["scores"].values())) < 0.01, "the same face and scores")
    check(found["region"]["left_eye"][0] > found["region"]["right_eye"][0], "the person's own left eye")
    status, body, _ = s.ask("POST", "/analyze", form(("img", "a.jpg", jpeg), ("actions", None, b'["emotion"]')),
                            Content_Type=MULTIPART)
    check(status == 200 and json.loads(body)["results"][0] == found, "the same as a form")
    grey = {"img": b64(read("one.png")), "enforce_detection": False}
    status, body, _ = s.ask("POST", "/analyze", json.dumps(grey), Content_Type="application/json")
    check(status == 200 and len(json.loads(body)["results"]) == 1, "no face, and none is enforced")
    for lenient in ("false", "True", 0, None):
        grey["enforce_detection"] = lenient
        check(s.ask("POST", "/analyze", json.dumps(grey), Content_Type="application/json")[0] == 200,
              "enforce_detection %r is no, as with DeepFace" % (lenient,))
    fields = form(("img", "one.png", read("one.png")), ("enforce_detection", None, b"true"))
    check(s.ask("POST", "/analyze", fields, Content_Type=MULTIPART)[0] == 400, "enforce_detection true in a form")
    doc["actions"] = "emotion"
    check(s.ask("POST", "/analyze", json.dumps(doc), Content_Type="application/json")[0] == 200, "one action as text")
    grey["enforce_detection"] = True
    status, body, _ = s.ask("POST", "/analyze", json.dumps(grey), Content_Type="application/json")
    check(status == 400 and "could not be detected" in json.loads(body)["error"], "no face, and one is enforced")
    for doc, code in (({"img": "https://example.org/a.jpg"}, 400), ({"img": "/etc/passwd"}, 422), ({}, 400),
                      ({"img": "AAAA", "actions": ["age"]}, 422), ({"img": 7}, 400), ([], 400)):
        status, body, _ = s.ask("POST", "/analyze", json.dumps(doc), Content_Type="application/json")
        check(status == code and json.loads(body)["error"], "DeepFace: %s: %d, got %d" % (doc, code, status))


def page(s):
    """The files of the page: each is served as what it is, and may neither be changed nor framed by others."""
    types = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml",
             "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8", "wasm": "application/wasm"}
    folder = os.environ["PAGE"]
    status, body, headers = s.ask("GET", "/")
    policy = dict(x.strip().split(" ", 1) for x in headers.get("Content-Security-Policy", "").split(";"))
    check(status == 200 and body == read(os.path.join(folder, "index.html")), "the page")
    check(policy.get("default-src") == "'none'" and policy.get("script-src") == "'self' 'wasm-unsafe-eval'" and
          policy.get("frame-ancestors") == "'none'" and policy.get("connect-src") == "'self'" and
          not any("unsafe-inline" in x or "http" in x or "*" in x for x in policy.values()), "a strict policy: %s" % policy)
    check(headers["Cross-Origin-Opener-Policy"] == "same-origin", "threads are allowed")
    for name in sorted(os.listdir(folder)):
        if not os.path.isfile(os.path.join(folder, name)):
            continue
        status, body, headers = s.ask("GET", "/" + name)
        check(status == 200 and body == read(os.path.join(folder, name)), "/%s: the file: %d" % (name, status))
        check(headers["Content-Type"] == types[name.rsplit(".")[-1]] and "Content-Security-Policy" in headers and
              headers["X-Content-Type-Options"] == "nosniff" and headers["Cross-Origin-Embedder-Policy"] == "require-corp",
              "/%s: %s" % (name, headers["Content-Type"]))
        status, again, later = s.ask("GET", "/" + name, If_None_Match=headers["ETag"])
        check(status == 304 and again == b"" and later["ETag"] == headers["ETag"], "/%s: unchanged: %d" % (name, status))
        check(s.ask("GET", "/" + name, If_None_Match='"other"')[0] == 200, "/%s: changed" % name)
    if s.ask("GET", "/libfer/fer.wasm")[0] == 200:  # what `make wasm` built before the build
        for name, kind in (("fer.wasm", types["wasm"]), ("libfer.js", types["js"]),
                           ("libfer-s.safetensors", "application/octet-stream")):
            status, body, headers = s.ask("GET", "/libfer/" + name)
            check(status == 200 and headers["Content-Type"] == kind and len(body) > 1000, "/libfer/%s: %d" % (name, status))
    else:
        print("skipped: the engine for browsers (make wasm was not run before the build)")
    status, body, headers = s.ask("HEAD", "/app.js")
    check(status == 200 and body == b"" and int(headers["Content-Length"]) > 0, "HEAD of a file")
    for path in ("/nothing.js", "/../serve.py", "/%2e%2e/serve.py", "//index.html", "/index.html/"):
        status, body, _ = s.ask("GET", path)
        check(status == 404 and json.loads(body)["error"], "%s: %d" % (path, status))
    status, _, headers = s.ask("POST", "/index.html", b"x")
    check(status == 405 and headers["Allow"] == "GET, HEAD, OPTIONS", "the page takes no POST: %d" % status)


def frames(s):
    png, line = read("face.png"), None
    for i in range(3):
        status, body, headers = s.ask("POST", "/v1/frames/cam-1?t=%.2f&smooth=0.2" % (i * 0.04), png)
        line = json.loads(body)
        check(status == 200 and line["frame"] == i and line["t"] == i * 0.04 and line["faces"][0]["face_id"] == 1 and
              "smoothed" in line["faces"][0], "frame %d" % i)
    check(s.ask("POST", "/v1/frames/cam-1?t=0.01&smooth=0.2", png)[0] == 400, "time steps back")
    check(s.ask("POST", "/v1/frames/cam-1?t=1&smooth=0.3", png)[0] == 409, "other options")
    check(s.ask("POST", "/v1/frames/cam-1?t=x", png)[0] == 400, "no time")
    check(s.ask("POST", "/v1/frames/", png)[0] == 404 and s.ask("POST", "/v1/frames/a/b", png)[0] == 404, "no name")
    check(s.ask("POST", "/v1/frames/cam-2", form(("a", "a", png), ("b", "b", png)), Content_Type=MULTIPART)[0] == 400,
          "two frames at once")
    check(s.ask("POST", "/v1/frames/cam-2", b"no picture")[0] == 422, "no picture")
    check(s.ask("DELETE", "/v1/frames/cam-2")[0] == 404, "a session without a frame is not kept")
    check(s.ask("POST", "/v1/frames/cam-2?format=csv", png)[1].startswith(b"frame,face_id"), "CSV")
    status, body, headers = s.ask("POST", "/v1/frames/cam-3", png)
    check(status == 503 and "Retry-After" in headers, "more sessions than allowed")
    check(s.ask("DELETE", "/v1/frames/cam-2")[0] == 204 and s.ask("POST", "/v1/frames/cam-3", png)[0] == 200,
          "a session makes room")
    check(s.ask("DELETE", "/v1/frames/cam-1")[0] == 204 and s.ask("DELETE", "/v1/frames/cam-1")[0] == 404, "a session ends once")


def idle_session():
    png = read("face.png")
    with Server(*W, "--session-idle", "0.3") as s:
        s.ask("POST", "/v1/frames/cam-1", png)
        time.sleep(0.5)
        check(json.loads(s.ask("POST", "/v1/frames/cam-1", png)[1])["frame"] == 0, "a session expires")


def video(s):
    if not os.path.exists("film.mkv") or s.ask("POST", "/v1/video", b"x")[0] == 415:
        print("skipped: no ffmpeg")
        return
    film = read("film.mkv")
    subprocess.run([FER, "video", "film.mkv", *W, "--jsonl", "film.jsonl"], check=True, capture_output=True, timeout=60)
    status, body, headers = s.ask("POST", "/v1/video", film, Content_Type="video/x-matroska")
    check(status == 200 and body == read("film.jsonl") and len(body.splitlines()) == 10, "as fer video --jsonl")
    with s.socket() as c:  # lines come before the upload ends
        c.sendall(b"POST /v1/video?fps=5 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        half = len(film) * 3 // 4
        c.sendall(b"%x\r\n%s\r\n" % (half, film[:half]))
        early = c.recv(100000)
        while b'"faces"' not in early:
            part = c.recv(100000)
            if not part:
                break
            early += part
        check(b" 200 OK" in early and b'"t":0.0' in early, "a line before the upload ends")
        c.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(film) - half, film[half:]))
        rest = early + read_all(c)
        check(rest.endswith(b"\r\n0\r\n\r\n") and 4 <= rest.count(b'"faces"') <= 6, "five frames a second")
    status, body, _ = s.ask("POST", "/v1/video?format=vtt&every=4", film)
    check(status == 200 and body.startswith(b"WEBVTT") and b"face 1" in body, "subtitles")
    status, body, _ = s.ask("POST", "/v1/video", b"this is no video" * 100)
    check(status == 422 and "/dev/" not in json.loads(body)["error"], "no video: %s" % body[:200])
    status, body, _ = s.ask("POST", "/v1/video", film[:len(film) // 2 + 77])
    last = json.loads(body.splitlines()[-1])
    check(status == 200 and len(body.splitlines()) > 3 and "the video" in last.get("error", "the video"), "a film cut off")
    with s.socket() as c:  # the client goes away in the midst
        c.sendall(b"POST /v1/video HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" + film)
        c.recv(100)
    until = time.monotonic() + 10
    while b"fer_videos 0" not in s.ask("GET", "/metrics")[1] and time.monotonic() < until:
        time.sleep(0.1)
    check(b"fer_videos 0" in s.ask("GET", "/metrics")[1], "a client that went away leaves no video")


# ---- wrong requests ----

def errors(s):
    png = read("face.png")
    text, big = {"Content_Type": "text/html"}, b"x" * 1100000
    js = {"Content_Type": "application/json"}
    cases = [
        (405, "POST", "/", None, {}), (404, "GET", "/etc/passwd", None, {}), (404, "POST", "/v1/predict/", png, {}),
        (404, "GET", "/../../etc/passwd", None, {}), (405, "GET", "/v1/predict", None, {}),
        (405, "PUT", "/v1/predict", png, {}), (405, "POST", "/healthz", b"x", {}), (405, "BREW", "/metrics", None, {}),
        (400, "POST", "/v1/predict?faces=some", png, {}), (400, "POST", "/v1/predict?threshold=2", png, {}),
        (400, "POST", "/v1/predict?smallest=abc", png, {}), (400, "POST", "/v1/predict?smalest=20", png, {}),
        (400, "POST", "/v1/predict?tta=maybe", png, {}), (400, "POST", "/v1/predict?format=text", png, {}),
        (400, "POST", "/v1/predict?faces=all&faces=whole", png, {}), (400, "GET", "/healthz?x=1", None, {}),
        (400, "POST", "/v1/predict?weights=/etc/passwd", png, {}),
        (400, "POST", "/v1/predict?" + "&".join("a%d=1" % i for i in range(40)), png, {}),
        (415, "POST", "/v1/predict", png, text), (415, "POST", "/analyze", png, {}),
        (415, "POST", "/v1/predict", png, {"Content_Encoding": "gzip"}),
        (422, "POST", "/v1/predict", b"this is no picture", {}), (422, "POST", "/v1/predict", png[:len(png) // 2], {}),
        (422, "POST", "/v1/predict", read("cut.jpg"), {}), (422, "POST", "/v1/predict", bomb(30000), {}),
        (422, "POST", "/v1/predict", form(("a", "a.png", bomb(30000))), {"Content_Type": MULTIPART}),
        (400, "POST", "/v1/predict", b"", {}), (413, "POST", "/v1/predict", big, {}),
        (400, "POST", "/v1/predict", b"{", js), (400, "POST", "/v1/predict", b"[" * 100000, js),
        (400, "POST", "/v1/predict", b'{"image": "?"}', js), (400, "POST", "/v1/predict", b'{"image": 3}', js),
        (400, "POST", "/v1/predict", b'{"path": "/etc/passwd"}', js), (400, "POST", "/v1/predict", b'{"images": []}', js),
        (400, "POST", "/v1/predict", b'{"image": "http://127.0.0.1:1/a.png"}', js),
        (400, "POST", "/v1/predict", b'{"image": "file:///etc/passwd"}', js),
        (422, "POST", "/v1/predict", b'{"image": "/etc/passwd"}', js),
        (413, "POST", "/v1/predict", b'{"images": [%s]}' % b",".join([b'"AAAA"'] * 100), js),
        (400, "POST", "/v1/predict", png, {"Content_Type": "multipart/form-data"}),
        (400, "POST", "/v1/predict", png, {"Content_Type": MULTIPART}),
        (400, "POST", "/v1/predict", form(("a", "a.png", png))[:-30], {"Content_Type": MULTIPART}),
        (400, "POST", "/v1/predict", form(("faces", None, b"all")), {"Content_Type": MULTIPART}),
        (400, "POST", "/v1/predict?annotate=1", form(("a", "a", png), ("b", "b", png)), {"Content_Type": MULTIPART}),
    ]
    for code, method, path, body, headers in cases:
        status, answer, got = s.ask(method, path, body, **headers)
        try:
            doc = json.loads(answer)
            ok = doc["status"] == code and len(doc["error"]) > 10 and ("Allow" in got) == (code == 405)
        except (ValueError, KeyError):
            ok = False
        check(ok and status == code, "%s %.40s: %d, got %d %.100s" % (method, path, code, status, answer))
    check(b" 411 " in s.raw(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "no length: 411")
    check(b" 413 " in s.raw(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nabc"), "413 at once")
    check(b" 413 " in s.raw(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n"
                            b"Expect: 100-continue\r\n\r\n"), "413 before the body is sent")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    check(b" 413 " in s.raw(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + 20 * chunk),
          "413 in chunks")
    check(s.ask("GET", "/healthz")[0] == 200, "the server is still there")


def nonsense():
    junk = [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 100, b"\x00" * 100,
            b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            b"GET /healthz HTTP/1.1\r\n" + b"".join(b"a%d: %s\r\n" % (i, b"x" * 100) for i in range(2000)) + b"\r\n",
            b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"]
    with Server(*W, "--timeout", "1") as s:
        open_ones = [s.socket() for _ in junk]
        for c, data in zip(open_ones, junk):
            try:
                c.sendall(data)
                c.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        check(s.ask("GET", "/healthz")[0] == 200, "served beside nonsense")
        for c, data in zip(open_ones, junk):
            got = read_all(c)
            c.close()
            check(b" 200 " not in got[:20], "nonsense gets no answer or an error: %.30r %.60r" % (data, got))
        check(s.ask("GET", "/healthz")[0] == 200, "the server is still there")


def schema_value(schema):
    if "enum" in schema:
        return schema["enum"][-1]
    return {"boolean": "1", "number": "%g" % schema.get("minimum", 0), "integer": "%d" % schema.get("minimum", 0),
            "string": "0"}[schema["type"]]


def openapi(s):
    """What /openapi.json says, the server does, and nothing else."""
    status, body, _ = s.ask("GET", "/openapi.json")
    doc = json.loads(body)
    check(status == 200 and doc["openapi"].startswith("3."), "OpenAPI")
    bodies = {"image/*": ("image/png", read("face.png")), "video/*": ("video/mp4", b"x"),
              "application/octet-stream": ("application/octet-stream", b"x"),
              "application/json": ("application/json", b"{}"), "multipart/form-data": (MULTIPART, form(("img", "x", b"x")))}
    methods = {"get", "post", "delete", "put", "patch"}
    for path, operations in doc["paths"].items():
        place = path.replace("{session}", "api")
        for method in methods - set(operations):
            status, _, headers = s.ask(method.upper(), place, b"" if method in ("post", "put") else None)
            allowed = {m.strip().lower() for m in headers.get("Allow", "").split(",")} - {"head", "options", ""}
            check(status == 405 and allowed == set(operations), "%s %s: 405, got %d" % (method, path, status))
        for method, o in operations.items():
            body = None
            types = o.get("requestBody", {}).get("content", {})
            for name in types:
                kind, body = bodies[name]
                status, answer, _ = s.ask(method.upper(), place, body, Content_Type=kind)
                check(str(status) in o["responses"] and (status != 415 or "Content-Type" not in str(answer)),
                      "%s %s takes %s: %d" % (method, path, name, status))
            if types:
                check(s.ask(method.upper(), place, b"x", Content_Type="text/x-other")[0] == 415, "%s takes no other type" % path)
            else:
                status = s.ask(method.upper(), place)[0]
                check(str(status) in o["responses"], "%s %s: %d is described" % (method, path, status))
            for p in (p for p in o["parameters"] if p["in"] == "query"):
                value, schema = schema_value(p["schema"]), p["schema"]
                status, answer, _ = s.ask(method.upper(), "%s?%s=%s" % (place, p["name"], value), b"x")
                check(status != 400 or b"picture" in answer, "%s?%s=%s is taken: %d %.80s" % (path, p["name"], value, status, answer))
                if "maximum" in schema:
                    status, answer, _ = s.ask(method.upper(), "%s?%s=%d" % (place, p["name"], schema["maximum"] + 1), b"x")
                    check(status == 400 and p["name"] in str(answer), "%s?%s beyond its maximum: %d" % (path, p["name"], status))


# ---- many clients ----

def parallel(s):
    """Each answer is that of its own picture."""
    names = sorted(os.path.join("data", d, f) for d in os.listdir("data") if os.path.isdir(os.path.join("data", d))
                   for f in os.listdir(os.path.join("data", d)))[:12] + ["face.png", "colour.png"]
    expected = {n: fer("predict", *W, "--faces=whole", "-", input=read(n)) for n in names}
    check(len(set(expected.values())) > 5, "the pictures differ")

    def client(k):
        c, wrong = s.connect(), 0
        for i in range(10):
            name = names[(7 * k + i) % len(names)]
            c.request("POST", "/v1/predict?faces=whole", read(name))
            r = c.getresponse()
            body = r.read()
            wrong += r.status != 503 and body != expected[name]
        c.close()
        return wrong

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        check(sum(pool.map(client, range(12))) == 0, "120 answers of 12 clients, each to its picture")


def batches():
    """Small requests that wait together are computed together, each with its own options and to the bits of its own."""
    names = ["face.png", "colour.png", "one.png", "photo.jpg"]
    asked = [(n, o) for o in ("faces=all", "faces=whole&format=csv", "faces=largest&abstain=0.9", "") for n in names]
    expected = {(n, o): fer("predict", *W, *("--" + x for x in o.split("&") if x), "-", input=read(n)) for n, o in asked}
    bad = b"no picture"
    with Server(*W, "--threads", "1", "--queue", "100", "--batch", "8") as s:
        def client(k):
            wrong, c = 0, s.connect()
            for i in range(12):
                name, options = asked[(k + 5 * i) % len(asked)]
                broken, several = (k + i) % 7 == 3, (k + i) % 7 == 5
                body, headers = bad if broken else read(name), {}
                if several:
                    body, headers = form(("a", "a.png", read(name)), ("b", "b.png", read(name))), {"Content-Type": MULTIPART}
                c.request("POST", "/v1/predict?" + options, body, headers)
                r = c.getresponse()
                got = r.read()
                if broken:
                    wrong += r.status != 422
                elif several:
                    wrong += r.status != 200 or b"a.png" not in got
                else:
                    wrong += got != expected[name, options]
            c.close()
            return wrong
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            check(sum(pool.map(client, range(16))) == 0, "192 answers of 16 clients, as without batches")
        found = re.search(rb"^fer_joined_requests_total (\d+)", s.ask("GET", "/metrics")[1], re.M)
        check(int(found.group(1)) > 10, "%s requests were computed together with others" % found.group(1).decode())


def little_time():
    crowd = read("astronaut.jpg")
    with Server(*W, "--work", "0.002", "--threads", "1") as s:
        status, body, headers = s.ask("POST", "/v1/predict?tta=1&smallest=4", crowd)
        check(status == 503 and "0.002 s of work" in json.loads(body)["error"] and "Retry-After" in headers,
              "a picture that takes too long: %d %.80s" % (status, body))
        many = form(*[("i", "%d.png" % i, crowd) for i in range(20)])
        status, body, _ = s.ask("POST", "/v1/predict", many, Content_Type=MULTIPART)
        check(status == 503 and "0.002 s of work" in json.loads(body)["error"], "pictures that take too long: %d" % status)
        status, body, _ = s.ask("POST", "/v1/frames/cam-1", crowd)
        check(status == 503 and s.ask("DELETE", "/v1/frames/cam-1")[0] == 404, "a frame that takes too long: %d" % status)
        doc = json.dumps({"img": b64(crowd)})
        check(s.ask("POST", "/analyze", doc, Content_Type="application/json")[0] == 503, "the same for DeepFace's clients")


def full_queue():
    jpeg = read("astronaut.jpg")
    with Server(*W, "--threads", "1", "--queue", "1") as s:
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            got, until = [], time.monotonic() + 20
            while 503 not in {g[0] for g in got} and time.monotonic() < until:  # on a busy machine clients may come one by one
                got += pool.map(lambda _: s.ask("POST", "/v1/predict", jpeg), range(12))
        right = fer("predict", *W, "-", input=jpeg)
        check({g[0] for g in got} == {200, 503}, "a full queue: %s" % sorted(g[0] for g in got))
        check(all(g[1] == right for g in got if g[0] == 200), "the others are right")
        check(all(int(g[2]["Retry-After"]) >= 1 and json.loads(g[1])["error"] for g in got if g[0] == 503), "Retry-After")
        check(s.ask("POST", "/v1/predict", jpeg)[0] == 200, "afterwards all is well")


def little_memory():
    with Server(*W, "--memory", "1", "--max-body", "2") as s, s.socket() as a:
        a.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + b"x" * 600000)
        status, until = 0, time.monotonic() + 10
        while status != 503 and time.monotonic() < until:  # until the server has read that much
            status, body, headers = s.ask("POST", "/v1/predict", b"x" * 800000)
        check(status == 503 and "Retry-After" in headers, "no memory for another body: %d" % status)


def slow_clients():
    png = read("face.png")
    with Server(*W, "--timeout", "1", "--connections", "20") as s:
        header, body = s.socket(), s.socket()
        body.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n")
        header.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\n")
        check(s.ask("GET", "/healthz")[0] == 200, "by now the server knows both")
        idle = [s.socket() for _ in range(60)]
        begun = time.monotonic()
        check(s.ask("POST", "/v1/predict", png)[0] == 200, "served beside 60 idle connections, of 20 allowed")
        got = b""
        body.settimeout(0.2)
        while time.monotonic() - begun < 20 and b'"error"' not in got:  # a byte now and then
            try:
                if not got:  # what comes after the answer may reset the connection
                    body.sendall(b"x")
                header.sendall(b"a")
            except OSError:
                pass
            try:
                part = body.recv(1000)
                if not part:
                    break
                got += part
            except socket.timeout:
                pass
            except OSError:
                break
        check(b" 408 " in got and b'"error"' in got, "a slow body: %.60r" % got)
        check(time.monotonic() - begun < 15, "dropped in time")
        header.settimeout(5)
        try:
            ended = read_all(header)
        except OSError:
            ended = b""
        check(ended == b"" or b" 408" in ended or b" 503" in ended, "slow headers: the connection is closed")
        check(s.ask("GET", "/healthz")[0] == 200, "others are served")
        for c in [header, body] + idle:
            c.close()
        lines = s.stop()
        check(any(line["status"] == 408 for line in lines), "the log has 408")


def refuses(s):
    """Within five seconds it takes no connections any more."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", s.port), timeout=2).close()
        except OSError:
            return True
        time.sleep(0.05)
    return False


def draining():
    png = read("face.png")
    s = Server(*W, "--drain", "10")
    with s.socket() as c, s.socket() as idle:
        c.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(png) + png[:100])
        time.sleep(0.3)
        s.process.send_signal(signal.SIGTERM)
        check(refuses(s), "no new connection while draining")
        c.sendall(png[100:])
        got = read_all(c)
        check(b" 200 OK" in got and b"Connection: close" in got and b'"faces"' in got, "an open request is answered")
        check(read_all(idle) == b"", "an idle connection is closed")
    check(s.process.wait(timeout=10) == 0, "exit code 0 after draining")
    s.stop()
    s = Server(*W, "--drain", "0.2")
    with s.socket() as c:
        c.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        time.sleep(0.2)
        begun = time.monotonic()
        s.stop()
        check(time.monotonic() - begun < 5, "a request that never ends does not keep the server")


def tokens():
    png, token = read("face.png"), "0123456789abcdefABCDEF"
    with open("tokens", "w") as f:
        f.write("# two of them\nAAAAAAAAAAAAAAAAAAAAAAAA\n%s\n" % token)
    with Server(*W, "--token-file", "tokens", "--cors", "https://a.example", "--cors", "https://b.example") as s:
        status, body, headers = s.ask("POST", "/v1/predict", png)
        check(status == 401 and headers["WWW-Authenticate"] == "Bearer" and json.loads(body)["error"], "no token")
        for wrong in ("Bearer " + token[:-1], "Bearer " + token + "x", "Bearer", "Basic " + token, "Bearer " + "x" * 5000):
            check(s.ask("POST", "/v1/predict", png, Authorization=wrong)[0] == 401, "a wrong token")
        for right in (token, "A" * 24):
            check(s.ask("POST", "/v1/predict", png, Authorization="Bearer " + right)[0] == 200, "a right token")
        check(s.ask("GET", "/metrics")[0] == 401 and s.ask("GET", "/healthz")[0] == 200, "health needs no token")
        check(s.ask("GET", "/")[0] == 200 and s.ask("GET", "/app.js")[0] == 200, "the page needs no token")
        origin = "https://b.example"
        status, _, headers = s.ask("OPTIONS", "/v1/predict", Origin=origin, Access_Control_Request_Method="POST")
        check(status == 204 and headers["Access-Control-Allow-Origin"] == origin and
              "POST" in headers["Access-Control-Allow-Methods"], "a preflight")
        check("Access-Control-Allow-Origin" not in s.ask("GET", "/healthz", Origin="https://c.example")[2], "another origin")
        log = s.stop()
        check(token not in json.dumps(log), "no token in the log")


def metrics_and_log(s):
    until, body, quiet = time.monotonic() + 10, b"", (b"fer_workers_busy 0", b"fer_bodies_bytes 0")
    while not all(line in body for line in quiet) and time.monotonic() < until:  # an answer comes before its worker is free
        status, body, headers = s.ask("GET", "/metrics")
    check(status == 200 and headers["Content-Type"].startswith("text/plain"), "metrics")
    numbers = {}
    for line in body.decode().splitlines():
        if line.startswith("#"):
            check(re.match(r"# (HELP|TYPE) [a-z_]+ .+", line) is not None, "a comment: " + line) if "HELP" not in line else None
            continue
        found = re.fullmatch(r'([a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) ([0-9.e+-]+|\+Inf)', line)
        if not found:
            check(False, "a metric: " + line)
            continue
        numbers[found.group(1)] = float(found.group(2))
    check(numbers['fer_requests_total{route="/v1/predict",status="200"}'] > 100, "requests are counted")
    check(numbers["fer_faces_total"] > 100 and numbers["fer_bodies_bytes"] == 0, "faces are counted, no body is left")
    check(numbers["fer_queue_length"] == 0 and numbers["fer_workers_busy"] == 0, "nothing waits")
    lines = s.stop()
    check(len(lines) > 200 and all({"time", "client", "method", "path", "status", "seconds"} <= set(x) for x in lines),
          "the log has a line for each request")


def one_server():
    with Server(*W, "--threads", "2", "--max-body", "1", "--sessions", "2", "--session-idle", "300", "--queue", "100") as s:
        run_tests(*(functools.update_wrapper(functools.partial(test, s), test) for test in
                    (answers, page, deepface, frames, video, errors, openapi, parallel, metrics_and_log)))


run_tests(one_server, idle_session, uncertain, nonsense, batches, little_time, full_queue, little_memory, slow_clients, draining, tokens)
end()
