"""Run folds that keep every step, and recurrences, along an axis of arrays.

Where the elements of an axis lie side by side, each row is one call of a kernel; else the columns
of a block take their steps together. A long row alone is shared among the threads: first its pieces
are folded, so that it is known what comes before each block; then the blocks are run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.kernels.codegen.recurrence import FRAME
from lucid.kernels.codegen.scans import FOLDS
from lucid.kernels.expression.dtypes import canonical, storage_dtype
from lucid.kernels.launch.buffers import SMALLEST, empty
from lucid.kernels.launch.convert import native_array
from lucid.kernels.launch.folds import total_dtype
from lucid.kernels.launch.geometry import memory_order, merge
from lucid.kernels.launch.long_scan import LONG, LongScan
from lucid.kernels.launch.scan_plans import LINEAR, recurrence_plan, scan_plan
from lucid.kernels.launch.settings import get_target
from lucid.kernels.launch.taping import recording
from lucid.kernels.targets.pool import get_num_threads

__all__ = ["recur", "running", "running_places"]

#: Columns that take their steps together: what they carry stays in a near cache.
_COLUMNS = 512
#: Fewer columns than this are not worth a loop: the axis is laid side by side first.
_NARROW = 8
#: Forms of calls that are remembered; shapes that never come again must not pile up.
_MOST_CALLS = 256

Array = np.ndarray[Any, Any]


def running(x: Array, axis: int, fold: str, *, backwards: bool = False) -> Array:
    """Fold along an axis and keep every step.

    Parameters
    ----------
    x
        An array of numbers.
    axis
        The axis, counted from 0.
    fold
        ``"add"``, ``"multiply"``, ``"maximum"`` or ``"minimum"``.
    backwards
        Whether to begin at the end.

    Returns
    -------
    numpy.ndarray
        In the dtype of the array; sums and products of integers and bool have 64 bits, as NumPy's.
        Floats are carried in float64. All numbers of threads give the same bits.

    Examples
    --------
    >>> import numpy as np
    >>> running(np.array([[1, 2], [3, 4]]), 0, "add")
    array([[1, 2],
           [4, 6]])
    """
    return _run((x,), axis, fold, False, backwards)[0]


def running_places(x: Array, axis: int, fold: str) -> tuple[Array, Array]:
    """Return the running maximum or minimum, and for each step the last place that reached it.

    From a NaN on it is NaN, and the place that of the last NaN.

    Examples
    --------
    >>> import numpy as np
    >>> running_places(np.array([2.0, 1.0, 2.0]), 0, "maximum")
    (array([2., 2., 2.]), array([0, 0, 2]))
    """
    values, places = _run((x,), axis, fold, True, False)
    return values, places


def recur(decay: Array, value: Array, axis: int, *, backwards: bool = False) -> Array:
    """Compute ``s[i] = decay[i] * s[i - 1] + value[i]`` along an axis, where ``s[-1]`` is 0.

    Both have one floating dtype and one shape. The steps are carried in float64. A decay of 0
    forgets what was before, infinities and NaN too.

    Examples
    --------
    >>> import numpy as np
    >>> recur(np.array([0.5, 0.5, 0.5]), np.array([1.0, 1.0, 1.0]), 0)
    array([1.  , 1.5 , 1.75])
    """
    return _run((decay, value), axis, LINEAR.name, False, backwards)[0]


_calls: dict[tuple[Any, ...], _Call] = {}


def _run(
    arrays: tuple[Array, ...], axis: int, name: str, places: bool, backwards: bool
) -> tuple[Array, ...]:
    threads = 1 if get_target() == "cpu" else 0
    key = (name, axis, backwards, places, *[(a.dtype, a.shape, a.strides) for a in arrays])
    call = _calls.get(key)
    if call is not None:
        made = call.run(threads, arrays)
        if made is not None:
            return made
    half = canonical(arrays[0].dtype)
    wider = storage_dtype(half)
    if wider != half:
        # Half precision is for memory: all steps are taken before the one rounding.
        converted = tuple([array.astype(wider) for array in arrays])
        values, *rest = _run(converted, axis, name, places, backwards)
        with np.errstate(all="ignore"):
            return (values.astype(half), *rest)
    usable = tuple([native_array(array) for array in arrays])
    call = _Call(usable, axis, name, places, backwards)
    made = call.run(threads, usable)
    assert made is not None, (name, usable)
    if all(a is b for a, b in zip(arrays, usable, strict=True)):
        if len(_calls) >= _MOST_CALLS:
            _calls.clear()
        _calls[key] = call
    return made


class _Call:
    """How to run for arrays of certain dtypes, shapes and strides."""

    def __init__(
        self, arrays: Sequence[Array], axis: int, name: str, places: bool, backwards: bool
    ) -> None:
        first = arrays[0]
        shape, rank = first.shape, first.ndim
        result = total_dtype(first.dtype, name) if name in FOLDS else first.dtype
        self._dtypes = (result, np.dtype(np.int64)) if places else (result,)
        repeated = any(s == 0 and n > 1 for s, n in zip(first.strides, shape, strict=True))
        order = tuple(range(rank)) if repeated else memory_order(arrays, shape)
        width = math.prod(shape[k] for k in order[order.index(axis) + 1 :])
        if 1 < width < _NARROW and width < shape[axis]:
            order, width = (*[k for k in order if k != axis], axis), 1
        self._order = order if order != tuple(range(rank)) else None
        self._back = tuple(np.argsort(order))
        self._shape = tuple([shape[k] for k in order])
        self._large = math.prod(shape) * 8 >= SMALLEST
        self._copied: list[bool] = []
        self._carried: list[tuple[tuple[int, ...], np.dtype]] = []
        self._long: LongScan | None = None
        if first.size:
            self._lay(arrays, order.index(axis), name, width, backwards)

    def _lay(
        self, arrays: Sequence[Array], axis: int, name: str, width: int, backwards: bool
    ) -> None:
        """Choose the kernel, and describe to the launcher how it is called."""
        from lucid.kernels.targets import native

        shape, length = self._shape, self._shape[axis]
        source = arrays[0].dtype
        kinds = [array.dtype for array in arrays]
        # In float64 the product of eight factors may overflow where no running product does.
        vectors = width == 1 and name in FOLDS
        vectors = vectors and not (name == "multiply" and source == np.float64)
        strides = []
        for array in arrays:
            view = array if self._order is None else array.transpose(self._order)
            fits = _fits(view, axis, width, vectors)
            self._copied.append(not fits)
            strides.append(view.strides if fits else _packed(shape, array.itemsize))
        strides += [_packed(shape, dtype.itemsize) for dtype in self._dtypes]
        steps = [stride[axis] for stride in strides]
        outer, across = merge(
            [*shape[:axis], *shape[axis + 1 :]],
            [[*stride[:axis], *stride[axis + 1 :]] for stride in strides],
        )
        places = len(self._dtypes) > 1
        if vectors:
            letter = "c" if steps[0] else "0"
            use = "places" if places else "scan"
            self._plan = scan_plan(name, source, self._dtypes, letter, backwards, use)
            self._frame = np.array([length, length], np.int64)
            none = [0] * len(outer)
            self._geometry = native.geometry(outer, length, [none, *across], whole=True)
            if not outer and not places and length >= LONG:
                self._long = LongScan(name, source, self._dtypes[0], letter, backwards, length)
            return
        columns = width > 1
        self._plan, states, wide = recurrence_plan(
            name, tuple(kinds), self._dtypes, columns, backwards
        )
        sizes = [dtype.itemsize for dtype in (*kinds, *self._dtypes)]
        words = [step // size for step, size in zip(steps, sizes, strict=True)]
        if not columns:
            self._frame = np.array([length, 1, *words], np.int64)
            rows = [[0] * len(outer), *across]
            self._geometry = native.geometry(outer, length, rows, whole=True)
            return
        *outer, wideness = outer
        block = min(_COLUMNS, wideness)
        blocks = -(-wideness // block)
        frames = np.empty((blocks, FRAME + len(words)), np.int64)
        frames[:] = [length, block, *words]
        frames[-1, 1] = wideness - block * (blocks - 1)
        self._frame = frames
        rows = [[0] * len(outer) + [frames.strides[0]]]
        rows += [[*row[:-1], block * row[-1]] for row in across]
        carried = (*outer, blocks * block)
        rows += [[*_packed(carried, 8)[:-1], 8 * block]] * states
        self._carried = [(carried, wide)] * states
        self._geometry = native.geometry([*outer, blocks], length * block, rows, whole=True)

    def run(self, threads: int, arrays: Sequence[Array]) -> tuple[Array, ...] | None:
        """Return the results; None for arrays that need more care, such as unaligned ones."""
        from lucid.kernels.targets import native

        make = empty if self._large else np.empty
        made = [make(self._shape, dtype) for dtype in self._dtypes]
        if self._copied:
            if True in self._copied:
                arrays = [
                    np.ascontiguousarray(a if self._order is None else a.transpose(self._order))
                    if copied
                    else a
                    for a, copied in zip(arrays, self._copied, strict=True)
                ]
            recorder = recording.recorder
            if self._long is not None and threads == 0 and get_num_threads() > 1:
                done = self._long.run(arrays[0], made[0])
                if recorder is not None:
                    recorder.complete = False
            else:
                written = [*made, *[np.empty(shape, dtype) for shape, dtype in self._carried]]
                done = native.nested(
                    self._plan, threads, None, self._geometry, self._frame, *arrays, *written
                )
                if recorder is not None:
                    recorder.launched(
                        self._plan, None, self._geometry, self._frame, arrays, written
                    )
            if not done:
                return None
        if self._order is None:
            return tuple(made)
        return tuple([array.transpose(self._back) for array in made])


def _packed(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """Return the strides of an array in C order."""
    return tuple([itemsize * math.prod(shape[k + 1 :]) for k in range(len(shape))])


def _fits(view: Array, axis: int, width: int, vectors: bool) -> bool:
    """Whether a kernel can read an array where it is."""
    size = view.itemsize
    if any(stride % size for stride in view.strides):
        return False
    if vectors:
        return view.strides[axis] in (0, size)
    if width == 1:
        return True
    # The columns are to be one axis, side by side.
    behind = [(n, s) for n, s in zip(view.shape, view.strides, strict=True)][axis + 1 :]
    expected = size
    for n, stride in reversed(behind):
        if n > 1 and stride != expected:
            return False
        expected *= n
    return True
