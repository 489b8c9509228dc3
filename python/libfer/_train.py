"""Training, and converting weights."""
import os
from ctypes import byref
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from . import _abi
from ._evaluate import adjust_logits
from ._interrupts import Callbacks
from ._library import call, decode, lib
from ._model import Line, Model, ModelInfo
from ._options import Option, Options
from ._progress import OnProgress, number, progress_callback


class Epoch(NamedTuple):
    """What an epoch of training gave.

    epoch                             counts from 0
    loss, accuracy                    on the augmented training images
    val_loss, val_accuracy            None: no validation
    lr                                learning rate at the end of the epoch
    images_per_second
    waiting                           share of the time spent waiting for data, 0 to 1
    best                              best validation accuracy so far
    val_ccc_valence, val_ccc_arousal  concordance correlation; None: no validation, or the model lacks them
    """
    epoch: int
    loss: float
    accuracy: float
    val_loss: Optional[float]
    val_accuracy: Optional[float]
    lr: float
    images_per_second: float
    waiting: float
    best: bool
    val_ccc_valence: Optional[float]
    val_ccc_arousal: Optional[float]


class Run(NamedTuple):
    """A finished training run.

    out     its directory
    epochs  the epochs of this call; a resumed run has more in out/log.csv
    """
    out: str
    epochs: List[Epoch]

    def load(self, which: str = "best") -> Model:
        """The model: "best" by validation accuracy, or "final"."""
        return Model.load(os.path.join(self.out, f"{which}.safetensors"))


def _epoch(c: _abi.fer_train_epoch) -> Epoch:
    may_be_nan = ("val_loss", "val_accuracy", "val_ccc_valence", "val_ccc_arousal")
    values = {f: getattr(c, f) for f in Epoch._fields}
    return Epoch(**{f: number(v) if f in may_be_nan else v for f, v in values.items()})


def _options(target: _abi.fer_train_options) -> Options:
    return Options(lib.fer_train_table(), target, "train()")


def train_options() -> List[Option]:
    """The keywords of train(), with their defaults and ranges."""
    return _options(lib.fer_train_defaults()).describe()


def read_recipe(path: Any) -> Dict[str, Any]:
    """The options of a recipe, a file of lines `name = value`, as keywords of train(). Options that a recipe may give
    several times are lists."""
    options: Dict[str, Any] = {}
    lists = {o.name for o in train_options() if o.kind == "list of str"}
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = _without_comment(line)
            name, equals, value = (part.strip() for part in line.partition("="))
            if not line.strip() or name == "title":
                continue
            if not equals or not name:
                raise ValueError(f"{path}:{n}: {line.strip()[:60]!r} must be 'name = value', or a comment after '#'")
            name = name.replace("-", "_")
            if name in options and name not in lists:
                raise ValueError(f"{path}:{n}: {name!r} is given twice")
            options[name] = options.get(name, []) + [value] if name in lists else value
    return options


def _without_comment(line: str) -> str:
    """A comment begins with '#' at the line's start or after a space."""
    for at, c in enumerate(line):
        if c == "#" and (at == 0 or line[at - 1].isspace()):
            return line[:at]
    return line


def train(*, recipe: Any = None, on_progress: Optional[OnProgress] = None,
          on_epoch: Optional[Callable[[Epoch], object]] = None, on_note: Optional[Callable[[str], object]] = None,
          **options: Any) -> Run:
    """Train a model on labelled faces.

        run = libfer.train(model="libfer-s", data="train.tar", val="val.tar", out="run", epochs=3, lr=1e-3)
        libfer.evaluate(run.load(), "test.tar").accuracy

    model, data, out  name of the network; the training set; directory of the run, created if missing. Required
    val               validation set
    resume            True: continue from the last checkpoint in out; the result has the same bits as an uninterrupted
                      run
    recipe            a file of options; keywords take precedence
    on_progress       receives a Progress after every batch; False stops the run, which raises Stopped
    on_epoch          receives an Epoch
    on_note           receives lines: what was loaded, skipped or resumed
    options           all others: train_options() lists them

    Ctrl-C ends the run after the current batch with a KeyboardInterrupt. So does an exception in a callback, which
    train() raises. The checkpoint of the last whole epoch stays, and resume=True goes on from there."""
    target = lib.fer_train_defaults()
    setting = _options(target)
    callbacks = Callbacks()
    epochs: List[Epoch] = []
    events = _abi.fer_train_events()
    events.progress = progress_callback(callbacks, on_progress)
    events.epoch = type(events.epoch)(lambda _, c: _take(callbacks, epochs, on_epoch, c[0]))
    events.note = _abi.fer_line_fn(lambda _, line: _note(callbacks, on_note, line))
    given = {**(read_recipe(recipe) if recipe is not None else {}), **options}
    try:
        for name, value in given.items():
            setting.set(name, value)
        _require(given)
        with callbacks:
            call(lib.fer_train, byref(target), byref(events))
    finally:
        setting.free()
    return Run(os.fsdecode(given["out"]), epochs)


def _require(given: Dict[str, Any]) -> None:
    missing = [o.name for o in train_options() if o.required and given.get(o.name) is None]
    if missing:
        raise TypeError(f"train(): {', '.join(missing)} must be given")


def _take(callbacks: Callbacks, epochs: List[Epoch], on_epoch: Any, c: _abi.fer_train_epoch) -> None:
    callbacks.call(epochs.append, lambda: _epoch(c))
    callbacks.call(on_epoch, lambda: _epoch(c))


def _note(callbacks: Callbacks, on_note: Any, line: bytes) -> None:
    callbacks.call(on_note, lambda: decode(line))


def convert(source: Any, target: Any, *, model: Optional[str] = None, preprocess: Optional[str] = None,
            classes: Optional[Sequence[str]] = None, input: Optional[int] = None, channels: Optional[int] = None,
            dtype: str = "float32", average: Any = None, share: float = 0.5, prior: Any = None, logit_adjust: float = 1,
            partial: bool = False, threshold: Optional[float] = None, provenance: Optional[str] = None,
            on_report: Optional[Line] = None) -> ModelInfo:
    """Convert weights, as `fer convert` does.

    source      a .pt, .pth or .safetensors file
    target      a .safetensors file
    dtype       "float32" or "float16"
    average     another file of the same network, of which `share` (0 to 1) goes into the average
    prior       a data set: the scores are adjusted for its class shares, with the strength logit_adjust

    The others as in Model.load(). Returns what was written."""
    made = Model.load(source, model=model, preprocess=preprocess, classes=classes, input=input, channels=channels,
                      partial=partial, threshold=threshold, provenance=provenance, on_report=on_report)
    if average is not None:
        made = made.changed(average=Model.load(average), share=share)
    if prior is not None:
        made = adjust_logits(made, prior, logit_adjust)
    made.save(target, dtype=dtype)
    return made.info
