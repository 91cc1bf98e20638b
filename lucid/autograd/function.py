"""``Function``: an operation with a gradient rule of its own, for what is not pointwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from lucid.autograd.devices import as_data, check_devices, namespace_of
from lucid.autograd.mode import mode
from lucid.autograd.node import Node, next_order
from lucid.autograd.variable import Array, Variable, wrap, wrap_view
from lucid.kernels.errors import GraphError, ShapeError
from lucid.kernels.launch.learning import when_ready
from lucid.kernels.targets import native

__all__ = ["Function", "call"]


class Function(Node):
    """Base of operations that bring their own gradient rule.

    A subclass defines ``forward(self, *values)``, which gets arrays and returns an array (or a
    tuple of them), and ``backward(self, *gradients)``, which gets one gradient for each output and
    returns one for each value (None where there is none). ``Class.apply(*values, **options)`` calls
    it: the options go to ``__init__``, the values may be tensors, arrays or numbers. The result is
    a tensor if one of the values is, else an array.

    In ``forward``, ``self.save(inputs=(0,), outputs=(0,))`` says which values and results
    ``backward`` reads as ``self.saved``; ``self.needs[i]`` tells whether value ``i`` wants a
    gradient. Whatever else ``backward`` needs (a shape, a mask) may be kept as an attribute and is
    taken as constant.

    ``backward`` gets arrays. Under ``create_graph=True`` it gets tensors, and what it computes from
    them is differentiated again, so write it with operators and Lucid's functions.

    Attributes
    ----------
    view : bool
        Class attribute; True says that the result may share the memory of the first value.
    warns : bool
        Class attribute; False says that ``forward`` and ``backward`` do no arithmetic of NumPy's,
        whose warnings of infinities and NaN would have to be switched off.
    fresh : bool
        Class attribute; True says that ``backward`` returns new arrays, which the engine may then
        add to in place.

    Raises
    ------
    GraphError
        If a gradient's shape is not the value's, or their number is wrong.
    TargetError
        If the values lie on different devices.

    Notes
    -----
    The object is also the node of the graph, one for each call.

    Examples
    --------
    >>> import lucid
    >>> class Cube(lucid.autograd.Function):
    ...     def forward(self, x):
    ...         self.save(inputs=(0,))
    ...         return x**3
    ...
    ...     def backward(self, gradient):
    ...         (x,) = self.saved
    ...         return 3 * x**2 * gradient
    >>> x = lucid.tensor([1.0, 2.0], requires_grad=True)
    >>> y = Cube.apply(x)
    >>> y.backward()
    >>> print(x.grad)
    [3.0, 12.0]
    """

    __slots__ = ("cache", "metas", "needs", "reads", "results")

    # What `backward` may use where no graph is recorded: it is a function of the values, and a
    # second derivative through it would be lost. `free` lets go of it.
    cache: Any
    metas: tuple[tuple[tuple[int, ...], np.dtype[Any]], ...]
    needs: tuple[bool, ...]
    reads: tuple[tuple[int, ...], tuple[int, ...]]
    results: list[tuple[tuple[int, ...], np.dtype[Any]]] | None

    view: ClassVar[bool] = False
    fresh = False

    @property
    def name(self) -> str:
        return type(self).__name__.lower()

    def forward(self, *values: Any) -> Any:
        """Compute the result from arrays."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def backward(self, *gradients: Any) -> Any:
        """Compute the gradients of the values from those of the outputs."""
        raise NotImplementedError(f"{type(self).__name__} defines no backward")

    @classmethod
    def apply(cls, *values: Any, **options: Any) -> Any:
        """Call the operation; `options` go to ``__init__``."""
        return call(cls(**options), values)

    def save(self, inputs: tuple[int, ...] = (), outputs: tuple[int, ...] = ()) -> None:
        """Say which values and which results `backward` reads, by their positions."""
        self.reads = (tuple(inputs), tuple(outputs))

    @property
    def saved(self) -> tuple[Any, ...]:
        """The saved values, inputs first: arrays, or tensors where a graph is recorded."""
        graph = mode.enabled
        values = []
        outputs = iter(self.reads[1])
        stamp = 0
        for item in self.kept:
            if type(item) is tuple:
                array, counter = item
                stamp += counter[0]
                port = next(outputs)
                values.append(self.output(array, port, counter) if graph else array)
            elif isinstance(item, Variable):
                stamp += item._version[0]
                values.append(item if graph else item._data)
            else:
                values.append(item)
        if stamp != self.stamp:
            raise self.changed(stamp)
        return tuple(values)

    def pull(self, gradients: list[Any], graph: bool) -> tuple[Any, ...]:
        if self.results is not None:
            gradients = self._filled(gradients, self.results, graph)
        return self.fitted(self.backward(*gradients), graph)

    def fitted(self, made: Any, graph: bool) -> tuple[Any, ...]:
        """Return the gradients that are wanted of what `backward` returned, checked."""
        if type(made) is not tuple:
            made = (made,)
        needs = self.needs
        if len(made) != len(needs):
            raise GraphError(
                f"{type(self).__name__}.backward returned {len(made)} gradients, but forward took "
                f"{len(needs)} values. Return one for each, None where there is none."
            )
        pulled: list[Any] = []
        wanted = iter(self.metas)
        for gradient, need in zip(made, needs, strict=True):
            if need:
                shape, dtype = next(wanted)
                if gradient is not None and not (
                    type(gradient) is np.ndarray
                    and gradient.shape == shape
                    and gradient.dtype is dtype
                    and not graph
                ):
                    gradient = self._fitted(gradient, shape, dtype, graph)
                pulled.append(gradient)
        return tuple(pulled)

    def _filled(
        self,
        gradients: list[Any],
        results: list[tuple[tuple[int, ...], np.dtype[Any]]],
        graph: bool,
    ) -> list[Any]:
        """Zeros for the gradients of outputs that nobody used."""
        filled = []
        given = next(g for g in gradients if g is not None)
        zeros = namespace_of(given._data if graph else given).zeros
        for gradient, (shape, dtype) in zip(gradients, results, strict=True):
            if gradient is None:
                gradient = zeros(shape, dtype)
                if graph:
                    gradient = wrap(gradient)
            filled.append(gradient)
        return filled

    def _fitted(
        self, gradient: Any, shape: tuple[int, ...], dtype: np.dtype[Any], graph: bool
    ) -> Any:
        if graph:
            if not isinstance(gradient, Variable):
                gradient = wrap(as_data(gradient))
            array = gradient._data
        else:
            if type(gradient) is not np.ndarray:
                plain = gradient._data if isinstance(gradient, Variable) else gradient
                gradient = as_data(plain)
            array = gradient
        if array.shape != shape:
            raise ShapeError(
                f"{type(self).__name__}.backward returned a gradient of shape {array.shape} for a "
                f"value of shape {shape}. Sum it over the axes that were broadcast."
            )
        if array.dtype != dtype:
            gradient = Cast.apply(gradient, dtype=dtype)
        return gradient

    def free(self) -> None:
        self.parents = None
        self.kept = ()
        self.cache = None


def call(node: Function, values: tuple[Any, ...]) -> Any:
    """Run `node` on `values`; record it if a gradient is wanted."""
    if node.warns:
        # As with the kernels: infinities and NaN are results that the docstrings name.
        with np.errstate(all="ignore"):
            result = _apply[-1](node, values)
            return _in_python(node, values) if result is False else result
    result = _apply[-1](node, values)
    return _in_python(node, values) if result is False else result


def _in_python(node: Function, values: tuple[Any, ...]) -> Any:
    """Do what the machine code of `native.apply` does, for all kinds of values."""
    raw: list[Any] = []
    needs: list[bool] = []
    enabled = mode.enabled
    for value in values:
        if isinstance(value, Variable):
            raw.append(value._data)
            needs.append(enabled and (value._node is not None or value._leaf))
        else:
            raw.append(value)
            needs.append(False)
    node.needs = tuple(needs)
    node.reads = ((), ())
    try:
        result = node.forward(*raw)
    except Exception:
        check_devices(node.name, raw)
        raise
    return finish(node, values, result)


def finish(node: Function, values: tuple[Any, ...], result: Any) -> Any:
    """Make tensors of what `forward` returned, if a value was one, and fill in the node."""
    several = type(result) is tuple
    arrays = [
        array if type(array) is np.ndarray else as_data(array)
        for array in (result if several else (result,))
    ]
    first = next((value for value in values if isinstance(value, Variable)), None)
    if first is None:
        return tuple(arrays) if several else arrays[0]
    wanted = [value for value, need in zip(values, node.needs, strict=True) if need]
    if not wanted:
        made = [_result(node, array, first, None, 0) for array in arrays]
        return tuple(made) if several else made[0]
    node.parents = tuple([value if value._node is None else value._node for value in wanted])
    node.ports = tuple([value._port for value in wanted])
    node.metas = tuple([(value._data.shape, value._data.dtype) for value in wanted])
    node.order = next_order()
    node.outputs = len(arrays)
    node.hooks = None
    node.results = [(array.shape, array.dtype) for array in arrays] if several else None
    made = [_result(node, array, first, node, port) for port, array in enumerate(arrays)]
    _keep(node, values, arrays, made)
    return tuple(made) if several else made[0]


#: The last one is in force: machine code as soon as it is there.
_apply: list[Callable[[Function, tuple[Any, ...]], Any]] = [_in_python]
when_ready(lambda: _apply.append(native.apply))


def _result(node: Function, array: Array, first: Variable, origin: Node | None, port: int) -> Any:
    if array.dtype.kind != "f":
        origin = None
    if node.view:
        return wrap_view(array, first, origin, port)
    return wrap(array, origin, port)


def _keep(node: Function, values: tuple[Any, ...], arrays: list[Array], made: list[Any]) -> None:
    """Save what `forward` asked for, with the counts that tell of a later change in place."""
    inputs, outputs = node.reads
    kept: list[Any] = []
    stamp = 0
    for index in inputs:
        value = values[index]
        kept.append(value)
        if isinstance(value, Variable):
            stamp += value._version[0]
    for index in outputs:
        counter = made[index]._version
        kept.append((arrays[index], counter))
        stamp += counter[0]
    node.kept = tuple(kept)
    node.stamp = stamp


class Cast(Function):
    """Convert to another floating-point dtype; the gradient is converted back."""

    __slots__ = ("dtype", "source")

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype

    def forward(self, x: Any) -> Any:
        self.source = x.dtype
        return x.astype(self.dtype)

    def backward(self, gradient: Any) -> Any:
        return Cast.apply(gradient, dtype=self.source)
