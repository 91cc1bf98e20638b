"""The operations of this package as methods and operators of a tensor."""

from __future__ import annotations

from typing import Any

from lucid.ops import (
    axes,
    extreme,
    index,
    join,
    linalg,
    logical,
    lookup,
    rearrange,
    reduce,
    scan,
    shape,
    soft,
    sorting,
    statistics,
)
from lucid.tensors.core import Tensor

__all__ = ["METHODS", "install_methods"]

# Functions whose first argument is the tensor, by module.
METHODS: dict[Any, tuple[str, ...]] = {
    extreme: ("amax", "amin", "argmax", "argmin", "max", "min"),
    lookup: (
        "gather",
        "index_select",
        "masked_fill",
        "masked_select",
        "scatter_add",
        "take",
        "take_along_axis",
    ),
    join: ("chunk", "split", "unbind"),
    linalg: ("matmul", "outer"),
    logical: ("all", "any", "count_nonzero"),
    rearrange: ("flip", "repeat", "repeat_interleave", "roll", "tile", "tril", "triu"),
    reduce: ("mean", "prod", "sum"),
    scan: ("cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"),
    axes: ("moveaxis", "permute", "swapaxes", "transpose"),
    shape: (
        "broadcast_to",
        "expand",
        "expand_dims",
        "flatten",
        "ravel",
        "reshape",
        "squeeze",
        "unsqueeze",
        "view",
    ),
    soft: ("log_softmax", "logsumexp", "softmax"),
    sorting: ("argsort", "sort", "topk"),
    statistics: ("norm", "std", "var"),
}


def _reflected_matmul(self: Any, other: Any) -> Any:
    return linalg.matmul(other, self)


def _view_as(self: Any, other: Any) -> Any:
    """Give the elements the shape of `other`, without a copy."""
    return shape.view(self, other.shape)


def _reshape_as(self: Any, other: Any) -> Any:
    """Give the elements the shape of `other`."""
    return shape.reshape(self, other.shape)


def _expand_as(self: Any, other: Any) -> Any:
    """Broadcast to the shape of `other`."""
    return shape.broadcast_to(self, other.shape)


def install_methods() -> None:
    """Give `Tensor` its methods, ``@``, indexing, ``T`` and ``mT``."""
    for module, names in METHODS.items():
        for name in names:
            setattr(Tensor, name, getattr(module, name))
    more: dict[str, Any] = {
        "T": property(axes.transpose, doc="The tensor with its axes reversed; a view."),
        "mT": property(axes.matrix_transpose, doc="The last two axes swapped; a view."),
        "__getitem__": index.getitem,
        "__matmul__": linalg.matmul,
        "__rmatmul__": _reflected_matmul,
        "__setitem__": index.setitem,
        "expand_as": _expand_as,
        "reshape_as": _reshape_as,
        "view_as": _view_as,
    }
    for name, value in more.items():
        setattr(Tensor, name, value)
