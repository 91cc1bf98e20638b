"""The battery catches what is wrong, and says where."""

import numpy as np
import pytest

import lucid
from lucid import kernels
from lucid.testing import CheckError, check_pointwise, gradcheck, gradgradcheck


def test_a_wrong_derivative_is_caught():
    @lucid.pointwise(derivative=lambda g, out, x: g * 1.0001 * kernels.cos(x))
    def sine(x):
        return kernels.sin(x)

    with pytest.raises(CheckError, match="the gradient of x is wrong at x="):
        check_pointwise(sine, dtypes=["float64"], points=8)


def test_a_wrong_second_derivative_is_caught():
    @lucid.pointwise(
        derivative=lambda g, out, x: g * second(x),
    )
    def sine(x):
        return kernels.sin(x)

    @lucid.pointwise(derivative=lambda g, out, x: g * kernels.sin(x))
    def second(x):
        return kernels.cos(x)

    with pytest.raises(CheckError, match="derivative"):
        check_pointwise(sine, dtypes=["float64"], points=8)


def test_a_function_without_exact_meaning_is_noted():
    @lucid.pointwise
    def neighbour(x):
        return kernels.nextafter(x, 1.0)

    report = check_pointwise(neighbour, dtypes=["float32"], points=4)
    assert any("plain evaluator" in note for note in report.notes)


def test_cancellation_is_told_from_error():
    # Half of the digits are lost here, and a correct kernel loses them too.
    @lucid.pointwise(domain=(1.0, 2.0))
    def difference(x):
        return (1e8 + x) - 1e8

    report = check_pointwise(difference, dtypes=["float64"], points=10)
    assert report.error["float64"] > 1e6


def test_a_report_tells_what_was_tested():
    report = check_pointwise(kernels.tanh, dtypes=["float32"], points=6)
    assert report.targets[:2] == ("cpu", "parallel")
    assert report.dtypes == ("float32",)
    assert report.points >= 10
    assert 0 < report.error["float32"] < 1


def test_gradcheck_passes_and_fails():
    x = lucid.Tensor([[0.3, -1.2], [2.0, 0.7]], dtype="float64", requires_grad=True)
    w = lucid.Tensor([0.5, -0.25], dtype="float64", requires_grad=True)
    gradcheck(lambda x, w: lucid.tanh(x) * w, [x, w])
    gradgradcheck(lambda x, w: lucid.tanh(x) * w, [x, w])

    @lucid.pointwise(derivative=lambda g, out, x: g * (2.0 * x + 0.001))
    def wrong(x):
        return x * x

    with pytest.raises(AssertionError, match="the gradient of input 0 is wrong"):
        gradcheck(wrong, [x])


def test_gradcheck_wants_float64_and_a_gradient():
    with pytest.raises(TypeError, match="float64"):
        gradcheck(lucid.exp, [lucid.Tensor([1.0], requires_grad=True)])
    with pytest.raises(ValueError, match="requires_grad"):
        gradcheck(lucid.exp, [lucid.Tensor([1.0])])


def test_gradcheck_leaves_its_inputs_alone():
    x = lucid.Tensor([1.0, 2.0], dtype="float64", requires_grad=True)
    gradcheck(lucid.square, [x])
    assert x.grad is None
    np.testing.assert_array_equal(np.asarray(x.detach()), [1.0, 2.0])
