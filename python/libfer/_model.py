"""Models: load, describe, change, save and run them."""
import ctypes
import os
import threading
from ctypes import byref
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from . import _abi
from ._library import Handle, call, decode, index, lib, make, names, natural, path_bytes, text_array, text_bytes
from ._picture import Picture, is_pil, open_picture

DTYPES = ("float32", "float16")
PIECE = 256  # images given to the library at once, so that Ctrl-C is answered in between
Line = Callable[[str], object]


class Crop(NamedTuple):
    """Where a face stands in the crops that a model was trained on. Fractions of the crop or of the face's box."""
    eye_distance: float
    eye_height: float
    box_scale: float
    box_x: float
    box_y: float


class ModelInfo(NamedTuple):
    """What a model is.

    name               such as "libfer-s"
    height, width      of the input, pixels
    channels           of the input: 1 (grey) or 3 (RGB)
    classes            names, in the order of the scores
    preprocess         how pixels become the input: "imagenet", "imagenet-255", "unit", "half"
    provenance         where the weights come from
    parameters         how many trained numbers
    macs               multiply-adds per image
    temperature        scores are softmax(logits / temperature); 1: not calibrated
    doubt              how much less sure scores are for faces of low quality: their temperature is temperature /
                       (1 - doubt (1 - quality)); 0 unless calibrate_by_quality() made the model
    valence_arousal    whether the model predicts them
    threshold          of a detector: least confidence of a face; 0: the weights do not say
    crop               None: the weights do not say
    """
    name: str
    height: int
    width: int
    channels: int
    classes: Tuple[str, ...]
    preprocess: str
    provenance: str
    parameters: int
    macs: int
    temperature: float
    valence_arousal: bool
    threshold: float
    crop: Optional[Crop]
    doubt: float


class Tensor(NamedTuple):
    """A named array of a model, as in PyTorch's state_dict. trained: False for a buffer."""
    name: str
    shape: Tuple[int, ...]
    trained: bool


class ModelEntry(NamedTuple):
    """A model that libfer knows by its name."""
    name: str
    summary: str


def models() -> List[ModelEntry]:
    """The published and shipped models. Their families have more members, such as "mcct-4"."""
    out: List[ModelEntry] = []
    while True:
        entry = lib.fer_model_registry(len(out))
        if not entry:
            return out
        out.append(ModelEntry(decode(entry[0].name), decode(entry[0].summary)))


def _options(target: _abi.fer_model_options, values: Dict[str, Any]) -> List[Any]:
    """Fill in the options of making or loading a model. Returns what must live during the call."""
    keep: List[Any] = []
    side = values.pop("input", None)
    if side is not None:
        target.height = target.width = natural(side, "input")
    channels = values.pop("channels", None)
    if channels is not None:
        target.channels = natural(channels, "channels")
    classes = values.pop("classes", None)
    if classes is not None:
        keep.append(text_array(classes, "classes"))
        target.classes = keep[-1]
        target.n_classes = len(keep[-1])
    crop = values.pop("crop", None)
    if crop is not None:
        keep.append(_abi.fer_crop(*crop))
        target.crop = ctypes.pointer(keep[-1])
    for name, value in values.items():
        if value is not None:
            setattr(target, name, text_bytes(value, name) if name in ("preprocess", "provenance") else value)
    return keep


class Model:
    """A network with its weights. It does not change, so any number of threads and pipelines may share it.

    Make one with Model.load() or Model.new()."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._lock = threading.Lock()
        self._session: Optional[Tuple[Tuple[Any, ...], Handle]] = None

    # ---- making ----

    @classmethod
    def load(cls, path: Any = None, *, model: Optional[str] = None, partial: bool = False, mapped: bool = False,
             on_report: Optional[Line] = None, classes: Optional[Sequence[str]] = None, input: Optional[int] = None,
             channels: Optional[int] = None, preprocess: Optional[str] = None, provenance: Optional[str] = None,
             temperature: Optional[float] = None, valence_arousal: Optional[bool] = None,
             threshold: Optional[float] = None, crop: Optional[Crop] = None) -> "Model":
        """Load a .safetensors file, or a PyTorch .pt or .pth file (nothing in it is executed).

        path       None: the weights that ship with libfer; a name without a dot or slash, such as "libfer-xs": others
                   that ship with it, if there is no such file
        model      name of the network, for a file that does not say it
        partial    load the tensors that fit; the others stay random and on_report receives a line for each. Otherwise
                   a tensor that does not fit is a ShapeError
        mapped     leave the weights in the file until they are needed

        The others replace what the file says; input is the height and width in pixels."""
        path = _weights_path(path)
        options = _abi.fer_load_options()
        options.model = None if model is None else text_bytes(model, "model")
        options.partial = partial
        options.mapped = mapped
        keep = _options(options.override,
                        dict(classes=classes, input=input, channels=channels, preprocess=preprocess,
                             provenance=provenance, temperature=temperature, valence_arousal=valence_arousal,
                             threshold=threshold, crop=crop))
        lines: List[str] = []
        options.report = _abi.fer_line_fn(lambda _, line: lines.append(decode(line)))
        try:
            return cls(make(lib.fer_model_load, lib.fer_model_free, path_bytes(path), byref(options)))
        finally:
            del keep
            for line in lines if on_report else ():
                on_report(line)  # type: ignore[misc]

    @classmethod
    def new(cls, name: str, *, classes: Optional[Sequence[str]] = None, input: Optional[int] = None,
            channels: Optional[int] = None, preprocess: Optional[str] = None, provenance: Optional[str] = None,
            seed: int = 0, valence_arousal: bool = False) -> "Model":
        """Make a model with random weights. name: one of models() or of their families."""
        options = _abi.fer_model_options()
        keep = _options(options, dict(classes=classes, input=input, channels=channels, preprocess=preprocess,
                                      provenance=provenance, seed=seed, valence_arousal=valence_arousal))
        model = cls(make(lib.fer_model_new, lib.fer_model_free, text_bytes(name, "name"), byref(options)))
        del keep
        return model

    def changed(self, *, temperature: Optional[float] = None, threshold: Optional[float] = None,
                preprocess: Optional[str] = None, provenance: Optional[str] = None,
                classes: Optional[Sequence[str]] = None, crop: Optional[Crop] = None,
                average: Optional["Model"] = None, share: float = 0.5,
                logit_shift: Optional[Sequence[float]] = None) -> "Model":
        """A changed copy; this model stays as it is.

        temperature  of faces of any quality: the doubt becomes 0
        average      another model of the same network: each parameter becomes (1 - share) own + share other
        logit_shift  a number for each class, added to its logit"""
        changes = _abi.fer_model_changes()
        n = len(self.classes)
        for what, given in (("classes", classes), ("logit_shift", logit_shift)):
            if given is not None and len(given) != n:
                raise ValueError(f"{what}: {len(given)} given, expected {n}, one for each class")
        shift = None if logit_shift is None else (ctypes.c_double * n)(*logit_shift)
        labels = None if classes is None else text_array(classes, "classes")
        place = None if crop is None else _abi.fer_crop(*crop)
        changes.temperature = temperature or 0
        changes.threshold = threshold or 0
        changes.preprocess = None if preprocess is None else text_bytes(preprocess, "preprocess")
        changes.provenance = None if provenance is None else text_bytes(provenance, "provenance")
        changes.classes = labels
        changes.crop = None if place is None else ctypes.pointer(place)
        changes.average = None if average is None else average._handle.pointer
        changes.share = share
        changes.logit_shift = shift
        return Model(make(lib.fer_model_with, lib.fer_model_free, self._handle.pointer, byref(changes)))

    def save(self, path: Any, *, dtype: str = "float32") -> None:
        """Write a .safetensors file. dtype: "float32" or "float16". The file appears only when it is complete."""
        call(lib.fer_model_save, self._handle.pointer, path_bytes(path), index(dtype, DTYPES, "dtype"))

    # ---- describing ----

    @property
    def info(self) -> ModelInfo:
        m = self._handle.pointer
        c = lib.fer_model_get_info(m)
        crop = _abi.fer_crop()
        return ModelInfo(name=decode(c.name), height=c.height, width=c.width, channels=c.channels,
                         classes=names(c.classes, c.n_classes), preprocess=decode(c.preprocess),
                         provenance=decode(c.provenance), parameters=c.n_params, macs=c.macs,
                         temperature=lib.fer_model_temperature(m),
                         valence_arousal=lib.fer_model_has_valence_arousal(m), threshold=lib.fer_model_threshold(m),
                         crop=Crop(*(getattr(crop, f) for f in Crop._fields))
                         if lib.fer_model_crop(m, byref(crop)) else None, doubt=lib.fer_model_doubt(m))

    @property
    def classes(self) -> Tuple[str, ...]:
        """Names of the classes, in the order of the scores."""
        c = lib.fer_model_get_info(self._handle.pointer)
        return names(c.classes, c.n_classes)

    @property
    def tensors(self) -> List[Tensor]:
        """Names and shapes of all arrays."""
        m = self._handle.pointer
        rows = [lib.fer_model_tensor(m, i) for i in range(lib.fer_model_get_info(m).n_tensors)]
        return [Tensor(decode(r.name), tuple(r.dims[:r.n_dims]), r.trained) for r in rows]

    def __repr__(self) -> str:
        i = self.info
        return f"<libfer.Model {i.name}: {i.height} x {i.width} x {i.channels}, {len(i.classes)} classes>"

    # ---- running ----

    def predict(self, pictures: Any, *, batch: int = 16, threads: int = 0, tta: bool = False, isa: Optional[str] = None,
                order: str = "rgb", valence_arousal: bool = False) -> Any:
        """Probabilities of cropped faces of any size. Needs NumPy.

        pictures         an array, uint8, [n][height][width] or [n][height][width][channels]; or a sequence of pictures,
                         each a path, bytes, an array or a PIL image
        batch            images that are computed at once
        threads          0: one per processor
        tta              mean of the scores of an image and its mirror image
        order            of an array's colours, "rgb" or "bgr"
        valence_arousal  return them too

        Returns an array, float32, [n][classes], whose rows sum to 1; with valence_arousal a tuple of this array and
        another one, [n][2], with numbers from -1 to 1. Each image is copied once; for whole pictures without copies see
        libfer.analyze()."""
        numpy = _numpy("Model.predict()")
        items = _split(pictures)
        scores = numpy.empty((len(items), len(self.classes)), numpy.float32)
        affect = numpy.empty((len(items), 2), numpy.float32) if valence_arousal else None
        with self._lock:
            session = self._get_session(batch, threads, isa, tta)
            for at in range(0, len(items), PIECE):
                piece = _Images(items[at:at + PIECE], order, at)
                with piece:
                    self._predict_piece(session, piece, scores[at:at + PIECE], affect, at)
        return scores if affect is None else (scores, affect)

    @staticmethod
    def _predict_piece(session: Handle, piece: "_Images", scores: Any, affect: Any, at: int) -> None:
        if affect is None:
            call(lib.fer_session_predict, session.pointer, len(piece), piece.array, _floats(scores))
        else:
            call(lib.fer_session_predict_valence_arousal, session.pointer, len(piece), piece.array, _floats(scores),
                 _floats(affect[at:at + PIECE]))

    def run(self, tensors: Any, *, batch: int = 16, threads: int = 0, isa: Optional[str] = None) -> Any:
        """Logits of raw tensors, without preprocessing and temperature. Needs NumPy.

        tensors  an array, float32, [n][channels][height][width] in the model's input size

        Returns an array, float32, [n][classes]. A contiguous array is not copied."""
        numpy = _numpy("Model.run()")
        i = self.info
        shape = (i.channels, i.height, i.width)
        if getattr(tensors, "dtype", None) != numpy.float32:
            raise TypeError(f"tensors: {_kind(tensors)}, expected a NumPy array of float32")
        if tensors.ndim != 4 or tensors.shape[1:] != shape:
            raise ValueError(f"tensors: shape {tensors.shape}, expected [n] followed by {shape}")
        tensors = numpy.ascontiguousarray(tensors)
        logits = numpy.empty((len(tensors), len(i.classes)), numpy.float32)
        with self._lock:
            session = self._get_session(batch, threads, isa, False)
            for at in range(0, len(tensors), PIECE):
                piece = tensors[at:at + PIECE]
                call(lib.fer_session_run, session.pointer, len(piece), _floats(piece), _floats(logits[at:at + PIECE]))
        return logits

    def _get_session(self, batch: int, threads: int, isa: Optional[str], tta: bool) -> Handle:
        """The last session, if it has these options."""
        key = natural(batch, "batch", 1), natural(threads, "threads"), isa, tta
        if self._session is None or self._session[0] != key:
            self._session = None
            options = _abi.fer_session_options(threads=threads, batch_max=batch, tta=tta,
                                               isa=None if isa is None else text_bytes(isa, "isa"))
            handle = make(lib.fer_session_new, lib.fer_session_free, self._handle.pointer, byref(options),
                          needs=[self._handle])
            self._session = key, handle
        return self._session[1]


def _weights_path(weights: Any) -> str:
    path = ctypes.create_string_buffer(4096)
    call(lib.fer_model_weights_path, None if weights is None else path_bytes(weights), path, len(path))
    return os.fsdecode(path.value)


def as_model(model: Any) -> Model:
    """A model, the file of one, or, None, the one that ships with libfer."""
    return model if isinstance(model, Model) else Model.load(model)


# ---- arrays ----


def _numpy(what: str) -> Any:
    try:
        import numpy
    except ImportError:
        raise ImportError(f"{what} needs NumPy, which is not installed: pip install numpy, or apt-get install "
                          "python3-numpy. libfer.analyze() does without") from None
    return numpy


def _kind(thing: Any) -> str:
    return f"dtype {thing.dtype}" if hasattr(thing, "dtype") else type(thing).__name__


def _floats(array: Any) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


def _split(pictures: Any) -> Sequence[Any]:
    """The single pictures of a batch."""
    if isinstance(pictures, (str, bytes, bytearray)) or is_pil(pictures) or not hasattr(pictures, "__len__"):
        raise TypeError(f"pictures: {type(pictures).__name__} is one picture; pass a sequence: [picture]")
    shape = getattr(pictures, "shape", None)
    if shape is not None and (len(shape) not in (3, 4) or (len(shape) == 3 and shape[2] in (1, 3, 4))):
        raise ValueError(f"pictures: an array of shape {shape}, expected [n][height][width] or "
                         "[n][height][width][channels]; a single picture becomes a batch by picture[None]")
    return pictures  # type: ignore[no-any-return]


class _Images:
    """Images of the library for some pictures."""

    def __init__(self, pictures: Sequence[Any], order: str, first: int) -> None:
        self.array = (ctypes.c_void_p * len(pictures))()
        try:
            for i, picture in enumerate(self._opened(pictures, order, first)):
                with picture:
                    image = ctypes.c_void_p()
                    call(lib.fer_image_from_view, byref(picture.view), byref(image))
                    self.array[i] = image.value
        except BaseException:
            self.close()
            raise

    @staticmethod
    def _opened(pictures: Sequence[Any], order: str, first: int) -> Iterator[Picture]:
        for i, picture in enumerate(pictures):
            try:
                yield open_picture(picture, order)
            except (TypeError, ValueError) as e:
                e.args = (f"pictures[{first + i}]: {e}",)
                raise

    def __len__(self) -> int:
        return len(self.array)

    def close(self) -> None:
        for i, image in enumerate(self.array):
            lib.fer_image_free(image)
            self.array[i] = None

    def __enter__(self) -> "_Images":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
