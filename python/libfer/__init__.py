"""libfer: facial expression recognition.

    import libfer
    for face in libfer.analyze("photo.jpg"):
        print(face.label, face.scores[face.label], face.box)

analyze() takes a picture, video() a film, Model.predict() a batch of cropped faces. evaluate(), train(), calibrate()
and convert() do what the commands `fer eval`, `fer train`, `fer calibrate` and `fer convert` do. All of them let other
Python threads run while the library computes. Failures are exceptions of class libfer.Error with the library's
sentence."""
from ._errors import (ArgumentError, Error, FileError, FormatError, LibraryError, NumericError, OutOfMemory, ShapeError,
                      Stopped, UnsupportedError)
from ._evaluate import (Calibration, EvaluatedImage, Evaluation, QualityCalibration, adjust_logits, calibrate,
                        calibrate_by_quality, evaluate)
from ._faces import Box, Face, FaceList, Landmarks, Point, Pose, to_dataframe
from ._library import decode as _decode
from ._library import lib as _lib
from ._model import Crop, Model, ModelInfo, models
from ._options import Option, data_options
from ._pipeline import Pipeline, Tracker, analyze
from ._progress import Progress
from ._train import Epoch, Run, convert, train, train_options
from ._video import Frame, Video, VideoInfo, video

__version__: str = _decode(_lib.fer_version())

__all__ = ["ArgumentError", "Box", "Calibration", "Crop", "Epoch", "Error", "EvaluatedImage", "Evaluation", "Face",
           "FaceList", "FileError", "FormatError", "Frame", "Landmarks", "LibraryError", "Model", "ModelInfo",
           "NumericError", "Option", "OutOfMemory", "Pipeline", "Point", "Pose", "Progress", "QualityCalibration", "Run",
           "ShapeError", "Stopped", "Tracker", "UnsupportedError", "Video", "VideoInfo", "adjust_logits", "analyze",
           "calibrate", "calibrate_by_quality", "convert", "data_options", "evaluate", "models", "to_dataframe", "train",
           "train_options", "video"]
