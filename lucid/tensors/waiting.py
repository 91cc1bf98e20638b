"""Tensors that wait for their elements: results of pointwise calls inside of `lucid.fuse`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.autograd.devices import CPU, Device
from lucid.autograd.joining import Call, settle, use_waiting_type
from lucid.tensors.core import Tensor

__all__ = ["WaitingTensor"]


class WaitingTensor(Tensor):
    """A tensor whose elements are computed as soon as they are asked for.

    Shape, dtype and device are known. Whatever else is asked of it, or done to it, makes the call
    first, and from then on this object is a plain `Tensor`.
    """

    __slots__ = ()

    _call: Call

    if not TYPE_CHECKING:
        # Reached for what the object does not have yet: the slots of its array and its node.
        def __getattr__(self, name: str) -> Any:
            try:
                call = object.__getattribute__(self, "_call")
            except AttributeError:
                pass  # Another thread was faster.
            else:
                settle(call)
            return getattr(self, name)

        def __setattr__(self, name: str, value: Any) -> None:
            settle(self._call)
            setattr(self, name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._call.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self._call.dtype

    @property
    def device(self) -> Device:
        """Where the memory is."""
        return CPU


use_waiting_type(WaitingTensor)
