"""The methods of a tensor that convert: to arrays, numbers, lists and other dtypes.

A class of its own, because the methods ``float``, ``int`` and ``bool`` would otherwise hide the
types of these names from the annotations around them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.autograd.function import Cast, Function
from lucid.autograd.variable import Array, Variable, wrap
from lucid.kernels.errors import LucidError, ShapeError, TargetError
from lucid.tensors.convert import as_dtype

if TYPE_CHECKING:
    from lucid.tensors.core import Tensor

__all__ = ["Conversions"]


class Clone(Function):
    """A copy in memory of its own."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        return x.copy()

    def backward(self, gradient: Any) -> Any:
        return gradient


class Conversions:
    """Conversions of a tensor."""

    __slots__ = ()

    if TYPE_CHECKING:
        _data: Array

    def numpy(self) -> Array:
        """Return the array, without a copy, also of a tensor that requires a gradient.

        The graph does not see changes that are made through the array.
        """
        return self._data

    def item(self) -> Any:
        """Return the single element as a Python number.

        Raises
        ------
        ShapeError
            If there is not exactly one element.
        """
        if self._data.size != 1:
            raise ShapeError(
                f"item: a tensor of shape {self._data.shape} has {self._data.size} elements, and "
                "item() needs exactly one. Use tolist(), or index first: x[0].item()."
            )
        return self._data.item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self._data.tolist()

    def clone(self) -> Tensor:
        """Return a copy in memory of its own; gradients flow through it."""
        result: Tensor = Clone.apply(self)
        return result

    def contiguous(self) -> Tensor:
        """Return the tensor itself if its elements lie in C order, else a copy that does."""
        this: Any = self
        return this if self._data.flags.c_contiguous else this.clone()

    def to(self, *arguments: Any, dtype: Any = None, device: Any = None) -> Tensor:
        """Convert to a dtype, or to the dtype of another tensor; the device can only be ``"cpu"``.

        A tensor that has the dtype already is returned as it is. Gradients flow through conversions
        between floating-point dtypes and are converted back.

        Parameters
        ----------
        *arguments : dtype, str or Tensor
            A dtype or its name, ``"cpu"``, or a tensor whose dtype is wanted.
        dtype : dtype, optional
            The dtype of the result.
        device : str, optional
            ``"cpu"``.

        Raises
        ------
        DtypeError
            If the dtype is none that a tensor can have.
        TargetError
            If the device is not ``"cpu"``.

        Examples
        --------
        >>> import lucid
        >>> lucid.tensor([1.5, 2.5]).to("float64")
        Tensor([1.5, 2.5], dtype=float64)
        """
        for argument in arguments:
            if isinstance(argument, Variable):
                dtype = argument._data.dtype
            elif isinstance(argument, str) and not _is_dtype(argument):
                device = argument
            else:
                dtype = argument
        if device is not None and str(device) != "cpu":
            raise TargetError(
                f"to: device {device!r} is not available, tensors live on 'cpu'. Kernels for other "
                "targets are chosen by lucid.set_target."
            )
        this: Any = self
        if dtype is None:
            return this
        wanted = as_dtype(dtype, "to")
        if wanted == self._data.dtype:
            return this
        if wanted.kind == "f" and self._data.dtype.kind == "f":
            return Cast.apply(this, dtype=wanted)
        with np.errstate(invalid="ignore"):
            return wrap(self._data.astype(wanted))

    def astype(self, dtype: Any) -> Tensor:
        """Convert to a dtype; as ``to(dtype)``."""
        return self.to(dtype=dtype)

    def type_as(self, other: Any) -> Tensor:
        """Convert to the dtype of `other`."""
        return self.to(dtype=other.dtype)

    def half(self) -> Tensor:
        """Convert to float16."""
        return self.to(dtype=np.float16)

    def float(self) -> Tensor:
        """Convert to float32."""
        return self.to(dtype=np.float32)

    def double(self) -> Tensor:
        """Convert to float64."""
        return self.to(dtype=np.float64)

    def int(self) -> Tensor:
        """Convert to int32."""
        return self.to(dtype=np.int32)

    def long(self) -> Tensor:
        """Convert to int64."""
        return self.to(dtype=np.int64)

    def bool(self) -> Tensor:
        """Convert to bool: whether each element is not zero."""
        return self.to(dtype=np.bool_)

    def cpu(self) -> Tensor:
        """Return the tensor itself: its memory is the CPU's."""
        this: Any = self
        return this


def _is_dtype(name: str) -> Any:
    try:
        as_dtype(name, "to")
    except LucidError:
        return False
    return True
