"""The shared library: finding it, calling it, owning what it makes."""
import ctypes
import os
import sys
import weakref
from ctypes import byref
from typing import Any, Callable, List, Optional, Sequence, Tuple

from . import _abi
from ._errors import BY_STATUS, Error, LibraryError

VARIABLE = "LIBFER_LIBRARY"


# ---- finding ----


def _places() -> List[str]:
    """Where the library may be, the first choice first. A name without a directory is left to the system."""
    if os.environ.get(VARIABLE):
        return [os.environ[VARIABLE]]
    name = f"libfer.{_abi.FER_ABI}.dylib" if sys.platform == "darwin" else f"libfer.so.{_abi.FER_ABI}"
    inside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "native", name)
    return [inside, name] if os.path.exists(inside) else [name]


def _open() -> Tuple[Any, str]:
    reasons = []
    for place in _places():
        try:
            return ctypes.CDLL(place), place
        except OSError as e:
            reasons.append(f"{place}: {e}")
    raise LibraryError(
        f"libfer: the shared library was not found ({'; '.join(reasons)}). Install it, or name its file in the "
        f"environment variable {VARIABLE}")


def _check_version(library: Any, place: str) -> None:
    err = _abi.fer_error()
    try:
        check = library.fer_abi_check
    except AttributeError:
        raise LibraryError(f"libfer: {place} is no libfer of version {_abi.FER_ABI} of the interface: it has no "
                           "function fer_abi_check") from None
    if check(ctypes.c_uint(_abi.FER_ABI), byref(err)) != _abi.FER_OK:
        raise LibraryError(f"libfer: {place} has another version of the interface than this package: "
                           f"{decode(err.text)}. Install a package and a library of the same version")


def _load() -> Any:
    library, place = _open()
    _check_version(library, place)
    _abi.declare(library)
    return library


def decode(text: Optional[bytes]) -> str:
    """Text of the library; bytes that are not UTF-8 appear as \\xE9."""
    return (text or b"").decode("utf-8", "backslashreplace")


def optional(text: Optional[bytes]) -> Optional[str]:
    return None if text is None else decode(text)


lib: Any = _load()
"""The library with all functions declared. ctypes releases the GIL in each call."""


# ---- calling ----


def error_of(err: _abi.fer_error) -> Error:
    return BY_STATUS.get(err.status, Error)(decode(err.text))


def call(function: Any, *arguments: Any) -> None:
    """Call a function that returns a status and takes a fer_error last. Raises its error."""
    err = _abi.fer_error()
    if function(*arguments, byref(err)) != _abi.FER_OK:
        raise error_of(err)


def path_bytes(path: Any, what: str = "path") -> bytes:
    """The bytes of a path (str, bytes or os.PathLike)."""
    data = os.fsencode(path)
    if b"\0" in data:
        raise ValueError(f"{what}: {data!r} contains a null byte")
    return data


def text_bytes(text: Any, what: str) -> bytes:
    """The bytes of a short text, such as a name."""
    if not isinstance(text, (str, os.PathLike)):
        raise TypeError(f"{what}: {text!r} is {type(text).__name__}, expected str")
    return path_bytes(text, what)


def text_array(texts: Sequence[str], what: str) -> Any:
    """An array of strings for C. It must live as long as the structure that points to it."""
    if isinstance(texts, str):
        texts = texts.split(",")
    return (ctypes.c_char_p * len(texts))(*[text_bytes(t, what) for t in texts])


def names(array: Any, n: Optional[int] = None) -> Tuple[str, ...]:
    """The strings of an array of n, or of one that ends with NULL."""
    out: List[str] = []
    while len(out) != n and array and (n is not None or array[len(out)] is not None):
        out.append(decode(array[len(out)]))
    return tuple(out)


def natural(value: Any, what: str, least: int = 0) -> int:
    """A whole number, since ctypes would take a negative one for a huge one."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < least:
        raise ValueError(f"{what}: {value!r} must be a whole number from {least} on")
    return int(value.__index__())


def index(word: str, words: Sequence[str], what: str) -> int:
    """The number of a word in a list."""
    if word in words:
        return list(words).index(word)
    raise ValueError(f"{what}: {word!r} is not one of {', '.join(words)}")


# ---- owning ----


def _free(free: Callable[[int], None], pointer: int, needs: Tuple[Any, ...]) -> None:
    free(pointer)


class Handle:
    """Owns a C object and frees it when nobody refers to the handle any more. What it needs (the model of a session,
    the pipeline of a tracker, callbacks) is freed later, in whatever order Python collects objects."""

    def __init__(self, pointer: int, free: Callable[[int], None], *needs: Any) -> None:
        self.pointer = pointer
        # The finalizer's registry keeps `needs` alive until this object is freed.
        finalizer = weakref.finalize(self, _free, free, pointer, needs)
        finalizer.atexit = False  # a daemon thread may still compute with it


def make(function: Any, free: Callable[[int], None], *arguments: Any, needs: Sequence[Any] = ()) -> Handle:
    """Call a function whose last arguments are `out` and the error, and own what it makes."""
    out = ctypes.c_void_p()
    call(function, *arguments, byref(out))
    assert out.value is not None
    return Handle(out.value, free, *needs)
