"""chromium.py: Chromium without a window, driven by its DevTools protocol over two pipes. Standard library only."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")


def command():
    """The browser's path; None: there is none. CHROMIUM names another one."""
    return next(filter(None, map(shutil.which, filter(None, (os.environ.get("CHROMIUM"),) + NAMES))), None)


class Failure(Exception):
    pass


class Chromium:
    """A browser, as a context. It uses a directory of its own, which is removed at the end."""

    def __init__(self, *options):
        self.directory = tempfile.mkdtemp(prefix="fer-chromium-")
        ours, theirs = os.pipe(), os.pipe()  # its input, its output
        # It reads from descriptor 3 and writes to 4.
        start = 'exec 3<&%d 4>&%d; exec "$0" "$@"' % (ours[0], theirs[1])
        self.process = subprocess.Popen(
            ["bash", "-c", start, command(), "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
             "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio", "--user-data-dir=" + self.directory, *options,
             "about:blank"],
            pass_fds=(ours[0], theirs[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(ours[0])
        os.close(theirs[1])
        self.input, self.output = ours[1], theirs[0]
        self.rest, self.last, self.events = b"", 0, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", timeout=10)
            self.process.wait(timeout=10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.input)
        os.close(self.output)
        shutil.rmtree(self.directory, ignore_errors=True)

    def message(self, until):
        while b"\0" not in self.rest:
            if not select.select([self.output], [], [], max(0, until - time.monotonic()))[0]:
                raise Failure("the browser does not answer")
            part = os.read(self.output, 1 << 20)
            if not part:
                raise Failure("the browser ended")
            self.rest += part
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, params=None, session=None, timeout=60):
        self.last += 1
        number, until = self.last, time.monotonic() + timeout
        question = {"id": number, "method": method, "params": params or {}}
        if session:
            question["sessionId"] = session
        data = json.dumps(question).encode() + b"\0"
        while data:
            data = data[os.write(self.input, data):]
        while True:
            answer = self.message(until)
            if answer.get("id") == number:
                break
            if "method" in answer:
                self.events.append(answer)
        if "error" in answer:
            raise Failure("%s: %s" % (method, answer["error"]["message"]))
        return answer["result"]

    def open(self, address, width=1280, height=900, **emulated):
        return Tab(self, address, width, height, **emulated)


class Tab:
    def __init__(self, browser, address, width, height, dark=False, mobile=False, reduced=True):
        self.browser = browser
        target = browser.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = browser.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile})
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        if reduced:
            features.append({"name": "prefers-reduced-motion", "value": "reduce"})
        self.call("Emulation.setEmulatedMedia", {"features": features})
        self.call("Page.navigate", {"url": address})
        self.wait("document.readyState === 'complete'")

    def call(self, method, params=None, timeout=60):
        return self.browser.call(method, params, self.session, timeout)

    def run(self, script, timeout=60):
        """The value of a JavaScript expression, awaited."""
        result = self.call("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True,
                                                "userGesture": True}, timeout)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise Failure(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait(self, condition, timeout=30):
        """Wait until an expression is true, and return it."""
        until = time.monotonic() + timeout
        while True:
            value = self.run(condition)
            if value:
                return value
            if time.monotonic() > until:
                raise Failure("%s: still %r after %g s\n%s" % (condition, value, timeout, self.run("document.body.innerText")))
            time.sleep(0.05)

    def give_files(self, selector, *paths):
        """Choose files in an <input type=file>."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        self.call("DOM.setFileInputFiles", {"nodeId": node, "files": [os.path.abspath(p) for p in paths]})

    def press(self, key, code=0, text=None):
        params = {"key": key, "windowsVirtualKeyCode": code}
        if text:
            params["text"] = text
        self.call("Input.dispatchKeyEvent", dict(params, type="keyDown"))
        self.call("Input.dispatchKeyEvent", dict(params, type="keyUp"))

    def screenshot(self, path, whole=True, **more):
        data = self.call("Page.captureScreenshot", dict({"captureBeyondViewport": whole}, **more))["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def accessibility(self):
        """(role, name) of all that a screen reader finds."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(n.get("role", {}).get("value"), n.get("name", {}).get("value", "")) for n in nodes if not n["ignored"]]

    def complaints(self):
        """What the page logged as an error or warning, such as what its security policy refused."""
        said = []
        self.run("1")  # all events before this answer are there
        for event in self.browser.events:
            params = event["params"]
            if event.get("sessionId") != self.session:
                continue
            if event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                said.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))
            elif event["method"] == "Runtime.exceptionThrown":
                said.append(json.dumps(params["exceptionDetails"])[:600])
            elif event["method"] == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                said.append(str([a.get("value") or a.get("description") for a in params["args"]]))
        return said

    def requests(self):
        """The addresses that the page asked for."""
        return [e["params"]["request"]["url"] for e in self.browser.events
                if e.get("sessionId") == self.session and e["method"] == "Network.requestWillBeSent"]
