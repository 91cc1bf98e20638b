"""Calls that wait: pointwise calls on large tensors, computed together when a value is needed.

Inside of `lucid.fuse` a call is written down as a `Call`, and its result is a tensor that waits:
its shape and dtype are known, its elements are computed as soon as anything else is asked of it.
A call whose tensor is gone by then, so that nobody can ask for it any more, is not made by itself:
it becomes a part of the kernel of the call that uses it, forward and backward.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from lucid.autograd.mode import mode
from lucid.autograd.pointwise import apply_program, call_pointwise
from lucid.autograd.variable import Variable, requires_grad, wrap
from lucid.kernels.expression import Expression
from lucid.kernels.expression.dtypes import canonical
from lucid.kernels.expression.node import Node, input_node
from lucid.kernels.launch.direct import EXACT
from lucid.kernels.launch.learning import decline_from
from lucid.kernels.launch.program import Program
from lucid.kernels.launch.settings import ON_HOST, get_target

__all__ = ["Call", "begin", "call_or_record", "end", "flush", "settle", "use_waiting_type"]

#: From this number of elements on a call is written down: for fewer that takes as long as the
#: passes over memory that it saves.
LEAST_ELEMENTS = 1 << 17
#: A kernel of more steps or arrays would run out of registers.
MOST_STEPS = 24
MOST_ARRAYS = 12

_SLOTS = ("_data", "_grad", "_hooks", "_leaf", "_node", "_port", "_version")
# float16 and bfloat16 are rounded at the end of each kernel, so a joined one would round less.
_DTYPES = frozenset(map(np.dtype, "?bBhHiIlLqQfd"))
_next_number = itertools.count().__next__
# A tensor that waits may be asked from several threads; reentrant, because a call that is made
# asks for its operands. Taken before a fork, so that the child finds it free.
_lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )
#: The calls whose tensors live, by their numbers.
_waiting: dict[int, Call] = {}
_waiting_type: type[Variable] = Variable
_blocks = 0


class _Recording(threading.local):
    """In how many blocks of `lucid.fuse` this thread is."""

    depth = 0


_recording = _Recording()


def use_waiting_type(kind: type[Variable]) -> None:
    """Make `kind`, with the attribute ``_call``, the type of tensors that wait."""
    global _waiting_type
    _waiting_type = kind


def begin() -> None:
    """Write calls of this thread down from now on."""
    global _blocks
    _recording.depth += 1
    with _lock:
        _blocks += 1
        decline_from(LEAST_ELEMENTS)


def end(make: bool) -> None:
    """Undo one `begin`; the outermost one makes all calls whose tensors live, if wished for."""
    global _blocks
    _recording.depth -= 1
    with _lock:
        _blocks -= 1
        if not _blocks:
            decline_from(0)
    if make and not _recording.depth:
        flush()


class _Held(weakref.ref[Any]):
    """A reference to the tensor of a call; the call is struck off when that dies."""

    __slots__ = ("number",)

    number: int


def _strike_off(held: _Held) -> None:
    _waiting.pop(held.number, None)


class Call:
    """A pointwise call that waits.

    Attributes
    ----------
    program, operands
        What it runs on what: tensors, read-only arrays, numbers, and calls that wait too.
    shape, dtype
        Those of its result.
    enabled
        Whether it is to be recorded in the graph.
    number
        Rises from call to call.
    steps, arrays
        What a kernel of it and of all that it waits for would hold at most.
    uses
        How many calls were written down that have it as an operand.
    held
        A weak reference to its tensor.
    value
        Its tensor, once the call was made.
    """

    __slots__ = (
        "arrays",
        "dtype",
        "enabled",
        "held",
        "number",
        "operands",
        "program",
        "shape",
        "steps",
        "uses",
        "value",
    )

    def __init__(
        self,
        program: Program,
        operands: Sequence[Any],
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
    ) -> None:
        self.program = program
        self.operands = operands
        self.shape = shape
        self.dtype = dtype
        self.enabled = mode.enabled
        self.number = _next_number()
        self.uses = 0
        self.value: Any = None
        self.steps = 1
        self.arrays = 0
        self.held: Any = None
        for operand in operands:
            if type(operand) is Call:
                operand.uses += 1
                self.steps += operand.steps
                self.arrays += operand.arrays
            elif not isinstance(operand, (float, int)):
                self.arrays += 1

    def make(self) -> Any:
        """Make the call, with those that become a part of it, and return the tensor."""
        program, values = joined(self)
        (made,) = apply_program(program, values)
        return made

    def tensor(self) -> Any:
        """Return a new tensor that waits for this call."""
        made: Any = object.__new__(_waiting_type)
        object.__setattr__(made, "_call", self)
        self.held = held = _Held(made, _strike_off)
        held.number = self.number
        _waiting[self.number] = self
        return made


def call_or_record(operation: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Call a pointwise operation of which some argument is a tensor, or write the call down."""
    if "out" in keywords:
        flush()
    elif _recording.depth and "target" not in keywords:
        program, values = operation.bind(arguments, keywords)
        tensor = _record(program, values)
        if tensor is not None:
            return tensor
    return call_pointwise(operation, arguments, keywords)


def _record(program: Program, values: Sequence[Any]) -> Any:
    """Write a call down and return the tensor that waits, or None if it is to be made at once."""
    if program.rowwise or program.outputs != 1 or get_target() not in ON_HOST:
        return None
    operands: list[Any] = []
    kinds: list[Any] = []
    shapes: list[tuple[int, ...]] = []
    for value in values:
        kind = type(value)
        if kind is float or kind is bool or (kind is int and -EXACT <= value <= EXACT):
            operands.append(value)
            kinds.append(kind)
            continue
        if kind is _waiting_type:
            operand: Any = value._call
        elif isinstance(value, Variable):
            operand = value
            value = value._data
            kind = type(value)
        elif kind is np.ndarray and not value.flags.writeable:
            operand = value
        else:
            # Whoever holds an array may write to it before the call is made.
            return None
        if type(operand) is not Call and kind is not np.ndarray:
            return None
        dtype = value.dtype
        if dtype not in _DTYPES:
            return None
        operands.append(operand)
        kinds.append(canonical(dtype))
        shapes.append(value.shape)
    shape = shapes[0] if shapes else ()
    if any(other != shape for other in shapes):
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            return None
    if math.prod(shape) < LEAST_ELEMENTS:
        return None
    (dtype,) = program.signature(tuple(kinds), None).results
    if dtype not in _DTYPES:
        return None
    call = Call(program, operands, shape, dtype)
    tensor = call.tensor()
    if call.steps > MOST_STEPS or call.arrays > MOST_ARRAYS:
        settle(call)
    return tensor


def flush() -> None:
    """Make all calls whose tensors live: before memory is changed that they may read."""
    if _waiting:
        with _lock:
            for call in list(_waiting.values()):
                settle(call)


def settle(call: Call) -> Any:
    """Make a call, with those that it waits for and nobody else can ask for; return its tensor."""
    with _lock:
        if call.value is None:
            before = mode.enabled
            mode.enabled = call.enabled
            try:
                made = call.make()
            finally:
                mode.enabled = before
            assert made._data.dtype == call.dtype, (call.program, made._data.dtype, call.dtype)
            _waiting.pop(call.number, None)
            tensor = call.held()
            if tensor is not None:
                for slot in _SLOTS:
                    object.__setattr__(tensor, slot, getattr(made, slot))
                object.__setattr__(tensor, "__class__", type(made))
                del tensor._call
                made = tensor
            call.operands = ()
            call.value = made
        return call.value


def is_part(call: Call, uses: int, shape: tuple[int, ...], enabled: bool) -> bool:
    """Whether a call can become a part of another one, which uses it so many times."""
    return (
        type(call) is Call
        and call.value is None
        and call.held() is None
        and call.uses == uses
        and call.shape == shape
        and call.enabled == enabled
    )


def joined(root: Call) -> tuple[Program, list[Any]]:
    """Return one program, with its values, for a call and those that become a part of it.

    These are calls of the same shape whose tensors are gone and whose every use is among them;
    others are made first.
    """
    members: list[Call] = []
    inside: dict[Call, int] = {}
    found: dict[int, Call] = {root.number: root}
    # Operands have smaller numbers, so all uses of a call are known when its turn comes.
    while found:
        call = found.pop(max(found))
        if call is not root and not is_part(call, inside[call], root.shape, root.enabled):
            settle(call)
            continue
        members.append(call)
        for operand in call.operands:
            if type(operand) is Call:
                inside[operand] = inside.get(operand, 0) + 1
                found[operand.number] = operand
    flowing = _differentiable(members)
    members.reverse()
    places = {call: k for k, call in enumerate(members)}
    values: list[Any] = []
    known: dict[int, int] = {}
    steps = []
    for call in members:
        references = []
        for operand in call.operands:
            if type(operand) is Call:
                place = places.get(operand)
                if place is not None:
                    references.append(place)
                    continue
                operand = operand.value
            key = id(operand)
            if isinstance(operand, (float, int)) or key not in known:
                known[key] = len(values)
                values.append(operand if key in flowing else _detached(operand))
            references.append(~known[key])
        steps.append((call.program, tuple(references)))
    if len(steps) == 1:
        return root.program, [values[~reference] for reference in steps[0][1]]
    return _program(tuple(steps), len(values)), values


def _differentiable(members: Sequence[Call]) -> set[int]:
    """Return the ids of the tensors to which gradients flow: not through integers and flags.

    The first of `members` is the last call.
    """
    flowing = {id(members[0])}
    for call in members:
        if id(call) in flowing and call.dtype.kind == "f":
            for operand in call.operands:
                waits = type(operand) is Call and operand.value is None
                flowing.add(id(operand if waits or type(operand) is not Call else operand.value))
    return flowing


def _detached(value: Any) -> Any:
    """Return a tensor outside of the graph, with the same memory and count of changes."""
    if not requires_grad(value):
        return value
    result = wrap(value._data)
    result._version = value._version
    return result


@lru_cache(maxsize=1024)
def _program(steps: tuple[tuple[Program, tuple[int, ...]], ...], count: int) -> Program:
    """Return the program of several: each with its operands, a step (from 0) or an input (~k)."""
    inputs = tuple([input_node(f"x{k}", k) for k in range(count)])
    made: list[Node] = []
    for program, references in steps:
        nodes = [made[r] if r >= 0 else inputs[~r] for r in references]
        made += program.expression.substitute(nodes)
    name = "_".join([program.name for program, _ in steps[-4:]])
    return Program(Expression(name, inputs, (made[-1],)))
