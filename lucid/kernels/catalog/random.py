"""Random numbers as functions of a seed and a position.

Nothing is stored and there is no order: the same seed gives the same bits on every target, in
any dtype of the position, and again in the backward pass. ``lucid.kernels.positions`` gives the
positions of an array's elements.
"""

from __future__ import annotations

import math
from typing import Any

from lucid.kernels.catalog.choice import where
from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = ["random_bits", "random_dropout", "random_mask", "random_normal", "random_uniform"]


def _width(dtype: str) -> str:
    if dtype not in ("float32", "float64"):
        raise ValueError(f"got dtype={dtype!r}; give 'float32' or 'float64'")
    return "f32" if dtype == "float32" else "f64"


@pointwise
def random_bits(seed: Any, position: Any) -> Any:
    """Return 64 random bits for each position, as uint64.

    Integers; a seed from 0 to 2**53. Source: Salmon et al., Parallel Random Numbers: As Easy as
    1, 2, 3, 2011 (Philox 2x32, ten rounds).

    >>> lucid.kernels.random_bits(0, np.arange(2))
    array([18383040953097194994, 15914850636588047211], dtype=uint64)
    """
    return apply("random_bits", seed, position)


@pointwise
def random_uniform(seed: Any, position: Any, dtype: str = "float32") -> Any:
    """Return a number from [0, 1) for each position: the upper 24 bits, or 53 in float64.

    Integers; a seed from 0 to 2**53. The two dtypes give the same number, rounded down.
    Source: ``random_bits``.

    >>> lucid.kernels.random_uniform(0, np.arange(3)).round(4)
    array([0.9965, 0.8627, 0.0181], dtype=float32)
    """
    return apply(f"unit_{_width(dtype)}", apply("random_bits", seed, position))


@pointwise
def random_normal(seed: Any, position: Any, dtype: str = "float32") -> Any:
    """Return a standard normal number for each position.

    ``sqrt(-2 * log(u)) * cos(2 * pi * v)`` with ``u`` and ``v`` of 32 bits each; up to 6.7 in
    size. Integers; a seed from 0 to 2**53.
    Source: Box and Muller, A Note on the Generation of Random Normal Deviates, 1958.

    >>> lucid.kernels.random_normal(0, np.arange(3)).round(4)
    array([-0.0741, -0.3769,  0.0186], dtype=float32)
    """
    bits = apply("random_bits", seed, position)
    angle = apply(f"unit_{_width(dtype)}", apply("left_shift", bits, 32))
    share = apply(f"open_{_width(dtype)}", bits)
    return apply("sqrt", -2.0 * apply("log", share)) * apply("cos", 2.0 * math.pi * angle)


@pointwise
def random_mask(seed: Any, position: Any, p: float = 0.5) -> Any:
    """Return for each position whether it is kept: True with the probability ``1 - p``.

    Integers; a seed from 0 to 2**53.
    Source: Srivastava et al., Dropout, 2014.

    >>> lucid.kernels.random_mask(0, np.arange(3), p=0.5)
    array([ True,  True, False])
    """
    return apply("unit_f32", apply("random_bits", seed, position)) >= p


@pointwise
def random_dropout(x: Any, seed: Any, position: Any, p: float = 0.5) -> Any:
    """Drop with the probability ``p``, and scale what stays: 0, or ``x / (1 - p)``.

    Floating ``x``, integers for the rest; a seed from 0 to 2**53. Backward draws the same bits
    again. A dropped NaN gives 0; the derivative of a dropped element is 0.
    Source: Srivastava et al., Dropout, 2014.

    >>> lucid.kernels.random_dropout(np.ones(3), 0, np.arange(3), p=0.5)
    array([2., 2., 0.])
    """
    return where(random_mask(seed, position, p), x * (1.0 / (1.0 - p)), 0.0)
