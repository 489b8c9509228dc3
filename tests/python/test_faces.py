"""Lists of faces, tables, drawings, DeepFace's shape."""
import base64
import copy
import csv
import pickle
import subprocess
import sys
import types
import unittest
from unittest import mock
from xml.etree import ElementTree

import libfer
from libfer import deepface
from support import FACE, FER, PHOTO, InFolder, array, needs_fer, needs_pandas, needs_pil, numpy, png, read


def same(test, ours, theirs):
    """A row of ours against one of a CSV file of the command, which rounds."""
    for column, text in theirs.items():
        value = ours[column]
        if text == "" or isinstance(value, str):
            test.assertEqual(value if value is not None else "", text, column)
        else:
            test.assertAlmostEqual(float(value), float(text), delta=0.006, msg=column)


class Lists(InFolder):
    def test_dicts_are_rows_of_the_table(self):
        faces = libfer.analyze(PHOTO)
        row, = faces.to_dicts()
        self.assertEqual(list(row), faces.columns())
        self.assertEqual((row["file"], row["label"], row["face_id"], row["success"], row["whole"]),
                         (PHOTO, "happiness", 1, 1, 0))

    @needs_fer
    def test_the_table_is_that_of_the_command(self):
        png(self.path("none.png"), 200, 150, 3, 0)
        files = [PHOTO, FACE, self.path("none.png")]
        text = subprocess.run([FER, "predict", "--format", "csv", *files], check=True, stdout=subprocess.PIPE,
                              text=True)
        table = list(csv.DictReader(text.stdout.splitlines()))
        rows = [row for f in files for row in libfer.analyze(f).to_dicts()]
        self.assertEqual(len(rows), len(table))
        for ours, theirs in zip(rows, table):
            self.assertEqual(list(ours), list(theirs))
            same(self, ours, theirs)

    @needs_pandas
    def test_dataframe(self):
        table = libfer.to_dataframe([libfer.analyze(PHOTO), libfer.analyze(FACE)])
        self.assertEqual(list(table.columns), libfer.analyze(PHOTO).columns())
        self.assertEqual(list(table["file"]), [PHOTO, FACE])
        self.assertEqual(table["happiness"].dtype, float)
        self.assertEqual(len(libfer.to_dataframe([])), 0)

    def test_what_pandas_is_given(self):
        made = mock.Mock()
        with mock.patch.dict(sys.modules, pandas=types.SimpleNamespace(DataFrame=made)):
            faces = libfer.analyze(PHOTO)
            self.assertIs(faces.to_dataframe(), made.return_value)
        made.assert_called_once_with(faces.to_dicts(), columns=faces.columns())

    def test_copies(self):
        faces = libfer.analyze(PHOTO)
        for other in copy.copy(faces), copy.deepcopy(faces), pickle.loads(pickle.dumps(faces)):
            self.assertEqual(other, faces)
            self.assertEqual((other.width, other.file, other.to_dicts()), (512, PHOTO, faces.to_dicts()))
        self.assertEqual(repr(faces), "[<libfer.Face happiness 100 % at 178,56 93 x 120>]")

    def drawing(self, faces):
        text = faces._repr_html_()
        root = ElementTree.fromstring(text)
        return root, [e.tag.split("}")[-1] for e in root.iter()], text

    def test_drawing(self):
        root, tags, text = self.drawing(libfer.analyze(PHOTO))
        self.assertIn("image", tags)
        self.assertIn("happiness 100 %", text)
        jpeg = base64.b64decode(text.partition("base64,")[2].partition('"')[0])
        drawn = libfer.analyze(jpeg)
        self.assertEqual([f.label for f in drawn], ["happiness"])
        self.assertEqual(self.drawing(libfer.FaceList(width=9, height=9))[1][-1], "p")

    @needs_pil
    def test_a_drawing_of_an_array_keeps_nothing_alive(self):
        pixels = numpy.ascontiguousarray(array()[:, :, ::-1])
        faces = libfer.analyze(pixels, order="bgr")
        self.assertIn("image", self.drawing(faces)[1])
        del pixels
        self.assertNotIn("image", self.drawing(faces)[1])

    @needs_pil
    def test_a_large_drawing_is_reduced(self):
        big = numpy.zeros((1500, 3000, 3), numpy.uint8)
        text = self.drawing(libfer.analyze(big, faces="whole"))[2]
        small = libfer.analyze(base64.b64decode(text.partition("base64,")[2].partition('"')[0]), faces="whole")
        self.assertEqual((small.width, small.height), (750, 375))

    def test_class_names_are_escaped(self):
        face = libfer.analyze(PHOTO)[0]._replace(label="<b>", scores={"<b>": 1.0}, smoothed={"<b>": 1.0})
        self.drawing(libfer.FaceList([face], width=512, height=512, classes=["<b>"]))


class DeepFace(InFolder):
    def test_shape(self):
        answer, = deepface.analyze(PHOTO, actions=["emotion"])
        self.assertEqual(sorted(answer), ["dominant_emotion", "emotion", "face_confidence", "region"])
        self.assertEqual(sorted(answer["emotion"]), ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"])
        self.assertAlmostEqual(sum(answer["emotion"].values()), 100, 3)
        self.assertEqual(answer["dominant_emotion"], "happy")
        region = answer["region"]
        self.assertEqual([region[k] for k in "xywh"], [178, 56, 92, 120])
        self.assertGreater(region["left_eye"][0], region["right_eye"][0])
        self.assertTrue(0.5 < answer["face_confidence"] <= 1)

    def test_inputs(self):
        text = "data:image/jpeg;base64," + base64.b64encode(read(PHOTO)).decode()
        one = deepface.analyze(PHOTO)
        self.assertEqual(deepface.analyze(text), one)
        self.assertEqual(deepface.analyze([PHOTO, text]), [one, one])
        if numpy is not None:
            try:
                bgr = array()[:, :, ::-1]
            except AttributeError:
                return
            self.assertEqual(deepface.analyze(bgr), one)

    def test_no_face(self):
        png(self.path("none.png"), 200, 150, 3, 0)
        with self.assertRaisesRegex(ValueError, "Face could not be detected in .*none.png"):
            deepface.analyze(self.path("none.png"))
        answer, = deepface.analyze(self.path("none.png"), enforce_detection=False)
        region = answer["region"]
        self.assertEqual((answer["face_confidence"], region["w"], region["left_eye"]), (0, 200, None))

    def test_refusals(self):
        with self.assertRaises(NotImplementedError):
            deepface.analyze(PHOTO, actions=["emotion", "age"])
        with self.assertRaises(ValueError):
            deepface.analyze(PHOTO, actions="mood")
        with self.assertRaises(NotImplementedError):
            deepface.analyze(PHOTO, anti_spoofing=True)


if __name__ == "__main__":
    unittest.main()
