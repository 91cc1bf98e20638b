"""Matrix products, on NumPy's BLAS: ``matmul``, ``linear``, ``outer``."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.broadcast import sum_to_array
from lucid.autograd.function import Function, call
from lucid.autograd.variable import Array
from lucid.kernels.errors import ShapeError
from lucid.ops.blas import multiply
from lucid.ops.common import operand, shape_of, sum_to
from lucid.ops.shape import flatten, reshape

__all__ = ["linear", "matmul", "outer"]


def _flat_product(x: Array, y: Array) -> Array:
    """Multiply a stack of matrices with one: a single call of BLAS instead of one for each."""
    if x.ndim > 2 and y.ndim == 2 and x.size:
        rows = x.reshape(-1, x.shape[-1])
        return multiply(rows, y).reshape(*x.shape[:-1], y.shape[1])
    return multiply(x, y)


class MatMul(Function):
    """The matrix product of two operands that have two or more axes each."""

    __slots__ = ()

    fresh = True
    warns = False

    def forward(self, x: Any, y: Any) -> Any:
        self.save(inputs=(0, 1))
        return _flat_product(x, y)

    def backward(self, gradient: Any) -> Any:
        x, y = self.saved
        for_x = for_y = None
        if type(gradient) is np.ndarray and gradient.ndim == x.ndim == y.ndim == 2:
            needs = self.needs
            for_x = multiply(gradient, y.T) if needs[0] else None
            return for_x, multiply(x.T, gradient) if needs[1] else None
        if self.needs[0]:
            for_x = sum_to(MatMul.apply(gradient, y.swapaxes(-1, -2)), shape_of(x))
        if self.needs[1]:
            if len(shape_of(y)) == 2 and len(shape_of(x)) > 2:
                rows = reshape(x, (-1, shape_of(x)[-1]))
                for_y = MatMul.apply(rows.T, reshape(gradient, (-1, shape_of(y)[-1])))
            else:
                for_y = sum_to(MatMul.apply(x.swapaxes(-1, -2), gradient), shape_of(y))
        return for_x, for_y


def _check_product(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    if not left or not right:
        raise ShapeError(
            f"matmul: shapes {left} and {right}; both operands need at least one axis. Use x * y "
            "to multiply by a number."
        )
    inner = right[-2] if len(right) > 1 else right[0]
    if left[-1] != inner:
        axis = len(right) - 2 if len(right) > 1 else 0
        raise ShapeError(
            f"matmul: shapes {left} and {right} do not fit: the last axis of the first has length "
            f"{left[-1]}, axis {axis} of the second has {inner}, and both must be the same. "
            "Transpose an operand (x.mT) or reshape it."
        )
    for axis, (a, b) in enumerate(zip(left[-3::-1], right[-3::-1], strict=False)):
        if a != b and a != 1 and b != 1:
            raise ShapeError(
                f"matmul: the stacks of shapes {left} and {right} can't be broadcast: axis "
                f"{-3 - axis} has length {a} in the first and {b} in the second. They must be the "
                "same, or one of them 1."
            )


def matmul(x: Any, y: Any) -> Any:
    """Matrix product, on BLAS.

    ``result[..., i, j] = sum_k x[..., i, k] * y[..., k, j]``. An operand with one axis is a row (on
    the left) or a column (on the right), and that axis is gone in the result. Further axes are
    stacks of matrices and are broadcast.

    Parameters
    ----------
    x, y : Tensor or array
        The operands, of any dtype; promoted as NumPy does.

    Returns
    -------
    Tensor or array
        A tensor if one of the operands is.

    Raises
    ------
    ShapeError
        If the inner lengths differ, the stacks can't be broadcast, or an operand has no axis.

    Notes
    -----
    NaN and infinities go through as in any sum of products. The array API's ``matmul``.

    Examples
    --------
    >>> import lucid
    >>> lucid.matmul(lucid.tensor([[1.0, 2.0]]), lucid.tensor([[3.0], [4.0]]))
    Tensor([[11.0]])
    """
    x, y = operand(x, "matmul"), operand(y, "matmul")
    left, right = shape_of(x), shape_of(y)
    if len(left) == 2 and len(right) == 2 and left[1] == right[0]:
        return call(MatMul(), (x, y))
    _check_product(left, right)
    if len(left) > 1 and len(right) > 1:
        return MatMul.apply(x, y)
    rows = reshape(x, (1, *left)) if len(left) == 1 else x
    columns = reshape(y, (*right, 1)) if len(right) == 1 else y
    product = MatMul.apply(rows, columns)
    shape = list(shape_of(product))
    if len(right) == 1:
        del shape[-1]
    if len(left) == 1:
        del shape[-1 if len(right) == 1 else -2]
    return reshape(product, tuple(shape))


class Linear(Function):
    """``x @ weight.T + bias`` in one node."""

    __slots__ = ()

    fresh = True
    warns = False

    def forward(self, x: Any, weight: Any, bias: Any = None) -> Any:
        _check_linear(x, weight, bias)
        self.save(inputs=(0, 1))
        if x.ndim == 2:
            product = multiply(x, weight.T)
        else:
            shape = (*x.shape[:-1], weight.shape[0])
            product = multiply(x.reshape(-1, x.shape[-1]), weight.T).reshape(shape)
        if bias is None:
            return product
        return kernels.add(product, bias)

    def backward(self, gradient: Any) -> Any:
        x, weight = self.saved
        needs = self.needs
        for_x = for_weight = None
        shape = shape_of(x)
        outputs = shape_of(weight)[0]
        rows = gradient if len(shape) == 2 else reshape(gradient, (-1, outputs))
        if type(rows) is np.ndarray:
            # The same as below without a call of `Function` for each product.
            if needs[0]:
                for_x = multiply(rows, weight).reshape(shape)
            if needs[1]:
                for_weight = multiply(rows.T, x if len(shape) == 2 else x.reshape(-1, shape[-1]))
            if len(needs) == 2:
                return for_x, for_weight
            for_bias = sum_to_array(rows, (outputs,)) if needs[2] else None
            return for_x, for_weight, for_bias
        if needs[0]:
            for_x = MatMul.apply(rows, weight)
            if len(shape) != 2:
                for_x = reshape(for_x, shape)
        if needs[1]:
            flat = x if len(shape) == 2 else reshape(x, (-1, shape[-1]))
            for_weight = MatMul.apply(rows.T, flat)
        if len(needs) == 2:
            return for_x, for_weight
        for_bias = None
        if needs[2]:
            array = isinstance(rows, np.ndarray)
            for_bias = np.add.reduce(rows, axis=0) if array else sum_to(rows, (outputs,))
        return for_x, for_weight, for_bias


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Apply a linear layer: ``x @ weight.T + bias`` as one call.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., in_features)``.
    weight : Tensor or array
        Of shape ``(out_features, in_features)``.
    bias : Tensor or array, optional
        Of shape ``(out_features,)``.

    Returns
    -------
    Tensor or array
        Of shape ``(..., out_features)``.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Notes
    -----
    PyTorch's ``nn.functional.linear``.

    Examples
    --------
    >>> import lucid
    >>> weight = lucid.tensor([[1.0, 2.0], [0.0, 1.0], [1.0, 1.0]])
    >>> lucid.linear(lucid.tensor([1.0, 10.0]), weight, lucid.tensor([0.0, 0.0, 0.5]))
    Tensor([21.0, 10.0, 11.5])
    """
    x, weight = operand(x, "linear"), operand(weight, "linear")
    if bias is None:
        return call(Linear(), (x, weight))
    return call(Linear(), (x, weight, operand(bias, "linear")))


def _check_linear(x: Array, weight: Array, bias: Array | None) -> None:
    shape, matrix = x.shape, weight.shape
    if len(matrix) != 2 or not shape or shape[-1] != matrix[1]:
        raise ShapeError(
            f"linear: input of shape {shape} and weight of shape {matrix} do not fit. Expected "
            f"(..., in_features) and (out_features, in_features)"
            + (f": the last axis of the input must have length {matrix[1]}." if matrix[1:] else ".")
        )
    if bias is not None and bias.shape != matrix[:1]:
        raise ShapeError(
            f"linear: bias of shape {bias.shape} with a weight of shape {matrix}; expected "
            f"{matrix[:1]}, one number for each output."
        )


def outer(x: Any, y: Any) -> Any:
    """Outer product: ``result[i, j] = x[i] * y[j]``; more axes are taken as one.

    Examples
    --------
    >>> import lucid
    >>> lucid.outer(lucid.tensor([1, 2]), lucid.tensor([3, 4]))
    Tensor([[3, 4],
            [6, 8]])
    """
    left = flatten(operand(x, "outer"))
    right = flatten(operand(y, "outer"))
    return reshape(left, (-1, 1)) * reshape(right, (1, -1))
