import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from lucid.kernels import elementary


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return max(x, mp.zero) + mp.log1p(mp.exp(-abs(x)))


def tanh_softplus(x: Any) -> Any:
    n = mp.exp(x) * (mp.exp(x) + 2)
    return n / (n + 2)


def mish_grad(x: Any) -> Any:
    t = tanh_softplus(x)
    return t + x * (1 - t * t) * sigmoid(x)


# Name: exact function; bounds in ulp for float32 and float64; the zero of the function, about
# which a thousandth is left out; values at -infinity, 0 and infinity.
CASES = {
    "sigmoid": (sigmoid, 0.97, 0.95, None, (0.0, 0.5, 1.0)),
    "sigmoid_grad": (lambda x: sigmoid(x) * sigmoid(-x), 0.99, 0.65, None, (0.0, 0.25, 0.0)),
    "tanh_grad": (
        lambda x: 4 * sigmoid(2 * x) * sigmoid(-2 * x),
        0.95,
        0.65,
        None,
        (0.0, 1.0, 0.0),
    ),
    "silu": (lambda x: x * sigmoid(x), 0.95, 0.85, None, (-0.0, 0.0, np.inf)),
    "silu_grad": (
        lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
        0.95,
        0.9,
        -1.2784645427610738,
        (-0.0, 0.5, 1.0),
    ),
    "softplus": (softplus, 0.95, 0.65, None, (0.0, float(np.log(2)), np.inf)),
    "log_sigmoid": (lambda x: -softplus(-x), 0.95, 0.65, None, (-np.inf, -float(np.log(2)), -0.0)),
    "mish": (lambda x: x * tanh_softplus(x), 0.54, 0.65, None, (-0.0, 0.0, np.inf)),
    "mish_grad": (mish_grad, 0.51, 0.9, -1.1924512200983443, (-0.0, 0.6, 1.0)),
}
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(CASES, DTYPES)))


@pytest.fixture(autouse=True)
def precision() -> Any:
    # 1 - tanh(x)^2 far out cancels hundreds of digits in some of the exact forms.
    with mp.workprec(400):
        yield


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def bound(name: str, dtype: str) -> float:
    return CASES[name][1 if dtype == "f32" else 2]


def sample(dtype: str) -> Any:
    """The whole range with both tails, near zero in many binades, and the middle densely."""
    random = np.random.default_rng(5)
    low, tiny = (-104, -149) if dtype == "f32" else (-746, -1074)
    parts = [
        np.linspace(low, -low, 200),
        random.uniform(low, low + 20, 100),
        random.uniform(-40, 40, 150),
        random.uniform(-3, 3, 250),
        np.ldexp(random.uniform(-1, 1, 60), random.integers(tiny, 1, 60)),
    ]
    return np.concatenate(parts).astype(DTYPES[dtype])


@ALL
def test_error(name: str, dtype: str, worst: Any) -> None:
    exact, _, _, zero, _ = CASES[name]
    x = sample(dtype)
    if zero is not None:
        x = x[np.abs(x - zero) > 1e-3]
    error, where = worst(function(name, dtype), exact, x)
    assert error < bound(name, dtype), where


@BOTH
@given(st.data())
def test_error_anywhere(dtype: str, worst: Any, data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(CASES)))
    exact, _, _, zero, _ = CASES[name]
    x = data.draw(st.floats(-800, 800, width=int(dtype[1:])))
    if zero is None or abs(x - zero) > 1e-3:
        error, _ = worst(function(name, dtype), exact, np.array([x], DTYPES[dtype]))
        # Where a subnormal result has been rounded twice it may be a little further off.
        assert error < max(bound(name, dtype), 0.8)


@pytest.mark.parametrize("name", ["silu_grad", "mish_grad"])
def test_error_beside_a_zero_of_a_derivative_in_float32(name: str, apply: Any, worst: Any) -> None:
    exact, bound, _, zero, _ = CASES[name]
    sides = np.concatenate([np.linspace(-0.2, -1e-3, 200), np.linspace(1e-3, 0.2, 200)])
    error, where = worst(function(name, "f32"), exact, (zero + sides).astype(np.float32))
    assert error < bound, where
    x = (zero * (1 + np.linspace(-1e-3, 1e-3, 199))).astype(np.float32)
    distance = [
        abs(mp.mpf(float(found)) - exact(mp.mpf(float(at))))
        for found, at in zip(apply(function(name, "f32"), x), x, strict=True)
    ]
    # The derivative rises by 0.23 or more there: nobody can place its zero more exactly.
    assert max(distance) < 2.0**-34


@pytest.mark.parametrize("name", ["sigmoid", "sigmoid_grad", "silu", "silu_grad", "softplus"])
def test_ends_of_the_pieces_in_float32(name: str, worst: Any) -> None:
    exact, bound, _, _, _ = CASES[name]
    ends = np.concatenate([np.arange(17) / 4, np.arange(9, 25) / 2]).astype(np.float32)
    steps = [ends, np.nextafter(ends, np.float32(0)), np.nextafter(ends, np.float32(99))]
    x = np.concatenate([sign * step for sign in (1, -1) for step in steps])
    error, where = worst(function(name, "f32"), exact, x)
    assert error < bound, where


@pytest.mark.parametrize("name", ["sigmoid", "sigmoid_grad", "silu", "silu_grad", "softplus"])
def test_one_far_element_changes_no_other_one_in_float32(name: str, apply: Any) -> None:
    near = np.random.default_rng(7).uniform(-11, 11, 512).astype(np.float32)
    mixed = near.copy()
    mixed[::37] = np.resize([40.0, -13.0, np.inf, np.nan], mixed[::37].size)
    same = mixed == near
    f = function(name, "f32")
    np.testing.assert_array_equal(apply(f, mixed)[same], apply(f, near)[same])


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
    np.testing.assert_array_equal(np.signbit(result)[:4], np.signbit(expected)[:4])


@ALL
def test_huge_arguments_give_the_limits(name: str, dtype: str, apply: Any) -> None:
    largest = np.finfo(DTYPES[dtype]).max
    x = np.array([-largest, largest], DTYPES[dtype])
    left, _, right = CASES[name][4]
    expected = np.where(np.isinf([left, right]), x, [left, right])
    # log_sigmoid(x) is x and softplus(x) is x, with the sign of the limit.
    np.testing.assert_array_equal(np.abs(apply(function(name, dtype), x)), np.abs(expected))


@BOTH
def test_tails_are_not_flushed(dtype: str, apply: Any) -> None:
    x = -100.0 if dtype == "f32" else -740.0
    for name in ("sigmoid", "silu", "softplus", "mish", "sigmoid_grad", "silu_grad", "mish_grad"):
        assert apply(function(name, dtype), np.array([x], DTYPES[dtype]))[0] != 0, name


@BOTH
@pytest.mark.parametrize("name", ["sigmoid", "softplus", "log_sigmoid"])
@given(st.data())
def test_monotone(name: str, dtype: str, apply: Any, data: Any) -> None:
    x = np.array([data.draw(st.floats(-800, 800, width=int(dtype[1:])))], DTYPES[dtype])
    steps = np.concatenate([x, np.nextafter(x, DTYPES[dtype](np.inf))])
    assert (np.diff(apply(function(name, dtype), steps)) >= 0).all()


# logaddexp and logaddexp2.


def logaddexp(x: Any, y: Any) -> Any:
    return max(x, y) + mp.log1p(mp.exp(-abs(x - y)))


def logaddexp2(x: Any, y: Any) -> Any:
    return max(x, y) + mp.log1p(mp.mpf(2) ** -abs(x - y)) / mp.log(2)


PAIRS = {"logaddexp": logaddexp, "logaddexp2": logaddexp2}
TWO = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(PAIRS, DTYPES)))


@TWO
def test_error_of_two_arguments(name: str, dtype: str, worst: Any) -> None:
    random = np.random.default_rng(6)
    # Positive: nothing cancels. Then with the larger argument far below the other's influence.
    scale = np.repeat([1.0, 30.0, 500.0, 1e5], 100)
    x = (random.uniform(0, 1, 400) * scale).astype(DTYPES[dtype])
    y = (random.uniform(-1, 1, 400) * scale).astype(DTYPES[dtype])
    error, where = worst(function(name, dtype), PAIRS[name], x, y)
    assert error < 0.65, where


@TWO
def test_cancellation_stays_below_an_ulp_of_the_arguments(
    name: str, dtype: str, apply: Any
) -> None:
    # log(e^a + e^b) vanishes on a curve; on it the arguments are near -log 2.
    number = DTYPES[dtype]
    one = np.log(2) if name == "logaddexp" else 1.0
    x = (-one * (1 + np.linspace(-0.01, 0.01, 101))).astype(number)
    result = apply(function(name, dtype), x, x)
    exact = np.array([float(PAIRS[name](mp.mpf(float(v)), mp.mpf(float(v)))) for v in x])
    assert (np.abs(result - exact) <= np.spacing(number(one)) / 2).all()


@TWO
def test_special_values_of_two_arguments(name: str, dtype: str, apply: Any) -> None:
    inf, nan = np.inf, np.nan
    number = DTYPES[dtype]
    x = np.array([inf, -inf, inf, -inf, -inf, 3.0, inf, nan, 1.0, nan, -inf, inf], number)
    y = np.array([inf, -inf, -inf, inf, 3.0, -inf, 3.0, 1.0, nan, nan, nan, nan], number)
    expected = np.array([inf, -inf, inf, inf, 3.0, 3.0, inf, nan, nan, nan, nan, nan], number)
    np.testing.assert_array_equal(apply(function(name, dtype), x, y), expected)


@BOTH
def test_equal_arguments_of_logaddexp2_are_exact(dtype: str, apply: Any) -> None:
    x = np.arange(-20, 20).astype(DTYPES[dtype])
    np.testing.assert_array_equal(apply(function("logaddexp2", dtype), x, x), x + 1)


@TWO
@given(st.data())
def test_symmetric(name: str, dtype: str, apply: Any, data: Any) -> None:
    numbers = st.floats(-1e4, 1e4, width=int(dtype[1:]))
    x, y = (np.array([data.draw(numbers)], DTYPES[dtype]) for _ in range(2))
    f = function(name, dtype)
    np.testing.assert_array_equal(apply(f, x, y), apply(f, y, x))
