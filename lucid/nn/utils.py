"""Helpers around a network's parameters: gradient clipping, and parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lucid.autograd.devices import host
from lucid.kernels.errors import GraphError, ShapeError
from lucid.nn._state import assign
from lucid.tensors import Tensor

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "parameters_to_vector",
    "vector_to_parameters",
]


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    return [tensor.grad for tensor in tensors if tensor.grad is not None]


def _plain(square: float, dtype: np.dtype) -> bool:
    """Whether a sum of squares is right: outside the dtype's range it is taken in float64."""
    kind = np.finfo(dtype)
    return bool(kind.tiny * 1e6 < square < kind.max)


def _norm(gradient: np.ndarray, p: float) -> float:
    flat = gradient.ravel()
    if flat.size == 0:
        return 0.0
    if p == float("inf"):
        return float(np.max(np.abs(flat)))
    if p == 2:
        with np.errstate(over="ignore", under="ignore"):
            square = float(np.dot(flat, flat))
        if _plain(square, flat.dtype):
            return float(np.sqrt(square))
    wide = flat.astype(np.float64)
    largest = float(np.max(np.abs(wide)))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sum(np.abs(wide / largest) ** p)) ** (1 / p)


def _norms(gradients: list[Tensor], p: float) -> np.ndarray:
    """Return the norm of each gradient, with one wait for a GPU where they lie on one."""
    arrays = [gradient.data for gradient in gradients]
    if p != 2 or all(type(array) is np.ndarray for array in arrays):
        return np.array([_norm(array, p) for array in arrays])
    flats = [array.ravel() for array in arrays]
    squares = host(np.stack([np.dot(flat, flat).astype(np.float64) for flat in flats]))
    return np.array(
        [
            np.sqrt(square) if _plain(square, flat.dtype) else _norm(flat, p)
            for square, flat in zip(squares, flats, strict=True)
        ]
    )


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale all gradients, in place, so that their joint norm is ``max_norm`` at most.

    Parameters
    ----------
    parameters
        Tensors whose ``grad`` is scaled; those without one are left out.
    max_norm
        The highest norm.
    norm_type
        The ``p`` of the norm; ``float("inf")`` for the largest magnitude.
    error_if_nonfinite
        Whether a norm that is infinite or NaN is an error; else the gradients become NaN or 0.

    Returns
    -------
    Tensor
        The norm before, as a 0-d tensor on the CPU.

    Raises
    ------
    GraphError
        If the norm is not finite and that is an error.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([3.0, 4.0], requires_grad=True)
    >>> (x * x / 2).backward()
    >>> lucid.nn.utils.clip_grad_norm_([x], max_norm=1.0).item()
    5.0
    >>> print(x.grad)
    [0.6, 0.8]
    """
    if not norm_type > 0:
        raise ValueError(f"clip_grad_norm_ got norm_type={norm_type}; give a number above 0")
    gradients = _gradients(parameters)
    total = _norm(_norms(gradients, norm_type), norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise GraphError(
            f"clip_grad_norm_: the gradients' norm is {total}; look for the first operation that "
            "gives no finite number, or pass error_if_nonfinite=False"
        )
    # A norm of NaN goes on into the gradients, as PyTorch's does.
    if not total <= max_norm:
        factor = max_norm / total
        for gradient in gradients:
            data = gradient.data
            np.multiply(data, data.dtype.type(factor), out=data)
            gradient.bump()
    dtype = np.result_type(*(gradient.dtype for gradient in gradients)) if gradients else np.float32
    return Tensor(np.array(total, dtype))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Clip each element of all gradients, in place, to ``[-clip_value, clip_value]``.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([3.0, 0.25], requires_grad=True)
    >>> (x * x / 2).backward()
    >>> lucid.nn.utils.clip_grad_value_([x], 1.0)
    >>> print(x.grad)
    [1.0, 0.25]
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_ got clip_value={clip_value}; give 0 or more")
    for gradient in _gradients(parameters):
        np.clip(gradient.data, -clip_value, clip_value, out=gradient.data)
        gradient.bump()


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return the values of all parameters side by side, as a new vector.

    Examples
    --------
    >>> import lucid
    >>> print(lucid.nn.utils.parameters_to_vector([lucid.ones((2, 2)), lucid.zeros(1)]))
    [1.0, 1.0, 1.0, 1.0, 0.0]
    """
    return Tensor(np.concatenate([parameter.data.ravel() for parameter in parameters]))


def vector_to_parameters(vector: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write a vector's values into the parameters, in their order."""
    tensors = list(parameters)
    wanted = sum(tensor.size for tensor in tensors)
    if tuple(vector.shape) != (wanted,):
        raise ShapeError(
            f"vector_to_parameters got the shape {tuple(vector.shape)}; the parameters need "
            f"({wanted},)"
        )
    start = 0
    for tensor in tensors:
        assign(tensor, vector.data[start : start + tensor.size].reshape(tensor.shape))
        start += tensor.size
