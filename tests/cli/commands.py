# commands.py DOCS: what holds for every command of $FER. Run in a directory with the files of cli_fixtures.
import os
import re
import subprocess
import sys
import tempfile

FER, here, failures = os.environ["FER"], os.getcwd(), 0

# A command line that is complete but for its input, which is missing.
MISSING = {
    "predict": "no.png", "merge": "no", "video": "no.mp4", "serve": "--weights no", "camera": "--show nothing no-camera", "explain": "no.png",
    "train": "--model resnet-8 --data no --out run", "experiment": "no.recipe --data no --out runs",
    "eval": "--data no", "train-detector": "--data no --out run", "eval-detector": "--data no",
    "calibrate-detector": "--detector no.safetensors --data no --out o.safetensors",
    "label": "--data no --out o.csv", "calibrate": "--data no --out o.safetensors", "data info": "no", "data prepare": "no --out prepared",
    "data pack": "no --out o.ferpack", "info": "no.safetensors", "convert": "no.pth o.safetensors",
    "run": "--input no.npy --output y.npy", "bench": "--data no", "plot": "no --output o.png", "report": "no --out d",
    "models": None,
}
# What lacks an operand or a required option.
INCOMPLETE = {c: "" for c in MISSING if c not in ("models", "bench", "camera", "serve")}
# Complete, quick and with a result on standard output.
PRINTS = ["models", "info resnet-8", "predict --faces whole --weights w.safetensors face.png", "data info data",
          "eval --weights w.safetensors --data data --format json", "label --weights w.safetensors --data data --out l.csv", "bench --model resnet-8 --runs 1", "help", "version"]
# Where the options of a command are described too.
SHARED = {"camera": ["video"], "data info": ["data"], "data prepare": ["data"], "data pack": ["data"],
          "models": ["models and fer info"], "info": ["models and fer info"]}


def check(ok, what):
    global failures
    if not ok:
        failures += 1
        print("FAIL", what)


def fer(line, **more):
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([FER] + line.split(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60, **more)


def exits(code, line):
    done = fer(line)
    check(done.returncode == code, "'fer %s': exit code %d, expected %d: %s" % (line, done.returncode, code, done.stderr[:200]))
    check(code == 0 or re.match("fer: ....", done.stderr), "'fer %s': no sentence" % line)
    check(code != 2 or not done.stdout, "'fer %s': wrong usage printed something" % line)
    return done.stdout


def exit_codes():
    for command, missing in MISSING.items():
        exits(0, command + " --help")
        exits(0, "help " + command)
        exits(2, command + " --no-such-option")
        exits(2, command + " --quiet --quiet")
        exits(2, command + " " + " ".join(["x"] * 3) if command in ("models", "train", "run", "bench", "eval") else command + " -x")
        if missing:
            exits(1, command + " " + missing)
        if command in INCOMPLETE:
            exits(2, command)
    exits(2, "data")
    exits(2, "no-such-command")
    check(sorted(os.listdir(here)) == before, "something was written: %s" % (set(os.listdir(here)) - set(before)))


def closed_output():
    """Standard output is closed, or a pipe that nobody reads."""
    for line in PRINTS:
        exits(0, line)
        done = subprocess.run(["sh", "-c", 'exec "$0" %s >&-' % line, FER], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        check(done.returncode == 1 and "standard output" in done.stderr, "'fer %s >&-': %d %s" % (line, done.returncode, done.stderr[:200]))
        end, start = os.pipe()
        os.close(end)
        done = fer(line, stdout=start)
        os.close(start)
        check(done.returncode in (1, -13), "'fer %s' into a closed pipe: %d" % (line, done.returncode))


def help_of(command):
    return fer(command + " --help").stdout


def examples():
    """They run in an empty directory: their inputs are missing, but their options are right."""
    for command in MISSING:
        example = help_of(command).split("\nexample:\n")[1].replace("\\\n", " ").strip()
        check(example.startswith("fer " + command), "%s: the example is '%s'" % (command, example))
        if command == "serve":
            continue  # it would go on until it is stopped
        with tempfile.TemporaryDirectory() as empty:
            line = ['set -- %s; shift; exec "%s" "$@"' % (example, FER)]
            done = subprocess.run(["sh", "-c"] + line, cwd=empty, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        check(done.returncode in (0, 1), "the example '%s': %s" % (example, done.stderr[:200]))


def options_in_docs(path):
    text = open(path).read()
    sections = {s.split("\n", 1)[0].strip(): s for s in re.split(r"^## ", text, flags=re.M)}
    for command in MISSING:
        places = [sections["Common to all commands"]]
        for name in [command] + SHARED.get(command, []):
            places.append(sections.get("fer " + name, ""))
        described = set(re.findall(r"--(?:no-)?([a-z][a-z0-9-]*)", "".join(places)))
        options = set(re.findall(r"^  --([a-z0-9-]+)", help_of(command).split("\noptions:\n")[1], flags=re.M))
        check(len(options) > 0 and options <= described, "docs/cli.md, fer %s: lacks %s" % (command, " ".join(sorted(options - described))))


before = sorted(os.listdir(here))
exit_codes()
closed_output()
examples()
options_in_docs(sys.argv[1])
print("failures: %d" % failures)
sys.exit(failures > 0)
