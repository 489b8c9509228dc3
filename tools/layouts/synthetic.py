"""Values that AffectNet has and FER+ lacks: valence, arousal and 68 landmarks. They are invented, but always the same for the same face and seed."""
import zlib

import numpy as np

from .source import EMOTIONS

# Rough places of the emotions on the circumplex of valence and arousal (Russell 1980).
CIRCUMPLEX = {"neutral": (0, 0), "happiness": (.75, .3), "surprise": (.2, .8), "sadness": (-.65, -.3), "anger": (-.5, .65), "disgust": (-.65, .35),
              "fear": (-.2, .75), "contempt": (-.55, .5)}
INVALID = -2.0
_ANCHORS = np.array([CIRCUMPLEX[e] for e in EMOTIONS])


def lacks_affect(face):
    """About one face in a hundred has no valence and arousal."""
    return zlib.crc32(face.name.encode()) % 97 == 0


def affect(face, rng):
    """(valence, arousal): the votes' mean place, with the annotator's noise, to six digits; -2, -2 where there is none."""
    if lacks_affect(face):
        return INVALID, INVALID
    place = np.clip(face.distribution @ _ANCHORS + rng.normal(0, .05, 2), -1, 1)
    return round(float(place[0]), 6), round(float(place[1]), 6)


def _arc(n, centre, radii, first, last):
    angle = np.radians(np.linspace(first, last, n))
    return np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)], 1)


def _line(n, a, b):
    return np.linspace(a, b, n)


# The 68 points in the usual order, in parts of the picture: jaw, brows, bridge, nostrils, eyes, outer and inner lips.
MEAN_FACE = np.concatenate([
    _arc(17, (.5, .45), (.38, .45), 180, 0),
    _arc(5, (.32, .36), (.12, .06), 200, 340), _arc(5, (.68, .36), (.12, .06), 200, 340),
    _line(4, (.5, .42), (.5, .58)), _arc(5, (.5, .60), (.08, .03), 180, 0),
    _arc(6, (.33, .43), (.06, .025), 180, 480), _arc(6, (.67, .43), (.06, .025), 180, 480),
    _arc(12, (.5, .75), (.14, .06), 180, 510), _arc(8, (.5, .75), (.10, .03), 180, 495)])


def landmarks(size, rng):
    """136 numbers x0 y0 x1 y1 ... in pixels, to a hundredth: the mean face moved as a whole and a little each."""
    points = MEAN_FACE + rng.normal(0, .02, 2) + rng.normal(0, .005, MEAN_FACE.shape)
    return np.round(points * size, 2).ravel()
