import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

DTYPES = {"f32": np.float32, "f64": np.float64}
BOUNDS = {"f32": 0.78, "f64": 0.9}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
INF, NAN = math.inf, math.nan


def function(dtype: str) -> Any:
    return getattr(elementary, f"pow_{dtype}")


def expected(x: float, y: float) -> float:
    """C99's Annex F.10.4.4, case by case; finite results of finite numbers come from mpmath."""
    odd = math.isfinite(y) and y == math.floor(y) and math.fmod(y, 2) != 0
    if y == 0 or x == 1:
        return 1.0
    if math.isnan(x) or math.isnan(y):
        return NAN
    if math.isinf(y):
        if abs(x) == 1:
            return 1.0
        return INF if (abs(x) > 1) == (y > 0) else 0.0
    if x == 0 or math.isinf(x):
        size = INF if (x == 0) == (y < 0) else 0.0
        return math.copysign(size, x) if odd else size
    if x < 0 and y != math.floor(y):
        return NAN
    size = mp.mpf(abs(x)) ** mp.mpf(y)
    return float(-size if x < 0 and odd else size)


VALUES = [0.0, 1.0, INF, 2.0, 0.5, 3.0, 1.5, 7.0, 1e-30, 1e30, 2.0**24 + 2, 2.0**53, 1e-45, 0.1]


@BOTH
def test_special_values(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    values = [number(v) for v in (*VALUES, *(-v for v in VALUES), NAN)]
    pairs = list(itertools.product(values, values))
    x, y = (np.array(column, number) for column in zip(*pairs, strict=True))
    result = apply(function(dtype), x, y)
    with np.errstate(over="ignore", under="ignore"):
        exact = np.array([expected(float(a), float(b)) for a, b in pairs]).astype(number)
    tolerance = 2 * np.finfo(number).eps
    tiny = np.finfo(number).smallest_subnormal
    np.testing.assert_allclose(result, exact, rtol=tolerance, atol=tiny)
    numbers = ~np.isnan(exact)
    np.testing.assert_array_equal(np.signbit(result)[numbers], np.signbit(exact)[numbers])


def sample(dtype: str) -> tuple[Any, Any]:
    """Every size of x with a y that brings the result anywhere in the range, or near its ends."""
    number = DTYPES[dtype]
    info = np.finfo(number)
    random = np.random.default_rng(7)
    x = np.concatenate(
        [
            random.uniform(0, 10, 600),
            np.ldexp(random.uniform(0.5, 1, 600), random.integers(info.minexp, info.maxexp, 600)),
            1 + np.ldexp(random.uniform(-1, 1, 600), random.integers(-info.nmant, -1, 600)),
            random.uniform(0.7, 1.42, 600),
        ]
    ).astype(number)
    x = x[(x > 0) & (x != 1)]
    low, high = info.minexp - info.nmant, info.maxexp
    exponent = np.where(
        np.arange(x.size) % 2 == 0,
        random.uniform(low, high, x.size),
        np.where(random.uniform(size=x.size) < 0.5, high, info.minexp)
        * random.uniform(0.97, 1, x.size),
    )
    return x, (exponent / np.log2(x.astype(np.float64))).astype(number)


@BOTH
def test_error(dtype: str, apply: Any, ulps: Any) -> None:
    x, y = sample(dtype)
    exact = [mp.mpf(float(a)) ** mp.mpf(float(b)) for a, b in zip(x, y, strict=True)]
    errors = ulps(apply(function(dtype), x, y), exact)
    worst = int(errors.argmax())
    assert errors[worst] < BOUNDS[dtype], f"{errors[worst]} ulp at {x[worst]!r}, {y[worst]!r}"


@BOTH
@given(st.data())
def test_error_anywhere(dtype: str, apply: Any, ulps: Any, data: Any) -> None:
    width = int(dtype[1:])
    x = data.draw(st.floats(2.0**-100, 2.0**100, width=width))
    y = data.draw(st.floats(-20, 20, width=width))
    result = apply(function(dtype), np.array([x], DTYPES[dtype]), np.array([y], DTYPES[dtype]))
    assert ulps(result, [mp.mpf(x) ** mp.mpf(y)])[0] < BOUNDS[dtype]


@BOTH
def test_small_integer_powers_are_exact(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    pairs = [(a, b) for a in range(-12, 13) for b in range(8) if abs(a) ** b < 2**24]
    x, y = (np.array(column, number) for column in zip(*pairs, strict=True))
    np.testing.assert_array_equal(apply(function(dtype), x, y), [float(a**b) for a, b in pairs])


@BOTH
def test_first_power_and_square_root(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    random = np.random.default_rng(8)
    x = np.ldexp(random.uniform(0.5, 1, 500), random.integers(-120, 120, 500)).astype(number)
    np.testing.assert_array_equal(apply(function(dtype), x, np.ones_like(x)), x)
    root = apply(function(dtype), x, np.full_like(x, 0.5))
    np.testing.assert_allclose(root, np.sqrt(x), rtol=float(np.finfo(number).eps))
