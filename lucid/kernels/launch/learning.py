"""Learning: a call that was made in Python once is made by machine code from then on.

After a call has gone the general way, this module writes down what it has shown: which argument is
which value, which kernel serves these types and this layout, and what a node must keep. The next
call of that kind needs nothing else; see `lucid.kernels.targets.calls`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from lucid.kernels.expression.dtypes import DType, canonical
from lucid.kernels.launch.settings import TARGETS, in_force
from lucid.kernels.launch.signature import Signature
from lucid.kernels.targets import layout, records
from lucid.kernels.targets.once import lock, once
from lucid.kernels.targets.pool import TABLE

__all__ = [
    "Learned",
    "also_carries",
    "are_known",
    "decline_from",
    "is_carrier",
    "learn_call",
    "ready",
    "use_carrier",
    "when_ready",
]


class Runnable(Protocol):
    """What is needed of a program."""

    def signature(
        self, kinds: tuple[DType, ...], dtypes: tuple[np.dtype, ...] | None
    ) -> Signature: ...


#: Types of arguments with which a call can be remembered, beside carriers.
_SIMPLE = {np.ndarray, float, int, bool, str, type(None)}
_carriers: list[records.Carrier] = []
_words: list[records.Words] = []
_waiting: list[Callable[[], None]] = []
_DECLINE_FROM = layout.TABLE_DECLINE_FROM // 8


def use_carrier(carrier: records.Carrier) -> None:
    """Say which objects carry arrays; their calls are recorded as it tells."""
    _carriers[:] = [carrier]


def also_carries(kind: type) -> None:
    """Let calls take another type, derived from that of `use_carrier`, for its instances."""
    _carriers[:] = [carrier._replace(other=kind) for carrier in _carriers]
    for words in _words:
        words[layout.CARRIER_OTHER // 8] = id(kind)


def is_carrier(value: object) -> bool:
    """Whether a value is an object that carries an array, of a type that machine code knows."""
    return bool(_carriers) and type(value) in (_carriers[0].kind, _carriers[0].other)


def are_known(arguments: Sequence[object]) -> bool:
    """Whether a call with these arguments can be remembered."""
    least = TABLE[_DECLINE_FROM]
    for argument in arguments:
        if is_carrier(argument):
            if least and _carriers[0].array(argument).size >= least:
                return False
        elif type(argument) not in _SIMPLE:
            return False
    return True


def decline_from(elements: int) -> None:
    """Leave calls on carriers of so many elements or more to Python; 0: none of them."""
    TABLE[_DECLINE_FROM] = elements


def when_ready(function: Callable[[], None]) -> None:
    """Call a function once machine code can take calls over, which is after the first one."""
    _waiting.append(function)


@once
def ready() -> None:
    """Tell the machine code about targets and carriers, and let it answer calls."""
    from lucid.kernels.targets import native

    table = native.table()
    chosen, default = in_force()
    table[layout.TABLE_TARGET // 8] = id(chosen)
    table[layout.TABLE_DEFAULT // 8] = id(default)
    table[layout.TABLE_CPU // 8] = id(TARGETS[TARGETS.index("cpu")])
    table[layout.TABLE_PARALLEL // 8] = id(TARGETS[TARGETS.index("parallel")])
    for carrier in _carriers:
        words = carrier.words()
        _words.append(words)
        table[layout.TABLE_CARRIER // 8] = records.address(words)
    for function in _waiting:
        function()


class Learned:
    """What is remembered of a program."""

    def __init__(self, program: Runnable) -> None:
        self._program = program
        #: By the dtypes of the outputs; None for what promotion gives.
        self.tables: dict[Any, records.Program] = {}
        #: What callers remember of it.
        self.notes: dict[Any, Any] = {}
        self._signatures: dict[Any, records.Signature] = {}
        self._recipes: dict[Any, records.Recipe] = {}

    def table(self, dtypes: tuple[np.dtype, ...] | None = None) -> records.Program:
        """Return the words for dtypes of the outputs, to which `learn` adds."""
        found = self.tables.get(dtypes)
        if found is None:
            found = self.tables[dtypes] = records.Program()
        return found

    def learn(self, values: Sequence[Any], dtypes: tuple[np.dtype, ...] | None = None) -> bool:
        """Remember a list of values that the program was run with, if machine code can do it."""
        with lock:
            return self._learn(values, dtypes)

    def _learn(self, values: Sequence[Any], dtypes: tuple[np.dtype, ...] | None) -> bool:
        carrier = _carriers[0] if _carriers else None
        raw: list[Any] = []
        needs: list[bool] = []
        for value in values:
            if carrier is not None and is_carrier(value):
                raw.append(carrier.array(value))
                needs.append(carrier.needs(value))
            else:
                raw.append(value)
                needs.append(False)
        arrays = [value for value in raw if type(value) is np.ndarray]
        letters = _letters(arrays)
        numbers = {type(value) for value in raw} - {np.ndarray}
        if letters is None or not numbers <= {float, int, bool}:
            return False
        kinds = tuple([v.dtype if type(v) is np.ndarray else type(v) for v in raw])
        types = [None if type(v) is np.ndarray else type(v) for v in raw]
        table = self.table(dtypes)
        signature = self._program.signature(kinds, dtypes)
        words = self._signatures.get((dtypes, kinds))
        if words is None:
            if table.full:
                return False
            words = self._signatures[dtypes, kinds] = records.Signature(types)
            words.add_plan(letters, signature.plan(letters))
            table.append(words.words)
        words.add_plan(letters, signature.plan(letters))
        if carrier is not None and any(needs):
            key = (dtypes, kinds, *needs)
            recipe = self._recipes.get(key)
            if recipe is None:
                wanted = tuple([a.dtype for a, need in zip(raw, needs, strict=True) if need])
                thing, reads = carrier.recipe(self._program, tuple(needs), wanted)
                floats = [dtype.kind == "f" for dtype in signature.results]
                recipe = self._recipes[key] = records.Recipe(thing, floats, reads)
            words.add_recipe(needs, recipe)
        ready()
        return True


def _letters(arrays: Sequence[np.ndarray]) -> str | None:
    """Return the layout of arrays, a letter each; None if machine code leaves them to Python."""
    if not arrays or any(
        not array.flags.aligned or array.dtype is not canonical(array.dtype) for array in arrays
    ):
        return None
    shape = np.broadcast_shapes(*[array.shape for array in arrays])
    if all(array.shape == shape and array.flags.c_contiguous for array in arrays):
        return "c" * len(arrays)
    if 0 in shape or any(
        a.shape == shape and not a.flags.c_contiguous and any(a.strides) for a in arrays
    ):
        return None
    axis = max((d for d, extent in enumerate(shape) if extent > 1), default=None)
    letters = ""
    for view in np.broadcast_arrays(*arrays):
        stride = view.itemsize if axis is None else view.strides[axis]
        if stride not in (0, view.itemsize):
            return None
        letters += "c" if stride else "0"
    return letters


def learn_call(
    operation: records.Operation,
    known: set[Any],
    program: Learned,
    values: Sequence[Any],
    form: tuple[int, tuple[str, ...], tuple[tuple[int, Any], ...], tuple[records.Source, ...]],
) -> None:
    """Remember a call: its form, and the program and values that it comes to.

    Parameters
    ----------
    operation
        Where the form is written to.
    known
        The keys of its forms.
    program, values
        What the call ran.
    form
        Number of arguments by position, names of the others, conditions and sources, see
        `records.Operation.add_form`.
    """
    given, keywords, conditions, sources = form
    # Options are told by identity, and a text that was put together is another object every time.
    if any(isinstance(thing, str) and sys.intern(thing) is not thing for _, thing in conditions):
        return
    with lock:
        if not program.learn(values):
            return
        key = (
            given,
            keywords,
            tuple([(position, id(thing)) for position, thing in conditions]),
            tuple([source for source, _ in sources]),
        )
        if key not in known and not operation.full:
            known.add(key)
            operation.add_form(program.table(), given, keywords, conditions, sources)
