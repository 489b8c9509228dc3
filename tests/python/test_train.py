"""Training: options, callbacks, interruption, resuming."""
import os
import signal
import subprocess
import sys
import unittest

import libfer
from support import InFolder, data_set, read

SMALL = dict(model="resnet-8", input=48, channels=1, epochs=2, batch=4, threads=1, seed=7, randaugment=(0, 0))

INTERRUPTED = """
import signal, sys, libfer
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have ignored it for us
def progress(p):
    if p.epoch == 1: print("now", flush=True)
try:
    libfer.train(model="resnet-8", input=48, channels=1, epochs=1000, batch=4, threads=1, seed=7, randaugment="0,0",
                 schedule="constant", data=sys.argv[1], out=sys.argv[2], on_progress=progress)
except KeyboardInterrupt:
    print("interrupted")
"""


class Training(InFolder):
    def setUp(self):
        super().setUp()
        self.data = data_set(self.path("data"))

    def train(self, out, **options):
        return libfer.train(**{**SMALL, "data": self.data, "out": self.path(out), **options})

    def test_a_run(self):
        epochs, progress, notes = [], [], []
        run = self.train("run", val=self.data, on_epoch=epochs.append, on_progress=progress.append,
                         on_note=notes.append)
        self.assertEqual(run.epochs, epochs)
        self.assertEqual([e.epoch for e in epochs], [0, 1])
        self.assertTrue(0 <= epochs[0].val_accuracy <= 1 and epochs[0].val_ccc_valence is None)
        self.assertEqual((progress[-1].epoch, progress[-1].epochs, progress[-1].images), (1, 2, 12))
        self.assertEqual(sorted(run.load("final").classes), ["anger", "happiness", "neutral"])
        self.assertEqual(run.load().info.name, "resnet-8")
        self.assertIsNone(self.train("other").epochs[0].val_accuracy)

    def test_options(self):
        for bad, kind, sentence in (({"lr": 1000}, libfer.ArgumentError, "lr"),
                                    ({"epochs": "many"}, libfer.ArgumentError, "epochs"),
                                    ({"schedule": "linear"}, libfer.ArgumentError, "cosine"),
                                    ({"learning_rate": 1}, TypeError, r"train\(\): there is no option 'learning_rate'"),
                                    ({"epoch": 1}, TypeError, "did you mean 'epochs'"),
                                    ({"data": None}, TypeError, "data must be given"),
                                    ({"model": "x\0y"}, ValueError, "null byte"),
                                    ({"data": "nowhere"}, libfer.FileError, "nowhere")):
            with self.assertRaisesRegex(kind, sentence):
                self.train("run", **bad)
        options = {o.name: o for o in libfer.train_options()}
        self.assertEqual((options["epochs"].default, options["epochs"].range), ("10", (1, 100000)))
        self.assertEqual(options["schedule"].choices, ("constant", "cosine", "one-cycle"))
        self.assertTrue(options["out"].required)

    def test_a_recipe(self):
        with open(self.path("r.recipe"), "w") as f:
            f.write("title = a test # of recipes\n\n# a comment\nmodel = resnet-8\ninput=48\nchannels = 1\n"
                    "epochs = 9\nbatch = 4\nweight-decay = 0.5\nfreeze = conv1.*\nfreeze = bn1.*\nrandaugment = 0,0\n")
        run = libfer.train(recipe=self.path("r.recipe"), epochs=1, data=self.data, out=self.path("run"), threads=1)
        self.assertEqual(len(run.epochs), 1)
        config = read(self.path("run", "config.json")).decode()
        self.assertIn('"weight_decay": 0.5', config)
        self.assertIn('"bn1.*"', config)
        with open(self.path("bad.recipe"), "w") as f:
            f.write("model = resnet-8\nepochs 3\n")
        with self.assertRaisesRegex(ValueError, "bad.recipe:2: 'epochs 3' must be 'name = value'"):
            libfer.train(recipe=self.path("bad.recipe"), data=self.data, out=self.path("run"))

    def test_resuming_gives_the_same_bytes(self):
        self.train("whole")
        with self.assertRaises(libfer.Stopped):
            self.train("cut", on_progress=lambda p: p.epoch < 1)
        self.train("cut", resume=True)
        self.assertEqual(read(self.path("whole", "final.safetensors")), read(self.path("cut", "final.safetensors")))

    def test_exceptions_in_callbacks(self):
        class Mine(Exception):
            pass

        def fail(_):
            raise Mine("here")
        for name in "on_progress", "on_epoch":
            with self.assertRaisesRegex(Mine, "here"):
                self.train(name, **{name: fail})

    def test_ctrl_c(self):
        child = subprocess.Popen([sys.executable, "-B", "-c", INTERRUPTED, self.data, self.path("run")],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "now\n")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        self.assertEqual((out.replace("now\n", ""), err, child.returncode), ("interrupted\n", "", 0))
        self.assertTrue(os.path.exists(self.path("run", "last.safetensors")))

    def test_ctrl_c_elsewhere_is_untouched(self):
        before = signal.getsignal(signal.SIGINT)
        self.train("one", epochs=1)
        self.assertIs(signal.getsignal(signal.SIGINT), before)

        def handler(number, frame):
            raise RuntimeError("my own handler")
        signal.signal(signal.SIGINT, handler)
        try:
            with self.assertRaisesRegex(RuntimeError, "my own handler"):
                self.train("two", epochs=1, on_progress=lambda p: os.kill(os.getpid(), signal.SIGINT))
        finally:
            signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    unittest.main()
