import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

EXACT = {"sin": mp.sin, "cos": mp.cos, "tan": mp.tan}
# The largest errors found by tools/accuracy, with a little room.
BOUNDS = {
    ("sin", "f32"): 0.51,
    ("cos", "f32"): 0.51,
    ("tan", "f32"): 0.96,
    ("sin", "f64"): 0.79,
    ("cos", "f64"): 0.79,
    ("tan", "f64"): 0.85,
}
DTYPES = {"f32": np.float32, "f64": np.float64}
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(EXACT, DTYPES)))


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def everywhere(dtype: str) -> Any:
    """Small arguments, every exponent, and neighbours of multiples of pi/2 of all sizes."""
    number, rng = DTYPES[dtype], np.random.default_rng(5)
    top, bottom = (128, -149) if dtype == "f32" else (1024, -1074)
    exponents = np.repeat(np.arange(bottom, top), 3 if dtype == "f32" else 1)
    multiples = [int(2**k) + 1 for k in rng.uniform(0, 0.9 * top, 500)]
    with mp.workprec(1200):
        near = np.array([float(k * mp.pi / 2) for k in multiples]).astype(number)
    return np.concatenate(
        [
            rng.uniform(-20, 20, 1500).astype(number),
            np.ldexp(rng.uniform(1, 2, exponents.size), exponents).astype(number),
            *(np.nextafter(near, number(s)) for s in (0, np.inf)),
            near,
        ]
    )


@ALL
def test_error(name: str, dtype: str, worst: Any) -> None:
    error, at = worst(function(name, dtype), EXACT[name], everywhere(dtype))
    assert error < BOUNDS[name, dtype], at


@ALL
def test_nearest_multiples_of_half_pi(name: str, dtype: str, worst: Any) -> None:
    # The float64 that comes nearest to a multiple of pi/2; float32 around the changes of window.
    if dtype == "f64":
        x = np.array([6381956970095103 * 2.0**797, 5.319372648326541e255, 1.5707963267948966])
    else:
        edges = np.array([2.0**48, 2.0**74, 2.0**102, 2.0**128 - 2.0**104], np.float32)
        below = np.nextafter(edges, np.float32(0))
        x = np.concatenate([edges, below, np.array([16367173 * 2.0**72], np.float32)])
    error, at = worst(function(name, dtype), EXACT[name], x)
    assert error < BOUNDS[name, dtype], at


@pytest.mark.parametrize("name", EXACT)
@given(x=st.floats(allow_nan=False, allow_infinity=False))
def test_any_float64(name: str, x: float, worst: Any) -> None:
    error, _ = worst(function(name, "f64"), EXACT[name], np.array([x]))
    assert error < BOUNDS[name, "f64"]


@ALL
def test_special_values(name: str, dtype: str, apply: Any) -> None:
    x = np.array([np.inf, -np.inf, np.nan], DTYPES[dtype])
    assert np.isnan(apply(function(name, dtype), x)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_and_tiny_arguments(dtype: str, apply: Any) -> None:
    info = np.finfo(DTYPES[dtype])
    tiny = np.array([0.0, info.smallest_subnormal, info.tiny, info.eps**2], DTYPES[dtype])
    x = np.concatenate([tiny, -tiny])
    for name in ("sin", "tan"):
        y = apply(function(name, dtype), x)
        assert np.array_equal(y, x)
        assert np.array_equal(np.signbit(y), np.signbit(x))
    assert (apply(function("cos", dtype), x) == 1).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_symmetry_and_range(dtype: str, apply: Any) -> None:
    x = everywhere(dtype)
    for name, sign in (("sin", -1), ("cos", 1), ("tan", -1)):
        y = apply(function(name, dtype), x)
        assert np.array_equal(apply(function(name, dtype), -x), sign * y)
        assert name == "tan" or np.abs(y).max() <= 1
