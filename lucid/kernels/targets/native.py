"""The launcher as Python functions: `flat`, `nested` and `run_program`, in machine code.

A launch from Python through ``ctypes`` costs two microseconds for each array. These functions read
NumPy's public array structure themselves: a launch of three arrays costs less than 0.2
microseconds, all in. They are made at run time, from a ``PyMethodDef`` and the address of the
compiled `launcher`, because Lucid's wheel holds no compiled code.

A *plan* (`plan`) says what a kernel expects. Both functions check their arrays against it, run
the kernel and return True, or the outputs that `flat` made. Or they run nothing and return False,
and the caller goes the slow way: converts, copies, broadcasts or reports the error. So a plan that
was used before can be tried without looking at the arrays in Python at all.
"""

import ctypes
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.kernels.errors import TargetError
from lucid.kernels.targets import handler, layout
from lucid.kernels.targets.compiler import Kernel
from lucid.kernels.targets.functions import make_function
from lucid.kernels.targets.once import lock, once
from lucid.kernels.targets.pool import machine_code, pool

__all__ = [
    "apply",
    "flat",
    "geometry",
    "nested",
    "plan",
    "run_program",
    "table",
    "wrap",
]

Array = np.ndarray[Any, Any]
Words = np.ndarray[Any, np.dtype[np.int64]]

#: Made when they are first asked for, see `__getattr__`.
flat: Callable[..., Any]
nested: Callable[..., bool]
apply: Callable[[Any, tuple[Any, ...]], Any]
wrap: Callable[[Any, Any, int], Any]
many: Callable[..., bool]
run_program: Callable[[Words, tuple[Any, ...]], Any]
replay_on: Callable[[Words, tuple[Any, ...]], Any]
sweep: Callable[[Any, int, Any, bool], tuple[Any, ...] | None]

_API = {
    layout.TABLE_INCREF: "Py_IncRef",
    layout.TABLE_DECREF: "Py_DecRef",
    layout.TABLE_AS_FLOAT: "PyNumber_Float",
    layout.TABLE_AS_INTEGER: "PyLong_AsLongLong",
    layout.TABLE_ERROR: "PyErr_Occurred",
    layout.TABLE_CLEAR: "PyErr_Clear",
    layout.TABLE_SAVE: "PyEval_SaveThread",
    layout.TABLE_RESTORE: "PyEval_RestoreThread",
    layout.TABLE_CALL: "PyObject_CallNoArgs",
    layout.TABLE_NO_MEMORY: "PyErr_NoMemory",
    layout.TABLE_NEW_TUPLE: "PyTuple_New",
    layout.TABLE_SET_ITEM: "PyTuple_SetItem",
    layout.TABLE_GET_ATTRIBUTE: "PyObject_GetAttr",
    layout.TABLE_VECTORCALL: "PyObject_Vectorcall",
    layout.TABLE_CONTEXT_GET: "PyContextVar_Get",
    layout.TABLE_ALLOCATE_OBJECT: "PyType_GenericAlloc",
    layout.TABLE_NEW_LIST: "PyList_New",
    layout.TABLE_FROM_INTEGER: "PyLong_FromLongLong",
    layout.TABLE_IS_SUBTYPE: "PyType_IsSubtype",
    layout.TABLE_CALL_METHOD: "PyObject_VectorcallMethod",
}


#: ``PyArray_NewFromDescr`` in the table of NumPy's C API, whose order never changes.
_NEW_FROM_DESCR = 94


def word(address: int) -> int:
    return ctypes.c_int64.from_address(address).value


def _check_interpreter() -> None:
    """Refuse an interpreter whose objects lie otherwise than `layout` says."""
    sample = np.zeros((2, 3), np.float32)
    here = id(sample)
    part = sample[1:]
    number, pair, several = 2.5, (None, True), [None, True]
    if (
        sys.implementation.name != "cpython"
        or sys.maxsize != 2**63 - 1
        or word(here + layout.TYPE) != id(np.ndarray)
        or word(here + layout.ARRAY_DATA) != sample.ctypes.data
        or ctypes.c_int.from_address(here + layout.ARRAY_NDIM).value != 2
        or word(word(here + layout.ARRAY_SHAPE) + 8) != 3
        or word(here + layout.ARRAY_DTYPE) != id(sample.dtype)
        or ctypes.c_int.from_address(here + layout.ARRAY_FLAGS).value != sample.flags.num
        or ctypes.c_double.from_address(id(number) + layout.FLOAT_VALUE).value != number
        or word(id(pair) + layout.TUPLE_SIZE) != 2
        or word(id(pair) + layout.TUPLE_ITEMS + 8) != id(pair[1])
        or word(word(id(several) + layout.LIST_ITEMS) + 8) != id(several[1])
        or word(word(here + layout.ARRAY_STRIDES) + 8) != 4
        or word(id(part) + layout.ARRAY_BASE) != here
        or word(id(sample.dtype) + layout.DTYPE_KIND) & 0xFF != layout.FLOATING
    ):
        raise TargetError(
            f"{sys.implementation.name} {sys.version.split()[0]} with NumPy {np.__version__} keeps "
            "its objects in another way than 64-bit CPython. Expected 64-bit CPython 3.11 or "
            "newer; install that to launch kernels."
        )


@once
def table() -> Words:
    """Return the launcher's table, filled in; it lives for ever."""
    _check_interpreter()
    shared = pool()
    words = shared.table
    words[layout.TABLE_THREADS // 8] = shared.threads
    objects = {
        layout.TABLE_NDARRAY: np.ndarray,
        layout.TABLE_TUPLE: tuple,
        layout.TABLE_FLOAT: float,
        layout.TABLE_NONE: None,
        layout.TABLE_TRUE: True,
        layout.TABLE_FALSE: False,
        layout.TABLE_INT64: np.dtype(np.int64),
        layout.TABLE_INTEGER: int,
        layout.TABLE_ZERO: 0,
        layout.TABLE_ONE: 1,
        layout.TABLE_START: shared.start_helpers,
    }
    for offset, thing in objects.items():
        words[offset // 8] = id(thing)
    for offset, name in _API.items():
        function = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p)
        words[offset // 8] = function.value or 0
    words[layout.TABLE_NEW_ARRAY // 8] = handler.api(_NEW_FROM_DESCR)
    words[layout.TABLE_SET_HANDLER // 8] = handler.api(handler.SET_HANDLER)
    words[layout.TABLE_HANDLER // 8] = id(handler.capsule())
    words[layout.TABLE_LARGE // 8] = handler.SMALLEST
    words[layout.TABLE_RUN_PIECES // 8] = machine_code()["run_pieces"]
    return words


_FLAT = """flat(plan, threads, scalars, *arrays)
--

Run a kernel on arrays of one shape, element by element.

Operands with the layout `c` are C-contiguous and have one and the same shape; operands with the
layout `0` have one element and no more dimensions than the others. An output is the same memory as
an operand, element on element, or apart from all of them.

Parameters
----------
plan : array of int64
    What `plan` returned.
threads : int
    1 for this thread alone, 0 for `get_num_threads`.
scalars : tuple of float, or None
    The run-time scalars.
*arrays : numpy.ndarray
    Inputs, then outputs. None in the place of an output asks for a new array.

Returns
-------
bool, array or tuple of arrays
    False if an argument is not as it was planned; then nothing was done. True if all outputs were
    given. Otherwise the output, or the tuple of all outputs if there are several.
"""

_NESTED = """nested(plan, threads, scalars, geometry, *arrays)
--

Run a kernel once for each row of a larger iteration space; otherwise like `flat`.

The arrays' dtypes and flags are checked. That the geometry stays inside of them is up to the
caller.
"""


_MANY = """many(plan, threads, scalars, groups)
--

Run a kernel on many groups of arrays, as `flat` does on one, in one launch.

Parameters
----------
plan, threads, scalars
    As for `flat`.
groups : tuple of tuple of numpy.ndarray
    For each group its inputs and outputs; at most `most_groups`.

Returns
-------
bool
    False if an argument is not as it was planned; then nothing was done.
"""

_RUN = """run_program(words, values)
--

Run a program as it was run before.

Parameters
----------
words : array of int64
    What is remembered of the program, see `lucid.kernels.launch.learning`.
values : tuple
    One array or Python number for each input.

Returns
-------
bool, None, array or tuple of arrays
    False or None: nothing was done, because the values are unusual, or because they are not as
    those of an earlier call. Otherwise the output, a new array, or the tuple of all outputs if
    there are several.
"""


_REPLAY = """replay_on(words, values)
--

Play the tape that fits a tuple of values; see `tapes`. Returns what `run_program` returns.
"""


_APPLY = """apply(node, values)
--

Call ``node.forward`` with the arrays of a tuple of values, and record the call.

Returns
-------
bool, array, carrier or tuple
    False if the values are such that Python has to do it; then nothing was done. Otherwise the
    result, carried if one of the values was a carrier.
"""


_WRAP = """wrap(array, node, port)
--

Return a carrier of an array, which is output `port` of a node, or of none.
"""


_SWEEP = """sweep(node, port, seed, retain)
--

Let the gradient `seed` flow from output `port` of a node, and hand the leaves their gradients.

Parameters
----------
node, port
    Where it begins.
seed : array
    The gradient, of the output's shape and dtype.
retain : bool
    Whether the nodes keep their saved values.

Returns
-------
tuple or None
    None if all is done. Otherwise what is left to do in Python: three items for each node that
    waits, the node, the list of its gradients and a number with a bit for each one that nobody else
    holds; behind these, in the same way, leaf, gradient and bit.
"""


def __getattr__(name: str) -> Callable[..., Any]:
    """Make `flat` and the others when they are first asked for.

    Importing them by name would load LLVM at that moment: use them as ``native.flat``.
    """
    entries = {
        "replay_on": _REPLAY,
        "flat": _FLAT,
        "nested": _NESTED,
        "many": _MANY,
        "run_program": _RUN,
        "apply": _APPLY,
        "wrap": _WRAP,
        "sweep": _SWEEP,
    }
    if name not in entries:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with lock:
        function = globals().setdefault(name, make_function(name, table(), name, entries[name]))
    return function


def plan(
    kernel: Kernel, layouts: str, dtypes: Sequence[Any], outputs: int, scalars: int, grain: int
) -> Words:
    """Describe one kernel to `flat` and `nested`.

    Parameters
    ----------
    kernel : Kernel
        What `compile_kernel` returned.
    layouts : str
        A letter for each operand, inputs first: ``c`` for elements side by side, ``0`` for a
        single element. An output may have ``r``: the kernel reduces a row to one element there. A
        plan with ``r`` is for `nested` with whole rows.
    dtypes : sequence of dtype
        The dtype of each operand's array.
    outputs : int
        How many of the last operands are written to.
    scalars : int
        The number of run-time scalars.
    grain : int
        Elements that take about ten microseconds: work below twice that is not shared among
        threads and keeps the interpreter's lock.

    Raises
    ------
    TargetError
        If there are more operands or scalars than the launcher has room for, or the description
        contradicts itself.
    """
    count = len(layouts)
    if not 1 <= count <= layout.MAX_OPERANDS or scalars > layout.MAX_SCALARS:
        raise TargetError(
            f"the kernel {kernel.name} has {count} operands and {scalars} scalars; expected at "
            f"most {layout.MAX_OPERANDS} and {layout.MAX_SCALARS}. Split the operation in two."
        )
    if (
        len(dtypes) != count
        or not 1 <= outputs <= count
        or not (
            set(layouts[: count - outputs]) <= set("c0")
            and set(layouts[count - outputs :]) <= set("cr")
        )
    ):
        raise TargetError(
            f"the kernel {kernel.name} has the layouts {layouts!r}, {len(dtypes)} dtypes and "
            f"{outputs} outputs; expected a dtype for each letter, 'c' or '0' for inputs and "
            "'c' or 'r' for outputs"
        )
    words = [layout.MAGIC, kernel.address, count, scalars, max(1, grain), outputs]
    words += [sum(np.dtype(dtype).itemsize for dtype in dtypes[count - outputs :])]
    if not kernel.streams:
        words[-1] = 0
    for i, (letter, dtype) in enumerate(zip(layouts, map(np.dtype, dtypes), strict=True)):
        output = i >= count - outputs
        flags = layout.ALIGNED | (layout.WRITEABLE if output else 0)
        step = dtype.itemsize if letter == "c" else 0
        words += [id(dtype), step, dtype.itemsize, flags, int(output)]
        _dtypes.setdefault(id(dtype), dtype)
    return np.array(words, np.int64)


def most_groups(operands: int) -> int:
    """Return how many groups of so many arrays `many` takes at once."""
    return min(layout.MANY_GROUPS, layout.MANY_BASES // operands)


#: Plans know a dtype by its address: it must not be freed.
_dtypes: dict[int, Any] = {}


def geometry(
    shape: Sequence[int], inner: int, strides: Sequence[Sequence[int]], whole: bool = False
) -> Words:
    """Describe an iteration space to `nested`.

    Parameters
    ----------
    shape : sequence of int
        The dimensions outside of the kernel's own loop, at most 32.
    inner : int
        Elements of the kernel's own loop.
    strides : sequence of sequences of int
        For each operand the bytes from one index to the next along each of these dimensions.
    whole : bool
        Whether the kernel gets all `inner` elements in one call, as a softmax or a sum of a row
        needs, or may get them in pieces. Results do not depend on the number of threads either
        way.

    Raises
    ------
    TargetError
        If there are too many dimensions or a number of strides does not fit.
    """
    if len(shape) > layout.MAX_DIMS or any(len(row) != len(shape) for row in strides):
        raise TargetError(
            f"an iteration space of {len(shape)} dimensions came with strides for "
            f"{[len(row) for row in strides]}; expected at most {layout.MAX_DIMS} dimensions and "
            "a stride for each of them"
        )
    words = [layout.SPACE_MAGIC, len(shape), inner, int(whole), *shape]
    for row in strides:
        words += row
    return np.array(words, np.int64)
