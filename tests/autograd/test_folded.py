"""An operation and the sum or mean of its results in one pass, with gradients."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lucid
from lucid import kernels
from lucid.kernels.launch import buffers

#: mse reads its inputs for the gradient, tanh its output, add neither.
OPERATIONS = [kernels.mse, kernels.multiply, kernels.add, kernels.log_cosh, kernels.logaddexp]


def gradients(total: Any, tensors: list[Any], seed: int) -> list[Any]:
    weights = np.random.default_rng(seed).normal(size=total.shape)
    (total * weights).sum().backward()
    found = [t.grad.numpy().copy() for t in tensors]
    for t in tensors:
        t.grad = None
    return found


@given(
    operation=st.sampled_from(OPERATIONS),
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    broadcast=st.lists(st.booleans(), min_size=3, max_size=3),
    axis=st.sampled_from([None, 0, -1]),
    keepdims=st.booleans(),
    mean=st.booleans(),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_as_the_operation_and_then_the_sum(
    operation: Any,
    shape: list[int],
    broadcast: list[bool],
    axis: int | None,
    keepdims: bool,
    mean: bool,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    other = [1 if b else n for n, b in zip(shape, broadcast, strict=False)]
    x = lucid.tensor(rng.normal(size=shape), requires_grad=True)
    y = lucid.tensor(rng.normal(size=other), requires_grad=True)
    fold = operation.mean if mean else operation.sum
    found = fold(x, y, axis=axis, keepdims=keepdims)
    reduce = lucid.mean if mean else lucid.sum
    expected = reduce(operation(x, y), axis=axis, keepdims=keepdims)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12, atol=1e-14)
    for a, b in zip(gradients(found, [x, y], seed), gradients(expected, [x, y], seed), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_a_gradient_that_reads_the_output_computes_it_again() -> None:
    x = lucid.tensor(np.linspace(-2, 2, 9), requires_grad=True)
    kernels.tanh.sum(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), 1 - np.tanh(x.numpy()) ** 2, rtol=1e-14)


def test_second_derivatives() -> None:
    x = lucid.tensor(np.linspace(-2, 2, 9), requires_grad=True)
    (first,) = lucid.autograd.grad(kernels.exp.mean(x), (x,), create_graph=True)
    (second,) = lucid.autograd.grad(first.sum(), (x,))
    np.testing.assert_allclose(second.numpy(), np.exp(x.numpy()) / 9, rtol=1e-14)


def test_second_derivatives_of_what_reads_no_operand() -> None:
    x = lucid.tensor(np.ones((2, 3)), requires_grad=True)
    y = lucid.tensor(np.ones((2, 1)), requires_grad=True)
    (first,) = lucid.autograd.grad(kernels.add.sum(x, y), (y,), create_graph=True)
    np.testing.assert_array_equal(first.numpy(), [[3.0], [3.0]])


def test_options_and_numbers() -> None:
    x = lucid.tensor(np.array([0.0, 3.0, -1.0]), requires_grad=True)
    total = kernels.huber.sum(x, 0.0, delta=0.5)
    assert total.item() == pytest.approx(0.5 * (3 - 0.25) + 0.5 * (1 - 0.25))
    total.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.5, -0.5])


def test_the_results_are_never_in_memory() -> None:
    x, y = (lucid.tensor(np.ones((512, 1024), np.float32)) for _ in range(2))
    before = buffers.memory_stats()
    assert kernels.mse.mean(x, y).item() == 0
    after = buffers.memory_stats()
    assert (after["fresh"], after["reused"]) == (before["fresh"], before["reused"])


def test_the_mean_of_float16_does_not_overflow() -> None:
    x = lucid.tensor(np.full(4096, 100.0, np.float16), requires_grad=True)
    mean = kernels.square.mean(x)
    assert mean.dtype == np.float16
    assert mean.item() == 10000
    mean.backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.full(4096, 200 / 4096, np.float16))


def test_the_gradient_of_a_broadcast_operand_is_added_up_in_the_kernel() -> None:
    """No array of the full size is made for the gradients of the bias and the scale."""
    rng = np.random.default_rng(1)
    x = lucid.tensor(rng.normal(size=(512, 1024)).astype(np.float32))
    scale, bias = (
        lucid.tensor(rng.normal(size=1024).astype(np.float32), requires_grad=True) for _ in range(2)
    )

    @lucid.pointwise
    def affine_tanh(x: Any, scale: Any, bias: Any) -> Any:
        return kernels.tanh(x * scale + bias)

    out = affine_tanh(x, scale, bias)
    seed = np.ones(out.shape, np.float32)
    before = buffers.memory_stats()
    out.backward(lucid.tensor(seed))
    after = buffers.memory_stats()
    taken = after["fresh"] + after["reused"] - before["fresh"] - before["reused"]
    assert taken <= 1, "the seed is copied; no other array of 2 MiB is needed"
    inner = 1 - np.tanh(x.numpy().astype(float) * scale.numpy() + bias.numpy()) ** 2
    np.testing.assert_allclose(bias.grad.numpy(), inner.sum(0), rtol=1e-4)
    np.testing.assert_allclose(scale.grad.numpy(), (inner * x.numpy()).sum(0), rtol=1e-4, atol=1e-3)


def test_what_is_not_possible_says_so() -> None:
    x = lucid.tensor([1.0, 2.0])

    @lucid.pointwise
    def both(x: Any) -> Any:
        return x + 1.0, x - 1.0

    with pytest.raises(TypeError, match="2 outputs"):
        both.sum(x)
    with pytest.raises(TypeError, match=r"exp\(\.\.\.\)\.max\(\)"):
        kernels.exp.max(x)
