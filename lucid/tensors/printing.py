"""How a tensor reads: numbers in the shortest form that reads back, long ones summarised."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import device_of, host
from lucid.autograd.variable import Array, Variable

__all__ = ["array_text", "tensor_repr", "tensor_str"]

# dtypes that the numbers themselves tell; any other is named in the repr.
_PLAIN = frozenset({np.dtype(np.float32), np.dtype(np.int64), np.dtype(np.bool_)})


def array_text(array: Array, indent: int = 0) -> str:
    r"""Write `array` as a nested list.

    More than 1000 elements are shortened to the first and last three of each axis.

    Parameters
    ----------
    array : ndarray
        Numbers or booleans.
    indent : int, optional
        Columns that stand before the text, so that further lines line up with the first.

    Examples
    --------
    >>> import numpy as np
    >>> array_text(np.float32([[0.1, 2], [np.inf, 1e-20]]))
    '[[0.1, 2.0],\n [inf, 1e-20]]'
    """
    if array.ndim == 0:
        return str(array[()])
    if array.size == 0:
        return "[]"
    return np.array2string(
        array,
        separator=", ",
        prefix=" " * indent,
        threshold=1000,
        edgeitems=3,
        max_line_width=100,
        formatter={"all": str},
    )


def tensor_repr(x: Variable) -> str:
    """Write ``Tensor(...)``, with dtype, device and gradient where they say something."""
    name = type(x).__name__ + "("
    data = host(x._data)
    text = name + array_text(data, len(name))
    if data.size == 0 and data.ndim != 1:
        text += f", shape={data.shape}"
    if data.dtype not in _PLAIN:
        text += f", dtype={data.dtype}"
    if data is not x._data:
        text += f", device={str(device_of(x._data))!r}"
    if x._leaf or x._node is not None:
        text += ", grad=" + _grad_text(x._grad)
    return text + ")"


def tensor_str(x: Variable) -> str:
    """Write the bare nested list; a tensor of a graph is written as by `tensor_repr`."""
    if x._leaf or x._node is not None:
        return tensor_repr(x)
    return array_text(host(x._data))


def _grad_text(grad: Any) -> str:
    return "None" if grad is None else array_text(host(grad._data), 5)
