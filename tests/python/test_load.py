"""Many calls, many threads, processes that fork."""
import os
import sys
import threading
import time
import unittest

import libfer
from support import FACE, PHOTO, array, needs_pil, numpy, png, python, read, InFolder

CALLS = int(os.environ.get("FER_PYTHON_CALLS", "2000"))


def resident():
    """Bytes of memory of this process."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@unittest.skipUnless(os.path.exists("/proc/self/statm"), "needs /proc")
class Leaks(InFolder):
    """Each call takes another way through the package. A leak of 100 bytes a call would be seen in 10^5 of them."""

    def check(self, *calls):
        for call in calls * 20:
            call()
        before = resident()
        for i in range(CALLS):
            calls[i % len(calls)]()
        self.assertLess(resident() - before, 4e6 + 50 * CALLS)

    @staticmethod
    def fails(function, *arguments, **options):
        def call():
            try:
                function(*arguments, **options)
            except (ValueError, TypeError, OSError):
                return
            raise AssertionError("no error")
        return call

    def test_pictures(self):
        model = libfer.Model.new("resnet-8", input=16, channels=1)
        pipeline = libfer.Pipeline(model, threads=1, rotate=0, smallest=40)
        path = self.path("small.png")
        png(path, 40, 40, 3, 5)
        data = read(path)
        calls = [lambda: pipeline.analyze(path, faces="all"), lambda: pipeline.analyze(data, faces="whole").to_dicts(),
                 self.fails(pipeline.analyze, data[:-30]), self.fails(pipeline.analyze, "nowhere.png"),
                 self.fails(pipeline.analyze, None), lambda: pipeline.analyze(path, faces="whole")]
        if numpy is not None:
            a = numpy.zeros((40, 40, 3), numpy.uint8)
            calls += [lambda: pipeline.analyze(a, faces="whole"), lambda: pipeline.analyze(a[::-1], faces="whole"),
                      self.fails(pipeline.analyze, a.astype(float))]
        self.check(*calls)

    def test_objects(self):
        global CALLS
        model = libfer.Model.new("resnet-8", input=16, channels=1)
        path = self.path("m.safetensors")
        model.save(path)
        pipeline = libfer.Pipeline(model, threads=1)
        every, CALLS = CALLS, CALLS // 10
        try:
            self.check(lambda: libfer.Model.load(path), self.fails(libfer.Model.load, FACE, model="resnet-8"),
                       lambda: model.changed(temperature=2), lambda: pipeline.tracker(), lambda: model.info,
                       libfer.train_options,
                       self.fails(libfer.evaluate, model, "nowhere", classes=["a"], merge=["a=b"]))
        finally:
            CALLS = every


class Threads(unittest.TestCase):
    def test_one_pipeline_for_all(self):
        expected = libfer.analyze(PHOTO)
        errors = []

        def work():
            for _ in range(3):
                if libfer.analyze(PHOTO) != expected:
                    errors.append("another result")
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(errors, [])

    @needs_pil
    def test_others_run_while_the_library_computes(self):
        pipeline, a = libfer.Pipeline(threads=1, rotate=0), array()
        done = threading.Event()

        def work():
            for _ in range(5):
                pipeline.analyze(a, faces="all")
            done.set()
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1000)  # without the library's help no other thread would run
        try:
            thread = threading.Thread(target=work)
            thread.start()
            turns = 0
            while not done.is_set() and turns < 10**6:
                turns += 1
                time.sleep(0.0005)
            thread.join()
        finally:
            sys.setswitchinterval(interval)
        self.assertGreater(turns, 5)

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_child_goes_on(self):
        done = python("import os, sys, libfer\nlabel = libfer.analyze(sys.argv[1])[0].label\n"
                      "pid = os.fork()\n"
                      "if pid == 0: os._exit(0 if libfer.analyze(sys.argv[1])[0].label == label else 3)\n"
                      "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), label)", PHOTO)
        self.assertEqual(done.stdout, "0 happiness\n", done.stderr)

    def test_a_process_ends_while_a_thread_computes(self):
        done = python("import sys, threading, time, libfer\n"
                      "def work():\n while True: libfer.analyze(sys.argv[1])\n"
                      "threading.Thread(target=work, daemon=True).start()\ntime.sleep(0.3)\nprint('end')", PHOTO)
        self.assertEqual((done.returncode, done.stdout), (0, "end\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()
