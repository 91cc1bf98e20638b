"""What is measured: a case, its inputs, and the line of figures that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lucid.bench.sides.base import Side

__all__ = ["BOTH", "COLUMNS", "FORWARD", "Case", "Input", "Line", "draw", "seed_for"]

FORWARD, BOTH = "forward", "forward+backward"
#: Length of the rows of cases that have rows.
COLUMNS = 256


@dataclass(frozen=True)
class Input:
    """One array that a case is given.

    Attributes
    ----------
    low, high
        The interval from which its numbers are drawn; for integers the end is not part of it.
    shape
        ``"full"`` (all elements), ``"rows"`` (the same in rows of `COLUMNS`), ``"row"`` (one for
        each column), ``"column"`` (one for each row) or ``"one"``.
    kind
        ``"f"`` for the dtype of the run, ``"s"`` for the same with values -1 and 1 alone, ``"i"``
        for int64, ``"b"`` for flags.
    grad
        Whether a gradient is wanted.
    """

    low: float = -3.0
    high: float = 3.0
    shape: str = "full"
    kind: str = "f"
    grad: bool = True

    def draw(self, random: np.random.Generator, size: int, dtype: np.dtype) -> np.ndarray:
        """Return the array for a run of ``size`` elements."""
        rows = max(1, size // COLUMNS)
        shape = {
            "full": (size,),
            "rows": (rows, COLUMNS),
            "row": (COLUMNS,),
            "column": (rows, 1),
            "one": (1,),
        }[self.shape]
        if self.kind == "b":
            return random.random(shape) < 0.5
        if self.kind == "i":
            return random.integers(int(self.low), int(self.high), shape)
        if self.kind == "s":
            return np.where(random.random(shape) < 0.5, -1, 1).astype(dtype)
        single = np.float32 if dtype == np.float32 else np.float64
        share = random.random(shape, dtype=single)
        return (share * (self.high - self.low) + self.low).astype(dtype, copy=False)


@dataclass(frozen=True)
class Case:
    """Something that several libraries can do.

    Attributes
    ----------
    name
        What the line is called.
    inputs
        The arrays it takes.
    make
        Gives a side's function of its own tensors, or None where the side has none.
    backward
        Whether the backward pass is measured too.
    """

    name: str
    inputs: tuple[Input, ...]
    make: Callable[[Side], Callable[..., Any] | None]
    backward: bool = True

    @property
    def modes(self) -> tuple[str, ...]:
        """What is measured of it."""
        return (FORWARD, BOTH) if self.backward else (FORWARD,)


def draw(case: Case, size: int, dtype: np.dtype) -> list[np.ndarray]:
    """Return the inputs of a case; the same for each call with the same arguments."""
    random = np.random.default_rng(1)
    return [given.draw(random, size, dtype) for given in case.inputs]


@dataclass
class Line:
    """The figures of one case, size and mode.

    Attributes
    ----------
    seconds
        Median for each side.
    quickest
        Shortest batch for each side.
    left_out
        Sides without a figure, each with the reason.
    moved
        Bytes that a single pass must read and write; 0 where nobody can say.
    cost
        Work of an element in additions, as the launcher estimates it; 0 as above.
    copying
        Seconds for copying as many bytes, half of them read and half written: on the CPU the
        fastest way, measured in turns with the sides, on a GPU by its bandwidth. 0 as above, and
        for other modes than forward.
    """

    suite: str
    name: str
    mode: str
    size: int
    dtype: str
    seconds: dict[str, float] = field(default_factory=dict)
    quickest: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    moved: int = 0
    cost: int = 0
    copying: float = 0.0

    def ratio(self, side: str, quickest: bool = False) -> float | None:
        """Time of a side over ours: above 1 we are ahead. None without a figure."""
        held = self.quickest if quickest else self.seconds
        return held[side] / held["lucid"] if side in held else None

    @property
    def share(self) -> float | None:
        """Speed of our reads and writes, as a share of that of copying. None without figures."""
        return self.copying / self.seconds["lucid"] if self.copying else None


def seed_for(output: np.ndarray) -> np.ndarray:
    """Return a gradient of the output, with no regularity that hides a mistake."""
    random = np.random.default_rng(2)
    return np.asarray(random.random(output.shape) + 0.5, output.dtype)
