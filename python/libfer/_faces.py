"""Faces as Python sees them: one face, the faces of a picture, tables of many."""
import math
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence

from . import _abi


class Point(NamedTuple):
    """A position in pixels of the picture, from its top left corner."""
    x: float
    y: float


class Box(NamedTuple):
    """A rectangle in pixels of the picture, from its top left corner. It may reach beyond the picture."""
    x: float
    y: float
    width: float
    height: float


class Landmarks(NamedTuple):
    """Five points of a face. Left and right are those of the picture (of the picture turned by Face.turned)."""
    left_eye: Point
    right_eye: Point
    nose: Point
    mouth_left: Point
    mouth_right: Point


class Pose(NamedTuple):
    """Where a head turns, in degrees; 0, 0, 0 is a frontal portrait.

    yaw    positive: to the right of the picture
    pitch  positive: up
    roll   positive: clockwise in the picture
    """
    yaw: float
    pitch: float
    roll: float


class Face(NamedTuple):
    """One face.

    box         from chin to top of the head, pixels
    landmarks   eyes, tip of the nose, corners of the mouth, pixels; None: not known
    scores      probability of each class by its name, 0 to 1; their sum is 1
    label       name of the class with the largest score (in videos: the largest smoothed score)
    confidence  of the detector, 0 to 1
    valence     -1 to 1; None: the model does not predict it
    arousal     -1 to 1; None: the model does not predict it
    turned      degrees clockwise that turn the face upright: 0, 45, ... 315
    id          in videos: 1, 2, ..., the same number for the same face; otherwise 0
    seen        False: the tracker estimates a face that is hidden for a moment
    smoothed    in videos: scores smoothed over time; otherwise the scores
    pose        yaw, pitch, roll in degrees; None: not known
    size        side of the square that is as large as the box, pixels
    sharpness   0 (blurred or enlarged) to 1 (sharp); None: the face is hidden
    occlusion   0 to 1: how much the face looks covered; None: the face is hidden
    quality     0 to 1: how far the picture of this face can be trusted; 0: the face is hidden
    """
    box: Box
    landmarks: Optional[Landmarks]
    scores: Dict[str, float]
    label: str
    confidence: float
    valence: Optional[float]
    arousal: Optional[float]
    turned: int
    id: int
    seen: bool
    smoothed: Dict[str, float]
    pose: Optional[Pose]
    size: float
    sharpness: Optional[float]
    occlusion: Optional[float]
    quality: float

    def __repr__(self) -> str:
        x, y, w, h = (round(v) for v in self.box)
        number = f"{self.id} " if self.id else ""
        return f"<libfer.Face {number}{self.label} {100 * self.smoothed[self.label]:.0f} % at {x},{y} {w} x {h}>"


def _number(value: float) -> Optional[float]:
    return None if math.isnan(value) else value


def face_from(c: _abi.fer_face, classes: Sequence[str]) -> Face:
    """Copy a face out of the library's structure."""
    points = [Point(*p) for p in c.points]
    scores = dict(zip(classes, c.scores))
    return Face(box=Box(c.x, c.y, c.width, c.height),
                landmarks=None if math.isnan(points[0].x) else Landmarks(*points),
                scores=scores,
                label=classes[c.label],
                confidence=c.confidence,
                valence=_number(c.valence),
                arousal=_number(c.arousal),
                turned=c.turned,
                id=c.id,
                seen=c.seen,
                smoothed=dict(zip(classes, c.smoothed)) if c.id else scores,
                pose=None if math.isnan(c.yaw) else Pose(c.yaw, c.pitch, c.roll),
                size=c.size,
                sharpness=_number(c.sharpness),
                occlusion=_number(c.occlusion),
                quality=c.quality)


class FaceList(List[Face]):
    """The faces of a picture: a list with what belongs to the whole picture.

    width, height  of the picture, pixels
    classes        names of the model's classes, in its order
    whole          True: the picture was taken as one cropped face; its box is the whole picture
    file           the picture's or the video's name; None: it came from memory
    note           what was left aside when the file was read, such as further pages; None: nothing
    frame          in videos: number of the frame, from 0; otherwise None
    seconds        in videos: time of the frame; otherwise None
    """

    def __init__(self, faces: Iterable[Face] = (), *, width: int = 0, height: int = 0, classes: Sequence[str] = (),
                 whole: bool = False, valence_arousal: bool = False, file: Optional[str] = None,
                 note: Optional[str] = None, frame: Optional[int] = None, seconds: Optional[float] = None,
                 picture: Callable[[], Any] = lambda: None) -> None:
        super().__init__(faces)
        self.width = width
        self.height = height
        self.classes = tuple(classes)
        self.whole = whole
        self.valence_arousal = valence_arousal
        self.file = file
        self.note = note
        self.frame = frame
        self.seconds = seconds
        self._picture = picture

    def __reduce__(self) -> Any:
        """Copies and pickles hold everything but the picture."""
        state = {k: v for k, v in self.__dict__.items() if k != "_picture"}
        return _again, (list(self), state)

    def columns(self) -> List[str]:
        """The columns of to_dataframe()."""
        return table_columns(self.classes, self.valence_arousal, self.frame is not None)

    def to_dicts(self) -> List[Dict[str, Any]]:
        """One dict per face; the keys are the columns of to_dataframe(). A picture without a face gives one dict, whose
        face_id is 0."""
        row = _film_row if self.frame is not None else _picture_row
        return [row(self, n, face) for n, face in enumerate(self)] or [row(self, -1, None)]

    def to_dataframe(self) -> Any:
        """A pandas.DataFrame with one row per face. It has the columns of `fer predict --format csv`; in videos those
        of `fer video --csv` after the column `file`."""
        return dataframe(self.to_dicts(), self.columns())

    def _repr_html_(self) -> str:
        from ._html import html
        return html(self, self._picture)


def _again(faces: List[Face], state: Dict[str, Any]) -> FaceList:
    return FaceList(faces, **state)


# ---- tables ----


QUALITY = ("yaw", "pitch", "roll", "size", "sharpness", "occlusion", "quality")


def table_columns(classes: Sequence[str], valence_arousal: bool, film: bool) -> List[str]:
    affect = ["valence", "arousal"] if valence_arousal else []
    if film:
        smoothed = [f"{c}_smoothed" for c in classes]
        return ["file", "frame", "face_id", "timestamp", "confidence", "success", "x", "y", "w", "h", *QUALITY, *classes,
                "label", *smoothed, *affect]
    return ["file", "label", *classes, *affect, "face_id", "confidence", "success", "x", "y", "w", "h", *QUALITY,
            "whole"]


def _common(faces: FaceList, number: int, face: Optional[Face]) -> Dict[str, Any]:
    if face is None:
        return {"file": faces.file, "face_id": 0, "confidence": 0.0, "success": 0}
    x, y, w, h = face.box
    row: Dict[str, Any] = {"file": faces.file, "label": face.label, **face.scores, "face_id": face.id or number + 1,
                           "confidence": face.confidence, "success": int(face.seen or not face.id),
                           "x": x, "y": y, "w": w, "h": h, "size": face.size, "sharpness": face.sharpness,
                           "occlusion": face.occlusion, "quality": face.quality}
    if face.pose:
        row.update(face.pose._asdict())
    if faces.valence_arousal:
        row.update(valence=face.valence, arousal=face.arousal)
    return row


def _complete(row: Dict[str, Any], faces: FaceList) -> Dict[str, Any]:
    return {column: row.get(column) for column in faces.columns()}


def _picture_row(faces: FaceList, number: int, face: Optional[Face]) -> Dict[str, Any]:
    return _complete({**_common(faces, number, face), "whole": int(faces.whole)}, faces)


def _film_row(faces: FaceList, number: int, face: Optional[Face]) -> Dict[str, Any]:
    row = {**_common(faces, number, face), "frame": faces.frame, "timestamp": faces.seconds}
    if face is not None:
        row.update((f"{c}_smoothed", s) for c, s in face.smoothed.items())
    return _complete(row, faces)


def dataframe(rows: List[Dict[str, Any]], columns: Sequence[str]) -> Any:
    try:
        import pandas
    except ImportError:
        raise ImportError("to_dataframe() needs pandas, which is not installed: pip install pandas, or "
                          "apt-get install python3-pandas. to_dicts() needs nothing") from None
    return pandas.DataFrame(rows, columns=list(columns))


def to_dataframe(pictures: Iterable[FaceList]) -> Any:
    """One pandas.DataFrame over the faces of many pictures, or of many frames: as FaceList.to_dataframe()."""
    rows: List[Dict[str, Any]] = []
    columns: List[str] = []
    for faces in pictures:
        rows += faces.to_dicts()
        columns = columns or faces.columns()
    return dataframe(rows, columns)


def faces_from(array: Any, n: int, classes: Sequence[str]) -> List[Face]:
    return [face_from(array[i], classes) for i in range(n)]


def largest(faces: List[Face]) -> List[Face]:
    """The face with the largest box, or none."""
    return [max(faces, key=lambda f: f.box.width * f.box.height)] if faces else []


