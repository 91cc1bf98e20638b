"""Tapes: what is remembered of calls that are played again, see `tapes`.

Words in memory that machine code reads, like those of `records`. A register is a position in one
list of arrays: those that came as arguments, then those that are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lucid.kernels.targets import layout
from lucid.kernels.targets.native import Words
from lucid.kernels.targets.records import Answered, address

__all__ = ["Argument", "ClassCheck", "Launched", "Made", "Record", "Tape", "Tapes"]


class Argument(NamedTuple):
    """An argument of a call.

    Attributes
    ----------
    kind
        ``layout.IS_OPTION`` and so on.
    thing
        The option, the array's dtype, or the position of the argument that it is.
    shape, strides
        Those of an array.
    """

    kind: int
    thing: Any
    shape: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()

    def words(self) -> list[int]:
        """Return what the machine code compares."""
        thing = self.thing if self.kind == layout.IS_ANOTHER else id(self.thing)
        return [self.kind, thing, len(self.shape), *self.shape, *self.strides]


class Made(NamedTuple):
    """An array that is made, in C order."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def words(self) -> Words:
        """Return what the machine code reads."""
        size = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        words = [id(self.dtype), size, len(self.shape), *self.shape]
        return np.array(words, np.int64)


class Launched(NamedTuple):
    """A step: the launch of a kernel.

    Attributes
    ----------
    plan
        What `native.plan` returned.
    scalars
        The run-time scalars, float64.
    geometry, frames
        The space and the array in front of the operands, or None.
    elements
        The elements of a launch without a geometry.
    registers
        The operands.
    """

    plan: Words
    scalars: np.ndarray[Any, np.dtype[np.float64]]
    geometry: Words | None
    frames: Words | None
    elements: int
    registers: Sequence[int]

    def words(self) -> Words:
        """Return what the machine code reads."""
        words = [
            address(self.plan),
            address(self.scalars),
            0 if self.geometry is None else address(self.geometry),
            self.elements,
            0 if self.frames is None else address(self.frames),
            len(self.registers),
            *self.registers,
        ]
        return np.array(words, np.int64)


class ClassCheck(NamedTuple):
    """A step: classes are checked, and written as integers of 32 bits.

    Attributes
    ----------
    classes
        How many there are; the tape can't be played where a number is not among them.
    width
        The bytes of an integer that is read, 4 or 8.
    elements
        How many integers.
    source, goal
        The registers that are read and written.
    """

    classes: int
    width: int
    elements: int
    source: int
    goal: int

    def words(self) -> Words:
        """Return what the machine code reads."""
        words = [0, self.classes, self.width, self.elements, 0, 2, self.source, self.goal]
        return np.array(words, np.int64)


class Record(NamedTuple):
    """How a call is recorded.

    Attributes
    ----------
    template
        A node that holds all that is the same for each call.
    parents
        The positions of the arguments that want a gradient.
    kept
        What the node keeps: pairs of ``layout.KEEPS_ARGUMENT`` and a position, ``KEEPS_OBJECT``
        and an object, ``KEEPS_MADE`` and a register, or ``KEEPS_OUTPUT`` and 0.
    cache
        The registers of the arrays that it caches.
    """

    template: Any
    parents: Sequence[int]
    kept: Sequence[tuple[int, Any]]
    cache: Sequence[int]

    def words(self) -> Words:
        """Return what the machine code reads."""
        size = type(self.template).__basicsize__
        words = [size, len(self.parents), len(self.kept), len(self.cache), *self.parents]
        for kind, thing in self.kept:
            words += (kind, id(thing) if kind == layout.KEEPS_OBJECT else int(thing))
        return np.array([*words, *self.cache], np.int64)


class Tape(NamedTuple):
    """All that is known of a call.

    Attributes
    ----------
    given, keywords
        The number of arguments by position, and the names of the others, interned.
    arguments
        All of them.
    needs
        A bit for each argument that has its place in a graph.
    made, steps, outputs
        What is made, what is done, and the registers of the results.
    carried
        Whether the result is a carrier.
    record
        How it is recorded, or None.
    """

    given: int
    keywords: tuple[str, ...]
    arguments: Sequence[Argument]
    needs: int
    made: Sequence[Made]
    steps: Sequence[Launched | ClassCheck]
    outputs: Sequence[int]
    carried: bool
    record: Record | None

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other tapes of the same thing."""
        forms = tuple([tuple(argument.words()) for argument in self.arguments])
        return self.given, self.keywords, forms, self.needs


class Tapes(Answered):
    """The tapes of something that is called; see `records.Answered`."""

    @property
    def capacity(self) -> int:
        """How many tapes there can be."""
        return layout.MAX_TAPES

    def __init__(self, general: Any, learn: Any) -> None:
        super().__init__(general, learn)
        self._keys: set[Any] = set()

    def add(self, tape: Tape) -> None:
        """Add a tape, if there is room and none of its kind."""
        if self.full or tape.key in self._keys:
            return
        self._keys.add(tape.key)
        arguments = [word for argument in tape.arguments for word in argument.words()]
        arrays = sum(a.kind in (layout.IS_ARRAY, layout.IS_CARRIER) for a in tape.arguments)
        lists: list[Words] = [
            np.array([id(name) for name in tape.keywords], np.int64),
            np.array(arguments, np.int64),
        ]
        made = [one.words() for one in tape.made]
        steps = [step.words() for step in tape.steps]
        record = None if tape.record is None else tape.record.words()
        lists += [np.array([address(words) for words in part], np.int64) for part in (made, steps)]
        lists.append(np.array(tape.outputs, np.int64))
        names, forms, made_list, step_list, outputs = map(address, lists)
        words = [
            tape.given,
            len(tape.keywords),
            names,
            forms,
            tape.needs,
            arrays,
            len(made),
            made_list,
            len(steps),
            step_list,
            len(tape.outputs),
            outputs,
            int(tape.carried),
            0 if tape.record is None else id(tape.record.template),
            0 if record is None else address(record),
        ]
        # Options are told by identity too, dtypes by their addresses: they must not be freed.
        self._kept += [tape, lists, made, steps, record]
        self.append(np.array(words, np.int64))
