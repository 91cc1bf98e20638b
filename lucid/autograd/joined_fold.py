"""A sum or mean of results that wait: part of the kernel that computes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lucid.autograd.folded import FoldedCall, folded_shapes
from lucid.autograd.joining import Call, is_part, joined, settle
from lucid.kernels.reductions import reduced_axes

__all__ = ["Fold", "wait_for_fold"]


class Fold(Call):
    """The sum or mean over axes of a call that waits.

    Parameters
    ----------
    call : Call
        The operand.
    axes : tuple of int
        The axes, counted from 0.
    keepdims, mean : bool
        Whether the axes stay with length 1, and whether the sum is divided by their lengths.
    otherwise : callable
        ``otherwise(x, axes, keepdims)`` does the same with a tensor that does not wait.
    """

    __slots__ = ("axes", "divisor", "full", "keepdims", "kept", "otherwise")

    def __init__(
        self,
        call: Call,
        axes: tuple[int, ...],
        keepdims: bool,
        mean: bool,
        otherwise: Callable[..., Any],
    ) -> None:
        self.full = full = call.shape
        self.kept, shape, self.divisor = folded_shapes(full, axes, keepdims, mean)
        super().__init__(call.program, [call], shape, call.dtype)
        self.axes = axes
        self.keepdims = keepdims
        self.otherwise = otherwise

    def make(self) -> Any:
        (call,) = self.operands
        if not is_part(call, 1, self.full, self.enabled):
            return self.otherwise(settle(call), self.axes, self.keepdims)
        program, values = joined(call)
        return FoldedCall.apply(
            *values,
            program=program,
            full=self.full,
            kept=self.kept,
            shown=self.shape,
            divisor=self.divisor,
            target=None,
        )


def wait_for_fold(
    x: Any, axis: Any, keepdims: bool, mean: bool, otherwise: Callable[..., Any]
) -> Any:
    """Return the sum or mean of a tensor that waits, which waits too."""
    call: Call = x._call
    if call.dtype.kind != "f":
        settle(call)
        return otherwise(x, axis, keepdims)
    axes = tuple(sorted(reduced_axes("mean" if mean else "sum", axis, len(call.shape))))
    return Fold(call, axes, keepdims, mean, otherwise).tensor()
