import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary

CASES = {
    "log": (mp.log, {"f32": 0.9, "f64": 0.65}),
    "log2": (lambda x: mp.log(x, 2), {"f32": 0.96, "f64": 0.65}),
    "log10": (mp.log10, {"f32": 0.98, "f64": 0.65}),
    "log1p": (mp.log1p, {"f32": 0.9, "f64": 0.75}),
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CASES, DTYPES)))


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def sample(name: str, dtype: str) -> Any:
    """All binades with the subnormal ones, near 1 at every distance, both ends of a mantissa."""
    number = DTYPES[dtype]
    info = np.finfo(number)
    random = np.random.default_rng(4)
    exponents = np.arange(int(np.log2(float(info.smallest_subnormal))), info.maxexp)
    near = np.ldexp(random.uniform(-1, 1, 500), random.integers(-info.nmant, 0, 500))
    x = np.concatenate(
        [
            np.ldexp(random.uniform(0.5, 1, exponents.size), exponents),
            1 + near,
            random.uniform(0.3, 3, 500),
            np.sqrt(0.5) * (1 + 1e-6 * random.uniform(-1, 1, 100)),
            np.sqrt(2) * (1 + 1e-6 * random.uniform(-1, 1, 100)),
        ]
    )
    if name == "log1p":
        x = np.concatenate([x, x - 1, near, -1 + np.abs(near)])
        x = x[x > -1]
    x = x.astype(number)
    return x[(x > -1) if name == "log1p" else (x > 0)]


@ALL
def test_error(name: str, dtype: str, apply: Any, ulps: Any) -> None:
    exact, bounds = CASES[name]
    x = sample(name, dtype)
    errors = ulps(apply(function(name, dtype), x), [exact(mp.mpf(float(v))) for v in x])
    worst = int(errors.argmax())
    assert errors[worst] < bounds[dtype], f"{errors[worst]} ulp at {x[worst]!r}"


@BOTH
@given(st.data())
def test_error_anywhere(dtype: str, apply: Any, ulps: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(CASES)))
    exact, bounds = CASES[name]
    low = -1.0 if name == "log1p" else 0.0
    x = data.draw(
        st.floats(low, exclude_min=True, allow_infinity=False, width=int(dtype[1:]))
        if low
        else st.floats(
            float(np.finfo(DTYPES[dtype]).smallest_subnormal),
            allow_infinity=False,
            width=int(dtype[1:]),
        )
    )
    result = apply(function(name, dtype), np.array([x], DTYPES[dtype]))
    assert ulps(result, [exact(mp.mpf(x))])[0] < bounds[dtype]


@ALL
def test_special_values(name: str, dtype: str, apply: Any) -> None:
    shift = -1.0 if name == "log1p" else 0.0
    number = DTYPES[dtype]
    x = np.array(
        [0.0 + shift, 1.0 + shift, np.inf, -np.inf, np.nan, -2.0, -1e-30 + 2 * shift], number
    )
    expected = np.array([-np.inf, 0.0, np.inf, np.nan, np.nan, np.nan, np.nan], number)
    result = apply(function(name, dtype), x)
    np.testing.assert_array_equal(result, expected)
    assert not np.signbit(result[1])


@BOTH
def test_zeros(dtype: str, apply: Any) -> None:
    x = np.array([0.0, -0.0], DTYPES[dtype])
    for name in ("log", "log2", "log10"):
        np.testing.assert_array_equal(apply(function(name, dtype), x), [-np.inf, -np.inf])
    result = apply(function("log1p", dtype), x)
    np.testing.assert_array_equal(result, x)
    np.testing.assert_array_equal(np.signbit(result), [False, True])


@BOTH
def test_powers_are_exact(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    n = np.arange(-149 if dtype == "f32" else -1074, np.finfo(number).maxexp)
    np.testing.assert_array_equal(
        apply(function("log2", dtype), np.ldexp(number(1), n).astype(number)), n
    )
    n = np.arange(11 if dtype == "f32" else 23)
    x = np.array([10.0**k for k in n], number)
    np.testing.assert_array_equal(apply(function("log10", dtype), x), n)


@BOTH
def test_log1p_keeps_what_is_tiny(dtype: str, apply: Any) -> None:
    info = np.finfo(DTYPES[dtype])
    x = np.array([info.smallest_subnormal, -info.smallest_subnormal * 3, -info.tiny], info.dtype)
    np.testing.assert_array_equal(apply(function("log1p", dtype), x), x)


@BOTH
def test_log_undoes_exp(dtype: str, apply: Any) -> None:
    x = np.linspace(-80, 80, 1001).astype(DTYPES[dtype])
    back = apply(function("log", dtype), apply(function("exp", dtype), x))
    # exp's half ulp is an absolute error of the logarithm.
    eps = np.finfo(DTYPES[dtype]).eps
    assert (np.abs(back - x) <= eps * (1 + np.abs(x))).all()
