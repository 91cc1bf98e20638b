"""What goes along an axis step by step: cumsum, cumprod, cummax, cummin, logcumsumexp.

The gradients are such steps again, backwards: of a running sum a running sum, of the others a
linear recurrence, ``s[i] = decay[i] * s[i + 1] + gradient[i]``, whose own gradient is another one.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lucid import kernels
from lucid.autograd.devices import namespace_of
from lucid.autograd.function import Function, call
from lucid.autograd.taped import taped
from lucid.kernels.errors import DtypeError
from lucid.kernels.expression.dtypes import is_float, storage_dtype
from lucid.kernels.launch import scans
from lucid.ops import device_scan
from lucid.ops.common import aliased, one_axis, operand, raw, shape_of
from lucid.ops.shape import flatten
from lucid.tensors.convert import as_dtype

__all__ = ["Running", "cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]


class Running(NamedTuple):
    """What `cummax` and `cummin` return."""

    values: Any
    indices: Any


def _room(x: Any) -> Any:
    """Return the module that runs along an axis where the array lies."""
    return scans if type(x) is np.ndarray else device_scan


class _Along(Function):
    """Base of what goes along an axis."""

    __slots__ = ("axis",)

    fresh = True
    warns = False

    def __init__(self, axis: int) -> None:
        self.axis = axis


class Cumsum(_Along):
    """The running sum."""

    __slots__ = ("backwards",)

    def __init__(self, axis: int, backwards: bool = False) -> None:
        self.axis = axis
        self.backwards = backwards

    def forward(self, x: Any) -> Any:
        return _room(x).running(x, self.axis, "add", backwards=self.backwards)

    def backward(self, gradient: Any) -> Any:
        return call(Cumsum(self.axis, not self.backwards), (gradient,))


class Shift(_Along):
    """All elements one place further, and a number in the place that becomes free."""

    __slots__ = ("backwards", "number")

    def __init__(self, axis: int, number: float, backwards: bool) -> None:
        self.axis = axis
        self.number = number
        self.backwards = backwards

    def forward(self, x: Any) -> Any:
        made = namespace_of(x).empty_like(x)
        before = (slice(None),) * self.axis
        first, rest, last = slice(1), slice(1, None), slice(-1)
        if self.backwards:
            first, rest, last = slice(-1, None), last, rest
        made[(*before, first)] = self.number
        made[(*before, rest)] = x[(*before, last)]
        return made

    def backward(self, gradient: Any) -> Any:
        return call(Shift(self.axis, 0, not self.backwards), (gradient,))


class Recur(_Along):
    """The linear recurrence ``s[i] = decay[i] * s[i - 1] + value[i]``."""

    __slots__ = ("backwards",)

    def __init__(self, axis: int, backwards: bool) -> None:
        self.axis = axis
        self.backwards = backwards

    def forward(self, decay: Any, value: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        return _room(value).recur(decay, value, self.axis, backwards=self.backwards)

    def backward(self, gradient: Any) -> Any:
        decay, steps = self.saved
        axis, backwards = self.axis, self.backwards
        later = call(Shift(axis, 0, not backwards), (decay,))
        total = call(Recur(axis, not backwards), (later, gradient))
        return total * call(Shift(axis, 0, backwards), (steps,)), total


class Cumprod(_Along):
    """The running product."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        return _room(x).running(x, self.axis, "multiply")

    def backward(self, gradient: Any) -> Any:
        x, product = self.saved
        # Of the factors behind an element those up to each place, with no division: zeros are fine.
        later = call(Shift(self.axis, 0, True), (x,))
        total = call(Recur(self.axis, True), (later, gradient))
        return total * call(Shift(self.axis, 1, False), (product,))


class Cumextreme(_Along):
    """The running maximum or minimum, and where it was reached last."""

    __slots__ = ("largest", "places")

    def __init__(self, axis: int, largest: bool) -> None:
        self.axis = axis
        self.largest = largest

    @property
    def name(self) -> str:
        return "cummax" if self.largest else "cummin"

    def forward(self, x: Any) -> Any:
        fold = "maximum" if self.largest else "minimum"
        made = _room(x).running_places(x, self.axis, fold)
        self.places = made[1]
        return made

    def backward(self, gradient: Any, _: Any) -> Any:
        # Equal places are neighbours: the gradients of each run are added up to its first element,
        # where the place is its own.
        places, axis = self.places, self.axis
        module = namespace_of(places)
        dtype = raw(gradient).dtype
        length = places.shape[axis]
        following = Shift(axis, -1, True).forward(places)
        total = call(Recur(axis, True), ((places == following).astype(dtype), gradient))
        own = module.arange(length).reshape((length,) + (1,) * (places.ndim - 1 - axis))
        return total * (places == own).astype(dtype)


@kernels.pointwise
def _terms(x: Any, before: Any) -> Any:
    """Give what an element adds to a sum in units of its largest, and what becomes of the sum."""
    same = x == before
    e = kernels.exp(-kernels.abs(kernels.where(same, 0.0, x - before)))
    return e, kernels.where(x > before, e, 1.0)


@kernels.pointwise
def _total(largest: Any, others: Any) -> Any:
    return largest + kernels.log1p(others)


@kernels.pointwise
def _quotient(a: Any, b: Any) -> Any:
    """``exp(a - b)``, and 1 where both are the same infinity."""
    return kernels.exp(kernels.where((a == b) & kernels.isinf(a), 0.0, a - b))


@kernels.pointwise
def _share(x: Any, total: Any) -> Any:
    """Give the part of an element in a sum of exponentials; 0 where it is exp(-inf)."""
    return kernels.where(x == -math.inf, 0.0, _quotient(x, total))


class Logcumsumexp(_Along):
    """The logarithm of the running sum of exponentials."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        room, axis = _room(x), self.axis
        # Half precision is for memory.
        wide = x.astype(storage_dtype(x.dtype), copy=False)
        largest = room.running(wide, axis, "maximum")
        terms, decay = _terms(wide, Shift(axis, -math.inf, False).forward(largest))
        # Beside the largest element, which is 1 in its own units: it is not part of the sum, so
        # that nothing of small others is lost.
        others = room.recur(decay, terms, axis)
        return _total(largest, others).astype(x.dtype, copy=False)

    def backward(self, gradient: Any) -> Any:
        x, total = self.saved
        following = call(Shift(self.axis, math.inf, True), (total,))
        steps = call(Recur(self.axis, True), (_quotient(total, following), gradient))
        return steps * _share(x, total)


def _ready(x: Any, axis: Any, dim: Any, dtype: Any, name: str) -> tuple[Any, int]:
    """Read the operand and the axis; all elements as one axis if there is none."""
    x = operand(x, name)
    if dtype is not None:
        x = x.astype(as_dtype(dtype, name))
    axis = aliased(axis, dim, None, ("axis", "dim"), name)
    if axis is None:
        return (x if len(shape_of(x)) == 1 else flatten(x)), 0
    return x, one_axis(axis, len(shape_of(x)), name)


@taped
def cumsum(x: Any, axis: int | None = None, *, dtype: Any = None, dim: int | None = None) -> Any:
    """Sum along an axis step by step: ``y[i] = x[0] + ... + x[i]``.

    Parameters
    ----------
    x : Tensor or array
        The operand. Integers and booleans are summed in 64 bits, and wrap around.
    axis : int, optional
        Which axis; where none is given, the elements are taken as one. ``dim`` is the same.
    dtype : dtype, optional
        Convert to this dtype first.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Notes
    -----
    NaN goes through from where it stands; infinities of both signs give NaN. float32 and the half
    dtypes are added up in float64 and rounded once; float64 in pieces with the rests of the
    roundings between them. Along an axis that lies side by side, neighbours are added in a tree:
    a sum of numbers that are not negative may then fall by a rounding.
    Source: NumPy, numpy.cumsum; array API standard, cumulative_sum.

    Examples
    --------
    >>> import lucid
    >>> lucid.cumsum(lucid.tensor([1, 2, 3]))
    Tensor([1, 3, 6])
    """
    x, axis = _ready(x, axis, dim, dtype, "cumsum")
    return call(Cumsum(axis), (x,))


@taped
def cumprod(x: Any, axis: int | None = None, *, dtype: Any = None, dim: int | None = None) -> Any:
    """Multiply along an axis step by step: ``y[i] = x[0] * ... * x[i]``.

    The arguments are those of `cumsum`.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Notes
    -----
    All real dtypes; integers and booleans are multiplied in 64 bits, and wrap around. NaN goes
    through from where it stands. float32 and the half dtypes are multiplied in float64. The
    gradient takes no division: it is right where elements are zero.
    Source: NumPy, numpy.cumprod; PyTorch, torch.cumprod.

    Examples
    --------
    >>> import lucid
    >>> lucid.cumprod(lucid.tensor([1.0, 2.0, 3.0]))
    Tensor([1.0, 2.0, 6.0])
    """
    x, axis = _ready(x, axis, dim, dtype, "cumprod")
    return call(Cumprod(axis), (x,))


def _extreme(x: Any, axis: Any, dim: Any, largest: bool, name: str) -> Running:
    x, axis = _ready(x, axis, dim, None, name)
    return Running(*call(Cumextreme(axis, largest), (x,)))


def cummax(x: Any, axis: int | None = None, *, dim: int | None = None) -> Running:
    """Largest element so far along an axis: ``y[i] = max(x[0], ..., x[i])``, and its place.

    Parameters
    ----------
    x : Tensor or array
        The operand, of any real dtype.
    axis : int, optional
        Which axis; where none is given, the elements are taken as one. ``dim`` is the same.

    Returns
    -------
    Running
        ``values``, with a gradient, and ``indices``, int64: of several that are equally large the
        last one.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Notes
    -----
    From a NaN on the values are NaN, and the places those of the last NaN. Which of two zeros it
    is, is not defined. The gradient goes to the places.
    Source: PyTorch, torch.cummax.

    Examples
    --------
    >>> import lucid
    >>> lucid.cummax(lucid.tensor([1.0, 3.0, 2.0, 3.0]))
    Running(values=Tensor([1.0, 3.0, 3.0, 3.0]), indices=Tensor([0, 1, 1, 3]))
    """
    return _extreme(x, axis, dim, True, "cummax")


def cummin(x: Any, axis: int | None = None, *, dim: int | None = None) -> Running:
    """Smallest element so far along an axis, and its place; see `cummax`.

    Examples
    --------
    >>> import lucid
    >>> lucid.cummin(lucid.tensor([2.0, 3.0, 1.0])).values
    Tensor([2.0, 2.0, 1.0])
    """
    return _extreme(x, axis, dim, False, "cummin")


def logcumsumexp(x: Any, axis: int | None = None, *, dim: int | None = None) -> Any:
    """Logarithm of the running sum of exponentials: ``y[i] = log(exp(x[0]) + ... + exp(x[i]))``.

    Parameters
    ----------
    x : Tensor or array
        The operand, of a floating dtype.
    axis : int, optional
        Which axis; where none is given, the elements are taken as one. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If the axis is out of range.
    DtypeError
        If the dtype is not a floating one.

    Notes
    -----
    Nothing overflows: the largest element so far is taken out of the sum. NaN goes through from
    where it stands; infinity stays from there on; elements of -infinity add nothing, and have the
    gradient 0.
    Source: PyTorch, torch.logcumsumexp.

    Examples
    --------
    >>> import lucid
    >>> lucid.logcumsumexp(lucid.tensor([1000.0, 1000.0])) - 1000.0
    Tensor([0.0, 0.69317627])
    """
    x, axis = _ready(x, axis, dim, None, "logcumsumexp")
    if not is_float(raw(x).dtype):
        raise DtypeError(
            f"logcumsumexp takes floating-point numbers, but the dtype is {raw(x).dtype}. Convert "
            "first, for example with x.float()."
        )
    return call(Logcumsumexp(axis), (x,))
