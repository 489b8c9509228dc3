"""From pictures to faces: the pipeline, the tracker, and analyze()."""
import ctypes
import os
import threading
from ctypes import byref
from typing import Any, List, Optional, Tuple

from . import _abi
from ._faces import Face, FaceList, faces_from, largest
from ._library import Handle, call, index, lib, make, natural, path_bytes, text_bytes
from ._model import Model, as_model
from ._picture import Picture, open_picture, remember

FACES = ("auto", "all", "largest", "whole")
ROTATIONS = ("0", "90", "180", "270", "auto")
FACES_MAX = 256  # of one picture


class Pipeline:
    """Finds the faces of pictures and recognises their expressions.

    model      a Model, the file of one, or None: the weights that ship with libfer
    detector   file with a face detector's weights; None: the built-in one
    threshold  least confidence of a face, 0 to 1; 0: the one stored with the detector
    smallest   width of the smallest face to find, pixels; 0: 10. Twice that takes a quarter of the time
    longest    a picture whose longer side is longer is reduced to this first, pixels; 0: 2048
    rotate     "auto": faces that do not stand upright are looked for where no upright one is found; or the degrees
               clockwise that turn faces upright: 0, 90, 180, 270
    tta        mean of the scores of a face and its mirror image
    threads    0: one per processor
    isa        instruction set: "auto", "ref", "vec128", "avx2", "avx512"

    Threads may share a pipeline; its calls wait for each other. For pictures in parallel, give each thread a pipeline
    of its own with threads=1; they may share the model."""

    def __init__(self, model: Any = None, *, detector: Any = None, threshold: float = 0, smallest: float = 0,
                 longest: int = 0, rotate: Any = "auto", tta: bool = False, threads: int = 0,
                 isa: Optional[str] = None) -> None:
        self.model: Model = as_model(model)
        self._lock = threading.Lock()
        self._faces = (_abi.fer_face * FACES_MAX)()
        options = _abi.fer_pipeline_options(model=self.model._handle.pointer, tta=tta,
                                            threads=natural(threads, "threads"),
                                            isa=None if isa is None else text_bytes(isa, "isa"))
        d = options.detector
        d.weights = None if detector is None else path_bytes(detector, "detector")
        d.threshold = threshold
        d.smallest = smallest
        d.longest = natural(longest, "longest")
        d.rotate = index(str(rotate), ROTATIONS, "rotate")
        self._handle: Optional[Handle] = make(lib.fer_pipeline_new, lib.fer_pipeline_free, byref(options),
                                              needs=[self.model._handle])
        self._classes = self.model.classes
        self._valence_arousal = self.model.info.valence_arousal

    def analyze(self, picture: Any, *, faces: str = "auto", order: str = "rgb", max_pixels: int = 0) -> FaceList:
        """The faces of a picture, the most confident first: see libfer.analyze()."""
        index(faces, FACES, "faces")
        with open_picture(picture, order, max_pixels) as p:
            with self._lock:
                found, whole = self._find(p, faces)
            return self._list(p, found, whole=whole, note=p.note, picture=remember(picture, order))

    def _find(self, p: Picture, faces: str) -> Tuple[List[Face], bool]:
        pipeline, n, whole = self._open().pointer, ctypes.c_size_t(1), ctypes.c_bool(faces == "whole")
        if faces == "whole":
            call(lib.fer_pipeline_read_whole, pipeline, byref(p.view), self._faces)
        elif faces == "auto":
            call(lib.fer_pipeline_run_auto, pipeline, byref(p.view), FACES_MAX, self._faces, byref(n), byref(whole))
        else:
            call(lib.fer_pipeline_run, pipeline, byref(p.view), FACES_MAX, self._faces, byref(n))
        found = faces_from(self._faces, n.value, self._classes)
        return largest(found) if faces == "largest" else found, whole.value

    def _list(self, p: Picture, faces: List[Face], **about: Any) -> FaceList:
        about.setdefault("file", p.name)
        return FaceList(faces, width=p.view.width, height=p.view.height, classes=self._classes,
                        valence_arousal=self._valence_arousal, **about)

    def tracker(self, **options: Any) -> "Tracker":
        """A Tracker over this pipeline; the options are the tracker's."""
        return Tracker(self, **options)

    def close(self) -> None:
        """Free the memory at once; otherwise this happens when nothing refers to the pipeline any more."""
        with self._lock:
            self._handle = None

    def _open(self) -> Handle:
        if self._handle is None:
            raise ValueError("the pipeline is closed")
        return self._handle

    def __enter__(self) -> "Pipeline":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class Tracker:
    """Finds, recognises and follows the faces of a film, frame by frame. libfer.video() does that for files.

    pipeline      None: one with all defaults
    detect_every  search the whole picture in one of this many frames, and only around known faces in the others; 0: 1
    smooth        time constant of the smoothed scores, seconds; None: 0.5; 0: no smoothing
    patience      seconds that a face may be hidden and keep its id; None: 1
    """

    def __init__(self, pipeline: Optional[Pipeline] = None, *, detect_every: int = 0, smooth: Optional[float] = None,
                 patience: Optional[float] = None) -> None:
        self.pipeline = Pipeline() if pipeline is None else pipeline
        self._number = 0
        options = _abi.fer_tracker_options(detect_every=natural(detect_every, "detect_every"), patience=patience or 0)
        if smooth is not None:
            options.smooth = smooth if smooth > 0 else -1
        needed = self.pipeline._open()
        self._handle: Optional[Handle] = make(lib.fer_tracker_new, lib.fer_tracker_free, needed.pointer,
                                              byref(options), needs=[needed])

    def next(self, frame: Any, seconds: float, *, order: str = "rgb") -> FaceList:
        """The faces of the next frame, in the order of their ids.

        frame    an array, uint8, [height][width][channels] or [height][width], without a copy; or any other picture
        seconds  when it was taken; not before the frame before it
        order    of an array's colours, "rgb" or "bgr" """
        with open_picture(frame, order) as p:
            faces = self._next(p, seconds, self._number, picture=remember(frame, order))
        self._number += 1
        return faces

    def _next(self, p: Picture, seconds: float, number: int, **about: Any) -> FaceList:
        owner, n = self.pipeline, ctypes.c_size_t()
        with owner._lock:
            if self._handle is None:
                raise ValueError("the tracker is closed")
            call(lib.fer_tracker_next, self._handle.pointer, byref(p.view), seconds, FACES_MAX, owner._faces, byref(n))
            faces = faces_from(owner._faces, n.value, owner._classes)
        return owner._list(p, faces, frame=number, seconds=seconds, **about)

    def close(self) -> None:
        """Free the memory at once."""
        with self.pipeline._lock:
            self._handle = None

    def __enter__(self) -> "Tracker":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


# ---- the pipeline of analyze() ----


class _Default:
    """A pipeline with all defaults, made when it is first needed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pipeline: Optional[Pipeline] = None

    def get(self) -> Pipeline:
        with self.lock:
            if self.pipeline is None:
                self.pipeline = Pipeline()
            return self.pipeline


_default = _Default()
_lost: List[_Default] = []


def _after_fork() -> None:
    """A child may go on with a pipeline, but not with one that another thread of its parent was just using."""
    global _default
    if _default.lock.locked() or (_default.pipeline is not None and _default.pipeline._lock.locked()):
        _lost.append(_default)  # freeing it would wait for that thread
        _default = _Default()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def default_pipeline() -> Pipeline:
    return _default.get()


def analyze(picture: Any, *, faces: str = "auto", order: str = "rgb", max_pixels: int = 0) -> FaceList:
    """Find the faces of a picture and recognise their expressions, with the shipped weights and all defaults.

    picture     a path (str or os.PathLike), the bytes of a PNG, JPEG, ... file, a PIL image, or a NumPy array: uint8,
                [height][width] or [height][width][channels] with 1, 3 or 4 channels. An array whose rows are
                contiguous is not copied
    faces       "auto": all faces, or the whole picture if one face fills it and it has at most 100 x 100 pixels or no
                face is found for sure; "all"; "largest"; "whole": the picture is one cropped face
    order       of an array's colours: "rgb", or "bgr" as OpenCV has them
    max_pixels  a file with more pixels (width * height) is a FormatError before its memory is allocated; 0: 1 << 28

    Returns a FaceList, the most confident face first. Coordinates are pixels of the picture, turned upright as its file
    says; a PIL image stays as it is. A picture without faces gives an empty list. Other options: see Pipeline."""
    return default_pipeline().analyze(picture, faces=faces, order=order, max_pixels=max_pixels)
