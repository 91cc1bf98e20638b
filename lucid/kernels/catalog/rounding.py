"""Rounding to integral values. Integers stay as they are; the derivatives are 0."""

from __future__ import annotations

from typing import Any

from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = ["ceil", "floor", "frac", "round", "trunc"]


@pointwise
def floor(x: Any) -> Any:
    """Round down: the largest integral number that is not above ``x``.

    All real dtypes. Zeros keep their sign; NaN and infinities stay.
    Source: IEEE 754-2019, 5.9; array API standard.

    >>> lucid.floor(np.array([-1.5, 1.5]))
    array([-2.,  1.])
    """
    return apply("floor", x)


@pointwise
def ceil(x: Any) -> Any:
    """Round up: the smallest integral number that is not below ``x``.

    All real dtypes. Zeros keep their sign, and numbers in (-1, 0) give -0.0; NaN and infinities
    stay.
    Source: IEEE 754-2019, 5.9; array API standard.

    >>> lucid.ceil(np.array([-1.5, 1.5]))
    array([-1.,  2.])
    """
    return apply("ceil", x)


@pointwise
def trunc(x: Any) -> Any:
    """Round towards 0.

    All real dtypes. The sign stays, of a 0 too; NaN and infinities stay.
    Source: IEEE 754-2019, 5.9; array API standard.

    >>> lucid.trunc(np.array([-1.5, 1.5]))
    array([-1.,  1.])
    """
    return apply("trunc", x)


@pointwise
def round(x: Any) -> Any:
    """Round to the nearest integral number, a half to the even one.

    All real dtypes. The sign stays, of a 0 too; NaN and infinities stay.
    Source: IEEE 754-2019, 5.9 (roundTiesToEven); array API standard.

    >>> lucid.round(np.array([-1.5, 0.5, 2.5, 2.6]))
    array([-2.,  0.,  2.,  3.])
    """
    return apply("round", x)


@pointwise
def frac(x: Any) -> Any:
    """Part behind the point, with the sign of ``x``: ``x - trunc(x)``.

    All real dtypes but bool; 0 for integers. Exact. Infinities give NaN; NaN stays NaN. The
    derivative is 1.
    Source: PyTorch, torch.frac.

    >>> lucid.frac(np.array([-1.25, 2.5]))
    array([-0.25,  0.5 ])
    """
    return x - apply("trunc", x)
