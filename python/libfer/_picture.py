"""Pictures from files, bytes, NumPy arrays and PIL images, as the library sees them: without copies where possible."""
import ctypes
import os
import sys
import weakref
from ctypes import byref
from typing import Any, Callable, Optional, Tuple

from . import _abi
from ._library import call, lib, natural, optional, path_bytes

ORDERS = ("rgb", "bgr")
EXPECTED = "expected a path, the bytes of a picture file, a NumPy array or a PIL image"

_FORMATS = {("rgb", 1): _abi.FER_GRAY8, ("rgb", 3): _abi.FER_RGB8, ("rgb", 4): _abi.FER_RGBA8,
            ("bgr", 1): _abi.FER_GRAY8, ("bgr", 3): _abi.FER_BGR8, ("bgr", 4): _abi.FER_BGRA8}


class Picture:
    """Pixels that the library may read until close(): its own, decoded from a file, or the caller's."""

    def __init__(self, view: _abi.fer_view, image: Optional[int] = None, owner: Any = None,
                 name: Optional[str] = None) -> None:
        self.view = view
        self.name = name
        self.note = optional(lib.fer_image_note(image)) if image else None
        self._image = image
        self._owner = owner  # keeps the caller's pixels alive

    def close(self) -> None:
        lib.fer_image_free(self._image)
        self._image = self._owner = None

    def __enter__(self) -> "Picture":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def open_picture(source: Any, order: str = "rgb", max_pixels: int = 0) -> Picture:
    """source: a path (str or os.PathLike), the bytes of a file, an array (uint8, [height][width] or
    [height][width][channels]), or a PIL image. order: of an array's colours."""
    if order not in ORDERS:
        raise ValueError(f"order: {order!r} is not one of {', '.join(ORDERS)}")
    if isinstance(source, (str, os.PathLike)):
        return _load(source, max_pixels)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decode(bytes(source), max_pixels)
    if is_pil(source):
        return _from_pil(source)
    if hasattr(source, "__array_interface__"):
        return Picture(*_view_of_array(source, order))
    hint = "; convert it with .numpy()" if hasattr(source, "numpy") else ""
    raise TypeError(f"picture: {type(source).__name__}{hint}: {EXPECTED}")


# ---- files ----


def _from_image(image: ctypes.c_void_p, name: Optional[str]) -> Picture:
    return Picture(lib.fer_image_view(image), image.value, None, name)


def _load(path: Any, max_pixels: int) -> Picture:
    image = ctypes.c_void_p()
    call(lib.fer_image_load_within, path_bytes(path, "picture"), _pixels(max_pixels), byref(image))
    return _from_image(image, os.fsdecode(path))


def _decode(data: bytes, max_pixels: int) -> Picture:
    image = ctypes.c_void_p()
    call(lib.fer_image_decode_within, data, len(data), _pixels(max_pixels), byref(image))
    return _from_image(image, None)


def _pixels(n: int) -> int:
    if natural(n, "max_pixels") <= 1 << 28:
        return n
    raise ValueError(f"max_pixels: {n!r} must be at most {1 << 28}")


# ---- PIL ----


def is_pil(source: Any) -> bool:
    """Whoever has a PIL image has imported PIL."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)


def _from_pil(image: Any) -> Picture:
    if image.mode.startswith(("I", "F")):
        raise TypeError(f"picture: a PIL image of mode {image.mode!r} has no 8-bit samples; scale it to 0 to 255 and "
                        "convert it to 'L' or 'RGB'")
    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGB")
    channels = len(image.getbands())
    pixels = image.tobytes()
    address = ctypes.cast(ctypes.c_char_p(pixels), ctypes.c_void_p).value
    return Picture(_view(address, image.width, image.height, channels, image.width * channels, "rgb"), None, pixels)


# ---- arrays ----


def _view(address: Optional[int], width: int, height: int, channels: int, stride: int, order: str) -> _abi.fer_view:
    view = _abi.fer_view()
    view.format = _FORMATS[order, channels]
    view.width = width
    view.height = height
    view.planes[0] = address
    view.strides[0] = stride
    return view


def _check_array(kind: str, shape: Tuple[int, ...]) -> None:
    if kind[1:] != "u1":
        raise TypeError(f"picture: an array of type {kind!r}, expected uint8 with samples from 0 to 255; for floats "
                        "from 0 to 1: (picture * 255).round().astype('uint8')")
    if len(shape) == 3 and shape[2] not in (1, 3, 4) and shape[0] in (1, 3, 4):
        raise ValueError(f"picture: an array of shape {shape} has its channels first; use picture.transpose(1, 2, 0)")
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3, 4)):
        raise ValueError(f"picture: an array of shape {shape}, expected [height][width] or [height][width][channels] "
                         "with 1, 3 or 4 channels")
    if 0 in shape:
        raise ValueError(f"picture: an array of shape {shape} has no pixels")


def _view_of_array(array: Any, order: str) -> Tuple[_abi.fer_view, None, Any]:
    """Rows may lie anywhere; within a row, pixels must follow each other. Other arrays are copied."""
    described = array.__array_interface__
    shape = described["shape"]
    _check_array(described["typestr"], shape)
    height, width = shape[:2]
    channels = shape[2] if len(shape) == 3 else 1
    address = described["data"][0]
    strides = described.get("strides") or (width * channels, channels, 1)
    row, pixel, sample = strides[0], strides[1], strides[2] if len(shape) == 3 else 1
    if height == 1:
        row = width * channels
    if channels == 1:
        sample = 1
    if sample == -1 and channels == 3 and pixel == 3:  # picture[:, :, ::-1]: the other order, from two bytes before
        address, sample, order = address - 2, 1, ORDERS[1 - ORDERS.index(order)]
    if sample == 1 and (pixel == channels or width == 1) and row >= width * channels:
        return _view(address, width, height, channels, row, order), None, array
    return _view_of_array(_contiguous(array), order)


def _contiguous(array: Any) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        raise TypeError("picture: the array's samples are not in the order of rows, pixels and channels, and without "
                        "NumPy they cannot be copied")
    return numpy.array(array, order="C", copy=True)


# ---- finding a picture again ----


def remember(source: Any, order: str) -> Callable[[], Optional[Picture]]:
    """A function that opens the picture again, or returns None if it is gone. It keeps no pixels alive."""
    if isinstance(source, (str, os.PathLike, bytes)):
        return lambda: open_picture(source)
    try:
        reference = weakref.ref(source)
    except TypeError:
        return lambda: None

    def again() -> Optional[Picture]:
        alive = reference()
        return None if alive is None else open_picture(alive, order)
    return again
