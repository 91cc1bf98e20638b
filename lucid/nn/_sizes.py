"""What a layer's constructor does with its sizes, dtype and device."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from lucid.kernels.errors import ShapeError
from lucid.nn.module import Module
from lucid.nn.parameter import Parameter
from lucid.tensors import Tensor, empty

__all__ = ["check_sizes", "empty_buffer", "empty_parameter"]


def empty_parameter(shape: tuple[int, ...], dtype: DTypeLike | None, device: Any) -> Parameter:
    """Return a parameter whose values are to be drawn: by default float32, on the CPU."""
    return Parameter(empty_buffer(shape, dtype, device))


def empty_buffer(shape: tuple[int, ...], dtype: DTypeLike | None, device: Any) -> Tensor:
    """Return a tensor that is to be filled: by default float32, on the CPU."""
    return empty(shape, dtype=dtype, device=device)


def check_sizes(module: Module, **sizes: int) -> None:
    """Refuse a size that is no whole number above 0."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise ShapeError(
                f"{type(module).__name__} got {name}={size!r}; give a whole number of at least 1"
            )
