"""Films: frames, tables, trackers. The film is a face that moves over a plain ground."""
import csv
import gc
import os
import subprocess
import unittest
import warnings

import libfer
from support import (FACE, FER, InFolder, array, needs_ffmpeg, needs_fer, needs_numpy, needs_pandas, needs_pil, numpy,
                     read)
from test_faces import same


@needs_ffmpeg
class Films(InFolder):
    def setUp(self):
        super().setUp()
        self.film = self.make("film.mkv")

    def make(self, name, *options):
        path = self.path(name)
        subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i",
                        "color=0x708090:size=320x240:rate=10:duration=1", "-i", FACE, "-filter_complex",
                        "[0][1]overlay=x=20+30*t:y=40", "-c:v", "mpeg4", *options, path], check=True)
        return path

    def video(self, *arguments, **options):
        try:
            return libfer.video(*arguments, **options)
        except libfer.UnsupportedError as e:
            raise unittest.SkipTest(str(e)) from None

    def test_frames(self):
        frames = list(self.video(self.film))
        self.assertEqual([f.index for f in frames], list(range(10)))
        self.assertEqual([round(f.seconds, 3) for f in frames], [i / 10 for i in range(10)])
        for frame in frames:
            face = frame.faces[0]
            self.assertEqual((face.id, face.label, face.seen), (1, "happiness", True))
            self.assertEqual((frame.faces.width, frame.faces.height, frame.faces.frame), (320, 240, frame.index))
        self.assertGreater(frames[9].faces[0].box.x, frames[0].faces[0].box.x + 20)
        self.assertNotEqual(frames[9].faces[0].smoothed, frames[9].faces[0].scores)
        self.assertIn("frame 9 at 0.900 s", repr(frames[9]).lower())

    def test_info(self):
        with self.video(self.film) as film:
            info = film.info
            self.assertEqual((info.width, info.height, info.rate, info.codec), (320, 240, 10, "mpeg4"))
        for broken in lambda: film.info, lambda: next(film):
            with self.assertRaisesRegex(ValueError, "film.mkv: the video is closed"):
                broken()

    @needs_fer
    def test_the_table_is_that_of_the_command(self):
        part = dict(start=0.25, every=2, smooth=0), ["--start=0.25", "--every=2", "--smooth=0"]
        for ours, theirs in (({}, []), part):
            text = subprocess.run([FER, "video", "--quiet", "--csv", "-", *theirs, self.film], check=True,
                                  stdout=subprocess.PIPE, text=True).stdout
            rows, table = self.video(self.film, **ours).to_dicts(), list(csv.DictReader(text.splitlines()))
            self.assertEqual(len(rows), len(table))
            for row, line in zip(rows, table):
                self.assertEqual([k for k in row if k != "file"], [k for k in line if k != "file"])
                same(self, row, line)

    @needs_pandas
    def test_dataframe(self):
        table = self.video(self.film).to_dataframe()
        self.assertEqual(list(table["frame"].unique()), list(range(10)))
        self.assertEqual(set(table["file"]), {self.film})
        self.assertTrue(0.5 < table["happiness_smoothed"].mean() <= 1)

    @needs_numpy
    def test_pixels(self):
        film = self.video(self.film)
        frame = next(film)
        pixels = frame.pixels()
        self.assertEqual((pixels.shape, pixels.dtype), ((240, 320, 3), numpy.uint8))
        self.assertTrue((abs(pixels[230, 310].astype(int) - [0x70, 0x80, 0x90]) < 12).all())
        next(film)
        with self.assertRaisesRegex(ValueError, "the pixels of frame 0 are gone"):
            frame.pixels()

    def test_errors(self):
        with self.assertRaisesRegex(libfer.FileError, "nowhere.mp4"):
            self.video("nowhere.mp4")
        with self.assertRaises(libfer.FormatError):
            self.video(os.path.abspath(__file__))
        with self.assertRaisesRegex(ValueError, "every: 0 must be"):
            self.video(self.film, every=0)
        with self.assertRaises(libfer.FormatError):
            list(self.video(self.film, max_pixels=1000))

    def test_a_film_that_is_cut_off(self):
        data = read(self.film)
        with open(self.film, "wb") as f:
            f.write(data[:len(data) * 2 // 3])
        quick = libfer.Pipeline(rotate=0, smallest=40)
        film = self.video(self.film, pipeline=quick)
        frames = []
        with self.assertRaisesRegex(libfer.FormatError, "film.mkv"):
            for frame in film:
                frames.append(frame)
        self.assertTrue(0 < len(frames) < 10)
        with self.assertRaises(libfer.FormatError):
            self.video(self.film, pipeline=quick).to_dicts()
        with self.assertWarnsRegex(RuntimeWarning, "film.mkv"):
            rows = self.video(self.film, pipeline=quick).to_dicts(damaged="warn")
        self.assertEqual(len({r["frame"] for r in rows}), len(frames))

    def test_a_shared_pipeline(self):
        pipeline = libfer.Pipeline(threads=1, rotate=0)
        a, b = self.video(self.film, pipeline=pipeline), self.video(self.film, pipeline=pipeline)
        for x, y in zip(a, b):
            self.assertEqual(x.faces, y.faces)

    def test_closing_early(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(3):
                next(self.video(self.film, format="matroska"))  # with a callback
                gc.collect()


class Trackers(unittest.TestCase):
    @needs_pil
    def test_a_tracker(self):
        a = array()
        with libfer.Pipeline(rotate=0).tracker(smooth=0.2, detect_every=2) as tracker:
            first, second = tracker.next(a, 0.0), tracker.next(a[:, :, ::-1], 0.04, order="bgr")
            self.assertEqual([f.id for f in first], [f.id for f in second])
            self.assertEqual((second.frame, second.seconds), (1, 0.04))
            with self.assertRaisesRegex(libfer.ArgumentError, "0.01"):
                tracker.next(a, 0.01)
            self.assertEqual(tracker.next(a, 0.08).frame, 2)
        with self.assertRaisesRegex(ValueError, "the tracker is closed"):
            tracker.next(a, 0.12)

    @needs_pil
    def test_in_whatever_order_things_go(self):
        a = array()
        pipeline = libfer.Pipeline(rotate=0)
        tracker = libfer.Tracker(pipeline)
        pipeline.close()
        tracker.next(a, 0.0)  # the tracker still needs it
        tracker.circle, pipeline.circle = pipeline, tracker
        del tracker, pipeline
        gc.collect()


if __name__ == "__main__":
    unittest.main()
