"""libfer in the shape of DeepFace, for programs that were written for it:

    from libfer import deepface as DeepFace
    DeepFace.analyze("photo.jpg", actions=["emotion"])[0]["dominant_emotion"]

Differences: libfer recognises expressions only, its class contempt is left out and the others add up to 100 again, and
no file is downloaded."""
import base64
import os
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from ._faces import Face, FaceList
from ._pipeline import default_pipeline

# DeepFace's name for each of libfer's.
NAMES = {"anger": "angry", "disgust": "disgust", "fear": "fear", "happiness": "happy", "sadness": "sad",
         "surprise": "surprise", "neutral": "neutral"}
KNOWN = ("emotion", "age", "gender", "race")


def analyze(img_path: Any, actions: Union[str, Sequence[str]] = ("emotion",), enforce_detection: bool = True,
            detector_backend: str = "libfer", align: bool = True, expand_percentage: int = 0, silent: bool = False,
            anti_spoofing: bool = False) -> List[Any]:
    """Faces and emotions as DeepFace.analyze() gives them.

    img_path           a path, a base64 text ("data:image/..."), an array (uint8, [height][width][3], in OpenCV's order
                       BGR), or a list of these, for which a list of lists is returned. Bytes and PIL images work too
    actions            must be ("emotion",): others are a NotImplementedError
    enforce_detection  True: a picture without a face is a ValueError; False: the whole picture is taken as a face, with
                       face_confidence 0
    anti_spoofing      must be False
    detector_backend, align, expand_percentage, silent   without effect

    Returns a list with a dict for each face:

    emotion           percent for "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"; the sum is 100
    dominant_emotion  the name of the largest
    region            x, y, w, h of the face in pixels; left_eye and right_eye as (x, y), the person's own left and
                      right; None: not known
    face_confidence   of the detector, 0 to 1"""
    _check(actions, anti_spoofing)
    if isinstance(img_path, (list, tuple)):
        return [analyze(i, actions, enforce_detection, silent=silent) for i in img_path]
    if isinstance(img_path, str) and img_path.startswith("data:"):
        img_path = base64.b64decode(img_path.partition(",")[2])
    faces = default_pipeline().analyze(img_path, order="bgr")
    if not faces and enforce_detection:
        raise ValueError(f"Face could not be detected in {_name(img_path)}. Please confirm that the picture is a face "
                         "photo or consider to set enforce_detection param to False.")
    if faces:
        return [_answer(face, faces) for face in faces]
    faces = default_pipeline().analyze(img_path, order="bgr", faces="whole")
    return [{**_answer(faces[0], faces), "face_confidence": 0}]


def _check(actions: Union[str, Sequence[str]], anti_spoofing: bool) -> None:
    for action in [actions] if isinstance(actions, str) else actions:
        if action not in KNOWN:
            raise ValueError(f"Invalid action passed ({action!r}). Valid actions are `emotion`, `age`, `gender`, "
                             "`race`.")
        if action != "emotion":
            raise NotImplementedError(f"actions: libfer recognises expressions only, not {action!r}; pass "
                                      "actions=['emotion']")
    if anti_spoofing:
        raise NotImplementedError("anti_spoofing: libfer does not recognise photographs of photographs")


def _name(picture: Any) -> str:
    return os.fspath(picture) if isinstance(picture, (str, os.PathLike)) else f"a {type(picture).__name__}"


def _emotions(scores: Dict[str, float]) -> Dict[str, float]:
    known = {name: scores.get(ours, 0.0) for ours, name in NAMES.items()}
    total = sum(known.values()) or 1.0
    return {name: 100 * score / total for name, score in known.items()}


def _eyes(face: Face) -> Dict[str, Optional[Tuple[int, int]]]:
    """The person's left eye is at the picture's right."""
    if face.landmarks is None:
        return {"left_eye": None, "right_eye": None}
    left, right = face.landmarks.right_eye, face.landmarks.left_eye
    return {"left_eye": (round(left.x), round(left.y)), "right_eye": (round(right.x), round(right.y))}


def _answer(face: Face, faces: FaceList) -> Dict[str, Any]:
    emotion = _emotions(face.scores)
    left = max(0, round(face.box.x))
    top = max(0, round(face.box.y))
    right = min(faces.width, round(face.box.x + face.box.width))
    bottom = min(faces.height, round(face.box.y + face.box.height))
    return {"emotion": emotion, "dominant_emotion": max(emotion, key=lambda name: emotion[name]),
            "region": {"x": left, "y": top, "w": right - left, "h": bottom - top,
                       **_eyes(face)},
            "face_confidence": face.confidence}
