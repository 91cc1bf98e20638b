import itertools
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary


def density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def ndtr(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def log_ndtr(x: Any) -> Any:
    return mp.log(ndtr(x)) if x < 0 else mp.log1p(-ndtr(-x))


def argument(x: Any) -> Any:
    return mp.sqrt(8 / mp.pi) * (x + mp.mpf("0.044715") * x**3)


def gelu_tanh_grad(x: Any) -> Any:
    s = 1 / (1 + mp.exp(-argument(x)))
    slope = mp.sqrt(8 / mp.pi) * (1 + 3 * mp.mpf("0.044715") * x**2)
    return s + x * s * (1 - s) * slope


# Name: exact function; bounds in ulp for float32 and float64; the zero of the function, about
# which a fiftieth is left out; values at -infinity, 0 and infinity.
CASES = {
    "ndtr": (ndtr, 0.88, 0.8, None, (0.0, 0.5, 1.0)),
    "ndtr_grad": (density, 0.8, 0.8, None, (0.0, float(1 / np.sqrt(2 * np.pi)), 0.0)),
    "log_ndtr": (log_ndtr, 0.6, 0.85, None, (-np.inf, -float(np.log(2)), 0.0)),
    "log_ndtr_grad": (
        lambda x: density(x) / ndtr(x),
        0.6,
        0.85,
        None,
        (np.inf, float(np.sqrt(2 / np.pi)), 0.0),
    ),
    "gelu": (lambda x: x * ndtr(x), 0.99, 0.85, None, (-0.0, 0.0, np.inf)),
    "gelu_grad": (
        lambda x: ndtr(x) + x * density(x),
        1.7,
        1.5,
        -0.7517915246935645,
        (-0.0, 0.5, 1.0),
    ),
    "gelu_tanh": (
        lambda x: x / (1 + mp.exp(-argument(x))),
        0.6,
        0.7,
        None,
        (-0.0, 0.0, np.inf),
    ),
    "gelu_tanh_grad": (gelu_tanh_grad, 0.6, 1.5, -0.7524614220710153, (-0.0, 0.5, 1.0)),
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CASES, DTYPES)))


@pytest.fixture(autouse=True)
def precision() -> Any:
    with mp.workprec(300):
        yield


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def sample(name: str, dtype: str) -> Any:
    """Both tails to where they end, the seams at -1 and 1, many binades about zero."""
    random = np.random.default_rng(8)
    end, tiny = (14.2, -149) if dtype == "f32" else (38.4, -1020)
    if "tanh" in name:
        end = 10.0 if dtype == "f32" else 21.0
    parts = [
        np.linspace(-end, end, 200),
        random.uniform(-4, 4, 250),
        1 + np.linspace(-1e-3, 1e-3, 30),
        -1 + np.linspace(-1e-3, 1e-3, 30),
        np.ldexp(random.uniform(-1, 1, 60), random.integers(tiny, 1, 60)),
    ]
    x = np.concatenate(parts)
    zero = CASES[name][3]
    return (x if zero is None else x[np.abs(x - zero) > 0.02]).astype(DTYPES[dtype])


@ALL
def test_error(name: str, dtype: str, worst: Any) -> None:
    error, where = worst(function(name, dtype), CASES[name][0], sample(name, dtype))
    assert error < CASES[name][1 if dtype == "f32" else 2], where


@BOTH
@given(st.data())
def test_error_anywhere(dtype: str, worst: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(CASES)))
    exact, *bounds, zero, _ = CASES[name]
    x = data.draw(st.floats(-50, 50, width=int(dtype[1:])))
    if zero is None or abs(x - zero) > 0.02:
        error, _ = worst(function(name, dtype), exact, np.array([x], DTYPES[dtype]))
        # Where a subnormal result has been rounded twice it may be a little further off.
        assert error < max(bounds[0 if dtype == "f32" else 1], 1.0)


@pytest.mark.parametrize("name", ["ndtr", "gelu", "gelu_grad"])
def test_seams_of_pieces(name: str, worst: Any) -> None:
    pieces = import_module(f"lucid.kernels.elementary.coefficients.{name}_pieces")
    linear, square = (
        float(getattr(pieces, f"{name.upper()}_{part}_F32")) for part in ("LINEAR", "SQUARE")
    )
    steps = np.arange(0.5, 32)
    seams = ((np.sqrt(linear**2 + 4 * square * steps) - linear) / (2 * square)).astype(np.float32)
    places = [seams]
    for _ in range(3):
        places = [np.nextafter(places[0], np.float32(0)), *places]
        places.append(np.nextafter(places[-1], np.float32(9)))
    x = np.concatenate(places)
    exact, bound, *_ = CASES[name]
    for side in (x, -x):
        error, where = worst(function(name, "f32"), exact, side)
        assert error < bound, where


@ALL
def test_special_values(name: str, dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    left, middle, right = (number(v) for v in CASES[name][4])
    # Functions that vanish at zero keep its sign.
    at_minus_zero = -middle if middle == 0 else middle
    x = np.array([-np.inf, -0.0, 0.0, np.inf, np.nan], number)
    result = apply(function(name, dtype), x)
    expected = np.array([left, at_minus_zero, middle, right, np.nan], number)
    np.testing.assert_array_equal(result, expected)
    # The sign of a zero says from which side the function comes; log_ndtr's has none.
    signs = slice(0, 3)
    np.testing.assert_array_equal(np.signbit(result)[signs], np.signbit(expected)[signs])


@BOTH
def test_log_ndtr_far_out(dtype: str, worst: Any, apply: Any) -> None:
    number = DTYPES[dtype]
    x = -np.geomspace(20, 1e18 if dtype == "f32" else 1e150, 60).astype(number)

    def exact(v: Any) -> Any:
        # Mills' ratio by its continued fraction, which needs no large exponential.
        ratio = mp.zero
        for k in range(60, 0, -1):
            ratio = k / (-v + ratio)
        return -v * v / 2 - mp.log((-v + ratio) * mp.sqrt(2 * mp.pi))

    error, where = worst(function("log_ndtr", dtype), exact, x)
    assert error < 0.6, where
    largest = np.array([-np.finfo(number).max], number)
    assert apply(function("log_ndtr", dtype), largest)[0] == -np.inf
    np.testing.assert_array_equal(apply(function("log_ndtr_grad", dtype), largest), -largest)


@BOTH
def test_left_tails_are_not_flushed(dtype: str, apply: Any) -> None:
    number = DTYPES[dtype]
    x = np.array([-14.0 if dtype == "f32" else -38.3], number)
    for name in ("ndtr", "ndtr_grad", "gelu", "gelu_grad"):
        assert apply(function(name, dtype), x)[0] != 0, name


@BOTH
@given(st.data())
def test_monotone(dtype: str, apply: Any, data: Any) -> None:
    number = DTYPES[dtype]
    x = np.array([data.draw(st.floats(-40, 40, width=int(dtype[1:])))], number)
    steps = np.concatenate([x, np.nextafter(x, number(np.inf))])
    values = apply(function("ndtr", dtype), steps)
    # In float32 neighbours may be the wrong way round, by the last place.
    slack = np.spacing(values[1]) if dtype == "f32" else 0
    assert (np.diff(values) >= -slack).all()
