"""How far a long call has come."""
import math
from typing import Callable, NamedTuple, Optional

from . import _abi
from ._interrupts import Callbacks
from ._library import decode


class Progress(NamedTuple):
    """How far a call has come.

    what           such as "evaluating"
    done, total    images, in train() batches of this epoch; total None: not known
    per_second     images per second; None: not known
    eta            seconds until the whole call ends; None: not known
    epoch, epochs  train(): the epoch, counted from 0, and how many there are
    images         train(): images processed in this epoch
    loss           train(): the loss so far; otherwise None
    """
    what: str
    done: int
    total: Optional[int]
    per_second: Optional[float]
    eta: Optional[float]
    epoch: int
    epochs: int
    images: int
    loss: Optional[float]


OnProgress = Callable[[Progress], object]
"""Returns False to stop the call, which then raises Stopped. Any other value, None too: go on."""


def number(value: float) -> Optional[float]:
    return None if math.isnan(value) else value


def _progress(c: _abi.fer_progress) -> Progress:
    return Progress(what=decode(c.what), done=c.done, total=c.total or None, per_second=c.per_second or None,
                    eta=number(c.eta_seconds), epoch=c.epoch, epochs=c.epochs, images=c.images, loss=number(c.loss))


def progress_callback(callbacks: Callbacks, function: Optional[OnProgress]) -> _abi.fer_progress_fn:  # type: ignore
    return _abi.fer_progress_fn(lambda _, p: callbacks.call(function, lambda: _progress(p[0])))
