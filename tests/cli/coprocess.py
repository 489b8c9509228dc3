"""fer predict --list - as a coprocess: each name gets its answer before the next name is written.

python3 coprocess.py FER, in a directory of cli_fixtures.
"""
import csv
import io
import json
import os
import select
import signal
import subprocess
import sys
import time

FER = sys.argv[1]
WHOLE = ["--weights", "w.safetensors", "--faces", "whole"]
SECONDS = 60  # under a sanitizer, on a busy machine
failures = 0


def check(what, good):
    global failures
    failures += not good
    print("ok  " if good else "FAIL", what, flush=True)


class Coprocess:
    def __init__(self, *options):
        self.process = subprocess.Popen([FER, "predict", *WHOLE, *options, "--list", "-"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.rest = b""

    def write(self, data):
        os.write(self.process.stdin.fileno(), data)

    def line(self):
        """The next line. It must come although standard input stays open."""
        end = time.monotonic() + SECONDS
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                self.process.kill()
                sys.exit("FAIL no answer in %d seconds" % SECONDS)
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                return None
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def ask(self, name):
        self.write(name.encode() + b"\n")
        return self.line()

    def close(self):
        """The exit code, and whether nothing else was printed."""
        self.process.stdin.close()
        silent = self.line() is None
        return self.process.wait(SECONDS), silent


def answers_in_turn(*options):
    p = Coprocess(*options)
    for name in ["face.png", "one.png", "face.png", "colour.png"]:
        check("%s is answered, %s" % (name, " ".join(options)), json.loads(p.ask(name))["file"] == name)
    p.write(b"data/ang")
    time.sleep(0.1)
    p.write(b"er\n")
    files = [json.loads(p.line())["file"] for _ in range(4)]
    check("a directory, in two writes", files == ["data/anger/%02d.png" % i for i in range(4)])
    check("the next name after it", json.loads(p.ask("one.png"))["file"] == "one.png")
    p.write(b"face.png")  # without an end of line
    p.process.stdin.close()
    check("the last name", json.loads(p.line())["file"] == "face.png")
    check("it ends", p.line() is None and p.process.wait(SECONDS) == 0)


def bad_names():
    p = Coprocess()
    check("a missing picture", p.ask("nowhere.png").startswith("fer: nowhere.png: "))
    check("the next one", json.loads(p.ask("face.png"))["file"] == "face.png")
    check("a name that is standard input", p.ask("-").startswith("fer: -: standard input has the names"))
    os.mkdir("bare")
    check("a directory without pictures", p.ask("bare").startswith("fer: bare: no picture ("))
    check("the one after them", json.loads(p.ask("one.png"))["file"] == "one.png")
    check("exit code 1, nothing else", p.close() == (1, True))


def a_picture_read_in_part():
    """Its note would be a second line for one name; --quiet leaves it out."""
    with open("photo.jpg", "rb") as whole, open("part.jpg", "wb") as part:
        part.write(whole.read()[:-2])  # the end mark
    p = Coprocess()
    check("a note", p.ask("part.jpg").startswith("fer: part.jpg: "))
    check("then the answer", json.loads(p.line())["file"] == "part.jpg")
    check("it ends well", p.close() == (0, True))
    p = Coprocess("--quiet")
    check("the answer alone", json.loads(p.ask("part.jpg"))["file"] == "part.jpg")
    check("no note at the end", p.close() == (0, True))


def other_formats():
    p = Coprocess("--format", "csv")
    header = next(csv.reader([p.line()]))
    row = next(csv.reader([p.ask("face.png")]))
    check("a header before the first name, then a row", header[0] == "file" and row[0] == "face.png")
    check("the table ends", p.close() == (0, True))
    p = Coprocess("--format", "text", "one.png")
    check("pictures of the command line come first", p.line().startswith("one.png  whole picture"))
    check("text", p.ask("face.png").startswith("face.png  whole picture"))
    check("the text ends", p.close() == (0, True))


def is_stopped():
    p = Coprocess()
    p.ask("face.png")
    p.process.send_signal(signal.SIGTERM)  # while it waits for a name
    check("the signal has its sentence", p.line() == "fer: stopped; 1 pictures are answered")
    check("and ends the process", p.process.wait(SECONDS) == -signal.SIGTERM)


def run(*options, names=None):
    done = subprocess.run([FER, "predict", *WHOLE, *options], input=names, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=10 * SECONDS)
    return done.returncode, done.stdout, done.stderr.decode()


def bulk():
    names = "".join("%s.png\r\n\n" % ("one" if i % 7 else "face") for i in range(400)) + "data\n"
    with open("bulk.txt", "w", newline="") as f:
        f.write(names)
    for form in ["json", "csv", "emotionml"]:
        want = run("--quiet", "--format", form, "--list", "bulk.txt")
        got = run("--quiet", "--format", form, "--list", "-", names=names.encode())
        check("many names: the bytes of a list in a file, as %s" % form, want[0] == 0 and want == got)
        check("many names: as many answers", got[1].count(b".png") == 415)


def encodings():
    for coding in ["utf-8-sig", "utf-16"]:
        code, out, _ = run("--list", "-", names="face.png\none.png\n".encode(coding))
        check(coding, code == 0 and [json.loads(l)["file"] for l in out.splitlines()] == ["face.png", "one.png"])
    for what, data, why in [("nothing", b"", "holds no names"), ("empty lines", b"\n\r\n", "holds no names"),
                            ("half a character", b"\xff\xfea", "cannot be read as the UTF-16"),
                            ("a zero byte", b"one.png\n\0face.png\n", "holds a zero byte")]:
        code, _, err = run("--list", "-", names=data)
        check(what, code == 1 and why in err and err.count("\n") == 1)


def whole_lists():
    """With --out the list is read to its end first."""
    code, _, err = run("--out", "table", "--list", "-", names=b"one.png\ndata/anger\n")
    with open("table/faces.csv", newline="") as f:
        rows = list(csv.reader(io.StringIO(f.read())))
    check("a table in a directory", code == 0 and len(rows) == 6)


for threads in "1", "3":
    answers_in_turn("--threads", threads)
bad_names()
a_picture_read_in_part()
other_formats()
is_stopped()
bulk()
encodings()
whole_lists()
print(failures, "failures")
sys.exit(failures > 0)
