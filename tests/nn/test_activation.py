"""Activations against their formulas in NumPy: values, gradients, kinks, infinities, modules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

import lucid
from lucid import nn
from lucid.kernels.errors import ShapeError, TraceError


def sigmoid(x):
    return special.expit(x)


def elu(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


SELU = 1.6732632423543772848, 1.0507009873554804934

# Module, formula, derivative.
CASES = {
    "ReLU": (nn.ReLU(), lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0)),
    "ReLU6": (nn.ReLU6(), lambda x: np.clip(x, 0, 6), lambda x: 1.0 * ((x > 0) & (x < 6))),
    "SquaredReLU": (
        nn.SquaredReLU(),
        lambda x: np.maximum(x, 0) ** 2,
        lambda x: 2 * np.maximum(x, 0),
    ),
    "LeakyReLU": (
        nn.LeakyReLU(0.1),
        lambda x: np.where(x > 0, x, 0.1 * x),
        lambda x: np.where(x > 0, 1, 0.1),
    ),
    "ELU": (
        nn.ELU(0.7),
        lambda x: elu(x, 0.7),
        lambda x: np.where(x > 0, 1, 0.7 * np.exp(np.minimum(x, 0))),
    ),
    "SELU": (
        nn.SELU(),
        lambda x: SELU[1] * elu(x, SELU[0]),
        lambda x: SELU[1] * np.where(x > 0, 1, SELU[0] * np.exp(np.minimum(x, 0))),
    ),
    "CELU": (
        nn.CELU(0.5),
        lambda x: np.where(x > 0, x, 0.5 * np.expm1(np.minimum(x, 0) / 0.5)),
        lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0) / 0.5)),
    ),
    "GELU": (
        nn.GELU(),
        lambda x: x * special.ndtr(x),
        lambda x: special.ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    ),
    "Sigmoid": (nn.Sigmoid(), sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "LogSigmoid": (nn.LogSigmoid(), special.log_expit, lambda x: sigmoid(-x)),
    "HardSigmoid": (
        nn.HardSigmoid(),
        lambda x: np.clip(0.2 * x + 0.5, 0, 1),
        lambda x: np.where((0.2 * x + 0.5 >= 0) & (0.2 * x + 0.5 <= 1), 0.2, 0),
    ),
    "SiLU": (
        nn.SiLU(),
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
    ),
    "Mish": (
        nn.Mish(),
        lambda x: x * np.tanh(np.logaddexp(x, 0)),
        lambda x: (
            np.tanh(np.logaddexp(x, 0)) + x * sigmoid(x) * (1 - np.tanh(np.logaddexp(x, 0)) ** 2)
        ),
    ),
    "Softplus": (nn.Softplus(), lambda x: np.logaddexp(x, 0), sigmoid),
    "Softplus3": (nn.Softplus(3.0), lambda x: np.logaddexp(3 * x, 0) / 3, lambda x: sigmoid(3 * x)),
    "Softsign": (
        nn.Softsign(),
        lambda x: x / (1 + np.abs(x)),
        lambda x: 1 / (1 + np.abs(x)) ** 2,
    ),
    "Tanh": (nn.Tanh(), np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "HardSwish": (
        nn.HardSwish(),
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x <= -3, 0, np.where(x >= 3, 1, (2 * x + 3) / 6)),
    ),
    "HardTanh": (
        nn.HardTanh(-2, 1.5),
        lambda x: np.clip(x, -2, 1.5),
        lambda x: 1.0 * ((x >= -2) & (x <= 1.5)),
    ),
    "HardShrink": (
        nn.HardShrink(0.25),
        lambda x: np.where(np.abs(x) <= 0.25, 0, x),
        lambda x: 1.0 * (np.abs(x) > 0.25),
    ),
    "SoftShrink": (
        nn.SoftShrink(0.25),
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.25, 0),
        lambda x: 1.0 * (np.abs(x) > 0.25),
    ),
    "TanhShrink": (nn.TanhShrink(), lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2),
    "Threshold": (
        nn.Threshold(0.5, -2.0),
        lambda x: np.where(x > 0.5, x, -2.0),
        lambda x: 1.0 * (x > 0.5),
    ),
}

# The kinks of all of them are among these.
POINTS = np.array([-30.0, -3.0, -2.5, -2.0, -1.0, -0.25, 0.0, 0.25, 0.5, 1.5, 2.5, 3.0, 6.0, 30.0])
arrays = hnp.arrays(
    np.float64,
    hnp.array_shapes(max_dims=2, max_side=4, min_side=0),
    elements=st.floats(-50, 50, allow_subnormal=False),
)


@pytest.mark.parametrize("name", CASES)
@given(x=arrays)
def test_values_and_gradients(name, x):
    module, formula, derivative = CASES[name]
    for array in (x, POINTS):
        tensor = lucid.tensor(array, requires_grad=True)
        y = module(tensor)
        np.testing.assert_allclose(y.numpy(), formula(array), rtol=1e-12, atol=1e-14)
        y.backward()
        np.testing.assert_allclose(
            tensor.grad.numpy(), np.broadcast_to(derivative(array), array.shape), 1e-10, 1e-12
        )


@pytest.mark.parametrize("name", CASES)
def test_nan_goes_through(name):
    assert np.isnan(CASES[name][0](lucid.tensor([float("nan"), 1.0])).numpy()).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("name", CASES)
def test_far_out_nothing_turns_into_nan(name):
    far = [-np.inf, -1e30, -1e4, 1e4, 1e15, np.inf]
    x = lucid.tensor(np.array(far, np.float32), requires_grad=True)
    y = CASES[name][0](x)
    y.backward()
    assert not np.isnan(y.numpy()).any()
    assert not np.isnan(x.grad.numpy()).any()


def test_float32_stays_float32():
    for module, *_ in CASES.values():
        assert module(lucid.tensor([0.5])).dtype == np.float32


def test_gelu_by_tanh():
    x = np.linspace(-4, 4, 41)
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    result = nn.GELU("tanh")(lucid.tensor(x)).numpy()
    np.testing.assert_allclose(result, 0.5 * x * (1 + np.tanh(inner)), rtol=1e-11, atol=1e-14)
    with pytest.raises(TraceError, match="'tahn'"):
        nn.GELU("tahn")(lucid.tensor(x))


@pytest.mark.parametrize(
    ("module", "gate"),
    [
        (nn.GLU(), sigmoid),
        (nn.SwiGLU(), lambda x: x * sigmoid(x)),
        (nn.GEGLU(), lambda x: x * special.ndtr(x)),
        (nn.ReGLU(), lambda x: np.maximum(x, 0)),
    ],
)
def test_gated_units(module, gate):
    x = np.linspace(-2, 2, 24).reshape(2, 3, 4)
    tensor = lucid.tensor(x, requires_grad=True)
    y = module(tensor)
    np.testing.assert_allclose(y.numpy(), x[..., :2] * gate(x[..., 2:]), rtol=1e-12, atol=1e-14)
    y.backward()
    np.testing.assert_allclose(tensor.grad.numpy()[..., :2], gate(x[..., 2:]), 1e-12, 1e-14)
    with pytest.raises(ShapeError, match="even"):
        type(module)(dim=1)(tensor)


def test_prelu_learns_its_slopes():
    x = lucid.tensor(np.array([[-2.0, 3.0], [-4.0, -1.0]]), requires_grad=True)
    module = nn.PReLU(2, dtype=np.float64)
    module(x).sum().backward()
    np.testing.assert_array_equal(module.weight.grad.numpy(), [-6.0, -1.0])
    np.testing.assert_array_equal(x.grad.numpy(), [[0.25, 1.0], [0.25, 0.25]])
    assert nn.PReLU(3)(lucid.ones((2, 3, 4))).shape == (2, 3, 4)


def test_rrelu_draws_in_training_and_takes_the_mean_outside():
    x = lucid.full((1000,), -1.0)
    module = nn.RReLU(0.25, 0.75)
    slopes = -module(x).numpy()
    assert slopes.min() >= 0.25
    assert slopes.max() <= 0.75
    assert slopes.std() > 0.1
    np.testing.assert_allclose(module.eval()(x).numpy(), -0.5)


def test_softmax_modules():
    x = np.array([[1.0, 2.0, 4.0], [0.0, 0.0, 1000.0]])
    probabilities = nn.Softmax()(lucid.tensor(x)).numpy()
    np.testing.assert_allclose(probabilities, special.softmax(x, axis=-1), rtol=1e-12)
    logs = nn.LogSoftmax(dim=0)(lucid.tensor(x)).numpy()
    np.testing.assert_allclose(logs, special.log_softmax(x, axis=0), rtol=1e-12)


def test_settings_by_position_and_name():
    assert repr(nn.HardSigmoid(1 / 6)) == f"HardSigmoid(slope={1 / 6!r})"
    assert nn.HardSigmoid(offset=0.25).offset == 0.25
    with pytest.raises(TypeError, match=r"HardSigmoid: .*slope=0.2, offset=0.5"):
        nn.HardSigmoid(inplace=True)
    with pytest.raises(TypeError, match="its settings are none"):
        nn.ReLU(True)


SMOOTH = ["Sigmoid", "LogSigmoid", "SiLU", "Mish", "GELU", "Softplus3", "Softsign", "TanhShrink"]


@pytest.mark.parametrize("name", [*SMOOTH, "HardSwish", "ELU", "SquaredReLU"])
def test_second_derivatives(name):
    module, _, derivative = CASES[name]
    # No kink within the step.
    x = np.linspace(-4.05, 4.05, 28)
    tensor = lucid.tensor(x, requires_grad=True)
    (first,) = lucid.grad(module(tensor).sum(), [tensor], create_graph=True)
    (second,) = lucid.grad(first.sum(), [tensor])
    step = 1e-5
    expected = (derivative(x + step) - derivative(x - step)) / (2 * step)
    np.testing.assert_allclose(second.numpy(), expected, rtol=1e-6, atol=1e-8)


def test_stated_derivatives_keep_their_digits():
    x = lucid.tensor(np.array([1e-6, 1e6]), requires_grad=True)
    (nn.Softsign()(x) + nn.TanhShrink()(x)).backward()
    np.testing.assert_allclose(x.grad.numpy(), [1 - 2e-6 + 4e-12, 1 + 1e-12], rtol=1e-13)
    x.grad = None
    nn.TanhShrink()(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), [1e-12, 1.0], rtol=1e-11)
