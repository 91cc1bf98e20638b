"""``Tensor``: an array and its place in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.autograd.api import backward
from lucid.autograd.devices import (
    Device,
    as_data,
    check_devices,
    check_on_cpu,
    device_of,
    moved,
    read_device,
)
from lucid.autograd.folded import call_folded
from lucid.autograd.joining import call_or_record, flush
from lucid.autograd.pointwise import carry
from lucid.autograd.variable import (
    Array,
    Variable,
    requires_grad,
    set_result_type,
    wrap,
)
from lucid.kernels.errors import GraphError, ShapeError
from lucid.tensors.conversion import Conversions
from lucid.tensors.convert import as_array, check_differentiable
from lucid.tensors.copying import copied, fill, reduced
from lucid.tensors.hooks import HookHandle, keeper
from lucid.tensors.numpy_protocol import apply_function, apply_ufunc
from lucid.tensors.printing import tensor_repr, tensor_str

if TYPE_CHECKING:
    from lucid.tensors.surface import Surface
else:

    class Surface:
        """The methods that are made from tables; see `lucid.tensors.surface`."""

        __slots__ = ()


__all__ = ["Tensor"]


class Tensor(Conversions, Surface, Variable):
    """An array with a gradient.

    Parameters
    ----------
    data : array-like
        Copied. Arrays keep their dtype; Python floats become float32, integers int64, booleans
        bool.
    requires_grad : bool, optional
        Whether ``backward`` adds a gradient to ``.grad``; floating-point dtypes only.
    dtype : dtype, optional
        The dtype of the tensor.
    device : str, optional
        Where the tensor is to lie, ``"cpu"`` or ``"cuda"``; where the data lies if none is given.

    Raises
    ------
    DtypeError
        If the data is not real numbers or booleans, or an integer tensor is to require a gradient.
    ShapeError
        If nested lists are ragged.
    TargetError
        If the device is unknown or can't be used.

    Notes
    -----
    ``str(x)`` of a tensor outside of any graph is the bare nested list; ``repr(x)``, and both of a
    tensor that requires a gradient, is ``Tensor(..., grad=...)``. Tensors are hashed by identity
    and compared element by element.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.Tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True)
    >>> output = lucid.hard_sigmoid(x)
    >>> output
    Tensor([[0.3, 0.9, 0.4, 1.0]], grad=None)
    >>> output.backward()
    >>> print(x.grad)
    [[0.2, 0.2, 0.2, 0.0]]
    """

    __slots__ = ()

    # NumPy's operators leave the call to the tensor's reflected one.
    __array_priority__ = 1000.0

    def __init__(
        self, data: Any, requires_grad: bool = False, dtype: Any = None, device: Any = None
    ) -> None:
        array = as_array(data, dtype, name=type(self).__name__)
        if device is not None:
            array = moved(array, read_device(device, type(self).__name__))
        if requires_grad:
            check_differentiable(array.dtype, type(self).__name__)
        fill(self, array, bool(requires_grad))

    # What it holds.

    @property
    def data(self) -> Array:
        """The array itself. The graph does not see changes that are made through it."""
        flush()
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        flush()
        self._data = value._data if isinstance(value, Variable) else as_data(value)
        # Whoever saved this tensor would now read another array: let backward notice. A count of
        # its own, because it shares its memory with nobody any more.
        self.bump()
        self._version = [self._version[0], 0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self._data.dtype

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return self._data.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._data.nbytes

    @property
    def device(self) -> Device:
        """Where the memory is: ``"cpu"`` or, say, ``"cuda:0"``, a text with ``.type``."""
        return device_of(self._data)

    def numel(self) -> int:
        """Return the number of elements."""
        return self._data.size

    # Its place in the graph.

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this tensor."""
        return self._leaf or self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Say whether this leaf is to get a gradient, and return it."""
        if self._node is not None:
            if not requires_grad:
                raise GraphError(
                    "requires_grad_: this tensor was computed in a graph, so it requires a "
                    "gradient as long as its operands do. Use x.detach() for one outside of it."
                )
            return self
        if requires_grad:
            check_differentiable(self._data.dtype, "requires_grad_")
        self._leaf = bool(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by the user and not by an operation in a graph."""
        return self._node is None

    @property
    def grad_fn(self) -> str | None:
        """The name of the operation that made this tensor in a graph, or None."""
        return None if self._node is None else self._node.name

    @property
    def grad(self) -> Any:
        """The gradient that backward passes have added up, a Tensor, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, Variable):
                array = as_array(value, self._data.dtype, name="grad")
                value = wrap(moved(array, self.device))
            if value._data.shape != self._data.shape:
                raise ShapeError(
                    f"grad: a gradient of shape {value._data.shape} for a tensor of shape "
                    f"{self._data.shape}. Both must be the same."
                )
            if type(value._data) is not type(self._data):
                check_devices("grad", (self, value))
        self._grad = value

    def zero_grad(self) -> None:
        """Forget the gradient: ``.grad`` is None afterwards."""
        self._grad = None

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False
    ) -> None:
        """Add the gradients of this tensor to ``.grad`` of the leaves that it depends on.

        Parameters
        ----------
        gradient : array-like, optional
            What flows in, of this tensor's shape; ones where it is None, for any shape.
        retain_graph : bool, optional
            Keep the saved values for another pass; by default they are kept with `create_graph`.
        create_graph : bool, optional
            Record the gradients' own graph, so that they can be differentiated again.

        Raises
        ------
        GraphError
            If there is no graph, if it was freed, or if a value it needs was changed in place.
        ShapeError
            If the gradient's shape is not the tensor's.

        Examples
        --------
        >>> import lucid
        >>> x = lucid.tensor([1.0, -2.0], requires_grad=True)
        >>> (x * x).backward()
        >>> print(x.grad)
        [2.0, -4.0]
        """
        backward(self, gradient, retain_graph, create_graph)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor in ``.grad`` although it is no leaf."""
        if self._node is not None:
            self._add_node_hook(keeper(self))

    def register_hook(self, hook: Callable[[Any], Any]) -> HookHandle:
        """Call `hook` with the gradient of this tensor in each backward pass.

        Parameters
        ----------
        hook : callable
            Gets the whole gradient, a tensor, and must not change it in place; what it returns
            replaces the gradient, unless that is None.

        Returns
        -------
        HookHandle
            ``remove()`` takes the hook out again.

        Examples
        --------
        >>> import lucid
        >>> x = lucid.tensor([1.0, 2.0], requires_grad=True)
        >>> handle = x.register_hook(lambda gradient: gradient * 10)
        >>> (x * 3).backward()
        >>> print(x.grad)
        [30.0, 30.0]
        """
        if not requires_grad(self):
            raise GraphError(
                "register_hook: this tensor requires no gradient, so its hook would never be "
                "called. Make it with requires_grad=True."
            )
        if self._node is not None:
            return self._add_node_hook(hook)
        if self._hooks is None:
            self._hooks = []
        self._hooks.append(hook)
        return HookHandle(self._hooks, hook)

    def _add_node_hook(self, hook: Callable[[Any], Any]) -> HookHandle:
        node = self._node
        assert node is not None
        if node.hooks is None:
            node.hooks = []
        item = (self._port, hook)
        node.hooks.append(item)
        return HookHandle(node.hooks, item)

    def detach(self) -> Tensor:
        """Return a tensor with the same memory that is outside of the graph.

        Changing it in place changes this tensor too, and a backward that needs the old value
        raises.
        """
        # A view of its own, so that the two are told apart where arrays are compared by identity.
        result: Tensor = wrap(self._data.view())
        result._version = self._version
        return result

    # What Python asks of it.

    def __lucid_call__(self, operation: Any, arguments: Any, keywords: Any) -> Any:
        """Take over the call of a pointwise operation."""
        return call_or_record(operation, arguments, keywords)

    #: Take over an operation whose results are added up: ``lucid.kernels.mse.mean(x, y)``.
    __lucid_fold__ = staticmethod(call_folded)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        check_on_cpu(self._data, "np.asarray")
        flush()
        return np.array(self._data, dtype, copy=copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        return apply_function(function, arguments, keywords)

    def __repr__(self) -> str:
        return tensor_repr(self)

    def __str__(self) -> str:
        return tensor_str(self)

    def __format__(self, spec: str) -> str:
        return format(self._data.item(), spec) if spec and self.size == 1 else str(self)

    def __len__(self) -> int:
        if self._data.ndim == 0:
            raise TypeError("len: a tensor without axes has no length. x.size is 1.")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if self._data.ndim == 0:
            raise TypeError("iter: a tensor without axes has nothing to go through. Use x.item().")
        return (self[i] for i in range(len(self._data)))

    def __contains__(self, value: Any) -> bool:
        return bool((self._data == moved(as_array(value, copy=False), self.device)).any())

    def __bool__(self) -> bool:
        return bool(self._one("bool"))

    def __float__(self) -> float:
        return float(self._one("float"))

    def __int__(self) -> int:
        return int(self._one("int"))

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iu":
            raise TypeError(
                f"index: a tensor of dtype {self._data.dtype} can't be an index. Only integer "
                "tensors with one element can."
            )
        return int(self._one("index"))

    def _one(self, name: str) -> Any:
        """Return the single element, for what takes one number."""
        if self._data.size != 1:
            raise ShapeError(
                f"{name}: a tensor of shape {self._data.shape} has {self._data.size} elements, "
                "and this needs exactly one. Reduce it first: x.any(), x.all(), x.sum()."
            )
        return self._data.item()

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        result: Tensor = copied(self, memo)
        return result

    def __reduce_ex__(self, protocol: Any) -> Any:
        return reduced(self)

    __hash__ = object.__hash__


set_result_type(Tensor)
carry(Tensor)
