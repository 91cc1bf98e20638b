import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary


def lgamma(x: Any) -> Any:
    return mp.loggamma(x) if x > 0 else mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)


def trigamma(x: Any) -> Any:
    return mp.psi(1, x) if x > 0 else (mp.pi / mp.sinpi(x)) ** 2 - mp.psi(1, 1 - x)


# Name: exact function; bounds in ulp for float32 and float64 for positive arguments.
CASES = {
    "lgamma": (lgamma, 0.52, 0.9),
    "digamma": (mp.digamma, 0.52, 0.9),
    "trigamma": (trigamma, 0.52, 0.9),
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CASES, DTYPES)))


@pytest.fixture(autouse=True)
def precision() -> Any:
    with mp.workprec(200):
        yield


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def bound(name: str, dtype: str) -> float:
    return CASES[name][1 if dtype == "f32" else 2]


@ALL
def test_error_for_positive_arguments(name: str, dtype: str, worst: Any) -> None:
    random = np.random.default_rng(9)
    # Near the zeros, in small and large numbers, and on both sides of the seams.
    seams = (0.5, 1.0, 1.4616321449683622, 1.5, 2.0, 2.5)
    small, large = (-149, 120) if dtype == "f32" else (-1074, 1000)
    if name == "trigamma":
        # Beyond these its square overflows, or mpmath takes long.
        small, large = small // 3, 60
    parts = [
        random.uniform(0, 4, 200),
        random.uniform(0, 150, 100),
        *(seam * (1 + np.linspace(-1e-3, 1e-3, 30)) for seam in seams),
        *(seam * (1 + np.linspace(-1e-6, 1e-6, 10)) for seam in seams),
        np.ldexp(1.0, random.integers(small, 0, 40)) * (1 + (small > -1000) * random.uniform()),
        np.ldexp(random.uniform(1, 2, 40), random.integers(0, large, 40)),
    ]
    x = np.concatenate(parts).astype(DTYPES[dtype])
    error, where = worst(function(name, dtype), CASES[name][0], x)
    assert error < bound(name, dtype), where


@ALL
def test_error_for_negative_arguments(name: str, dtype: str, worst: Any) -> None:
    random = np.random.default_rng(10)
    x = np.concatenate(
        [
            random.uniform(-6, 0, 250),
            random.uniform(-100, 0, 150),
            -np.ldexp(random.uniform(1, 2, 40), random.integers(-100, 0, 40)),
        ]
    ).astype(DTYPES[dtype])
    exact = CASES[name][0]
    # Away from the zeros, where the terms of the reflection cancel.
    x = x[[abs(exact(mp.mpf(float(v)))) > 1 for v in x]]
    error, where = worst(function(name, dtype), exact, x)
    assert error < 0.95, where


@BOTH
@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_absolute_error_about_the_negative_zeros(name: str, dtype: str, apply: Any) -> None:
    x = np.random.default_rng(11).uniform(-5, 0, 400).astype(DTYPES[dtype])
    exact = np.array([float(CASES[name][0](mp.mpf(float(v)))) for v in x])
    result = apply(function(name, dtype), x)
    near = np.abs(exact) < 1
    assert near.any()
    assert np.abs(result - exact)[near].max() < 1.5 * np.finfo(DTYPES[dtype]).epsneg


@BOTH
@given(st.data())
def test_error_anywhere(dtype: str, worst: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(CASES)))
    x = data.draw(
        st.floats(float(np.float32(1e-30)), float(np.float32(1e30)), width=int(dtype[1:]))
    )
    error, _ = worst(function(name, dtype), CASES[name][0], np.array([x], DTYPES[dtype]))
    assert error < bound(name, dtype)


@BOTH
def test_special_values_of_lgamma(dtype: str, apply: Any) -> None:
    inf = np.inf
    x = np.array([-inf, -1e30, -3.0, -0.0, 0.0, 1.0, 2.0, inf, np.nan], DTYPES[dtype])
    expected = np.array([inf, inf, inf, inf, inf, 0.0, 0.0, inf, np.nan], DTYPES[dtype])
    result = apply(function("lgamma", dtype), x)
    np.testing.assert_array_equal(result, expected)
    assert not np.signbit(result[5:7]).any()


@BOTH
def test_special_values_of_digamma(dtype: str, apply: Any) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([-inf, -1e30, -3.0, -0.0, 0.0, inf, nan], DTYPES[dtype])
    expected = np.array([nan, nan, nan, inf, -inf, inf, nan], DTYPES[dtype])
    np.testing.assert_array_equal(apply(function("digamma", dtype), x), expected)


@BOTH
def test_digamma_up_to_the_largest_number(dtype: str, worst: Any) -> None:
    largest = float(np.finfo(DTYPES[dtype]).max)
    x = (largest * np.array([0.4, 0.5, 0.55, 0.78, 0.9849, 1.0])).astype(DTYPES[dtype])
    error, where = worst(function("digamma", dtype), CASES["digamma"][0], x)
    assert error < bound("digamma", dtype), where


@BOTH
def test_special_values_of_trigamma(dtype: str, apply: Any) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([-inf, -1e30, -3.0, -0.0, 0.0, 1e-30, 1e30, inf, nan], DTYPES[dtype])
    expected = np.array([nan, inf, inf, inf, inf, 1e60, 1e-30, 0.0, nan], np.float64)
    with np.errstate(over="ignore"):
        expected = expected.astype(DTYPES[dtype])
    np.testing.assert_allclose(apply(function("trigamma", dtype), x), expected, rtol=1e-6)


@BOTH
def test_overflow_of_lgamma(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    # lgamma reaches the largest number at these arguments.
    edge = 4.0850034e36 if dtype == "f32" else 2.5599833278516e305
    x = np.array([edge * 0.999, edge * 1.001, np.finfo(number).max], number)
    result = apply(function("lgamma", dtype), x)
    np.testing.assert_array_equal(np.isinf(result), [False, True, True])


@BOTH
def test_digamma_of_the_smallest_numbers(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    tiny = np.finfo(number).tiny
    x = np.array([tiny, -tiny, np.finfo(number).smallest_subnormal], number)
    expected = np.array([-1 / tiny, 1 / tiny, -np.inf], number)
    np.testing.assert_array_equal(apply(function("digamma", dtype), x), expected)


@BOTH
@given(st.integers(2, 30))
def test_lgamma_of_integers(dtype: str, apply: Any, n: int) -> None:
    result = apply(function("lgamma", dtype), np.array([n], DTYPES[dtype]))
    exact = np.array([float(mp.log(mp.factorial(n - 1)))], DTYPES[dtype])
    np.testing.assert_array_almost_equal_nulp(result, exact, 1)
