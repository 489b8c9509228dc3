"""What tests/cli/faces_fixture.c writes, read by parsers that are not ours: faces.py CHECK FILE [FRAMES]."""
import csv
import json
import math
import re
import sys
import xml.etree.ElementTree

CLASSES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
check, path = sys.argv[1:3]
frames = int(sys.argv[3]) if len(sys.argv) > 3 else 8
problems = []


def must(ok, what):
    if not ok:
        problems.append(what)


# Of every invented face.
QUALITY = {"yaw": 30, "pitch": -20, "roll": 10, "size": 70, "sharpness": 0.75, "occlusion": 0.125, "quality": 0.8}


def near(a, b):
    return abs(float(a) - b) < 2e-6


# The film of the fixture: time, faces as (id, label, score, seen).
def film(t):
    faces = []
    if t != 5:
        faces.append((1, "happiness" if t < 4 else "sadness", 0.8 if t == 0 else 0.9, True))
    if t in (2, 3):
        faces.append((2, "anger", 0.6, t == 2))
    return (0.9 if t == 7 else t / 10), faces


BOX = {1: (40, 50, 60, 75), 2: (200, 60, 50, 62.5)}


def rows():
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f, strict=True)
        found = list(reader)
    must(all(None not in r and None not in r.values() for r in found), "every row has as many fields as the head")
    return reader.fieldnames, found


def expected_rows():
    """One row a face; (t, None) for a frame without."""
    for t in range(frames):
        for face in film(t)[1] or [None]:
            yield t, face


def csv_of_a_film():
    names, found = rows()
    must(names == "frame,face_id,timestamp,confidence,success,x,y,w,h".split(",") + list(QUALITY) + CLASSES + ["label"]
         + [c + "_smoothed" for c in CLASSES] + ["valence", "arousal"], "the columns: %r" % names)
    want = list(expected_rows())
    must(len(found) == len(want), "%d rows, expected %d" % (len(found), len(want)))
    for r, (t, face) in zip(found, want):
        must(int(r["frame"]) == t and near(r["timestamp"], film(t)[0]), "frame and time of %r" % r)
        if face is None:
            must(all(r[c] == "" for c in QUALITY), "no quality: %r" % r)
            must(r["success"] == "0" and r["face_id"] == "0" and r["label"] == r["x"] == r["anger"] == r["arousal"] == "", "no face: %r" % r)
            continue
        number, label, score, seen = face
        must(int(r["face_id"]) == number and r["label"] == label and near(r["confidence"], 0.9), "face of %r" % r)
        must(r["success"] == str(int(seen)) and tuple(float(r[c]) for c in "xywh") == BOX[number], "box of %r" % r)
        must({c: float(r[c]) for c in QUALITY} == QUALITY, "quality of %r" % r)
        must(near(r[label], score) and near(r[label + "_smoothed"], score), "score of %r" % r)
        must(near(r["arousal"], 0.25) and (r["valence"] == "" if t == 6 else near(r["valence"], -0.5)), "valence of %r" % r)
        must(all(near(r[c], (1 - score) / 7) for c in CLASSES if c != label), "others of %r" % r)


def csv_of_pictures():
    names, found = rows()
    must(names == ["file", "label", 'a,"b"', "x --> <y> & z", "happiness"] + "face_id,confidence,success,x,y,w,h".split(",") + list(QUALITY) + ["whole"],
         "the columns: %r" % names)
    must([r["file"] for r in found] == ["nobody.png" if t == 5 else "one & two.png" for t, _ in expected_rows()], "the files")
    must([r["face_id"] for r in found] == ["0" if f is None else str(f[0]) for _, f in expected_rows()], "the faces are numbered")
    must(all(r["label"] == ['a,"b"', "x --> <y> & z"][t % 2] for r, (t, f) in zip(found, expected_rows()) if f), "the labels")


def lines():
    with open(path, encoding="utf-8") as f:
        text = f.read()
    must(text.endswith("\n"), "the last line ends")
    return [json.loads(line) for line in text.splitlines()]


def jsonl_of_a_film():
    found = lines()
    must(len(found) == frames, "a line a frame")
    for t, doc in enumerate(found):
        must(set(doc) == {"t", "frame", "faces", "schema"} and doc["frame"] == t and near(doc["t"], film(t)[0]), "frame %r" % doc)
        must(len(doc["faces"]) == len(film(t)[1]), "faces of frame %d" % t)
        for face, (number, label, score, seen) in zip(doc["faces"], film(t)[1]):
            must(face["face_id"] == number and face["label"] == label and face["seen"] is seen and tuple(face["box"]) == BOX[number], repr(face))
            must(list(face["scores"]) == CLASSES and near(face["scores"][label], score) and face["smoothed"] == face["scores"], repr(face))
            must({**face["pose"], **{k: face[k] for k in list(QUALITY)[3:]}} == QUALITY, repr(face))
            must(face["points"] == [[BOX[number][0] + p, BOX[number][1] + 10 * p] for p in range(5)], repr(face))
            must(near(face["confidence"], 0.9) and face["arousal"] == 0.25 and face["valence"] == (None if t == 6 else -0.5), repr(face))


def jsonl_of_pictures():
    found = lines()
    must([d["file"] for d in found] == ["nobody.png" if t == 5 else "one & two.png" for t in range(frames)], "the files")
    must(all(set(d) == {"file", "width", "height", "whole", "faces", "schema"} and (d["width"], d["height"]) == (320, 240) for d in found), "the keys")
    must(found[5]["faces"] == [] and [f["face_id"] for f in found[2]["faces"]] == [1, 2], "faces")
    must(all(set(f) == {"face_id", "box", "confidence", "points", "pose", "size", "sharpness", "occlusion", "quality", "label", "scores"} for d in found for f in d["faces"]), "keys of a face")
    must(found[1]["faces"][0]["label"] == "x --> <y> & z" and list(found[0]["faces"][0]["scores"])[0] == 'a,"b"', "names are kept")


def seconds(stamp):
    h, m, s = stamp.split(":")
    return 3600 * int(h) + 60 * int(m) + float(s)


def cues():
    """The blocks of a WebVTT file (W3C), held against its syntax."""
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    blocks = text.rstrip("\n").split("\n\n")
    must(blocks[0] == "WEBVTT" and text.endswith("\n") and "\n\n\n" not in text and "\r" not in text and "\0" not in text, "the head")
    stamp, percent = r"\d{2,}:[0-5]\d:[0-5]\d\.\d{3}", r"(?:100|\d?\d)(?:\.\d+)?%"
    found = []
    for block in blocks[1:]:
        first, *payload = block.split("\n")
        m = re.fullmatch(r"(%s) --> (%s) position:(%s) line:(%s)" % (stamp, stamp, percent, percent), first)
        must(m is not None and len(payload) == 1, "a cue: %r" % block)
        if not m:
            continue
        must("-->" not in payload[0] and "<" not in payload[0] and not re.search(r"&(?!amp;|lt;|gt;)", payload[0]), "a payload: %r" % payload)
        found.append((seconds(m[1]), seconds(m[2]), payload[0], float(m[3][:-1]), float(m[4][:-1])))
    must(all(a < b for a, b, *_ in found) and all(a[0] <= b[0] for a, b in zip(found, found[1:])), "cues last and come in order")
    return found


def vtt_of_a_film():
    last = {8: 1.2, 3: 0.3}[frames]
    want = [(0, 0.2, "face 1: happiness 85 %"), (0.2, 0.4, "face 1: happiness 90 %"), (0.2, 0.4, "face 2: anger 60 %"),
            (0.4, 0.5, "face 1: sadness 90 %"), (0.6, last, "face 1: sadness 90 %")]
    if frames == 3:
        want = [(a, min(b, last), text) for a, b, text in want if a < last]
    found = cues()
    must([c[:3] for c in found] == want, "the cues %r" % (found,))
    for c in found:
        x, y, w, h = BOX[int(c[2][5])]
        must(abs(c[3] - 100 * (x + w / 2) / 320) < 0.1 and abs(c[4] - 100 * (y + h) / 240) < 0.1, "the place of %r" % (c,))


def entries():
    """The entries of a SubRip file: a number from 1 on, times, lines of text, an empty line."""
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    must(text.endswith("\n\n") and "\n\n\n" not in text and "\r" not in text and "\0" not in text, "entries end with an empty line")
    stamp = r"\d{2,}:[0-5]\d:[0-5]\d,\d{3}"
    found = []
    for number, block in enumerate(text[:-2].split("\n\n"), 1):
        first, times, *payload = block.split("\n")
        m = re.fullmatch("(%s) --> (%s)" % (stamp, stamp), times)
        must(first == str(number) and m is not None and len(payload) > 0 and "" not in payload, "an entry: %r" % block)
        must(not re.search("-->|[<>{}]", "".join(payload)), "a payload: %r" % payload)
        if m:
            found.append((*(seconds(t.replace(",", ".")) for t in m.groups()), payload))
    must(all(a < b for a, b, _ in found) and all(a[1] <= b[0] for a, b in zip(found, found[1:])), "entries last and do not overlap")
    return found


def srt_of_a_film():
    last = {8: 1.2, 3: 0.3}[frames]
    want = [(0, 0.2, ["face 1: happiness 85 %"]), (0.2, 0.4, ["face 1: happiness 90 %", "face 2: anger 60 %"]),
            (0.4, 0.5, ["face 1: sadness 90 %"]), (0.6, last, ["face 1: sadness 90 %"])]
    found = entries()
    must(found == [(a, min(b, last), text) for a, b, text in want if a < last], "the entries %r" % (found,))


def srt_of_odd_names():
    must(any("face 1: x --) (y) & z 90 %" in e[2] for e in entries()), "brackets become round")


def vtt_of_odd_names():
    must(any(c[2] == "face 1: x --&gt; &lt;y&gt; &amp; z 90 %" for c in cues()), "the name is written so that it can be shown")


NS = {"e": "http://www.w3.org/2009/10/emotionml", "fer": "urn:libfer:face"}


def emotions():
    root = xml.etree.ElementTree.parse(path).getroot()
    must(root.tag == "{%s}emotionml" % NS["e"] and root.get("version") == "1.0", "the root")
    for kind, attribute in (("category", "category-set"), ("dimension", "dimension-set")):
        items = [i.get("name") for v in root.findall("e:vocabulary", NS) if "#" + v.get("id") == root.get(attribute) for i in v]
        used = {c.get("name") for c in root.findall("e:emotion/e:" + kind, NS)}
        must(used <= set(items) and all(re.fullmatch(r"[\w.:-]+", i) for i in items), "%s %r of %r" % (kind, used, items))
    values = [float(c.get("value")) for c in root.findall("e:emotion/*[@value]", NS)]
    must(values and all(0 <= v <= 1 for v in values), "values are 0 to 1")
    return root.findall("e:emotion", NS)


def emotionml_of_a_film():
    found = [(int(e.get("start")), int(e.get("end")), e.find("e:info/fer:face", NS).get("number"), e.find("e:category", NS).get("name"),
              float(e.find("e:category", NS).get("value"))) for e in emotions()]
    want = [(0, 400, "1", "happiness", 0.875), (200, 400, "2", "anger", 0.6), (400, 500, "1", "sadness", 0.9), (600, 1200, "1", "sadness", 0.9)]
    if frames == 3:
        want = [(0, 300, "1", "happiness", 0.8667), (200, 300, "2", "anger", 0.6)]
    must(sorted(found) == want, "the emotions %r" % (found,))
    first = emotions()[0]
    must({d.get("name"): float(d.get("value")) for d in first.findall("e:dimension", NS)} == {"valence": 0.25, "arousal": 0.625}, "dimensions")
    must(len(first.findall("e:category", NS)) == 8, "a category for every class")
    uri = sorted(e.find("e:reference", NS).get("uri") for e in emotions())[-1]
    must(re.fullmatch(r"a%20film%2C%20%221%22\.mp4#t=\d+\.\d{3},\d+\.\d{3}&xywh=40,50,60,75", uri) or "xywh=200,60,50,6" in uri, "the reference " + uri)


def emotionml_of_pictures():
    found = emotions()
    must(len(found) == sum(1 for _, f in expected_rows() if f) and all(e.get("start") is None for e in found), "an emotion a face")
    must(all(e.find("e:reference", NS).get("uri").startswith("one%20%26%20two.png#xywh=") for e in found), "references")


def turn(axis, angle):
    """A right-handed rotation about an axis, 0 to 2."""
    a, b = [i for i in range(3) if i != axis]
    m = [[float(i == k) for k in range(3)] for i in range(3)]
    sign = -1 if axis == 1 else 1
    m[a][a] = m[b][b] = math.cos(angle)
    m[b][a] = sign * math.sin(angle)
    m[a][b] = -m[b][a]
    return m


def product(m, n):
    return [[sum(m[i][j] * n[j][k] for j in range(3)) for k in range(3)] for i in range(3)]


def same_turn(xyz, tolerance):
    """Rx Ry Rz is the turn of QUALITY: the face looks down and to the right, and its head leans to the right."""
    theirs = product(product(turn(0, xyz[0]), turn(1, xyz[1])), turn(2, xyz[2]))
    yaw, pitch, roll = (math.radians(QUALITY[k]) for k in ("yaw", "pitch", "roll"))
    ours = product(product(turn(2, roll), turn(1, -yaw)), turn(0, -pitch))
    must(xyz[0] > 0 > xyz[1] and all(abs(a - b) < tolerance for p, q in zip(theirs, ours) for a, b in zip(p, q)), "pose %r" % xyz)


def openface():
    names, found = rows()
    must(names[:8] == "frame face_id timestamp confidence success pose_Rx pose_Ry pose_Rz".split() and names[-8:] == CLASSES, "the columns: %r" % names)
    for r, (t, face) in zip(found, expected_rows()):
        must(int(r["frame"]) == t + 1 and abs(float(r["timestamp"]) - film(t)[0]) < 1e-3, "frame of %r" % r)
        must(all(re.fullmatch(r"-?\d+(\.\d+)?", v) for v in r.values()), "numbers alone: %r" % r)
        must(r["success"] == str(int(bool(face and face[3]))), "success of %r" % r)
        if face:
            x, y = BOX[face[0]][:2]
            same_turn([float(r["pose_R" + axis]) for axis in "xyz"], 2e-3)
            must(int(r["face_id"]) == face[0] - 1 and near(r[face[1]], face[2]), "face of %r" % r)
            must((float(r["x_30"]), float(r["y_30"]), float(r["x_54"]), float(r["y_54"])) == (x + 2, y + 20, x + 4, y + 40), "points of %r" % r)


def pyfeat():
    names, found = rows()
    theirs = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    must(names == ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore", "Pitch", "Roll", "Yaw"] + theirs
         + ["contempt", "valence", "arousal", "Identity", "input", "frame", "approx_time"], "the columns: %r" % names)
    for r, (t, face) in zip(found, expected_rows()):
        must(int(r["frame"]) == t and r["input"] == 'a film, "1".mp4', "frame of %r" % r)
        if face is None:
            must(r["FaceRectX"] == r["FaceScore"] == r["Pitch"] == r["Yaw"] == r["anger"] == r["Identity"] == "", "no face: %r" % r)
            continue
        same_turn([math.radians(v) for v in (-float(r["Pitch"]), float(r["Yaw"]), float(r["Roll"]))], 5e-4)
        must(r["Identity"] == "Person_%d" % face[0] and near(r[face[1]], face[2]) and near(r["FaceRectHeight"], BOX[face[0]][3]), "face of %r" % r)


def pyfeat_without_their_classes():
    names, found = rows()
    must('a,"b"' in names and "anger" in names and all(r["anger"] == "" for r in found) and near(found[0]["happiness"], 0.2 / 7), "other classes")


def layout():
    """Labels and bars lie in the picture, on no other label or bars and on no other face; the largest face has a label."""
    width, height = 640, 480
    with open(path) as f:
        found = [[float(v) for v in line.split()] for line in f]
    boxes, parts = [tuple(r[:4]) for r in found], []
    for i, r in enumerate(found):
        parts += [(i, tuple(r[k:k + 4])) for k in (4, 8) if r[k + 2] > 0]
    hit = lambda a, b: a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
    for n, (i, r) in enumerate(parts):
        must(r[0] >= 0 and r[1] >= 0 and r[0] + r[2] <= width and r[1] + r[3] <= height, "inside: %r" % (r,))
        must(not any(hit(r, b) for k, b in enumerate(boxes) if k != i), "on another face: %r" % (r,))
        must(not any(hit(r, other) for _, other in parts[n + 1:]), "on another: %r" % (r,))
    must(len(found) == frames and found[0][6] > 0, "all faces, and a label for the largest")
    must(all(r[10] == 0 for r in found if r[3] < 40), "no bars next to small faces")


globals()[check]()
for problem in problems[:5]:
    print("%s: %s" % (check, problem), file=sys.stderr)
sys.exit(1 if problems else 0)
