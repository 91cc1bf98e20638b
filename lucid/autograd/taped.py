"""Functions on tensors whose calls machine code makes, once it has seen one of their kind.

What is written down of a call is told in `lucid.kernels.launch.taping` and `lucid.kernels.targets.
tapes`. This module adds the graph: the node of the call that was learned is the template of the
nodes of all others.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from lucid.autograd.function import Function
from lucid.autograd.mode import mode
from lucid.autograd.variable import Variable, requires_grad
from lucid.kernels.launch import learning
from lucid.kernels.launch.taping import Recorder, describe, recording
from lucid.kernels.targets import layout
from lucid.kernels.targets.functions import make_function
from lucid.kernels.targets.once import lock
from lucid.kernels.targets.tape_words import Record, Tapes

__all__ = ["taped"]

F = TypeVar("F", bound=Callable[..., Any])


def taped(function: F) -> F:
    """Let machine code make the calls of a function that are like one before.

    Parameters
    ----------
    function
        Takes tensors, arrays and options, and returns one tensor or array. What it computes comes
        from launches of kernels alone (`Program.fold`, `run_flat`), which depend on the options
        and the forms of the arrays and never on the elements, unless it tells the recorder. The
        result is that of one call of a `Function`, made on the arguments themselves, without
        attributes beyond its slots. Where this does not hold (an axis is moved before, say), the
        call stays what it is.

    Returns
    -------
    callable
        A function with the same name, signature and documentation.
    """
    calls = _Calls(function)

    @functools.wraps(function)
    def answer(*arguments: Any, **keywords: Any) -> Any:
        return calls.answer(*arguments, **keywords)

    return answer  # type: ignore[return-value]


def _array_of(value: Any) -> Any:
    return value._data if learning.is_carrier(value) else None


class _Calls:
    """The calls of a function."""

    __slots__ = ("_function", "_tapes", "answer")

    answer: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._tapes = Tapes(function, self._learn)
        #: Machine code as soon as it has something to answer with.
        self.answer = self._learn

    def _learn(self, *arguments: Any, **keywords: Any) -> Any:
        """Answer a call of a new kind, and remember it."""
        values = (*arguments, *keywords.values())
        described = describe(values, _array_of)
        if described is None:
            return self._function(*arguments, **keywords)
        forms, arrays = described
        recorder = Recorder(arrays)
        before = recording.recorder
        recording.recorder = recorder
        try:
            result = self._function(*arguments, **keywords)
        finally:
            recording.recorder = before
        if recorder.lasting:
            names = tuple(map(sys.intern, keywords))
            self._remember(recorder, len(arguments), names, values, forms, result)
        return result

    def _remember(
        self,
        recorder: Recorder,
        given: int,
        names: tuple[str, ...],
        values: Sequence[Any],
        forms: Any,
        result: Any,
    ) -> None:
        carried = isinstance(result, Variable)
        array = result._data if carried else result
        node = result._node if carried else None
        needs = 0
        if mode.enabled:
            needs = sum(
                1 << position
                for position, (value, form) in enumerate(zip(values, forms, strict=True))
                if form.kind == layout.IS_CARRIER and requires_grad(value)
            )
        record = None
        if node is not None:
            record = _record(node, values, forms, recorder)
            if record is None:
                recorder.complete = False
        tape = recorder.tape(given, names, forms, needs, (array,), carried, record)
        with lock:
            self._tapes.add(tape)
            learning.ready()
            if self.answer == self._learn:
                name, text = self._function.__name__, self._function.__doc__ or ""
                self.answer = make_function("replay", self._tapes.words, name, text, keywords=True)


def _record(
    node: Any, values: Sequence[Any], forms: Sequence[Any], recorder: Recorder
) -> Record | None:
    """Say how to record a call as `node` does; None if it can't be done by a copy of it."""
    kind = type(node)
    if not isinstance(node, Function) or hasattr(node, "__dict__") or kind.__weakrefoffset__:
        return None
    origins: dict[Any, int] = {}
    for position, (value, form) in enumerate(zip(values, forms, strict=True)):
        if isinstance(value, Variable) and form.kind == layout.IS_CARRIER:
            origin = (value if value._node is None else value._node, value._port)
            if origin in origins:
                # Which of the two a parent is can't be told.
                return None
            origins[origin] = position
    parents = [
        origins.get(origin, -1) for origin in zip(node.parents or (), node.ports, strict=True)
    ]
    kept = [_kept(item, values, forms, recorder) for item in node.kept]
    cache = [recorder.register(array) for array in getattr(node, "cache", None) or ()]
    if -1 in parents or -1 in cache or None in kept:
        return None
    template = object.__new__(kind)
    for base in kind.__mro__:
        for slot in base.__dict__.get("__slots__", ()):
            if hasattr(node, slot):
                setattr(template, slot, getattr(node, slot))
    # What is another's in each call.
    template.parents = None
    template.kept = ()
    template.cache = None
    return Record(template, parents, [item for item in kept if item is not None], cache)


def _kept(
    item: Any, values: Sequence[Any], forms: Sequence[Any], recorder: Recorder
) -> tuple[int, Any] | None:
    """Say what of a call a node keeps; None if it is nothing of it."""
    if type(item) is tuple:
        return layout.KEEPS_OUTPUT, 0
    if type(item) in (float, int, bool):
        return layout.KEEPS_OBJECT, item
    for position, (value, form) in enumerate(zip(values, forms, strict=True)):
        if value is item and form.kind in (layout.IS_ARRAY, layout.IS_CARRIER):
            return layout.KEEPS_ARGUMENT, position
    made = recorder.register(item)
    return None if made < 0 else (layout.KEEPS_MADE, made)
