"""Tests on a GPU, or on Numba's simulator of one; `tests/test_cuda.py` runs them in the latter.

The simulator calls Python for every element, so the arrays are small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lucid
from lucid.kernels.targets.cuda import problem

# Without a device there is nothing to collect here.
collect_ignore_glob = ["test_*.py"] if problem() else []


def weights_for(result: Any) -> Any:
    """Return weights of no regularity: a gradient that is right in sum alone is not to pass."""
    drawn = np.random.default_rng(2).uniform(0.5, 1.5, result.shape)
    return lucid.tensor(drawn.astype(result.dtype), device=result.device)


def _gradients(function: Callable[..., Any], arrays: list[Any], device: str) -> list[Any]:
    """Return results and gradients of a function on a device, as NumPy's arrays."""
    tensors = []
    for array in arrays:
        floating = isinstance(array, np.ndarray) and array.dtype.kind == "f"
        tensors.append(lucid.tensor(array, requires_grad=floating, device=device))
    results = function(*tensors)
    results = results if isinstance(results, tuple) else (results,)
    for result in results:
        assert result.device.type == device, f"the result is on {result.device}"
    total = [(r * weights_for(r)).sum() for r in results if r.requires_grad]
    if total:
        lucid.autograd.backward(total)
    found = [result.cpu().detach().numpy() for result in results]
    for tensor in tensors if total else ():
        if tensor.requires_grad:
            assert tensor.grad is not None
            assert tensor.grad.device == tensor.device
            found.append(tensor.grad.cpu().numpy())
    return found


@pytest.fixture(name="weights_for")
def _weights_for() -> Callable[[Any], Any]:
    """Return `weights_for`."""
    return weights_for


@pytest.fixture
def same_on_gpu() -> Callable[..., None]:
    """Return a check: a function gives the same results and gradients on CPU and GPU."""

    def check(function: Callable[..., Any], *arrays: Any, rtol: float = 1e-5) -> None:
        expected = _gradients(function, list(arrays), "cpu")
        got = _gradients(function, list(arrays), "cuda")
        assert len(got) == len(expected)
        for mine, wanted in zip(got, expected, strict=True):
            assert mine.dtype == wanted.dtype
            np.testing.assert_allclose(mine, wanted, rtol, rtol * 1e-1)

    return check
