"""A sampled curve: where it jumps, its points as a pen draws them, and how much of it to show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Curve", "Jump", "find_jumps", "limits"]

#: A step of a curve so many times larger than the steps around it may be a jump.
_SUSPECT = 5.0
_HALVINGS = 40
#: A value so many times larger than most belongs to a pole.
_POLE = 1e4
#: Beyond so many the picture would be a comb anyhow.
_MOST = 80


@dataclass(frozen=True)
class Jump:
    """A point at which a curve has different limits from its two sides, or a value of its own.

    Attributes
    ----------
    at
        The point.
    left, right
        The limits from below and from above.
    """

    at: float
    left: float
    right: float


class Curve:
    """A function of one variable, sampled.

    Attributes
    ----------
    function
        The function, from arrays to arrays.
    x, y
        The points.
    jumps
        Its jumps between the points.
    """

    def __init__(
        self, function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray
    ) -> None:
        self.function = function
        self.x = x
        y = np.where(np.isfinite(y), y, np.nan)
        if np.isfinite(y).any():
            # A point may stand on a pole all but exactly.
            y[np.abs(y) > _POLE * max(1.0, np.nanpercentile(np.abs(y), 90))] = np.nan
        self.y = y
        self.jumps = find_jumps(function, x, self.y)

    def dots(self) -> list[float]:
        """Return the values at the jumps."""
        return self.function(np.array([j.at for j in self.jumps])).tolist() if self.jumps else []

    def points(self, height: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the points of a line that goes up to each jump and starts anew behind it.

        Nor does it cross a pole: a step of several times the picture's height is none to draw.
        """
        apart = np.ones(len(self.x), bool)
        for jump in self.jumps:
            apart &= np.abs(self.x - jump.at) > 1e-8
        ends = [(j.at, y) for j in self.jumps for y in (j.left, np.nan, j.right)]
        xs = np.concatenate([self.x[apart], [at for at, _ in ends]])
        ys = np.concatenate([self.y[apart], [y for _, y in ends]])
        order = np.argsort(xs, kind="stable")
        xs, ys = xs[order], ys[order]
        far = np.flatnonzero(np.abs(np.diff(ys)) > 3.0 * height) + 1
        return np.insert(xs, far, xs[far]), np.insert(ys, far, np.nan)


def find_jumps(
    function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray
) -> list[Jump]:
    """Return the jumps of a function between the points ``x``, where it has the values ``y``.

    A step that is large against its neighbours is halved again and again, towards its larger
    part. Of a steep but continuous curve nothing remains, of a pole more than there was: both
    are no jumps.
    """
    steps = np.abs(np.diff(y))
    known = steps[np.isfinite(steps)]
    if not len(known):
        return []
    usual = np.array([_usual(steps, place) for place in range(len(steps))])
    # Below it lies what rounding does.
    least = 1e-7 * max(1.0, float(np.nanmedian(np.abs(y))))
    places = np.flatnonzero(np.isfinite(steps) & (steps > _SUSPECT * usual + least))[:_MOST]
    if not len(places):
        return []
    a, b, left, right = x[places], x[places + 1], y[places], y[places + 1]
    for _ in range(_HALVINGS):
        middle = 0.5 * (a + b)
        value = function(middle)
        lower = np.abs(value - left) >= np.abs(right - value)
        a, b = np.where(lower, a, middle), np.where(lower, middle, b)
        left, right = np.where(lower, left, value), np.where(lower, value, right)
    ratio = np.abs(right - left) / steps[places]
    found = [
        Jump(_short(0.5 * (a[k] + b[k])), float(left[k]), float(right[k]))
        for k in range(len(places))
        if 0.4 <= ratio[k] <= 4.0
    ]
    # What is at the very ends has one side only.
    edge = 1e-6 * (x[-1] - x[0])
    return _merge([jump for jump in found if x[0] + edge < jump.at < x[-1] - edge])


def _usual(steps: np.ndarray, place: int) -> float:
    near = steps[max(0, place - 4) : place + 5]
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else 0.0


def _short(value: float) -> float:
    """Undo the last error of the bisection: kinks stand at short decimal numbers."""
    short = round(float(value), 9)
    return short + 0.0 if abs(short - value) < 1e-8 else float(value)


def _merge(jumps: list[Jump]) -> list[Jump]:
    """Join the two jumps beside a point whose own value lies between the limits."""
    merged: list[Jump] = []
    for jump in jumps:
        if merged and abs(merged[-1].at - jump.at) < 1e-7:
            jump = Jump(jump.at, merged.pop().left, jump.right)
        merged.append(jump)
    return merged


def limits(curves: Sequence[Curve], slopes: Sequence[Curve]) -> tuple[float, float]:
    """Return the range to show: all of the curves, but of what runs to infinity only the rest.

    Derivatives may take as much room again as the functions, no more.
    """
    bounds = [bound for bound in map(_bounds, curves) if bound is not None]
    if not bounds:
        return -1.0, 1.0
    low, high = min(bound[0] for bound in bounds), max(bound[1] for bound in bounds)
    room = max(high - low, 1.0)
    for bound in map(_bounds, slopes):
        if bound is not None:
            low, high = min(low, max(bound[0], low - room)), max(high, min(bound[1], high + room))
    margin = 0.07 * (high - low) if high > low else 1.0
    return low - margin, high + margin


def _bounds(curve: Curve) -> tuple[float, float] | None:
    even = np.interp(np.linspace(curve.x[0], curve.x[-1], 401), curve.x, curve.y)
    even = even[np.isfinite(even)]
    if not len(even):
        return None
    dots = [dot for dot in curve.dots() if np.isfinite(dot)]
    least, low, high, most = np.percentile(even, [0.0, 2.0, 98.0, 100.0])
    inner = np.percentile(even, [10.0, 90.0])
    reach = 0.6 * (inner[1] - inner[0])
    # A few points reach much farther than all the others: a pole, if closer ones reach farther yet.
    if most - high > 0.5 * (high - low) and _grows(curve, 1.0, high - low):
        most = min(most, inner[1] + reach)
    if low - least > 0.5 * (high - low) and _grows(curve, -1.0, high - low):
        least = max(least, inner[0] - reach)
    return min(float(least), *dots, math.inf), max(float(most), *dots, -math.inf)


def _grows(curve: Curve, sign: float, scale: float) -> bool:
    """Tell whether more points around the largest value (or least one) give larger ones.

    So they do at the ends of the interval, where the points are close already.
    """
    values = sign * curve.y
    top = int(np.nanargmax(values))
    step = (curve.x[-1] - curve.x[0]) / 200.0
    if not curve.x[0] + step < curve.x[top] < curve.x[-1] - step:
        return True
    ends = curve.x[[max(top - 1, 0), min(top + 1, len(values) - 1)]]
    near = sign * curve.function(np.linspace(ends[0], ends[1], 65))
    near = near[np.isfinite(near)]
    return bool(len(near) and near.max() > values[top] + 0.05 * scale)
