"""Option tables of the library: names, ranges, values from Python and help."""
import ctypes
from ctypes import byref
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import _abi
from ._library import call, decode, lib, names, optional, path_bytes

_LISTS = (_abi.FER_OPTION_LIST, _abi.FER_OPTION_COMMAS)
_NUMBERS = (_abi.FER_OPTION_SIZE, _abi.FER_OPTION_COUNT, _abi.FER_OPTION_REAL)
_KINDS = {_abi.FER_OPTION_FLAG: "bool", _abi.FER_OPTION_TEXT: "str", _abi.FER_OPTION_PATH: "path",
          _abi.FER_OPTION_SIZE: "int", _abi.FER_OPTION_COUNT: "int", _abi.FER_OPTION_SEED: "int",
          _abi.FER_OPTION_REAL: "float", _abi.FER_OPTION_WORD: "str", _abi.FER_OPTION_LIST: "list of str",
          _abi.FER_OPTION_COMMAS: "list of str", _abi.FER_OPTION_PAIR: "two ints"}


class Option(NamedTuple):
    """An option of train(), or of a data set.

    name      the keyword
    kind      type of its value
    default   as text; None: not set
    help      what it means
    range     least and largest number; None: no number
    choices   allowed words; empty: any
    required  whether it must be given
    """
    name: str
    kind: str
    default: Optional[str]
    help: str
    range: Optional[Tuple[float, float]]
    choices: Tuple[str, ...]
    required: bool


class Options:
    """Sets members of an options structure by their names."""

    def __init__(self, table: _abi.fer_option_table, target: Any, caller: str) -> None:
        self._rows = {decode(table.rows[i].name).replace("-", "_"): table.rows[i] for i in range(table.n)}
        self._target = target
        self._caller = caller
        self._texts: List[bytes] = []  # they must outlive the options
        self._lists: Dict[str, Any] = {}

    def set(self, name: str, value: Any) -> None:
        """Set an option; None leaves it as it is."""
        row = self._rows.get(name)
        if row is None:
            raise TypeError(f"{self._caller}: there is no option {name!r}{self._hint(name)}")
        if value is None:
            return
        if row.kind in _LISTS:
            lib.fer_option_clear(byref(row), byref(self._target))
            self._lists[name] = row
        for text in _texts(row, name, value):
            self._texts.append(text)
            call(lib.fer_option_set, byref(row), byref(self._target), text)

    def _hint(self, name: str) -> str:
        import difflib
        close = difflib.get_close_matches(name, self._rows, 1)
        return f"; did you mean {close[0]!r}?" if close else ""

    def free(self) -> None:
        """Free the lists that the library made."""
        for row in self._lists.values():
            lib.fer_option_clear(byref(row), byref(self._target))
        self._lists.clear()

    def describe(self) -> List[Option]:
        return [_describe(name, row, self._target) for name, row in self._rows.items()]


def _texts(row: _abi.fer_option, name: str, value: Any) -> List[bytes]:
    """A value as the texts that the library reads; its sentence says what is wrong with one."""
    if isinstance(value, bool):
        texts: List[Any] = ["on" if value else "off"]
    elif isinstance(value, (list, tuple)):
        texts = list(value) if row.kind == _abi.FER_OPTION_LIST else [",".join(str(v) for v in value)]
    else:
        texts = [value]
    return [path_bytes(t if hasattr(t, "__fspath__") or isinstance(t, bytes) else str(t), name) for t in texts]


def _describe(name: str, row: _abi.fer_option, target: Any) -> Option:
    text = ctypes.create_string_buffer(256)
    set_ = lib.fer_option_get(byref(row), byref(target), 0, text, len(text))
    words = () if row.kind == _abi.FER_OPTION_PAIR else names(row.words)
    return Option(name=name, kind=_KINDS.get(row.kind, "str"), default=decode(text.value) if set_ else
                  optional(row.unset), help=decode(row.help),
                  range=(row.min, row.max) if row.kind in _NUMBERS else None, choices=words, required=row.required)


# ---- data sets ----


class Source:
    """A data set and the part of it to use, as an argument of the library."""

    def __init__(self, target: _abi.fer_data_source, path: Any, caller: str, options: Dict[str, Any]) -> None:
        self._path = path_bytes(path, "data")
        target.path = self._path
        self._options = Options(lib.fer_data_table(), target, caller)
        try:
            for name, value in options.items():
                self._options.set(name, value)
        except BaseException:
            self._options.free()
            raise

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: Any) -> None:
        self._options.free()


def data_options() -> List[Option]:
    """The keywords with which evaluate() and calibrate() choose a part of a data set."""
    return Options(lib.fer_data_table(), _abi.fer_data_source(), "data_options()").describe()
