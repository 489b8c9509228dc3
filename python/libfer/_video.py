"""Films: their frames with faces that keep their ids, and one table of a whole film."""
import ctypes
import math
import warnings
from ctypes import byref
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import _abi
from ._errors import FormatError
from ._faces import FaceList, dataframe, table_columns
from ._interrupts import Interrupts
from ._library import call, decode, lib, make, natural, path_bytes, text_bytes
from ._picture import Picture
from ._pipeline import Pipeline, Tracker

STEP_BACK = 1e-3  # seconds between frames where joined films step back in time


class VideoInfo(NamedTuple):
    """What a film is.

    width, height  of the upright picture, pixels
    rotation       degrees clockwise from the stored picture to the upright one
    rate           mean frames per second; None: not known
    variable       a hint: the times between frames differ
    first          where the film begins, seconds
    duration       seconds; None: not known
    frames         of the whole file; None: not known before its end
    has_audio      whether it has sound
    codec          FFmpeg's name, such as "h264"
    container      FFmpeg's names, such as "mov,mp4,m4a,3gp,3g2,mj2"
    dropped        with live: frames dropped so far
    damaged        frames and packets so far that are missing or incomplete
    """
    width: int
    height: int
    rotation: int
    rate: Optional[float]
    variable: bool
    first: float
    duration: Optional[float]
    frames: Optional[int]
    has_audio: bool
    codec: str
    container: str
    dropped: int
    damaged: int


class Frame:
    """A frame of a film.

    index    from 0, counted from the film's first frame
    seconds  time of the frame; if the file's own times step back, the later ones are moved after the earlier ones
    faces    FaceList, in the order of the ids
    damaged  the decoder had to fill in a part
    """

    def __init__(self, index: int, seconds: float, faces: FaceList, damaged: bool, pixels: Any) -> None:
        self.index = index
        self.seconds = seconds
        self.faces = faces
        self.damaged = damaged
        self._pixels = pixels

    def pixels(self) -> Any:
        """The picture as a new NumPy array, uint8, [height][width][3], RGB. Only until the next frame is read."""
        return self._pixels(self.index)

    def __repr__(self) -> str:
        return f"<libfer.Frame {self.index} at {self.seconds:.3f} s, {len(self.faces)} faces>"


class Video:
    """A film that is being read: an iterator over its frames. Make one with libfer.video()."""

    def __init__(self, path: Any, options: _abi.fer_video_options, tracker: Tracker, every: int) -> None:
        self.file = decode(path_bytes(path))
        self._every = natural(every, "every", 1)
        self._tracker = tracker
        self._interrupts = Interrupts()
        # A file delivers its frames at once; whatever may wait asks now and then whether to go on.
        if options.live or options.format or self.file == "-":
            interrupts = self._interrupts
            options.stop = type(options.stop)(lambda _: interrupts.pending)
        self._handle = make(lib.fer_video_open, lib.fer_video_close, path_bytes(path), byref(options),
                            needs=[options])
        self._frame = _abi.fer_video_frame()
        self._current: Optional[int] = None
        self._read = 0
        self._shift = 0.0
        self._before = -math.inf

    @property
    def info(self) -> VideoInfo:
        c = _abi.fer_video_info()
        call(lib.fer_video_get_info, self._opened(), byref(c))
        return VideoInfo(width=c.width, height=c.height, rotation=c.rotation, rate=c.rate or None, variable=c.variable,
                         first=c.first, duration=None if math.isnan(c.duration) else c.duration,
                         frames=c.frames or None, has_audio=c.has_audio, codec=decode(c.codec),
                         container=decode(c.container), dropped=c.dropped, damaged=c.damaged)

    @property
    def classes(self) -> Tuple[str, ...]:
        """Names of the model's classes."""
        return self._tracker.pipeline._classes

    def _opened(self) -> int:
        if self._handle is None:
            raise ValueError(f"{self.file}: the video is closed")
        return self._handle.pointer

    # ---- frames ----

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        while self._next_frame():
            number = self._read
            self._read += 1
            seconds = self._forward(self._frame.seconds)
            if number % self._every == 0:
                return self._look(seconds)
        raise StopIteration

    def _next_frame(self) -> bool:
        more = ctypes.c_bool()
        self._current = None
        with self._interrupts:
            call(lib.fer_video_read, self._opened(), byref(self._frame), byref(more))
        return more.value

    def _forward(self, seconds: float) -> float:
        """Joined films step back in time."""
        if seconds + self._shift <= self._before:
            self._shift = self._before + STEP_BACK - seconds
        self._before = seconds + self._shift
        return self._before

    def _look(self, seconds: float) -> Frame:
        number = self._frame.index
        faces = self._tracker._next(Picture(self._frame.view), seconds, number, file=self.file)
        self._current = number
        return Frame(number, seconds, faces, self._frame.damaged, self._pixels)

    def _pixels(self, number: int) -> Any:
        if number != self._current:
            raise ValueError(f"{self.file}: the pixels of frame {number} are gone: read them before the next frame")
        import numpy
        view = self._frame.view
        pixels = numpy.empty((view.height, view.width, 3), numpy.uint8)
        for y in range(view.height):
            ctypes.memmove(pixels[y].ctypes.data, view.planes[0] + y * view.strides[0], 3 * view.width)
        return pixels

    # ---- tables ----

    def columns(self) -> List[str]:
        """The columns of to_dataframe()."""
        return table_columns(self.classes, self._tracker.pipeline._valence_arousal, True)

    def to_dicts(self, *, damaged: str = "raise") -> List[Dict[str, Any]]:
        """The rows of to_dataframe() as dicts."""
        if damaged not in ("raise", "warn"):
            raise ValueError(f"damaged: {damaged!r} is not one of raise, warn")
        rows: List[Dict[str, Any]] = []
        try:
            for frame in self:
                rows += frame.faces.to_dicts()
        except FormatError as e:
            if damaged == "raise":
                raise
            warnings.warn(str(e), RuntimeWarning, stacklevel=2)
        return rows

    def to_dataframe(self, *, damaged: str = "raise") -> Any:
        """Read all frames that are left into one pandas.DataFrame: one row per face and frame, and one with face_id 0
        for a frame without faces. The columns are `file` and those of `fer video --csv`.

        damaged  of a file that is damaged or cut off: "raise" the error, or "warn" and return what could be read"""
        return dataframe(self.to_dicts(damaged=damaged), self.columns())

    def close(self) -> None:
        """Close the file; otherwise this happens when nothing refers to the video any more."""
        self._handle = None  # type: ignore[assignment]
        self._current = None

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def video(path: Any, *, pipeline: Optional[Pipeline] = None, every: int = 1, detect_every: int = 0,
          smooth: Optional[float] = None, patience: Optional[float] = None, start: float = 0, end: float = 0,
          format: Optional[str] = None, live: bool = False, width: int = 0, height: int = 0, rate: float = 0,
          threads: int = 0, max_pixels: int = 0) -> Video:
    """Follow the faces of a film and recognise their expressions.

        for frame in libfer.video("talk.mp4"):
            print(frame.seconds, [(f.id, f.label) for f in frame.faces])
        table = libfer.video("talk.mp4").to_dataframe()

    path                  a file; "-": standard input; with format, a device such as "/dev/video0"
    pipeline              None: one with all defaults
    every                 analyse every Nth frame
    detect_every, smooth, patience   the Tracker's
    start, end            seconds: only frames with start <= time < end; end 0: to the last frame
    format                FFmpeg's name of a container or of a device ("v4l2"); None: found by the content
    live                  each read returns the newest frame and drops older ones
    width, height, rate   requested from a camera: pixels, frames per second
    threads               of the decoder; 0: one per processor
    max_pixels            a frame with more pixels is a FormatError; 0: 1 << 26

    A damaged file gives all frames that can be decoded, and then a FormatError."""
    options = _abi.fer_video_options(format=None if format is None else text_bytes(format, "format"), start=start,
                                     end=end, live=live, width=natural(width, "width"),
                                     height=natural(height, "height"), rate=rate, threads=natural(threads, "threads"),
                                     pixels_max=natural(max_pixels, "max_pixels"))
    tracker = Tracker(pipeline, detect_every=detect_every, smooth=smooth, patience=patience)
    return Video(path, options, tracker, every)
