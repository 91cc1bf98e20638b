"""The fixture `check_gradient`: derivatives held against finite differences, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lucid

STEP = 1e-6


def numeric_gradient(function: Callable[..., float], arrays: list[Any], which: int) -> Any:
    """Central differences of a function of arrays that returns one number."""
    result = np.zeros_like(arrays[which])
    for place in np.ndindex(arrays[which].shape):
        values = []
        for sign in (1, -1):
            moved = [array.copy() for array in arrays]
            moved[which][place] += sign * STEP
            values.append(function(*moved))
        result[place] = (values[0] - values[1]) / (2 * STEP)
    return result


def _check_gradient(
    function: Callable[..., Any], *arrays: Any, second: bool = True, seed: int = 0
) -> None:
    """Hold first (and second) derivatives of a function of tensors against finite differences.

    The function may return a tensor or a tuple of them. The results are weighted with random
    numbers, so that a gradient that is right in sum alone does not pass.
    """
    rng = np.random.default_rng(seed)
    arrays = tuple(np.asarray(array, np.float64) for array in arrays)
    weights: list[Any] = []

    def scalar(*tensors: Any) -> Any:
        results = function(*tensors)
        results = results if isinstance(results, tuple) else (results,)
        if not weights:
            weights.extend(rng.uniform(0.5, 1.5, r.shape) for r in results)
        total = 0.0
        for result, weight in zip(results, weights, strict=True):
            total = total + (result * weight).sum()
        return total

    def value(*plain: Any) -> float:
        return scalar(*[lucid.tensor(array) for array in plain]).item()

    tensors = [lucid.tensor(array, requires_grad=True) for array in arrays]
    before = [array.copy() for array in arrays]
    scalar(*tensors).backward()
    for position, tensor in enumerate(tensors):
        assert tensor.grad is not None, f"no gradient for operand {position}"
        assert tensor.grad.shape == tensor.shape
        assert tensor.grad.dtype == tensor.dtype
        expected = numeric_gradient(value, list(arrays), position)
        np.testing.assert_allclose(tensor.grad.numpy(), expected, rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(tensor.numpy(), before[position])
    if second:
        _check_second(scalar, arrays, rng)


def _check_second(scalar: Callable[..., Any], arrays: tuple[Any, ...], rng: Any) -> None:
    """Differences of the gradient along a random direction against a second backward pass."""
    directions = [rng.uniform(0.5, 1.5, array.shape) for array in arrays]

    def slope(*tensors: Any) -> Any:
        gradients = lucid.grad(scalar(*tensors), tensors, create_graph=True)
        total = 0.0
        for gradient, direction in zip(gradients, directions, strict=True):
            total = total + (gradient * direction).sum()
        return total

    def value(*plain: Any) -> float:
        return slope(*[lucid.tensor(array, requires_grad=True) for array in plain]).item()

    tensors = [lucid.tensor(array, requires_grad=True) for array in arrays]
    total = slope(*tensors)
    found = (
        lucid.grad(total, tensors, allow_unused=True)
        if total.requires_grad
        else [None] * len(tensors)
    )
    for position, gradient in enumerate(found):
        expected = numeric_gradient(value, list(arrays), position)
        got = np.zeros_like(expected) if gradient is None else gradient.numpy()
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


@pytest.fixture(scope="session")
def check_gradient() -> Callable[..., None]:
    """Return the check, to be called with a function and its arrays."""
    return _check_gradient
