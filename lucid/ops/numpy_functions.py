"""What NumPy's functions mean on tensors, where they are no ufuncs: ``np.sum(x)`` is ``lucid.sum``.

`lucid.tensors.numpy_protocol` finds them here by name, and hands arguments on under NumPy's names
or Lucid's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lucid import kernels
from lucid.kernels.errors import ShapeError
from lucid.ops import (
    axes,
    einstein,
    extreme,
    join,
    linalg,
    logical,
    lookup,
    rearrange,
    reduce,
    scan,
    shape,
    sorting,
    statistics,
)
from lucid.ops.axes import transpose as transposed
from lucid.ops.common import Axes, one_axis, operand, raw, shape_of
from lucid.ops.shape import reshape as to_shape
from lucid.tensors import filled
from lucid.tensors.numpy_protocol import FUNCTIONS

__all__ = ["install_numpy_functions"]

#: Functions that have NumPy's name and meaning, by module.
_SAME: dict[Any, tuple[str, ...]] = {
    axes: ("matrix_transpose", "moveaxis", "swapaxes"),
    extreme: ("amax", "amin", "argmax", "argmin", "max", "min"),
    filled: ("empty_like", "full_like", "ones_like", "zeros_like"),
    join: ("concatenate", "stack", "unstack"),
    kernels: ("fix", "isclose", "nan_to_num", "round", "sinc"),
    linalg: ("outer",),
    logical: ("all", "any", "count_nonzero"),
    lookup: ("take", "take_along_axis"),
    rearrange: ("flip", "repeat", "roll", "tril", "triu"),
    reduce: ("mean", "prod", "sum"),
    scan: ("cumprod", "cumsum"),
    shape: ("broadcast_to", "expand_dims", "ravel", "squeeze"),
    sorting: ("argsort", "sort"),
    statistics: ("std", "var"),
}


def _astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    return kernels.clip(a, low, high)


def _copy(a: Any) -> Any:
    return a.clone()


def _dot(a: Any, b: Any) -> Any:
    a, b = operand(a, "np.dot"), operand(b, "np.dot")
    if not a.ndim or not b.ndim:
        return kernels.multiply(a, b)
    if b.ndim > 2:
        raise ShapeError(
            f"np.dot: the second operand has the shape {shape_of(b)}. On tensors it has two axes "
            "at most; use np.matmul or np.einsum."
        )
    return linalg.matmul(a, b)


def _einsum(*operands: Any, optimize: Any = False) -> Any:
    # In which order products are taken is Lucid's own choice.
    return einstein.einsum(*operands)


def _hstack(tup: Sequence[Any]) -> Any:
    parts = [operand(part, "np.hstack") for part in tup]
    parts = [part if part.ndim else to_shape(part, 1) for part in parts]
    return join.concatenate(parts, axis=0 if parts and parts[0].ndim == 1 else 1)


def _vstack(tup: Sequence[Any]) -> Any:
    parts = [operand(part, "np.vstack") for part in tup]
    return join.concatenate([p if p.ndim > 1 else to_shape(p, 1, -1) for p in parts])


def _norm(x: Any, ord: Any = None, axis: Axes = None, keepdims: bool = False) -> Any:
    x = operand(x, "np.linalg.norm")
    folded = x.ndim if axis is None else len(axis) if isinstance(axis, (tuple, list)) else 1
    if ord == "fro" or (ord is not None and folded > 1):
        if folded != 2 or ord != "fro":
            raise ShapeError(
                f"np.linalg.norm: ord={ord!r} over {folded} axes. On tensors the norm of a matrix "
                "is that of its elements, ord=None or 'fro'; give one axis for other vector norms."
            )
        ord = None
    return statistics.norm(x, 2 if ord is None else ord, axis, keepdims)


def _vector_norm(x: Any, axis: Axes = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return statistics.norm(x, ord, axis, keepdims)


def _reshape(a: Any, shape: Any) -> Any:
    return to_shape(a, shape)


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Split at places or into equal parts; Lucid's own ``split`` takes lengths."""
    ary = operand(ary, "np.split")
    length = shape_of(ary)[one_axis(axis, ary.ndim, "np.split")]
    try:
        sections = operator.index(indices_or_sections)
    except TypeError:
        ends = [*(slice(int(place)).indices(length)[1] for place in indices_or_sections), length]
    else:
        if sections < 1 or length % sections:
            raise ShapeError(
                f"np.split: {length} elements can't be split into {sections} equal parts. Give "
                "the places at which to split, or use lucid.chunk."
            ) from None
        ends = list(range(length // sections, length + 1, length // sections))
    return list(join.split(ary, [stop - start for start, stop in pairwise([0, *ends])], axis))


def _tile(x: Any, reps: Any) -> Any:
    return rearrange.tile(x, reps)


def _transpose(a: Any, axes: Any = None) -> Any:
    return transposed(a) if axes is None else transposed(a, axes)


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return np.nonzero(raw(condition))
    return kernels.where(condition, x, y)


#: Functions written here, under NumPy's full names.
_WRITTEN: dict[str, Callable[..., Any]] = {
    "numpy.around": kernels.round,
    "numpy.astype": _astype,
    "numpy.clip": _clip,
    "numpy.copy": _copy,
    "numpy.dot": _dot,
    "numpy.einsum": _einsum,
    "numpy.hstack": _hstack,
    "numpy.linalg.matmul": linalg.matmul,
    "numpy.linalg.matrix_transpose": axes.matrix_transpose,
    "numpy.linalg.norm": _norm,
    "numpy.linalg.outer": linalg.outer,
    "numpy.linalg.vector_norm": _vector_norm,
    "numpy.reshape": _reshape,
    "numpy.split": _split,
    "numpy.tile": _tile,
    "numpy.transpose": _transpose,
    "numpy.vstack": _vstack,
    "numpy.where": _where,
}


def install_numpy_functions() -> None:
    """Say for each function of NumPy's what takes its place."""
    FUNCTIONS.update(
        (f"numpy.{name}", getattr(module, name))
        for module, names in _SAME.items()
        for name in names
    )
    FUNCTIONS.update(_WRITTEN)
