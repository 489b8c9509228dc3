"""A picture with its faces drawn in, as HTML for notebooks: an SVG that holds the picture as JPEG."""
import base64
import ctypes
import html as entities
import os
import tempfile
from ctypes import byref
from typing import Any, Callable, List, Optional, Tuple

from . import _abi
from ._library import call, lib

SIDE_MAX = 800  # pixels of the longer side of the drawing
# Okabe and Ito's colours, which most colour-blind people can distinguish.
COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999999")

Small = Tuple[bytes, int, int, int]  # samples, width, height, channels


def html(faces: Any, picture: Callable[[], Any]) -> str:
    scale = min(1.0, SIDE_MAX / max(faces.width, faces.height, 1))
    width, height = max(1, round(faces.width * scale)), max(1, round(faces.height * scale))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {faces.width} {faces.height}" style="max-width:100%">', _background(faces, picture)]
    parts += [_draw(face, faces, scale) for face in faces]
    parts.append("</svg>")
    return f"<div>{''.join(parts)}{_list(faces)}</div>"


def _background(faces: Any, picture: Callable[[], Any]) -> str:
    jpeg = _jpeg(picture)
    place = f'width="{faces.width}" height="{faces.height}"'
    if jpeg is None:
        return f'<rect {place} fill="#808080"/>'
    return f'<image {place} preserveAspectRatio="none" href="data:image/jpeg;base64,{jpeg}"/>'


def _draw(face: Any, faces: Any, scale: float) -> str:
    colour = COLOURS[faces.classes.index(face.label) % len(COLOURS)]
    x, y, w, h = face.box
    text = entities.escape(f"{face.label} {100 * face.smoothed[face.label]:.0f} %")
    size = 14 / scale
    above = y - 4 / scale if y > 1.4 * size else y + h + size
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="none" stroke="{colour}" '
            f'stroke-width="{2 / scale:.2f}"/><text x="{max(x, 0):.1f}" y="{above:.1f}" font-family="sans-serif" '
            f'font-size="{size:.1f}" fill="{colour}" stroke="black" stroke-width="{3 / scale:.2f}" '
            f'paint-order="stroke">{text}</text>')


def _score(item: Tuple[str, float]) -> float:
    return item[1]


def _list(faces: Any) -> str:
    if not faces:
        return "<p>no face</p>"
    lines: List[str] = []
    for n, face in enumerate(faces):
        best = sorted(face.scores.items(), key=_score, reverse=True)[:3]
        scores = ", ".join(f"{entities.escape(c)} {100 * s:.1f} %" for c, s in best)
        lines.append(f"<li>face {face.id or n + 1}: {scores}</li>")
    return f"<ul>{''.join(lines)}</ul>"


# ---- the picture ----


def _jpeg(picture: Callable[[], Any]) -> Optional[str]:
    """The picture, reduced, in base64. None: it is gone or cannot be read any more."""
    try:
        opened = picture()
        if opened is None:
            return None
        with opened:
            samples, width, height, channels = _reduce(opened.view)
        return base64.b64encode(_encode(samples, width, height, channels)).decode()
    except (OSError, ValueError, RuntimeError, TypeError):
        return None


def _reduce(view: _abi.fer_view) -> Small:
    """Every nth pixel of every nth row, as grey or RGB."""
    image = ctypes.c_void_p()
    call(lib.fer_image_from_view, byref(view), byref(image))
    try:
        width, height, channels = view.width, view.height, lib.fer_image_channels(image)
        step = -(-max(width, height) // SIDE_MAX)
        row = width * channels
        pixels = ctypes.string_at(lib.fer_image_pixels(image), row * height)
    finally:
        lib.fer_image_free(image)
    columns = len(range(0, width, step))
    out = bytearray()
    for y in range(0, height, step):
        line = bytearray(columns * channels)
        for c in range(channels):
            line[c::channels] = pixels[y * row + c:(y + 1) * row:step * channels]
        out += line
    return bytes(out), columns, len(range(0, height, step)), channels


def _encode(samples: bytes, width: int, height: int, channels: int) -> bytes:
    image = ctypes.c_void_p()
    kind = _abi.FER_RGB8 if channels == 3 else _abi.FER_GRAY8
    call(lib.fer_image_from_pixels, samples, width, height, width * channels, kind, byref(image))
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picture.jpg")
            call(lib.fer_image_save, image, os.fsencode(path))
            with open(path, "rb") as f:
                return f.read()
    finally:
        lib.fer_image_free(image)
