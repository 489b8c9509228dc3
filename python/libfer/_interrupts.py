"""Ctrl-C during a long call of the library, and exceptions in its callbacks."""
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Callable, Optional, Type


class Interrupts:
    """Notes Ctrl-C during a call, so that a callback can end the call in good order; afterwards it is a
    KeyboardInterrupt. Python's own handler would raise in the middle of the callback, where the exception gets lost.

    Handlers that a program has set itself stay. Outside the main thread, signals do not arrive anyway."""

    def __init__(self) -> None:
        self.pending = False
        self._installed = False

    def _note(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self.pending = True

    def __enter__(self) -> "Interrupts":
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt


class Callbacks:
    """Calls a user's functions from C. An exception in one of them stops the call and is raised after it."""

    def __init__(self) -> None:
        self.interrupts = Interrupts()
        self.error: Optional[BaseException] = None
        self.stopped = False

    def call(self, function: Optional[Callable[..., Any]], *arguments: Callable[[], Any]) -> bool:
        """Call the function with the arguments' values. False: the library should stop."""
        try:
            if function is not None and self.error is None:
                self.stopped |= function(*[a() for a in arguments]) is False
        except BaseException as e:  # whatever it is, it may not cross the C code
            self.error = e
        return self.error is None and not self.stopped and not self.interrupts.pending

    def __enter__(self) -> "Callbacks":
        self.interrupts.__enter__()
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.interrupts.__exit__(kind, error, trace)
        if self.error is not None:
            raise self.error
