"""Exceptions: one for each status of the library, with the library's sentence as text."""
from typing import Dict, Type

from . import _abi


class Error(Exception):
    """A call of the library failed. The text is the library's sentence: the file, the value and what was expected."""


class ArgumentError(Error, ValueError):
    """An argument is outside its range."""


class FileError(Error, OSError):
    """A file cannot be opened, read, written or renamed."""


class FormatError(Error, ValueError):
    """A file does not follow its format."""


class ShapeError(Error, ValueError):
    """Tensor shapes do not match each other or the model."""


class OutOfMemory(Error, MemoryError):
    """An allocation failed."""


class UnsupportedError(Error, RuntimeError):
    """The request is valid, but this build, machine or version cannot do it."""


class NumericError(Error, ArithmeticError):
    """A number is NaN or infinite."""


class Stopped(Error):
    """A callback asked to stop."""


class LibraryError(ImportError):
    """The shared library libfer is missing, or it has another version of the interface than this package."""


BY_STATUS: Dict[int, Type[Error]] = {
    _abi.FER_ERR_ARGUMENT: ArgumentError,
    _abi.FER_ERR_IO: FileError,
    _abi.FER_ERR_FORMAT: FormatError,
    _abi.FER_ERR_SHAPE: ShapeError,
    _abi.FER_ERR_MEMORY: OutOfMemory,
    _abi.FER_ERR_UNSUPPORTED: UnsupportedError,
    _abi.FER_ERR_NUMERIC: NumericError,
    _abi.FER_ERR_STOPPED: Stopped,
}
