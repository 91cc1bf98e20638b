"""Where a sampled curve jumps, found by bisection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Jump", "connect", "find_jumps"]

#: A step of a curve this many times larger than the steps around it may be a jump.
_SUSPECT = 6.0
_HALVINGS = 44
#: Beyond so many the picture would be a comb anyhow.
_MOST = 60


@dataclass(frozen=True)
class Jump:
    """A point at which a curve has different limits from its two sides.

    Attributes
    ----------
    at
        The point.
    left, right
        The limits from below and from above.
    pole
        Whether the limits grow without bound.
    """

    at: float
    left: float
    right: float
    pole: bool = False


def find_jumps(
    curve: Callable[[np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray
) -> list[Jump]:
    """Return the jumps of a curve between the points ``x``, where it has the values ``y``.

    A step that is large against its neighbours is halved until only its larger half's jump is
    left: of a steep but continuous curve nothing remains.
    """
    with np.errstate(invalid="ignore"):
        steps = np.abs(np.diff(y))
    usual = np.array([np.nanmedian(_around(steps, k)) for k in range(len(steps))])
    floor = 1e-6 * (1.0 + np.nanmedian(np.abs(y[np.isfinite(y)])) if np.isfinite(y).any() else 1.0)
    places = np.flatnonzero(np.isfinite(steps) & (steps > _SUSPECT * usual + floor))[:_MOST]
    if not len(places):
        return []
    a, b, left, right = x[places], x[places + 1], y[places], y[places + 1]
    for _ in range(_HALVINGS):
        middle = 0.5 * (a + b)
        value = curve(middle)
        with np.errstate(invalid="ignore"):
            lower = np.abs(value - left) >= np.abs(right - value)
        a, b = np.where(lower, a, middle), np.where(lower, middle, b)
        left, right = np.where(lower, left, value), np.where(lower, value, right)
    rest = np.abs(right - left)
    before = steps[places]
    found = [
        Jump(_round(0.5 * (a[k] + b[k])), left[k], right[k], bool(rest[k] > 20.0 * before[k]))
        for k in range(len(places))
        if rest[k] >= 0.4 * before[k]
    ]
    return _merge(found)


def _around(steps: np.ndarray, place: int) -> np.ndarray:
    near = steps[max(0, place - 4) : place + 5]
    finite = near[np.isfinite(near)]
    return finite if len(finite) else np.zeros(1)


def _round(value: float) -> float:
    """Undo the last error of the bisection: kinks stand at short decimal numbers."""
    short = round(float(value), 9)
    return short + 0.0 if abs(short - value) < 1e-8 else float(value)


def _merge(jumps: list[Jump]) -> list[Jump]:
    """Join the two jumps around a point whose own value lies between the limits."""
    merged: list[Jump] = []
    for jump in jumps:
        if merged and abs(merged[-1].at - jump.at) < 1e-7:
            last = merged.pop()
            jump = Jump(last.at, last.left, jump.right, last.pole or jump.pole)
        merged.append(jump)
    return merged


def connect(x: np.ndarray, y: np.ndarray, jumps: list[Jump]) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of a line that goes up to each jump and starts anew behind it."""
    apart = np.ones(len(x), bool)
    for jump in jumps:
        apart &= np.abs(x - jump.at) > 1e-8
    ends = [
        (jump.at, value)
        for jump in jumps
        for value in ((np.nan,) if jump.pole else (jump.left, np.nan, jump.right))
    ]
    xs = np.concatenate([x[apart], [at for at, _ in ends]])
    ys = np.concatenate([y[apart], [value for _, value in ends]])
    order = np.argsort(xs, kind="stable")
    return xs[order], ys[order]
