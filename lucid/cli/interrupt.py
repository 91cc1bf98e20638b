"""Stop in good order when a signal asks for it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Interrupt"]


class Interrupt:
    """Notes Ctrl-C (SIGINT) or SIGTERM, so that a loop can end after a whole step.

    A second Ctrl-C stops at once, with ``KeyboardInterrupt``. Outside the main thread, where
    Python allows no handlers, it notes nothing.

    Examples
    --------
    >>> with Interrupt() as interrupt:
    ...     signal.raise_signal(signal.SIGINT)
    ...     interrupt.requested()
    True
    """

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[signal.Signals, Any] = {}

    def requested(self) -> bool:
        """Whether a signal came."""
        return self.number != 0

    @property
    def code(self) -> int:
        """The exit code by which shells know a program that a signal stopped."""
        return 128 + self.number

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
