"""Numbers to test an operation with: its domain, its kinks, and what is special in a dtype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.kernels import Pointwise

__all__ = ["column", "draw", "kinds_of", "special_values"]

_INTEGERS = ("int8", "int32", "int64", "uint8", "uint64")


def special_values(dtype: Any) -> np.ndarray:
    """Return the values of a dtype at which functions tend to go wrong.

    Zeros, ones, infinities and NaN, the least and the largest numbers, and numbers at which
    exponentials leave float32 and float64.

    Examples
    --------
    >>> from lucid.testing import special_values
    >>> special_values("int8")
    array([   0,    1,    2,    3, -128,  127,   -1,   -2], dtype=int8)
    """
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return np.array([False, True])
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        signed = [-1, -2] if kind.kind == "i" else []
        return np.array([0, 1, 2, 3, limits.min, limits.max, *signed], kind)
    info = np.finfo(kind)
    sizes = [
        *(0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 6.0, 1e-5, 1e-3, 1e4),
        *(20.0, 88.5, 100.0, 104.0, 300.0, 710.0, 746.0, 1000.0, 1e30),
        *(float(info.eps), float(info.tiny), float(info.smallest_subnormal)),
        # Their squares leave the range.
        *(2.0 ** (info.maxexp // 2 + 1), 2.0 ** (info.minexp // 2 - 1)),
        *(float(info.max), math.inf),
    ]
    with np.errstate(over="ignore", under="ignore"):
        return np.array([sign * size for size in sizes for sign in (1, -1)] + [math.nan], kind)


def kinds_of(operation: Pointwise) -> tuple[np.dtype, ...]:
    """Return the dtypes that an operation is tested in: float32 and float64, or the integers."""
    names: Sequence[str] = ("float32", "float64")
    from lucid.kernels.errors import DtypeError
    from lucid.kernels.expression import infer

    program, values = operation.bind((np.empty(0, np.float32),) * len(operation.arrays), {})
    given = [v.dtype if isinstance(v, np.ndarray) else type(v) for v in values]
    try:
        infer(program.expression, given)
    except DtypeError:
        names = _INTEGERS
    return tuple(np.dtype(name) for name in names)


def draw(
    operation: Pointwise, dtype: Any, count: int, seed: int = 0, *, special: bool = False
) -> tuple[np.ndarray, ...]:
    """Return ``count`` points of the operation's domain: one array for each array argument.

    Parameters
    ----------
    operation
        The operation; its domain and kinks are respected.
    dtype
        The dtype of the arrays.
    count
        Number of points.
    seed
        Of the random numbers: the same seed gives the same points.
    special
        Put special values into a random half of the places, in and out of the domain, and make
        the arguments equal in some.

    Examples
    --------
    >>> import lucid
    >>> from lucid.testing import draw
    >>> (x,) = draw(lucid.sqrt, "float32", 5)
    >>> x.shape, bool((x >= 0).all())
    ((5,), True)
    """
    kind = np.dtype(dtype)
    random = np.random.default_rng(seed)
    columns = tuple(
        column(random, kind, domain, operation.kinks, count, special) for domain in operation.domain
    )
    if special:  # ties
        equal = random.random(count) < 0.125
        columns = tuple(np.where(equal, columns[0], other) for other in columns)
    return columns


def column(
    random: np.random.Generator,
    kind: np.dtype,
    domain: tuple[float, float] | None,
    kinks: Sequence[float],
    count: int,
    special: bool,
) -> np.ndarray:
    """Return numbers of a domain, with or without special ones among them."""
    if kind.kind in "biu":
        low, high = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
        wide = random.integers(low, high, count, kind, endpoint=True)
        near = random.integers(max(low, -9), min(high, 9), count, kind, endpoint=True)
        found = np.where(random.random(count) < 0.5, wide, near)
    else:
        found = _floats(random, domain, count).astype(kind)
        bottom, top = domain or (-math.inf, math.inf)
        # Rounding to the dtype must not leave the domain.
        found = np.clip(found, kind.type(bottom), kind.type(top))
    if special:
        values = np.concatenate([special_values(kind), np.asarray(kinks, kind)])
        # In turn, not by chance: with enough points none is left out.
        chosen = random.random(count) < 0.5
        found[chosen] = np.resize(random.permutation(values), int(chosen.sum()))
    return found


def _floats(
    random: np.random.Generator, domain: tuple[float, float] | None, count: int
) -> np.ndarray:
    """Return numbers of all sizes: most between 0.01 and 10, some tiny or large."""
    low, high = domain or (-math.inf, math.inf)
    if math.isfinite(low) and math.isfinite(high):
        # Even, and crowded at the ends.
        share = random.random(count)
        edge = 10.0 ** random.uniform(-6, 0, count)
        share = np.where(random.random(count) < 0.5, share, edge)
        share = np.where(random.random(count) < 0.5, share, 1.0 - share)
        return low + share * (high - low)
    size = 10.0 ** np.where(
        random.random(count) < 0.75, random.uniform(-2, 1, count), random.uniform(-6, 2, count)
    )
    if math.isfinite(low):
        return low + size
    if math.isfinite(high):
        return high - size
    return np.asarray(size * random.choice([-1.0, 1.0], count))
