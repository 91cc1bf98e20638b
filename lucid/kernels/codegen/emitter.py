"""A text with indentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Emitter"]


class Emitter:
    """Collects lines of Python source."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def line(self, text: str = "") -> None:
        self._lines.append(f"{'    ' * self._depth}{text}" if text else "")

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write ``header`` and indent what follows."""
        self.line(header)
        self._depth += 1
        yield
        self._depth -= 1

    def lines(self, other: Emitter) -> None:
        """Write the lines of another text at this depth."""
        self._lines.extend(f"{'    ' * self._depth}{line}" if line else "" for line in other._lines)

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"
