"""Stratified samples against mpmath: float64, and functions of two arguments.

The strata: every exponent; the range where functions are used; numbers close to each point of the
registry (zeros, poles, changes of a reduction), from one ulp to an eighth away; the neighbours of
multiples of pi/2; negative numbers beside integers, where a function has poles there. For two
arguments: independent exponents, close exponents, and one argument of the range of use.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from mpmath import mp

from tools.accuracy.function import Function
from tools.accuracy.sweep import Result, peers
from tools.accuracy.ulp import NEAR_ZERO, error_in_ulp

#: Bits of the reference; sums that cancel lose some of them.
PRECISION = 320
SEED = 20250301

Array = npt.NDArray[Any]


# What overflows becomes an infinity, and is left out.
@np.errstate(all="ignore")
def sample(function: Function, dtype: Any, count: int) -> list[Array]:
    """Draw arguments, about ``count`` of them."""
    rng = np.random.default_rng(SEED)
    part = count // 4
    strata = [_exponents(rng, dtype, part), rng.uniform(*function.bench, part)]
    strata += [_close(rng, point, part // 4, dtype) for point in function.points]
    if function.name in ("sin", "cos", "tan"):
        strata.append(_multiples(rng, part))
    if function.integers:
        whole = -rng.integers(0, 40, part // 2).astype(np.float64)
        strata.append(
            whole + rng.uniform(-1, 1, part // 2) * 10.0 ** -rng.integers(0, 14, part // 2)
        )
    x = _within(function, np.concatenate(strata).astype(dtype))
    if function.arity == 1:
        return [x]
    size = len(x)
    free, used = rng.permutation(_exponents(rng, dtype, size)), rng.uniform(-10, 10, size)
    close = x.astype(np.float64) * rng.choice([-1, 1], size) * np.exp2(rng.uniform(-3, 3, size))
    choice = rng.integers(0, 3, size)
    y = np.choose(choice, [free.astype(np.float64), used, close]).astype(dtype)
    if function.name == "pow":
        # Most powers overflow: exponents that reach the bounds of the result, and no further.
        reach = np.log(np.finfo(dtype).max) / np.maximum(np.abs(np.log(x.astype(float))), 1e-300)
        y = np.where(choice == 0, y, rng.uniform(-1.05, 1.05, size) * reach).astype(dtype)
    return [x, y]


def _exponents(rng: Any, dtype: Any, count: int) -> Array:
    info = np.finfo(dtype)
    exponents = np.linspace(info.minexp - info.nmant, info.maxexp - 1, count).round().astype(int)
    return (np.ldexp(rng.uniform(1, 2, count), exponents) * rng.choice([-1, 1], count)).astype(
        dtype
    )


def _close(rng: Any, point: float, count: int, dtype: Any) -> Array:
    info = np.finfo(dtype)
    steps = rng.choice([-1, 1], count) * np.exp2(rng.uniform(-info.nmant - 1, -3, count))
    return np.asarray(point + (abs(point) or 1.0) * steps)


def _multiples(rng: Any, count: int) -> Array:
    quarters = np.exp2(rng.uniform(0, 900, count))
    with mp.workprec(1200):
        return np.array(
            [float(int(q) * mp.pi / 2) for q in quarters] + [6381956970095103 * 2.0**797]
        )


def _within(function: Function, x: Array) -> Array:
    lower, upper = function.domain
    if lower == 0:
        x = np.abs(x)
    elif np.isfinite(lower):
        # The exponents of the numbers outside serve for small ones inside.
        outside = (x < lower) | (x > upper)
        x = np.where(outside, np.clip(1 / x, lower, upper), x).astype(x.dtype)
    return x[np.isfinite(x) & (x >= lower) & (x <= upper)]


def measure_sample(function: Function, dtype: Any, count: int) -> Result:
    """Measure a function on a stratified sample."""
    arguments = sample(function, dtype, count)
    exact = _references(function, arguments, dtype)
    out = function.measured(*arguments)
    with np.errstate(all="ignore"):
        results = {"lucid": out, **{name: f(*arguments) for name, f in peers(function).items()}}
    kept = [
        i
        for i, r in enumerate(exact)
        if r is not None and not (function.zeros and arguments[0][i] < 0 and abs(r) < NEAR_ZERO)
    ]
    result: Result = {"inputs": f"{len(kept)} samples of {dtype.__name__}"}
    with mp.workprec(PRECISION):
        for name, y in results.items():
            errors = [error_in_ulp(y[i], exact[i]) for i in kept]
            worst = max(range(len(kept)), key=errors.__getitem__)
            result[name] = {
                "max_ulp": float(errors[worst]),
                "at": [float(a[kept[worst]]) for a in arguments],
                "correctly_rounded": sum(e <= 0.5 for e in errors) / len(kept),
                "count": len(kept),
            }
    return result


def _references(function: Function, arguments: list[Array], dtype: Any) -> list[Any]:
    """Exact results; None where there is none (poles) or mpmath can't give it."""
    values = []
    with mp.workprec(PRECISION):
        for place in zip(*arguments, strict=True):
            numbers = [mp.mpf(float(a)) for a in place]
            try:
                value = function.exact(*numbers)
            except (ValueError, ZeroDivisionError, OverflowError, mp.NoConvergence):
                value = None
            values.append(value if isinstance(value, mp.mpf) and mp.isfinite(value) else None)
    return values
