"""Gradients of any function of tensors against central differences, in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.autograd import grad, no_grad
from lucid.kernels.errors import DtypeError
from lucid.tensors import Tensor

__all__ = ["gradcheck", "gradgradcheck"]


def _outputs(result: Any) -> list[Tensor]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def _float64(inputs: Sequence[Tensor]) -> list[int]:
    """Return which inputs get a gradient, all of them float64."""
    wanted = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    for i in wanted:
        if inputs[i].dtype != np.float64:
            raise DtypeError(
                f"input {i} is {inputs[i].dtype}; differences need float64. Make it with "
                "dtype='float64'"
            )
    if not wanted:
        raise ValueError("no input requires a gradient; make one with requires_grad=True")
    return wanted


def _weights(outputs: Sequence[Tensor], seed: int) -> list[np.ndarray]:
    """Return numbers that make one scalar of all outputs, so that nothing cancels by chance."""
    random = np.random.default_rng(seed)
    return [random.uniform(0.5, 1.5, output.shape) for output in outputs]


def _difference(loss: Callable[[], float], array: np.ndarray, index: Any, step: float) -> float:
    """Return the derivative of ``loss`` with respect to one element, to the fourth order."""
    here = array[index]
    size = step * max(1.0, abs(here))

    def slope(distance: float) -> float:
        array[index] = right = here + distance
        above = loss()
        array[index] = left = here - distance
        below = loss()
        array[index] = here
        return float((above - below) / (right - left))

    return float((4.0 * slope(size / 2) - slope(size)) / 3.0)


def gradcheck(
    function: Callable[..., Any],
    inputs: Sequence[Any],
    *,
    step: float = 1e-3,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
) -> None:
    """Assert that the gradients of a function are those that central differences give.

    Parameters
    ----------
    function
        Takes ``inputs``, returns a tensor or several.
    inputs
        Its arguments. Those that require a gradient are float64 and away from kinks.
    step
        The step of the differences, relative to numbers above 1; their error is of the order of
        its fourth power.
    rtol, atol
        The tolerance.
    seed
        Of the weights with which the outputs are added up.

    Raises
    ------
    AssertionError
        Naming the input, the element and both values.

    Examples
    --------
    >>> import lucid
    >>> from lucid.testing import gradcheck
    >>> x = lucid.Tensor([0.5, 2.0], dtype="float64", requires_grad=True)
    >>> gradcheck(lambda x: lucid.sin(x) * x, [x])
    """
    wanted = _float64(inputs)
    outputs = [y for y in _outputs(function(*inputs)) if y.requires_grad]
    weights = _weights(outputs, seed)
    roots = [inputs[i] for i in wanted]
    gradients = (
        grad(outputs, roots, [Tensor(w) for w in weights], allow_unused=True)
        if outputs
        else [None] * len(roots)
    )
    arrays = [np.array(x.numpy()) for x in roots]

    def loss() -> float:
        given = list(inputs)
        for i, array in zip(wanted, arrays, strict=True):
            given[i] = Tensor(array.copy(), requires_grad=True)
        with no_grad():
            results = _outputs(function(*given))
        floats = [y for y in results if y.dtype.kind == "f"]
        kept = floats if len(floats) == len(weights) else floats[: len(weights)]
        return float(sum((w * y.numpy()).sum() for w, y in zip(weights, kept, strict=True)))

    for i, array, gradient in zip(wanted, arrays, gradients, strict=True):
        found = np.zeros(array.shape) if gradient is None else gradient.numpy()
        for index in np.ndindex(array.shape):
            expected = _difference(loss, array, index, step)
            if not abs(found[index] - expected) <= atol + rtol * abs(expected):
                raise AssertionError(
                    f"the gradient of input {i} is wrong at {index}, where the input is "
                    f"{array[index]!r}\n  backward gives    {found[index]!r}\n"
                    f"  differences give  {expected!r}\n"
                    f"  (rtol {rtol:g}, atol {atol:g}, step {step:g})"
                )


def gradgradcheck(
    function: Callable[..., Any],
    inputs: Sequence[Any],
    *,
    step: float = 1e-3,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    seed: int = 0,
) -> None:
    """Assert that the second derivatives of a function are those that differences give.

    Parameters
    ----------
    function, inputs, step, rtol, atol, seed
        As for `gradcheck`.

    Raises
    ------
    AssertionError
        Naming the input, the element and both values.

    Examples
    --------
    >>> import lucid
    >>> from lucid.testing import gradgradcheck
    >>> x = lucid.Tensor([0.5, 2.0], dtype="float64", requires_grad=True)
    >>> gradgradcheck(lambda x: lucid.sin(x) * x, [x])
    """
    wanted = _float64(inputs)

    def first(*given: Any) -> tuple[Tensor, ...]:
        from lucid.autograd import enable_grad

        # Its own gradients are part of the function, whatever the mode it is called in.
        with enable_grad():
            outputs = [y for y in _outputs(function(*given)) if y.requires_grad]
            weights = [Tensor(w) for w in _weights(outputs, seed)]
            roots = [given[i] for i in wanted]
            found = grad(outputs, roots, weights, create_graph=True, allow_unused=True)
        return tuple(x * 0.0 if g is None else g for g, x in zip(found, roots, strict=True))

    gradcheck(first, inputs, step=step, rtol=rtol, atol=atol, seed=seed + 1)
