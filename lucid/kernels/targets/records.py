"""What is remembered of calls: the words that the machine code in `calls` reads.

Each class here writes one kind of these words. They only ever grow, up to a fixed capacity, and
hold what their addresses point to, so that a call in another thread finds nothing half done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from lucid.kernels.errors import TargetError
from lucid.kernels.targets import layout, native
from lucid.kernels.targets.pool import TABLE

__all__ = [
    "Answered",
    "Called",
    "Carrier",
    "Operation",
    "Program",
    "Recipe",
    "Signature",
    "address",
    "operator_words",
    "rule_words",
]

Words = native.Words
#: A keyword's position among all arguments, or a value that no argument gives.
Source = tuple[int | None, Any]


def address(words: native.Array) -> int:
    """Return where words lie."""
    return int(words.__array_interface__["data"][0])


def _put(words: Words, offset: int, value: int) -> None:
    words[offset // 8] = value


_TABLE = address(TABLE)


class _Calls:
    """Words with a list of others: an operation's forms, a program's signatures."""

    @property
    def capacity(self) -> int:
        """How many others there can be."""
        return layout.MAX_CALLS

    def __init__(self) -> None:
        self.words: Words = np.zeros(layout.CALLS_LIST // 8 + self.capacity, np.int64)
        self._kept: list[Any] = []

    @property
    def full(self) -> bool:
        """Whether there is no room for another one."""
        return int(self.words[layout.CALLS_COUNT // 8]) >= self.capacity

    def append(self, words: Words) -> None:
        """Add the words of a form or a signature, which must not be `full`."""
        count = int(self.words[layout.CALLS_COUNT // 8])
        self._kept.append(words)
        _put(self.words, layout.CALLS_LIST + 8 * count, address(words))
        _put(self.words, layout.CALLS_COUNT, count + 1)


class Called:
    """Base of what is called by machine code: its words are in the first slot."""

    __slots__ = ("_words",)

    _words: Words


class Program(_Calls):
    """What is remembered of a program for certain dtypes of its outputs."""


class Answered(_Calls):
    """What is remembered of something that is called.

    Parameters
    ----------
    general, learn : callable
        What is called with the same arguments if a call is unusual, and if it is new.
    """

    def __init__(self, general: Callable[..., Any], learn: Callable[..., Any]) -> None:
        super().__init__()
        self._kept += [general, learn]
        _put(self.words, layout.CALLS_TABLE, _TABLE)
        _put(self.words, layout.CALLS_GENERAL, id(general))
        _put(self.words, layout.CALLS_LEARN, id(learn))


class Operation(Answered):
    """What is remembered of an operation."""

    def add_form(
        self,
        program: Program,
        given: int,
        keywords: tuple[str, ...],
        conditions: Sequence[tuple[int, Any]],
        sources: Sequence[Source],
    ) -> None:
        """Add a form of call.

        Parameters
        ----------
        program : Program
            What such a call runs.
        given : int
            The number of arguments by position.
        keywords : tuple of str
            The names of the others, interned.
        conditions : sequence of tuple of int and object
            The arguments, by position among all, that must be one certain object each.
        sources : sequence of tuple of int or None and object
            For each value of the program the position of its argument, or the value itself.
        """
        words = [given, len(keywords), len(conditions), len(sources), address(program.words)]
        words += map(id, keywords)
        for position, thing in conditions:
            words += (position, id(thing))
        for source, value in sources:
            words += (0, id(value)) if source is None else (source, 0)
        self._kept.append((program, keywords, tuple(conditions), tuple(sources)))
        self.append(np.array(words, np.int64))


class Recipe:
    """How a call is recorded for certain needs.

    Parameters
    ----------
    thing : object
        What the node keeps.
    floats : sequence of bool
        For each output whether it can have a gradient.
    reads : sequence of tuple of str and int
        What the node keeps of the values: ``("input", i)`` or ``("output", j)``.
    """

    def __init__(
        self, thing: Any, floats: Sequence[bool], reads: Sequence[tuple[str, int]]
    ) -> None:
        outputs = len(floats)
        bits = sum(int(floating) << i for i, floating in enumerate(floats))
        words = [id(thing), id(outputs), bits, len(reads)]
        for kind, index in reads:
            words += (int(kind == "output"), index)
        self._kept = (thing, outputs)
        self.words: Words = np.array(words, np.int64)


def rule_words(
    program: Program,
    reads: Sequence[tuple[str, int]],
    forwards: Sequence[tuple[int, np.dtype]] | None,
) -> Words:
    """Return the words of a rule, by which `sweep` computes the gradients of a node.

    Parameters
    ----------
    program : Program
        The gradients' program.
    reads : sequence of tuple of str and int
        What it reads: ``("gradient", i)``, ``("input", i)`` or ``("output", j)``; the last two are
        the node's kept values, in this order.
    forwards : sequence of tuple of int and dtype, or None
        If all gradients are gradients of outputs, unchanged: their numbers and dtypes.
    """
    words = [address(program.words), len(forwards or ()), len(reads)]
    if forwards:
        for index, dtype in forwards:
            words += (index, id(dtype))
    else:
        for kind, index in reads:
            words += (("gradient", "input", "output").index(kind), index)
    return np.array(words, np.int64)


class Signature:
    """What is remembered of a program and a list of types.

    Parameters
    ----------
    types : sequence of type or None
        For each value None for an array or the type of a Python number.
    """

    def __init__(self, types: Sequence[type | None]) -> None:
        self.words: Words = np.zeros(layout.SIGNATURE_TYPES // 8 + len(types), np.int64)
        self.words[0] = len(types)
        for i, kind in enumerate(types):
            self.words[layout.SIGNATURE_TYPES // 8 + i] = 0 if kind is None else id(kind)
        self._kept: list[Any] = []
        self._keys: set[tuple[int, int]] = set()

    def add_plan(self, layouts: str, plan: Words) -> None:
        """Add the plan for the inputs' layout, as far as there is room."""
        mask = sum(1 << i for i, letter in enumerate(layouts) if letter == "0")
        self._add(layout.SIGNATURE_PLANS, mask, plan, plan)

    def add_recipe(self, needs: Sequence[bool], recipe: Recipe) -> None:
        """Add the recipe for the values that want a gradient, as far as there is room."""
        mask = sum(1 << i for i, need in enumerate(needs) if need)
        self._add(layout.SIGNATURE_RECIPES, mask, recipe.words, recipe)

    def _add(self, offset: int, key: int, words: Words, kept: Any) -> None:
        count = int(self.words[offset // 8])
        if (offset, key) in self._keys or count == layout.MAX_ENTRIES:
            return
        self._keys.add((offset, key))
        self._kept.append(kept)
        _put(self.words, offset + 8 + 16 * count, key)
        _put(self.words, offset + 16 + 16 * count, address(words))
        _put(self.words, offset, count + 1)


_operators: list[Any] = []


def operator_words(operation: Called, general: Callable[..., Any], reflected: bool) -> Words:
    """Return words for `operate_as`: an operator of a class, which is there for ever.

    `general` is the Python function that is called if machine code can't do it; `reflected` says
    that the operands come in the other order.
    """
    _operators.append((operation, general))
    return np.array([address(operation._words), id(general), int(reflected)], np.int64)


class Carrier(NamedTuple):
    """Types that carry arrays, and what their nodes are made of.

    Attributes
    ----------
    kind, other
        The type of results, and another type whose instances are taken.
    slots
        The names of the slots for array, node, port, whether it is a leaf, gradient, hooks and
        changes.
    node
        The type of nodes.
    node_slots
        Its slots for recipe, number of outputs, parents, ports, shapes, kept values, stamp, order
        and hooks.
    mode
        An object whose attribute ``enabled`` is True where calls are recorded.
    next_order
        Gives the number of the next node.
    array, needs
        Give the array of a carrier, and whether it wants a gradient.
    function, function_slots
        A type of nodes that call Python functions; their slots: needs, reads, metas, results and
        cache.
    finish
        ``finish(node, values, result)`` carries what is no plain array.
    recipe
        ``recipe(program, needs, dtypes)``: what is to be recorded for a program whose values
        ``needs`` want gradients and have these dtypes: thing and reads, as `Recipe` takes them.
        The thing has the words of `rule_words`.
    lock
        Held where a leaf's gradient is read and stored in Python.
    pull_quietly, add, settle
        What `sweep` calls: ``pull_quietly(node, gradients)`` for nodes whose ``warns`` is not
        False, ``add(held, owned, new, new_owned)`` for two gradients of the same tensor, and
        ``settle(leaf, gradient, owned)`` for leaves that have a gradient or hooks.
    """

    kind: type
    other: type
    slots: tuple[str, ...]
    node: type
    node_slots: tuple[str, ...]
    function: type
    function_slots: tuple[str, ...]
    finish: Callable[[Any, tuple[Any, ...], Any], Any]
    mode: Any
    next_order: Callable[[], int]
    array: Callable[[Any], Any]
    needs: Callable[[Any], bool]
    recipe: Callable[..., tuple[Called, Sequence[tuple[str, int]]]]
    lock: Any
    pull_quietly: Callable[[Any, list[Any]], Any]
    add: Callable[..., Any]
    settle: Callable[..., None]

    def words(self) -> Words:
        """Return the words that the machine code reads."""
        words = [id(self.kind), id(self.other), *_offsets(self.kind, self.slots)]
        words += [id(self.mode), id(_ENABLED), id(_SHAPE), id(self.next_order), id(self.node)]
        words += _offsets(self.node, self.node_slots)
        words += _offsets(self.function, self.function_slots)
        words += [id(_FORWARD), id(_VIEW), id(_NO_READS), id(self.finish)]
        words += [*map(id, _NAMES), id(self.lock)]
        words += [id(self.pull_quietly), id(self.add), id(self.settle)]
        return np.array(words, np.int64)


_ENABLED, _SHAPE, _FORWARD, _VIEW = "enabled", "shape", "forward", "view"
_NAMES = ("pull", "fresh", "warns", "copy", "locked", "backward", "fitted")
_NO_READS: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())


def _offsets(kind: type, slots: Sequence[str]) -> list[int]:
    """Find out where slots lie: a mark is written to each and looked for in the object."""
    found = []
    thing: Any = object.__new__(kind)
    for slot in slots:
        mark = object()
        setattr(thing, slot, mark)
        places = range(layout.HEAD, kind.__basicsize__, 8)
        found += [place for place in places if native.word(id(thing) + place) == id(mark)]
    if len(found) != len(slots):
        raise TargetError(
            f"{sys.implementation.name} {sys.version.split()[0]} keeps the slots of objects in "
            "another way than 64-bit CPython; install that to launch kernels"
        )
    return found
