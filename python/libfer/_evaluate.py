"""Measuring a model on labelled faces, and calibrating it."""
import ctypes
from ctypes import byref
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import _abi
from ._faces import dataframe
from ._interrupts import Callbacks
from ._library import call, decode, index, lib, make, natural, path_bytes, text_bytes
from ._model import Model, as_model
from ._options import Source
from ._progress import OnProgress, number, progress_callback

DEGRADATIONS = ("none", "blur", "low-light", "small", "jpeg", "rotate", "occlude-eyes", "occlude-mouth")
Interval = Tuple[float, float]


class ClassMetrics(NamedTuple):
    """One class: images of it, precision, recall and F1, 0 to 1."""
    name: str
    support: int
    precision: float
    recall: float
    f1: float


class CalibrationBin(NamedTuple):
    """Images whose largest score lies in one fifteenth of 0 to 1: how many, and their means."""
    images: int
    confidence: float
    accuracy: float


class Concordance(NamedTuple):
    """Agreement of predicted and true valence or arousal: images with both, concordance correlation (-1 to 1), root
    mean squared error, share of images with the same sign."""
    images: int
    ccc: Optional[float]
    rmse: Optional[float]
    sagr: Optional[float]


class Intervals(NamedTuple):
    """The middle 95 % of values over resamples of the images."""
    resamples: int
    accuracy: Interval
    mean_recall: Interval
    macro_f1: Interval
    ece: Interval
    recall: Dict[str, Interval]


class Evaluation(NamedTuple):
    """What evaluate() measures.

    images, skipped        evaluated; left out as damaged
    accuracy               0 to 1
    loss                   mean cross-entropy, natural logarithm
    mean_recall, macro_f1  means over the classes that occur, 0 to 1
    brier                  0 to 2
    ece                    expected calibration error, 0 to 1
    per_class              ClassMetrics of each class
    confusion              images: a row for each true class, a column for each predicted one
    bins                   15 CalibrationBins
    valence, arousal       Concordance; None: the images or the model lack them
    intervals              None: not asked for
    selective              accuracy over the surest 50, 70 and 90 % of the images
    aurc                   area under the risk-coverage curve
    by_quality             accuracy over the 50, 70 and 90 % of the images with the best quality
    """
    images: int
    skipped: int
    accuracy: float
    loss: float
    mean_recall: float
    macro_f1: float
    brier: float
    ece: float
    per_class: List[ClassMetrics]
    confusion: List[List[int]]
    bins: List[CalibrationBin]
    valence: Optional[Concordance]
    arousal: Optional[Concordance]
    intervals: Optional[Intervals]
    selective: List[float]
    aurc: float
    by_quality: List[float]

    def to_dataframe(self) -> Any:
        """A pandas.DataFrame with one row per class: name, support, precision, recall, f1."""
        return dataframe([c._asdict() for c in self.per_class], ClassMetrics._fields)


class EvaluatedImage(NamedTuple):
    """One image and its prediction.

    file                        its name in the data set
    label, answer               true and predicted class
    scores                      probability of each class
    valence, arousal            predicted, -1 to 1; None: the model does not predict them
    true_valence, true_arousal  None: not known
    sharpness, occlusion, quality   as of a Face, 0 to 1
    """
    file: str
    label: str
    answer: str
    scores: Dict[str, float]
    valence: Optional[float]
    arousal: Optional[float]
    true_valence: Optional[float]
    true_arousal: Optional[float]
    sharpness: float
    occlusion: float
    quality: float


class Calibration(NamedTuple):
    """A fitted temperature and its effect; loss and ece are those of Evaluation. model: the calibrated model."""
    images: int
    skipped: int
    temperature: float
    loss: float
    ece: float
    temperature_before: float
    loss_before: float
    ece_before: float
    model: Model


class QualityCalibration(NamedTuple):
    """What calibrate_by_quality() fitted, and its effect.

    images, skipped    of the data set; each image counts once in each degradation
    temperature, doubt   as of ModelInfo
    ece_before         calibration error of the model as it was, by degradation
    ece                the same of each half of the images with what was fitted to the other half
    model              the calibrated model, fitted to all images"""
    images: int
    skipped: int
    temperature: float
    doubt: float
    temperature_before: float
    doubt_before: float
    ece_before: Dict[str, float]
    ece: Dict[str, float]
    model: Model


# ---- results ----


def _interval(i: _abi.fer_interval) -> Interval:
    return i.low, i.high


def _intervals(c: Any, labels: List[str]) -> Optional[Intervals]:
    if not c:
        return None
    i = c[0]
    return Intervals(resamples=i.resamples, accuracy=_interval(i.accuracy), mean_recall=_interval(i.mean_recall),
                     macro_f1=_interval(i.macro_f1), ece=_interval(i.ece),
                     recall={name: _interval(i.recall[k]) for k, name in enumerate(labels)})


def _concordance(c: _abi.fer_concordance) -> Optional[Concordance]:
    return Concordance(c.images, number(c.ccc), number(c.rmse), number(c.sagr)) if c.images else None


def _evaluation(e: _abi.fer_evaluation) -> Evaluation:
    n = e.n_classes
    per_class = [ClassMetrics(decode(c.name), c.support, c.precision, c.recall, c.f1) for c in e.per_class[:n]]
    return Evaluation(images=e.images, skipped=e.skipped, accuracy=e.accuracy, loss=e.loss, mean_recall=e.mean_recall,
                      macro_f1=e.macro_f1, brier=e.brier, ece=e.ece, per_class=per_class,
                      confusion=[e.confusion[k * n:(k + 1) * n] for k in range(n)],
                      bins=[CalibrationBin(b.images, b.confidence, b.accuracy) for b in e.bins],
                      valence=_concordance(e.valence), arousal=_concordance(e.arousal),
                      intervals=_intervals(e.intervals, [c.name for c in per_class]), selective=list(e.selective),
                      aurc=e.aurc, by_quality=list(e.by_quality))


def _image(c: _abi.fer_eval_image, labels: Tuple[str, ...]) -> EvaluatedImage:
    return EvaluatedImage(file=decode(c.file), label=labels[c.label], answer=labels[c.answer],
                          scores=dict(zip(labels, c.scores[:c.n_classes])), valence=number(c.valence),
                          arousal=number(c.arousal), true_valence=number(c.true_valence),
                          true_arousal=number(c.true_arousal), sharpness=c.sharpness, occlusion=c.occlusion,
                          quality=c.quality)


# ---- calls ----


def _common(options: _abi.fer_eval_options, batch: int, threads: int, isa: Optional[str]) -> None:
    options.batch = natural(batch, "batch")
    options.threads = natural(threads, "threads")
    options.isa = None if isa is None else text_bytes(isa, "isa")


def evaluate(model: Any, data: Any, *, batch: int = 0, threads: int = 0, isa: Optional[str] = None, tta: bool = False,
             degradation: str = "none", bootstrap: int = 0, on_progress: Optional[OnProgress] = None,
             on_image: Optional[Callable[[EvaluatedImage], object]] = None, **source: Any) -> Evaluation:
    """Measure a model on labelled faces.

    model        a Model, the file of one, or None: the weights that ship with libfer
    data         a data set: a directory, .tar, .zip, .csv or pack
    batch        images that are computed at once; 0: 64
    threads      0: one per processor
    tta          mean of the scores of an image and its mirror image
    degradation  of every image before it is predicted: "none", "blur", "low-light", "small", "jpeg", "rotate",
                 "occlude-eyes", "occlude-mouth"
    bootstrap    resamples for the intervals; 0: no intervals
    on_progress  receives a Progress; False stops the call, which raises Stopped
    on_image     receives an EvaluatedImage for each image
    source       which part of the data, such as split="val" or protocol="all": see data_options()"""
    model = as_model(model)
    labels = model.classes
    options = _abi.fer_eval_options(tta=tta, degradation=index(degradation, DEGRADATIONS, "degradation"),
                                    bootstrap=natural(bootstrap, "bootstrap"))
    _common(options, batch, threads, isa)
    callbacks = Callbacks()
    options.progress = progress_callback(callbacks, on_progress)
    if on_image:
        options.image = _image_callback(options, callbacks, on_image, labels)
    result = ctypes.POINTER(_abi.fer_evaluation)()
    with Source(options.data, data, "evaluate()", source), callbacks:
        call(lib.fer_evaluate, model._handle.pointer, byref(options), byref(result))
    try:
        return _evaluation(result[0])
    finally:
        lib.fer_evaluation_free(result)


def _image_callback(options: _abi.fer_eval_options, callbacks: Callbacks, on_image: Callable[[EvaluatedImage], object],
                    labels: Tuple[str, ...]) -> Any:
    def image(_: Any, c: Any) -> None:
        callbacks.call(on_image, lambda: _image(c[0], labels))
    return type(options.image)(image)


def _calibration_options(batch: int, threads: int, isa: Optional[str], on_progress: Optional[OnProgress]) -> Any:
    options, callbacks = _abi.fer_eval_options(), Callbacks()
    _common(options, batch, threads, isa)
    options.progress = progress_callback(callbacks, on_progress)
    return options, callbacks


def calibrate(model: Any, data: Any, *, out: Any = None, batch: int = 0, threads: int = 0, isa: Optional[str] = None,
              on_progress: Optional[OnProgress] = None, **source: Any) -> Calibration:
    """Fit the temperature with which a model's scores say best how often it is right. The predicted classes stay.

    model   a Model, the file of one, or None: the weights that ship with libfer
    data    a data set that the model is neither trained nor tested on
    out     a .safetensors file for the calibrated model; None: not written

    The rest as in evaluate()."""
    model = as_model(model)
    target = None if out is None else path_bytes(out, "out")
    options, callbacks = _calibration_options(batch, threads, isa, on_progress)
    c = _abi.fer_calibration()
    with Source(options.data, data, "calibrate()", source), callbacks:
        call(lib.fer_calibrate, model._handle.pointer, byref(options), byref(c))
    calibrated = model.changed(temperature=c.temperature)
    if target is not None:
        calibrated.save(target)
    return Calibration(images=c.images, skipped=c.skipped, temperature=c.temperature, loss=c.loss, ece=c.ece,
                       temperature_before=c.temperature_before, loss_before=c.loss_before, ece_before=c.ece_before,
                       model=calibrated)


def calibrate_by_quality(model: Any, data: Any, *, out: Any = None, batch: int = 0, threads: int = 0,
                         isa: Optional[str] = None, on_progress: Optional[OnProgress] = None,
                         **source: Any) -> QualityCalibration:
    """Fit a temperature, and how much less sure scores are for faces of low quality, to the images and to degraded
    copies of them. The predicted classes stay. The arguments are those of calibrate()."""
    model = as_model(model)
    target = None if out is None else path_bytes(out, "out")
    options, callbacks = _calibration_options(batch, threads, isa, on_progress)
    c = _abi.fer_quality_calibration()
    with Source(options.data, data, "calibrate_by_quality()", source), callbacks:
        calibrated = Model(make(lib.fer_calibrate_by_quality, lib.fer_model_free, model._handle.pointer,
                                byref(options), byref(c)))
    if target is not None:
        calibrated.save(target)
    return QualityCalibration(images=c.images, skipped=c.skipped, temperature=c.temperature, doubt=c.doubt,
                              temperature_before=c.temperature_before, doubt_before=c.doubt_before,
                              ece_before=dict(zip(DEGRADATIONS, c.ece_before)), ece=dict(zip(DEGRADATIONS, c.ece)),
                              model=calibrated)


def adjust_logits(model: Any, data: Any, tau: float = 1, **source: Any) -> Model:
    """A copy of a model that divides the probability of each class by its share of a data set, to the power of tau (0
    to 10), so that rare classes are predicted more often. data: the model's training set."""
    model = as_model(model)
    c = _abi.fer_data_source()
    with Source(c, data, "adjust_logits()", source):
        return Model(make(lib.fer_adjust_logits, lib.fer_model_free, model._handle.pointer, byref(c), tau))
