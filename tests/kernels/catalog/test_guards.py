"""Right values and right gradients where formulas overflow, cancel or divide by zero."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lucid
from lucid import kernels

where, sqrt, sin = kernels.where, kernels.sqrt, kernels.sin


@lucid.pointwise
def guarded_root(x):
    return where(x > 0, sqrt(x), 0.0)


@lucid.pointwise
def guarded_sinc(x):
    return where(x != 0, sin(x) / x, 1.0)


@lucid.pointwise
def nested_guards(x):
    inner = where(x > 1, kernels.log(x - 1), 0.0)
    return where(x > 2, 1 / inner, where(x > 0, sqrt(x), kernels.exp(x)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_guarded_branches_give_no_nan(dtype, every_target):
    x = np.array([-1.0, 0.0, 4.0], dtype)
    assert_allclose(guarded_root(x), [0.0, 0.0, 2.0])
    assert_allclose(guarded_root.derivative(x), [0.0, 0.0, 0.25])
    assert_allclose(guarded_sinc(x), [np.sin(1), 1.0, np.sin(4) / 4], rtol=1e-6)
    assert guarded_sinc.derivative(x)[1] == 0.0
    assert np.isfinite(nested_guards.derivative(np.array([-1.0, 0.0, 1.0, 2.5], dtype))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("log_sigmoid", -1e4, -1e4, 1.0),
        ("log_sigmoid", 1e4, 0.0, 0.0),
        ("softplus", 1e4, 1e4, 1.0),
        ("softplus", -1e4, 0.0, 0.0),
        ("sigmoid", -1e4, 0.0, 0.0),
        ("sigmoid", 1e4, 1.0, 0.0),
        ("silu", -1e4, 0.0, 0.0),
        ("tanh", 1e4, 1.0, 0.0),
        ("gelu", -1e4, 0.0, 0.0),
        ("mish", 1e4, 1e4, 1.0),
        ("logit", 0.0, -np.inf, np.inf),
        ("logit", 1.0, np.inf, np.inf),
        ("logit", 0.5, 0.0, 4.0),
        ("abs", -0.0, 0.0, 0.0),
        ("entr", 0.0, 0.0, np.inf),
        ("sinc", 0.0, 1.0, 0.0),
    ],
)
def test_far_out_and_at_the_edges(name, x, value, slope, dtype, every_target):
    operation = getattr(kernels, name)
    point = np.array([x], dtype)
    assert_allclose(operation(point), [value])
    assert_allclose(operation.derivative(point), [slope], atol=1e-30)
    assert not np.signbit(kernels.abs(point)).any()


def test_logit_keeps_its_digits():
    # Near 1/2 the two logarithms cancel; the derivative there is 4.
    x = np.array([0.5 + 2.0**-40])
    assert_allclose(kernels.logit(x), [2.0**-38], rtol=1e-14)
    tiny = np.array([1e-300])
    assert_allclose(kernels.logit(tiny), np.log(tiny), rtol=1e-15)
    assert_allclose(kernels.logit(np.array([0.0, 1.0]), eps=0.25), np.log([1 / 3, 3.0]), rtol=1e-15)


def test_powers_of_zero():
    x, y = np.array([0.0, 0.0, 2.0]), np.array([0.0, 2.0, 0.0])
    assert_allclose(kernels.pow(x, y), [1.0, 0.0, 1.0])
    by_base, by_exponent = kernels.pow.derivative(x, y)
    assert_allclose(by_base, [0.0, 0.0, 0.0])
    assert_allclose(by_exponent, [0.0, 0.0, np.log(2.0)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hypot_of_huge_and_tiny_values(dtype):
    info = np.finfo(dtype)
    huge, tiny = float(info.max) / 4, float(info.tiny) / 4
    for size in (huge, tiny):
        x, y = np.array([3 * size / 4], dtype), np.array([size], dtype)
        assert_allclose(kernels.hypot(x, y), [1.25 * size], rtol=float(info.eps) * 4)
        by_x, by_y = kernels.hypot.derivative(x, y)
        assert_allclose([by_x[0], by_y[0]], [0.6, 0.8], rtol=1e-6)
    assert_allclose(kernels.hypot.derivative(np.zeros(1, dtype), np.zeros(1, dtype)), [[0], [0]])


def test_gradients_at_ties_and_bounds():
    x = np.array([1.0])
    assert [float(g[0]) for g in kernels.maximum.derivative(x, x)] == [0.5, 0.5]
    assert [float(g[0]) for g in kernels.fmin.derivative(x, x)] == [0.5, 0.5]
    bounds = np.array([-0.5, 0.0, 0.5, 1.0, 1.5])
    needs = (True, False, False)
    program, values = kernels.clip.bind((bounds, 0.0, 1.0), {})
    back = program.backward(needs)
    given = {"input": values, "gradient": (np.ones(5),)}
    (gradient,) = back.program.run([given[kind][i] for kind, i in back.reads])
    assert_allclose(gradient, [0.0, 1.0, 1.0, 1.0, 0.0])
    assert_allclose(kernels.relu.derivative(np.zeros(1)), [0.0])
    assert_allclose(kernels.abs.derivative(np.zeros(1)), [0.0])


@pytest.mark.parametrize("operation", [kernels.xlogy, kernels.xlog1py])
def test_products_with_logarithms_at_zero(operation):
    edge = 0.0 if operation is kernels.xlogy else -1.0
    x, y = np.zeros(3), np.array([edge, 2.0, np.nan])
    assert_allclose(operation(x, y), [0.0, 0.0, np.nan])
    by_x, by_y = operation.derivative(x[:2], y[:2])
    # At x = 0 the product still changes with x: its derivative is the logarithm.
    assert_allclose(by_x, [0.0, np.log(2.0 - edge)])
    assert_allclose(by_y, [0.0, 0.0])


def test_nan_goes_through():
    nan = np.array([np.nan])
    for name in ("maximum", "minimum"):
        assert np.isnan(getattr(kernels, name)(nan, 0.0)).all()
        assert np.isnan(getattr(kernels, name)(0.0, nan)).all()
    for low, high in ((0.0, 1.0), (0.0, None), (None, 1.0), (None, None)):
        assert np.isnan(kernels.clip(nan, low, high)).all()
    for low, high in ((nan, None), (None, nan), (nan, 1.0), (0.0, nan)):
        assert np.isnan(kernels.clip(np.array([0.5]), low, high)).all()
    assert np.isnan(kernels.relu(nan)).all()
