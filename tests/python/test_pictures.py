"""What analyze() takes, and what it refuses."""
import os
import pathlib
import unittest

import libfer
from libfer._picture import open_picture
from support import FACE, PHOTO, Image, InFolder, array, needs_numpy, needs_pil, numpy, png, read


class Files(InFolder):
    def test_path_and_bytes_give_the_same(self):
        one = libfer.analyze(PHOTO)
        self.assertEqual([f.label for f in one], ["happiness"])
        self.assertEqual((one.width, one.height, one.whole, one.file), (512, 512, False, PHOTO))
        for other in pathlib.Path(PHOTO), os.fsencode(PHOTO).decode(), read(PHOTO), bytearray(read(PHOTO)), \
                memoryview(read(PHOTO)):
            self.assertEqual(libfer.analyze(other), one)
        self.assertIsNone(libfer.analyze(read(PHOTO)).file)

    def test_a_face(self):
        face = libfer.analyze(PHOTO)[0]
        self.assertTrue(150 < face.box.x < 200 and 80 < face.box.width < 120)
        self.assertTrue(face.box.x < face.landmarks.left_eye.x < face.landmarks.nose.x < face.landmarks.right_eye.x)
        self.assertAlmostEqual(sum(face.scores.values()), 1, 5)
        self.assertEqual(max(face.scores, key=face.scores.get), face.label)
        self.assertTrue(0.5 < face.confidence <= 1 and face.seen and face.id == 0 and face.turned == 0)
        self.assertEqual((face.valence, face.arousal), (None, None))

    def test_which_faces(self):
        whole = libfer.analyze(FACE, faces="whole")
        self.assertTrue(whole.whole)
        self.assertIsNone(whole[0].landmarks)
        self.assertEqual(whole[0].box[2:], (whole.width, whole.height))
        self.assertEqual(len(libfer.analyze(PHOTO, faces="largest")), 1)
        with self.assertRaisesRegex(ValueError, "faces: 'some' is not one of auto, all, largest, whole"):
            libfer.analyze(PHOTO, faces="some")

    def test_no_face(self):
        png(self.path("none.png"), 200, 150, 3, 0)
        self.assertEqual(list(libfer.analyze(self.path("none.png"), faces="all")), [])

    def test_errors_of_files(self):
        with self.assertRaisesRegex(libfer.FileError, "nowhere.jpg.*No such file"):
            libfer.analyze("nowhere.jpg")
        with self.assertRaises(OSError):
            libfer.analyze("nowhere.jpg")
        with open(self.path("cut.jpg"), "wb") as f:
            f.write(read(PHOTO)[:3000])
        for bad in self.path("cut.jpg"), b"", b"this is no picture":
            with self.assertRaises(libfer.FormatError):
                libfer.analyze(bad)
        with self.assertRaisesRegex(libfer.FormatError, "512 x 512"):
            libfer.analyze(PHOTO, max_pixels=1000)
        with self.assertRaisesRegex(ValueError, "max_pixels: -1"):
            libfer.analyze(PHOTO, max_pixels=-1)
        with self.assertRaisesRegex(ValueError, "null byte"):
            libfer.analyze("a\0b.jpg")

    def test_a_name_that_is_not_utf8(self):
        name = os.path.join(os.fsencode(self.folder), b"caf\xe9.png")
        with open(name, "wb") as f:
            f.write(read(FACE))
        self.assertEqual(os.fsencode(libfer.analyze(os.fsdecode(name)).file), name)

    def test_types(self):
        for bad in None, 5, [PHOTO], object():
            with self.assertRaisesRegex(TypeError, "expected a path, the bytes of a picture file, a NumPy array or"):
                libfer.analyze(bad)


@needs_pil
class Arrays(unittest.TestCase):
    """Arrays in every layout; copied only where the library could not read them."""

    @classmethod
    def setUpClass(cls):
        cls.rgb = array()
        cls.one = libfer.analyze(cls.rgb)

    def copied(self, a, order="rgb"):
        with open_picture(a, order) as p:
            low, high = numpy.lib.array_utils.byte_bounds(a) if hasattr(numpy.lib, "array_utils") else \
                numpy.byte_bounds(a)
            return not low <= p.view.planes[0] < high

    def check(self, a, copied, order="rgb", exact=True):
        self.assertEqual(self.copied(a, order), copied)
        faces = libfer.analyze(a, order=order)
        self.assertEqual([f.label for f in faces], ["happiness"])
        if exact:
            self.assertEqual(faces, self.one)

    def test_contiguous(self):
        self.check(self.rgb, False)
        self.assertIsNone(self.one.file)

    def test_other_channels(self):
        grey = numpy.array(Image.open(PHOTO).convert("L"))
        rgba = numpy.dstack([self.rgb, numpy.full((512, 512), 7, numpy.uint8)])
        self.check(grey, False, exact=False)
        self.check(grey[:, :, None], False, exact=False)
        self.assertEqual(libfer.analyze(grey), libfer.analyze(grey[:, :, None]))
        self.check(rgba, False)
        self.check(rgba[:, :, [2, 1, 0, 3]].copy(), False, "bgr")

    def test_bgr_as_opencv_has_it(self):
        bgr = numpy.ascontiguousarray(self.rgb[:, :, ::-1])
        self.check(bgr, False, "bgr")
        self.check(bgr[:, :, ::-1], False)
        self.check(self.rgb[:, :, ::-1], False, "bgr")
        with self.assertRaisesRegex(ValueError, "order: 'gbr' is not one of rgb, bgr"):
            libfer.analyze(bgr, order="gbr")

    def test_parts_of_an_array(self):
        big = numpy.zeros((700, 800, 3), numpy.uint8)
        big[100:612, 50:562] = self.rgb
        self.check(big[100:612, 50:562], False)

    def test_not_contiguous(self):
        wide = numpy.zeros((512, 1024, 3), numpy.uint8)
        wide[:, ::2] = self.rgb
        self.check(wide[:, ::2], True)
        self.check(numpy.asfortranarray(self.rgb), True)
        self.check(numpy.flipud(numpy.flipud(self.rgb).copy()), True)
        self.check(numpy.fliplr(numpy.fliplr(self.rgb).copy()), True)
        self.check(numpy.moveaxis(numpy.moveaxis(self.rgb, 2, 0).copy(), 0, 2), True)
        rgba = numpy.dstack([self.rgb, self.rgb[:, :, :1]])
        self.check(rgba[:, :, :3], True)
        self.check(numpy.broadcast_to(self.rgb[None], (1, 512, 512, 3))[0], False)
        self.assertTrue(self.copied(numpy.broadcast_to(self.rgb[:1], (512, 512, 3))))

    def test_read_only(self):
        still = self.rgb.copy()
        still.flags.writeable = False
        self.check(still, False)

    def test_wrong_types(self):
        for kind in "f4", "f8", "i1", "u2", "i8", "?", "c8", "U3", "O":
            with self.assertRaisesRegex(TypeError, "picture: an array of type .*, expected uint8"):
                libfer.analyze(numpy.zeros((64, 64, 3), kind))

    def test_wrong_shapes(self):
        for shape in (), (64,), (64, 64, 2), (64, 64, 5), (1, 64, 64, 3), (64, 64, 0):
            with self.assertRaisesRegex(ValueError, "picture: an array of shape .*, expected .height..width."):
                libfer.analyze(numpy.zeros(shape, numpy.uint8))
        for shape in (0, 64, 3), (64, 0, 3), (0, 0):
            with self.assertRaisesRegex(ValueError, "has no pixels"):
                libfer.analyze(numpy.zeros(shape, numpy.uint8))
        with self.assertRaisesRegex(ValueError, "channels first; use picture.transpose"):
            libfer.analyze(numpy.zeros((3, 64, 64), numpy.uint8))

    def test_small_shapes(self):
        for shape in (1, 1), (1, 1, 3), (1, 9, 3), (9, 1, 3), (9, 1), (2, 3, 4):
            libfer.analyze(numpy.zeros(shape, numpy.uint8), faces="whole")
            part = numpy.zeros((20, 20, 4), numpy.uint8)[3:3 + shape[0], 4:4 + shape[1], :1]
            libfer.analyze(part, faces="whole")

    def test_pil(self):
        image = Image.open(PHOTO)
        self.assertEqual(libfer.analyze(image), self.one)
        for mode in "L", "RGBA", "P", "CMYK", "1", "LA", "YCbCr":
            self.assertEqual(len(libfer.analyze(image.convert(mode), faces="whole")), 1)
        with self.assertRaisesRegex(TypeError, "mode 'F' has no 8-bit samples"):
            libfer.analyze(image.convert("F"))

    def test_the_array_may_change_afterwards(self):
        a = self.rgb.copy()
        faces = libfer.analyze(a)
        a[:] = 0
        self.assertEqual(faces, self.one)


class Others(unittest.TestCase):
    @needs_numpy
    def test_a_tensor_gets_a_hint(self):
        class Tensor:
            def numpy(self):
                return None
        with self.assertRaisesRegex(TypeError, r"convert it with .numpy\(\)"):
            libfer.analyze(Tensor())
