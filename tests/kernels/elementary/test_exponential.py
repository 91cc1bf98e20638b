import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

# Name, exact function, where the result is finite and not zero, bounds in ulp.
CASES = {
    "exp": (mp.exp, {"f32": (-104, 88.8), "f64": (-746, 709.9)}, {"f32": 0.77, "f64": 0.8}),
    "exp2": (
        lambda x: mp.mpf(2) ** x,
        {"f32": (-150, 128), "f64": (-1075, 1024)},
        {"f32": 0.93, "f64": 0.8},
    ),
    "exp10": (
        lambda x: mp.mpf(10) ** x,
        {"f32": (-45.2, 38.6), "f64": (-324, 308.3)},
        {"f32": 0.77, "f64": 0.8},
    ),
    "expm1": (mp.expm1, {"f32": (-18, 88.8), "f64": (-38, 709.9)}, {"f32": 0.95, "f64": 0.8}),
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CASES, DTYPES)))


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def sample(name: str, dtype: str) -> Any:
    """Whole range, near zero in every binade, halves of the reduction's steps, both ends."""
    low, high = CASES[name][1][dtype]
    random = np.random.default_rng(3)
    base = {"exp": np.log(2), "exp2": 1.0, "exp10": np.log10(2), "expm1": np.log(2)}[name]
    steps = (np.arange(int(low / base), int(high / base), 7 if dtype == "f64" else 1) + 0.5) * base
    parts = [
        np.linspace(low, high, 400),
        random.uniform(-1, 1, 400),
        np.ldexp(random.uniform(-1, 1, 150), random.integers(-60, 1, 150)),
        steps * (1 - 1e-7),
        steps * (1 + 1e-7),
        low + (high - low) * np.geomspace(1e-9, 0.1, 50),
    ]
    return np.concatenate(parts).astype(DTYPES[dtype])


@ALL
def test_error(name: str, dtype: str, apply: Any, ulps: Any) -> None:
    exact, _, bounds = CASES[name]
    x = sample(name, dtype)
    errors = ulps(apply(function(name, dtype), x), [exact(mp.mpf(float(v))) for v in x])
    worst = int(errors.argmax())
    assert errors[worst] < bounds[dtype], f"{errors[worst]} ulp at {x[worst]!r}"


@BOTH
@given(st.data())
def test_error_anywhere(dtype: str, apply: Any, ulps: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(CASES)))
    exact, ranges, bounds = CASES[name]
    low, high = (float(DTYPES[dtype](bound)) for bound in ranges[dtype])
    x = data.draw(st.floats(low, high, width=int(dtype[1:])))
    result = apply(function(name, dtype), np.array([x], DTYPES[dtype]))
    assert ulps(result, [exact(mp.mpf(x))])[0] < bounds[dtype]


@ALL
def test_special_values(name: str, dtype: str, apply: Any) -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e5, -1e5], DTYPES[dtype])
    below = -1.0 if name == "expm1" else 0.0
    at_zero = [0.0, -0.0] if name == "expm1" else [1.0, 1.0]
    expected = np.array([*at_zero, np.inf, below, np.nan, np.inf, below], DTYPES[dtype])
    result = apply(function(name, dtype), x)
    np.testing.assert_array_equal(result, expected)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result)[known], np.signbit(expected)[known])


@BOTH
def test_bounds_of_overflow_and_underflow(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    largest, smallest = np.finfo(number).max, np.finfo(number).smallest_subnormal
    top = number(np.nextafter(number(mp.log(mp.mpf(float(largest)))), number(0)))
    x = np.array([top, np.nextafter(top, number(99999)) * number(1.0001)], number)
    result = apply(function("exp", dtype), x)
    assert np.isfinite(result[0])
    assert np.isinf(result[1])
    # Half the smallest number rounds to zero, a little more to that number.
    edge = mp.log(mp.mpf(float(smallest)) / 2)
    x = np.array([float(edge) * 1.0001, float(edge) * 0.9999], number)
    np.testing.assert_array_equal(apply(function("exp", dtype), x), [0, smallest])


@BOTH
def test_powers_of_two_are_exact(dtype: str, apply: Any) -> None:
    low, high = CASES["exp2"][1][dtype]
    n = np.arange(low + 1, high)
    result = apply(function("exp2", dtype), n.astype(DTYPES[dtype]))
    np.testing.assert_array_equal(result, np.ldexp(1.0, n.astype(int)))


@BOTH
def test_powers_of_ten_are_exact_where_they_can_be(dtype: str, apply: Any) -> None:
    n = np.arange(11 if dtype == "f32" else 23)
    result = apply(function("exp10", dtype), n.astype(DTYPES[dtype]))
    np.testing.assert_array_equal(result, np.array([10.0**k for k in n], DTYPES[dtype]))


@BOTH
def test_expm1_keeps_what_is_tiny(dtype: str, apply: Any) -> None:
    info = np.finfo(DTYPES[dtype])
    x = np.array([info.smallest_subnormal, -info.smallest_subnormal * 3, -info.tiny], info.dtype)
    np.testing.assert_array_equal(apply(function("expm1", dtype), x), x)


# float32's exp2 leaves out the two-sum, and with it this.
@pytest.mark.parametrize(
    ("name", "dtype"),
    [case for case in itertools.product(CASES, DTYPES) if case != ("exp2", "f32")],
)
def test_monotone_where_the_reduction_steps(name: str, dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    base = {"exp2": 1.0, "exp10": np.log10(2)}.get(name, np.log(2))
    for step in (-1.5, -0.5, 0.5, 1.5, 20.5):
        x = [number(step * base)]
        for _ in range(40):
            x.append(np.nextafter(x[-1], number(np.inf)))
        assert (np.diff(apply(function(name, dtype), np.array(x))) >= 0).all()
