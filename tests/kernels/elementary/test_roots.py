from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

# The largest errors found by tools/accuracy, with a little room.
BOUNDS = {
    ("cbrt", "f32"): 0.7,
    ("cbrt", "f64"): 0.501,
    ("rsqrt", "f32"): 0.9,
    ("rsqrt", "f64"): 0.501,
    ("hypot", "f32"): 0.501,
    ("hypot", "f64"): 0.7,
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", DTYPES)


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def rsqrt(x: Any) -> Any:
    return 1 / mp.sqrt(x)


def cbrt(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


def numbers(dtype: str, count: int = 3000) -> Any:
    """Every exponent, subnormal ones included, and three more binades without gaps."""
    info, rng = np.finfo(DTYPES[dtype]), np.random.default_rng(8)
    exponents = rng.integers(info.minexp - info.nmant, info.maxexp, count)
    x = [np.ldexp(rng.uniform(1, 2, count), exponents), np.linspace(1, 8, count)]
    return np.concatenate(x).astype(info.dtype)


@BOTH
def test_error_of_roots(dtype: str, worst: Any) -> None:
    x = numbers(dtype)
    for name, exact in (("cbrt", cbrt), ("rsqrt", rsqrt)):
        error, at = worst(function(name, dtype), exact, x)
        assert error < BOUNDS[name, dtype], (name, at)


@BOTH
def test_error_of_hypot(dtype: str, worst: Any) -> None:
    rng = np.random.default_rng(9)
    x = numbers(dtype)
    with np.errstate(over="ignore"):
        y = (x * np.exp2(rng.uniform(-3, 3, x.size))).astype(x.dtype)
    kept = np.isfinite(y)
    error, at = worst(function("hypot", dtype), mp.hypot, x[kept], -y[kept])
    assert error < BOUNDS["hypot", dtype], at


@given(x=st.floats(allow_nan=False, allow_infinity=False))
def test_any_cube_root(x: float, worst: Any) -> None:
    assert worst(function("cbrt", "f64"), cbrt, np.array([x]))[0] < BOUNDS["cbrt", "f64"]


@BOTH
def test_cubes_and_squares_have_exact_roots(dtype: str, apply: Any) -> None:
    root = np.arange(-200, 201).astype(DTYPES[dtype])
    assert np.array_equal(apply(function("cbrt", dtype), root**3), root)
    powers = np.ldexp(DTYPES[dtype](1), np.arange(-60, 61))
    assert np.array_equal(apply(function("rsqrt", dtype), powers**2), 1 / powers)
    x, y, z = (np.array(t, DTYPES[dtype]) for t in zip((3, 4, 5), (20, 21, 29), strict=True))
    assert np.array_equal(apply(function("hypot", dtype), x, y), z)


@BOTH
def test_special_values(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -1], number)
    root = apply(function("cbrt", dtype), x)
    assert np.array_equal(root, x, equal_nan=True)
    assert np.signbit(root[1])
    inverse = apply(function("rsqrt", dtype), x)
    assert np.array_equal(
        inverse, np.array([np.inf, -np.inf, 0, np.nan, np.nan, np.nan]), equal_nan=True
    )


@BOTH
def test_hypot_at_infinities_and_nan(dtype: str, apply: Any) -> None:
    # An infinity wins over NaN: C99 F.9.4.3.
    values = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, -2.0], DTYPES[dtype])
    x, y = (a.ravel() for a in np.meshgrid(values, values))
    result = apply(function("hypot", dtype), x, y)
    expected = np.hypot(x, y)
    assert np.array_equal(result, expected, equal_nan=True)
    assert not np.signbit(result[~np.isnan(result)]).any()


@BOTH
def test_hypot_neither_overflows_nor_underflows(dtype: str, apply: Any) -> None:
    info = np.finfo(DTYPES[dtype])
    low, high = info.smallest_subnormal, info.max
    x = np.array([3 * low, high / 2, high, low], info.dtype)
    y = np.array([4 * low, high / 2, high, 0], info.dtype)
    expected = [5 * low, high / 2 * np.sqrt(2), np.inf, low]
    assert np.array_equal(apply(function("hypot", dtype), x, y), np.array(expected, info.dtype))
