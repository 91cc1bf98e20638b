"""Writing down what a call does, so that machine code can do it again; see `targets.tapes`.

While a call is learned, every launch of a kernel tells the recorder of its thread which arrays it
read and made. If the result comes out of these launches alone, they are a tape. An array is known
by where it begins: a view that begins there is read through the strides that the launch fixes.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.expression.dtypes import canonical
from lucid.kernels.targets import layout
from lucid.kernels.targets.tape_words import Argument, ClassCheck, Launched, Made, Record, Tape

if TYPE_CHECKING:
    from lucid.kernels.launch.program import Program

__all__ = ["Recorder", "describe", "recording", "run_flat"]

_OPTIONS = (type(None), bool, float, type)
_MOST_INTEGER = 2**62


class _Recording(threading.local):
    """The recorder of a thread, while it learns a call."""

    recorder: Recorder | None = None


recording = _Recording()


def describe(
    arguments: Sequence[Any], array_of: Callable[[Any], Any]
) -> tuple[list[Argument], list[np.ndarray]] | None:
    """Return what a call's arguments are compared by, and the arrays among them.

    Parameters
    ----------
    arguments
        By position, then by name.
    array_of
        Gives the array of a carrier, and None for anything else.

    Returns
    -------
    tuple of list of Argument and list of numpy.ndarray, or None
        None if there is an argument that can't be told from another one.
    """
    found: list[Argument] = []
    arrays: list[np.ndarray] = []
    if len(arguments) > layout.TAPE_MOST_ARGUMENTS:
        return None
    for position, value in enumerate(arguments):
        array = value if type(value) is np.ndarray else array_of(value)
        if array is None:
            if not _is_option(value):
                return None
            found.append(Argument(layout.IS_OPTION, value))
            continue
        same = [k for k in range(position) if arguments[k] is value]
        if same:
            found.append(Argument(layout.IS_ANOTHER, same[0]))
            continue
        if (
            type(array) is not np.ndarray
            or array.dtype is not canonical(array.dtype)
            or array.ndim > layout.FEW_DIMS
        ):
            return None
        kind = layout.IS_ARRAY if array is value else layout.IS_CARRIER
        found.append(Argument(kind, array.dtype, array.shape, array.strides))
        arrays.append(array)
    return found, arrays


def _is_option(value: Any) -> bool:
    """Whether machine code can tell an option: by identity, as a number or a tuple of integers."""
    kind = type(value)
    if kind is int:
        return -_MOST_INTEGER < value < _MOST_INTEGER
    if kind is tuple:
        return all(type(item) is int and _is_option(item) for item in value)
    if kind is str:
        # A text that was put together is another object every time.
        return sys.intern(value) is value
    return kind in _OPTIONS or (isinstance(value, np.dtype) and canonical(value) is value)


def _start(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


class Recorder:
    """The launches of one call.

    Parameters
    ----------
    arrays
        Those that came as arguments.

    Attributes
    ----------
    complete
        Whether all that was seen can be played again.
    lasting
        Whether that holds for all calls of this form, and not for these values alone.
    """

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        self._arrays = list(arrays)
        self._inputs = len(arrays)
        self._places = {_start(array): k for k, array in enumerate(arrays)}
        self._steps: list[Launched | ClassCheck] = []
        self.lasting = len(self._places) == len(arrays)
        self.complete = self.lasting and all(array.size for array in arrays)

    def _read(self, arrays: Sequence[Any]) -> list[int]:
        registers = [self.register(array) for array in arrays]
        if -1 in registers:
            self.complete = False
        return registers

    def _make(self, arrays: Sequence[np.ndarray]) -> list[int]:
        for array in arrays:
            self._places[_start(array)] = len(self._arrays)
            self._arrays.append(array)
        if len(self._arrays) > layout.TAPE_REGISTERS:
            self.complete = False
        return list(range(len(self._arrays) - len(arrays), len(self._arrays)))

    def register(self, array: Any) -> int:
        """Return the register that an array lies in; -1 if it is not known."""
        return self._places.get(_start(array), -1) if type(array) is np.ndarray else -1

    def launched(
        self,
        plan: Any,
        scalars: Sequence[float] | None,
        geometry: Any,
        frames: Any,
        arrays: Sequence[np.ndarray],
        made: Sequence[np.ndarray],
    ) -> None:
        """Take note of a launch over a geometry."""
        registers = self._read(arrays) + self._make(made)
        numbers = np.array(scalars or [0.0], np.float64)
        self._steps.append(Launched(plan, numbers, geometry, frames, 0, registers))

    def ran(
        self,
        program: Program,
        values: Sequence[Any],
        dtypes: tuple[np.dtype, ...] | None,
        results: Sequence[np.ndarray],
    ) -> None:
        """Take note of a pointwise program that was run on arrays of one shape."""
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        numbers = [value for value in values if not isinstance(value, np.ndarray)]
        like = results[0]
        if any(a.shape != like.shape or not a.flags.c_contiguous for a in arrays):
            self.complete = False
            return
        kinds = tuple([v.dtype if isinstance(v, np.ndarray) else type(v) for v in values])
        signature = program.signature(kinds, dtypes)
        registers = self._read(arrays) + self._make(results)
        scalars = np.array(numbers or [0.0], np.float64)
        self._steps.append(Launched(signature.plain, scalars, None, None, like.size, registers))

    def checked(self, source: np.ndarray, goal: np.ndarray, classes: int) -> None:
        """Take note that all classes were in range and were written as integers of 32 bits."""
        if not source.flags.c_contiguous or source.itemsize not in (4, 8):
            self.complete = False
            return
        (read,) = self._read([source])
        (written,) = self._make([goal])
        self._steps.append(ClassCheck(classes, source.itemsize, source.size, read, written))

    def not_again(self) -> None:
        """Take note that another call of this form may do something else."""
        self.complete = self.lasting = False

    def tape(
        self,
        given: int,
        keywords: tuple[str, ...],
        arguments: Sequence[Argument],
        needs: int,
        results: Sequence[Any],
        carried: bool,
        record: Record | None,
    ) -> Tape:
        """Return the tape, or one that says that such calls are left to Python.

        Parameters
        ----------
        given, keywords, arguments, needs, carried, record
            See `Tape`.
        results
            The results of the call: arrays that were made, in the shapes that they are to have.
        """
        outputs = [self.register(result) for result in results]
        if -1 in outputs or not self.complete:
            return Tape(given, keywords, arguments, needs, (), (), (), False, None)
        shapes = {k: result.shape for k, result in zip(outputs, results, strict=True)}
        made = [
            Made(array.dtype, shapes.get(k, array.shape))
            for k, array in enumerate(self._arrays[self._inputs :], self._inputs)
        ]
        for k, result in zip(outputs, results, strict=True):
            if k < self._inputs or not (
                result.flags.c_contiguous and result.nbytes == self._arrays[k].nbytes
            ):
                self.complete = False
        if len(set(outputs)) < len(outputs) or not self.complete:
            return Tape(given, keywords, arguments, needs, (), (), (), False, None)
        return Tape(given, keywords, arguments, needs, made, self._steps, outputs, carried, record)


def run_flat(operation: Any, arguments: tuple[Any, ...], dtype: np.dtype | None = None) -> Any:
    """Run a pointwise operation of one output, which may be a step of a call that is learned.

    Parameters
    ----------
    operation
        A `lucid.kernels.Pointwise`.
    arguments
        Its arguments, arrays of one shape and numbers.
    dtype
        The dtype of the result; by default what NumPy's promotion gives.

    Returns
    -------
    numpy.ndarray
        A new array, also where it has no dimensions.
    """
    program, values = operation.bind(arguments, {})
    dtypes = None if dtype is None else (dtype,)
    (result,) = program.run(values, None, None, dtypes)
    recorder = recording.recorder
    if recorder is not None:
        recorder.ran(program, values, dtypes, (result,))
    return result
