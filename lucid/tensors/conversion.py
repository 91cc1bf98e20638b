"""The methods of a tensor that convert: to arrays, numbers, lists, other dtypes and devices.

A class of its own, because the methods ``float``, ``int`` and ``bool`` would otherwise hide the
types of these names from the annotations around them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.autograd.devices import Device, check_on_cpu, device_of, moved, read_device
from lucid.autograd.function import Cast, Function
from lucid.autograd.in_place import adopt, check_in_place
from lucid.autograd.joining import flush
from lucid.autograd.mode import mode
from lucid.autograd.variable import Array, Variable, requires_grad, wrap
from lucid.kernels.errors import LucidError, ShapeError
from lucid.tensors.convert import as_array, as_dtype

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


class Transfer(Function):
    """A copy on another device; the gradient goes back to the first one."""

    __slots__ = ("device", "source")

    def __init__(self, device: Device) -> None:
        self.device = device

    @property
    def name(self) -> str:
        return "to"

    def forward(self, x: Any) -> Any:
        self.source = device_of(x)
        return moved(x, self.device)

    def backward(self, gradient: Any) -> Any:
        return Transfer.apply(gradient, device=self.source)


class Conversions:
    """Conversions of a tensor."""

    __slots__ = ()

    if TYPE_CHECKING:
        _data: Array

    def numpy(self) -> Array:
        """Return the array, without a copy, also of a tensor that requires a gradient.

        The graph does not see changes that are made through the array.

        Raises
        ------
        TargetError
            If the tensor lies on a GPU: ``x.cpu().numpy()`` copies it.
        """
        if type(self._data) is not np.ndarray:
            check_on_cpu(self._data, "numpy")
        flush()
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

    def copy_(self, source: Any) -> Tensor:
        """Write the values of `source` into this tensor, and return it.

        They are broadcast, converted, and fetched from where they lie.

        Raises
        ------
        ShapeError
            If `source` can't be broadcast to this tensor's shape.
        GraphError
            If the change in place is not allowed while a graph is recorded.
        """
        this: Any = self
        recording = mode.enabled and (requires_grad(source) or requires_grad(this))
        check_in_place(this, "copy_", recording)
        value: Any = source if isinstance(source, Variable) else wrap(as_array(source, copy=False))
        value = value.to(device=this.device)
        try:
            value_shape = np.broadcast_shapes(value._data.shape, this.shape)
        except ValueError:
            value_shape = ()
        if value_shape != this.shape:
            raise ShapeError(
                f"copy_: a source of shape {value._data.shape} can't be broadcast to {this.shape}."
                " Give values of the tensor's shape, or of one that broadcasts to it."
            )
        if recording:
            adopt(this, value.broadcast_to(this.shape), "copy_")
        else:
            this._data[...] = value._data
            this.bump()
        result: Tensor = this
        return result

    def contiguous(self) -> Tensor:
        """Return the tensor itself if its elements lie in C order, else a copy that does."""
        this: Any = self
        return this if self._data.flags.c_contiguous else this.clone()

    def to(self, *arguments: Any, dtype: Any = None, device: Any = None) -> Tensor:
        """Convert to a dtype and move to a device, or to those of another tensor.

        A tensor that has the dtype and is on the device already is returned as it is. Gradients
        flow through conversions between floating-point dtypes and through moves, and come back in
        the dtype and on the device of the tensor.

        Parameters
        ----------
        *arguments : dtype, str or Tensor
            A dtype or its name, a device, or a tensor whose dtype and device are wanted.
        dtype : dtype, optional
            The dtype of the result.
        device : str, optional
            ``"cpu"`` or ``"cuda"``.

        Raises
        ------
        DtypeError
            If the dtype is none that a tensor can have.
        TargetError
            If the device is unknown, or CUDA can't be used; the message says what is missing.

        Examples
        --------
        >>> import lucid
        >>> lucid.tensor([1.5, 2.5]).to("float64")
        Tensor([1.5, 2.5], dtype=float64)
        """
        for argument in arguments:
            if isinstance(argument, Variable):
                dtype, device = argument._data.dtype, device_of(argument._data)
            elif isinstance(argument, str) and not _is_dtype(argument):
                device = argument
            else:
                dtype = argument
        this: Any = self
        goal = None if device is None else read_device(device, "to")
        if dtype is not None:
            this = _converted(this, as_dtype(dtype, "to"))
        if goal is not None and goal != device_of(self._data):
            this = Transfer.apply(this, device=goal)
        result: Tensor = this
        return result

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
        """Return the tensor on the CPU: itself if it is there already."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None) -> Tensor:
        """Return the tensor on the GPU: itself if it is there already.

        Raises
        ------
        TargetError
            If CUDA can't be used; the message says what is missing.
        """
        return self.to(device="cuda" if device is None else device)

    # What other libraries ask, so that they take the memory over without a copy.

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Where the elements lie on the GPU; tensors on the CPU do not have this attribute."""
        if device_of(self._data).type == "cpu":
            raise AttributeError(
                "__cuda_array_interface__: this tensor is on 'cpu'. Move it first: x.cuda()."
            )
        self._check_shareable("__cuda_array_interface__", AttributeError)
        held: Any = self._data
        interface: dict[str, Any] = held.__cuda_array_interface__
        return interface

    def __dlpack__(self, **options: Any) -> Any:
        self._check_shareable("__dlpack__", BufferError)
        flush()
        return self._data.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()

    def _check_shareable(self, name: str, error: type[Exception]) -> None:
        if requires_grad(self):
            raise error(
                f"{name}: this tensor requires a gradient, which another library would not see. "
                "Hand over x.detach()."
            )


def _converted(x: Any, wanted: np.dtype[Any]) -> Any:
    held = x._data.dtype
    if wanted == held:
        return x
    if wanted.kind == "f" and held.kind == "f":
        return Cast.apply(x, dtype=wanted)
    with np.errstate(invalid="ignore"):
        return wrap(x._data.astype(wanted))


def _is_dtype(name: str) -> Any:
    try:
        as_dtype(name, "to")
    except LucidError:
        return False
    return True
