"""Models: load, describe, predict, change, convert, evaluate, calibrate."""
import math
import os
import unittest

import libfer
from support import FACE, PHOTO, InFolder, array, data_set, needs_numpy, needs_pandas, needs_pil, numpy

CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")


class Models(InFolder):
    def small(self, **options):
        return libfer.Model.new("resnet-8", **{"input": 48, "channels": 1, **options})

    def test_info(self):
        model = libfer.Model.load()
        info = model.info
        self.assertEqual((info.name, info.height, info.width, info.channels), ("libfer-s", 48, 48, 1))
        self.assertEqual((info.classes, model.classes), (CLASSES, CLASSES))
        self.assertEqual(info.parameters, sum(math.prod(t.shape) for t in model.tensors if t.trained))
        self.assertTrue(0.3 < info.crop.eye_distance < 0.4 and not info.valence_arousal)
        self.assertIn("libfer-s", [m.name for m in libfer.models()])
        self.assertIn("libfer-s: 48 x 48 x 1, 8 classes", repr(model))

    def test_save_and_load(self):
        model = self.small(classes=["a", "b"], seed=3, valence_arousal=True)
        model.save(self.path("m.safetensors"), dtype="float16")
        again = libfer.Model.load(self.path("m.safetensors"))
        self.assertEqual(again.info, model.info)
        self.assertEqual(again.classes, ("a", "b"))
        self.assertEqual(libfer.Model.load(self.path("m.safetensors"), classes="x,y", mapped=True).classes, ("x", "y"))
        self.assertLess(os.path.getsize(self.path("m.safetensors")), 2.2 * model.info.parameters)

    def test_errors(self):
        with self.assertRaisesRegex(libfer.FileError, "nowhere.safetensors"):
            libfer.Model.load("nowhere.safetensors")
        self.assertEqual(libfer.Model.load("libfer-xs").info.name, "libfer-xs")
        with self.assertRaisesRegex(libfer.FileError, "nowhere"):
            libfer.Model.load("nowhere")
        with self.assertRaises(libfer.FormatError):
            libfer.Model.load(PHOTO, model="libfer-s")
        with self.assertRaisesRegex(libfer.ArgumentError, "resnet-x"):
            libfer.Model.new("resnet-x")
        self.small().save(self.path("m.safetensors"))
        with self.assertRaises(libfer.ShapeError):
            libfer.Model.load(self.path("m.safetensors"), model="libfer-s")
        lines = []
        libfer.Model.load(self.path("m.safetensors"), model="libfer-s", partial=True, on_report=lines.append)
        self.assertGreater(len(lines), 10)
        with self.assertRaisesRegex(ValueError, "dtype: 'int8' is not one of float32, float16"):
            self.small().save(self.path("n.safetensors"), dtype="int8")
        self.assertEqual(os.listdir(self.folder), ["m.safetensors"])

    def test_changed(self):
        model = self.small()
        self.assertEqual(model.changed(temperature=2.5).info.temperature, 2.5)
        self.assertEqual(model.info.temperature, 1)
        self.assertEqual(model.changed(classes=list("abcdefgh")).classes, tuple("abcdefgh"))
        with self.assertRaisesRegex(ValueError, "classes: 2 given, expected 8"):
            model.changed(classes=["a", "b"])
        with self.assertRaises(libfer.ShapeError):
            model.changed(average=libfer.Model.load())
        crop = libfer.Crop(0.5, 0.25, 1, 0, 0)
        self.assertEqual(model.changed(crop=crop).info.crop, crop)

    @needs_numpy
    def test_predict(self):
        model = libfer.Model.load()
        scores = model.predict([FACE, PHOTO, FACE])
        self.assertEqual((scores.shape, scores.dtype), ((3, 8), numpy.float32))
        self.assertTrue(numpy.allclose(scores.sum(1), 1, atol=1e-5))
        self.assertTrue((scores[0] == scores[2]).all())
        whole = libfer.analyze(FACE, faces="whole")[0]
        self.assertTrue(numpy.allclose(scores[0], list(whole.scores.values()), atol=1e-5))
        pictures = (numpy.arange(300 * 48 * 48) % 251).astype(numpy.uint8).reshape(300, 48, 48)
        many = model.predict(pictures)
        self.assertEqual(many.shape, (300, 8))
        self.assertTrue(numpy.allclose(many[[0, 255, 299]], model.predict(pictures[[0, 255, 299]], batch=2), atol=1e-4))
        self.assertEqual(model.predict(pictures[:0]).shape, (0, 8))
        self.assertTrue(numpy.allclose(model.predict(pictures[::2][:3, ::1, :, None]), many[:6:2], atol=1e-4))

    @needs_numpy
    def test_predict_valence_arousal(self):
        model = self.small(valence_arousal=True)
        scores, affect = model.predict([FACE] * 3, valence_arousal=True)
        self.assertEqual((scores.shape, affect.shape), ((3, 8), (3, 2)))
        self.assertTrue((abs(affect) <= 1).all())
        with self.assertRaises(libfer.UnsupportedError):
            self.small().predict([FACE], valence_arousal=True)

    @needs_numpy
    def test_run(self):
        model = libfer.Model.load()
        x = numpy.linspace(-1, 1, 3 * 48 * 48, dtype=numpy.float32).reshape(3, 1, 48, 48)
        logits = model.run(x)
        self.assertEqual(logits.shape, (3, 8))
        self.assertTrue(numpy.allclose(model.run(numpy.flip(numpy.flip(x, 3).copy(), 3)), logits, atol=1e-4))
        with self.assertRaisesRegex(TypeError, "dtype float64, expected a NumPy array of float32"):
            model.run(x.astype(float))
        with self.assertRaisesRegex(ValueError, "tensors: shape"):
            model.run(x[:, :, :40])

    @needs_pil
    def test_refusals_of_predict(self):
        model = libfer.Model.load()
        with self.assertRaisesRegex(ValueError, r"picture\[None\]"):
            model.predict(array())
        with self.assertRaisesRegex(TypeError, r"pictures\[1\]: picture: an array of type '<f4'"):
            model.predict([array(), array().astype("f4")])
        with self.assertRaisesRegex(TypeError, "one picture; pass a sequence"):
            model.predict(FACE)
        with self.assertRaisesRegex(libfer.FileError, "nowhere.png"):
            model.predict([FACE, "nowhere.png"])
        with self.assertRaisesRegex(ValueError, "batch: 0 must be"):
            model.predict([FACE], batch=0)
        with self.assertRaisesRegex(ValueError, "threads: -1 must be"):
            model.predict([FACE], threads=-1)
        with self.assertRaises(libfer.Error):
            model.predict([FACE], isa="none")

    def test_pipeline_options(self):
        path = self.path("m.safetensors")
        self.small(classes=list("ab")).save(path)
        with libfer.Pipeline(path, threads=1, rotate=0, smallest=60) as pipeline:
            faces = pipeline.analyze(PHOTO)
            self.assertEqual(list(faces[0].scores), ["a", "b"])
        with self.assertRaisesRegex(ValueError, "the pipeline is closed"):
            pipeline.analyze(PHOTO)
        with self.assertRaisesRegex(ValueError, "rotate: '45' is not one of 0, 90, 180, 270, auto"):
            libfer.Pipeline(rotate=45)
        with self.assertRaises(libfer.FileError):
            libfer.Pipeline(detector="nowhere.safetensors")
        self.assertEqual(len(libfer.Pipeline(rotate=0, threshold=0.99999).analyze(PHOTO, faces="all")), 0)

    def test_convert(self):
        self.small(seed=1).save(self.path("a.safetensors"))
        self.small(seed=2).save(self.path("b.safetensors"))
        info = libfer.convert(self.path("a.safetensors"), self.path("c.safetensors"), provenance="a test",
                              average=self.path("b.safetensors"), share=0.25, dtype="float16")
        self.assertEqual((info.name, info.provenance), ("resnet-8", "a test"))
        self.assertEqual(libfer.Model.load(self.path("c.safetensors")).info, info)


class Measuring(InFolder):
    def setUp(self):
        super().setUp()
        self.data = data_set(self.path("data"))
        self.model = libfer.Model.new("resnet-8", classes=["anger", "happiness", "neutral"])

    def test_evaluate(self):
        images, progress = [], []
        e = libfer.evaluate(self.model, self.data, bootstrap=20, on_image=images.append, on_progress=progress.append)
        self.assertEqual((e.images, e.skipped, len(images)), (12, 0, 12))
        self.assertEqual([sum(row) for row in e.confusion], [4, 4, 4])
        self.assertAlmostEqual(e.accuracy, sum(i.label == i.answer for i in images) / 12)
        self.assertEqual([c.support for c in e.per_class], [4, 4, 4])
        self.assertEqual((len(e.bins), sum(b.images for b in e.bins)), (15, 12))
        self.assertLessEqual(e.intervals.accuracy[0], e.accuracy)
        self.assertEqual(list(e.intervals.recall), ["anger", "happiness", "neutral"])
        self.assertEqual((e.valence, e.arousal, len(e.selective), len(e.by_quality)), (None, None, 3, 3))
        self.assertTrue(0 <= e.aurc <= 1)
        self.assertEqual((progress[-1].done, progress[-1].total), (12, 12))
        self.assertIsNone(libfer.evaluate(self.model, self.data).intervals)

    def test_parts_of_the_data(self):
        e = libfer.evaluate(self.model, self.data, classes=["anger", "neutral"])
        self.assertEqual(e.images, 8)
        e = libfer.evaluate(self.model, self.data, merge=["anger=neutral", "happiness=neutral"])
        self.assertEqual(e.confusion[2][0] + e.confusion[2][1] + e.confusion[2][2], 12)
        with self.assertRaisesRegex(TypeError, r"evaluate\(\): there is no option 'clases'; did you mean 'classes'\?"):
            libfer.evaluate(self.model, self.data, clases=["anger"])
        with self.assertRaisesRegex(libfer.ArgumentError, "test"):
            libfer.evaluate(self.model, self.data, split="best")
        self.assertIn("skip_bad", [o.name for o in libfer.data_options()])

    def test_errors(self):
        with self.assertRaisesRegex(libfer.FileError, "nowhere"):
            libfer.evaluate(self.model, "nowhere")
        with open(self.path("data", "neutral", "zz.png"), "w") as f:
            f.write("broken")
        with self.assertRaisesRegex(libfer.FormatError, "zz.png"):
            libfer.evaluate(self.model, self.data)
        self.assertEqual(libfer.evaluate(self.model, self.data, skip_bad=True).skipped, 1)

    def test_callbacks_stop(self):
        with self.assertRaises(libfer.Stopped):
            libfer.evaluate(self.model, self.data, batch=2, on_progress=lambda p: False)

        def fail(image):
            raise KeyError(image.file)
        with self.assertRaisesRegex(KeyError, "png"):
            libfer.evaluate(self.model, self.data, batch=2, on_image=fail)

    @needs_pandas
    def test_dataframe(self):
        table = libfer.evaluate(self.model, self.data).to_dataframe()
        self.assertEqual(list(table["support"]), [4, 4, 4])

    def test_calibrate(self):
        c = libfer.calibrate(self.model, self.data, out=self.path("c.safetensors"))
        self.assertEqual(c.images, 12)
        self.assertLessEqual(c.loss, c.loss_before)
        self.assertAlmostEqual(c.model.info.temperature, c.temperature)
        self.assertAlmostEqual(libfer.Model.load(self.path("c.safetensors")).info.temperature, c.temperature)

    def test_calibrate_by_quality(self):
        run = libfer.train(model="resnet-8", input=48, channels=1, epochs=20, batch=4, threads=1, seed=7, randaugment=(0, 0),
                           data=self.data, out=self.path("run"))  # random weights may be worse than none
        model = run.load("final")
        c = libfer.calibrate_by_quality(model, self.data, out=self.path("c.safetensors"))
        self.assertEqual((c.images, c.doubt_before, model.info.doubt), (12, 0, 0))
        self.assertEqual(sorted(c.ece), sorted(c.ece_before))
        for info in (c.model.info, libfer.Model.load(self.path("c.safetensors")).info):
            self.assertAlmostEqual(info.temperature, c.temperature)
            self.assertAlmostEqual(info.doubt, c.doubt)
        self.assertEqual(c.model.changed(temperature=2).info.doubt, 0)

    def test_adjust_logits(self):
        self.assertEqual(libfer.adjust_logits(self.model, self.data, 0.5).classes, self.model.classes)


if __name__ == "__main__":
    unittest.main()
