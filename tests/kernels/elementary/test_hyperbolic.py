import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

INF = float("inf")
# Exact function, domain, bounds in ulp.
CASES = {
    "tanh": (mp.tanh, (-INF, INF), {"f32": 0.96, "f64": 0.95}),
    "sinh": (mp.sinh, (-INF, INF), {"f32": 0.95, "f64": 0.95}),
    "cosh": (mp.cosh, (-INF, INF), {"f32": 0.8, "f64": 0.75}),
    "asinh": (mp.asinh, (-INF, INF), {"f32": 0.96, "f64": 0.65}),
    "acosh": (mp.acosh, (1.0, INF), {"f32": 0.95, "f64": 0.65}),
    "atanh": (mp.atanh, (-1.0, 1.0), {"f32": 0.7, "f64": 0.65}),
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CASES, DTYPES)))


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def sample(name: str, dtype: str) -> Any:
    """All binades, dense about 1 (where acosh and atanh end), the range where nothing saturates."""
    number = DTYPES[dtype]
    info = np.finfo(number)
    random = np.random.default_rng(5)
    exponents = np.repeat(np.arange(-info.nmant - 8, 12), 20)
    top = float(np.log(info.max)) + 0.5
    x = np.concatenate(
        [
            np.ldexp(random.uniform(0.5, 1, exponents.size), exponents),
            np.ldexp(random.uniform(0.5, 1, 200), random.integers(info.minexp, info.maxexp, 200)),
            1 + np.ldexp(random.uniform(-1, 1, 400), random.integers(-info.nmant, 0, 400)),
            random.uniform(0, 3, 600),
            random.uniform(0, 20, 400),
            random.uniform(0, top, 200),
        ]
    )
    x = np.concatenate([x, -x]).astype(number)
    low, high = CASES[name][1]
    # Far beyond the overflow mpmath would compute numbers with a million digits.
    if name in ("sinh", "cosh", "tanh"):
        high, low = 1000.0, -1000.0
    return x[(x > low) & (x < high)]


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
    exact, (low, high), bounds = CASES[name]
    low, high = max(low, -1000.0), min(high, 1000.0)
    x = data.draw(st.floats(low, high, exclude_min=True, exclude_max=True, width=int(dtype[1:])))
    result = apply(function(name, dtype), np.array([x], DTYPES[dtype]))
    assert ulps(result, [exact(mp.mpf(x))])[0] < bounds[dtype]


#: Results at 0, -0, 1, -1, infinity, -infinity, 2 and -2; None where they are checked elsewhere.
SPECIAL = {
    "tanh": [0.0, -0.0, None, None, 1.0, -1.0, None, None],
    "sinh": [0.0, -0.0, None, None, INF, -INF, None, None],
    "cosh": [1.0, 1.0, None, None, INF, INF, None, None],
    "asinh": [0.0, -0.0, None, None, INF, -INF, None, None],
    "acosh": [np.nan, np.nan, 0.0, np.nan, INF, np.nan, None, np.nan],
    "atanh": [0.0, -0.0, INF, -INF, np.nan, np.nan, np.nan, np.nan],
}


@ALL
def test_special_values(name: str, dtype: str, apply: Any) -> None:
    x = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, 2.0, -2.0], DTYPES[dtype])
    known = np.array([value is not None for value in SPECIAL[name]])
    expected = np.array([v for v in SPECIAL[name] if v is not None], DTYPES[dtype])
    result = apply(function(name, dtype), x)[known]
    np.testing.assert_array_equal(result, expected)
    number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result)[number], np.signbit(expected)[number])
    assert np.isnan(apply(function(name, dtype), np.array([np.nan], DTYPES[dtype])))[0]


@BOTH
def test_tanh_is_one_where_it_rounds_to_one(dtype: str, apply: Any) -> None:
    x = np.array([9.02, 19.07, 100.0, 1e30], DTYPES[dtype])[0 if dtype == "f32" else 1 :]
    np.testing.assert_array_equal(apply(function("tanh", dtype), x), np.ones_like(x))
    np.testing.assert_array_equal(apply(function("tanh", dtype), -x), -np.ones_like(x))


@BOTH
@pytest.mark.parametrize("name", ["tanh", "sinh", "asinh", "atanh"])
def test_what_is_tiny_stays(name: str, dtype: str, apply: Any) -> None:
    info = np.finfo(DTYPES[dtype])
    x = np.array([info.smallest_subnormal, -info.smallest_subnormal * 3, -info.tiny], info.dtype)
    np.testing.assert_array_equal(apply(function(name, dtype), x), x)


@BOTH
def test_bounds_of_overflow(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    top = number(mp.asinh(mp.mpf(float(np.finfo(number).max))) * (1 - mp.mpf(2) ** -23))
    x = np.array([top, top * number(1.001), -top, -top * number(1.001)], number)
    np.testing.assert_array_equal(np.isinf(apply(function("sinh", dtype), x)), [0, 1, 0, 1])
    np.testing.assert_array_equal(np.isinf(apply(function("cosh", dtype), x)), [0, 1, 0, 1])


@BOTH
@pytest.mark.parametrize("name", ["tanh", "sinh", "cosh", "asinh", "atanh"])
def test_symmetry(name: str, dtype: str, apply: Any) -> None:
    x = np.random.default_rng(6).uniform(0, 1, 500).astype(DTYPES[dtype])
    left, right = (apply(function(name, dtype), v) for v in (-x, x))
    np.testing.assert_array_equal(left, right if name == "cosh" else -right)
