import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

EXACT = {"asin": mp.asin, "acos": mp.acos, "atan": mp.atan}
# The largest errors found by tools/accuracy, with a little room.
BOUNDS = {
    ("asin", "f32"): 0.71,
    ("acos", "f32"): 0.68,
    ("atan", "f32"): 0.89,
    ("atan2", "f32"): 0.9,
    ("asin", "f64"): 0.6,
    ("acos", "f64"): 0.6,
    ("atan", "f64"): 0.88,
    ("atan2", "f64"): 0.85,
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", DTYPES)
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(EXACT, DTYPES)))


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def sample(name: str, dtype: str) -> Any:
    """All exponents of the domain, the range of use, and both sides of the breakpoints."""
    number, rng = DTYPES[dtype], np.random.default_rng(6)
    info = np.finfo(number)
    top = info.maxexp if name == "atan" else 0
    exponents = rng.integers(info.minexp - info.nmant, top, 1000)
    close = np.exp2(rng.uniform(-info.nmant, -2, 500)) * rng.choice([-1, 1], 500)
    x = np.concatenate(
        [
            np.ldexp(rng.uniform(1, 2, 1000), exponents),
            rng.uniform(0, 1, 1500),
            *(point + close for point in (0.5, 1.0)),
            *([rng.uniform(1, 3, 1000), 2 + close] if name == "atan" else []),
        ]
    ).astype(number)
    x = x[x <= 1] if name != "atan" else x
    return np.concatenate([x, -x[::2]])


@ALL
def test_error(name: str, dtype: str, worst: Any) -> None:
    error, at = worst(function(name, dtype), EXACT[name], sample(name, dtype))
    assert error < BOUNDS[name, dtype], at


@BOTH
def test_error_of_atan2(dtype: str, worst: Any) -> None:
    number, rng = DTYPES[dtype], np.random.default_rng(7)
    info = np.finfo(number)
    y = np.ldexp(rng.uniform(1, 2, 2000), rng.integers(info.minexp - 8, info.maxexp - 3, 2000))
    x = np.concatenate([y[:1500] * np.exp2(rng.uniform(-2, 2, 1500)), rng.permutation(y)[:500]])
    signs = rng.choice([-1, 1], (2, 2000))
    error, at = worst(
        function("atan2", dtype),
        mp.atan2,
        (y * signs[0]).astype(number),
        (x * signs[1]).astype(number),
    )
    assert error < BOUNDS["atan2", dtype], at


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(y=NUMBERS, x=NUMBERS)
def test_any_atan2(y: float, x: float, worst: Any) -> None:
    if x or y:
        error, _ = worst(function("atan2", "f64"), mp.atan2, np.array([y]), np.array([x]))
        assert error < BOUNDS["atan2", "f64"]


@BOTH
def test_atan2_at_zeros_and_infinities(dtype: str, apply: Any) -> None:
    # C99 F.9.1.4; NumPy hands these to the C library.
    special = np.array([0, 1, 2.5, np.inf, np.finfo(DTYPES[dtype]).smallest_subnormal])
    special = np.concatenate([special, -special, [np.nan]]).astype(DTYPES[dtype])
    y, x = (a.ravel() for a in np.meshgrid(special, special))
    result = apply(function("atan2", dtype), y, x)
    expected = np.arctan2(y.astype(float), x.astype(float)).astype(DTYPES[dtype])
    assert np.array_equal(result, expected, equal_nan=True)
    numbers = ~np.isnan(result)
    assert np.array_equal(np.signbit(result[numbers]), np.signbit(expected[numbers]))


@BOTH
def test_outside_the_domain(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    beyond = np.nextafter(number(1), number(2))
    x = np.array([beyond, -beyond, 2, -np.inf, np.inf, np.nan], number)
    for name in ("asin", "acos"):
        assert np.isnan(apply(function(name, dtype), x)).all()


@BOTH
def test_exact_points(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    x = np.array([1, -1, 0, -0.0], number)
    asin, acos = (apply(function(name, dtype), x) for name in ("asin", "acos"))
    assert np.array_equal(asin, np.array([np.pi / 2, -np.pi / 2, 0, 0], number))
    assert np.array_equal(acos, np.array([0, np.pi, np.pi / 2, np.pi / 2], number))
    assert np.array_equal(np.signbit(asin), [False, True, False, True])
    assert not np.signbit(acos).any()
    x = np.array([np.inf, -np.inf, 1, -1, -0.0, np.nan], number)
    atan = apply(function("atan", dtype), x)
    quarters = np.array([2, -2, 1, -1, 0, np.nan]) * np.pi / 4
    assert np.array_equal(atan, quarters.astype(number), equal_nan=True)
    assert np.signbit(atan[4])


@ALL
def test_tiny_arguments(name: str, dtype: str, apply: Any) -> None:
    info = np.finfo(DTYPES[dtype])
    x = np.array([info.smallest_subnormal, -info.tiny, info.eps**2], DTYPES[dtype])
    y = apply(function(name, dtype), x)
    assert np.array_equal(y, np.full(3, np.pi / 2, x.dtype) if name == "acos" else x)
