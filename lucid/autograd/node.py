"""A node of the graph: one recorded call, its saved values and the way to its operands."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

from lucid.autograd.variable import Array, Variable, wrap
from lucid.kernels.errors import GraphError

__all__ = ["Node", "next_order"]

# Operands are recorded before the calls that use them, so the nodes in falling order of these
# numbers are a topological order of the graph.
next_order = itertools.count().__next__


class Node:
    """One recorded call.

    ``parents`` are the operands that want a gradient: the node that made one, or the leaf itself,
    with ``ports``, the output of that node. None once the graph is freed. ``kept`` are the saved
    values: tensors, arrays and numbers, or a pair of the array and the change count of an output.
    ``stamp`` is the sum of the tensors' change counts when they were saved.
    """

    __slots__ = ("hooks", "kept", "order", "outputs", "parents", "ports", "stamp")

    hooks: list[tuple[int, Callable[[Any], Any]]] | None
    kept: tuple[Any, ...]
    order: int
    outputs: int
    parents: tuple[Node | Variable, ...] | None
    ports: tuple[int, ...]
    stamp: int

    # Whether the gradients that `pull` returns are new arrays that nobody else holds.
    fresh = False
    # Whether NumPy's floating-point warnings have to be switched off around the call and `pull`.
    warns: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """The operation's name, for messages."""
        raise NotImplementedError

    def pull(self, gradients: list[Any], graph: bool) -> tuple[Any, ...]:
        """Turn the outputs' gradients into the gradients of the parents."""
        raise NotImplementedError

    def free(self) -> None:
        """Let go of the saved values and of the graph behind this node."""
        self.parents = None
        self.kept = ()

    def check_unchanged(self) -> None:
        """Raise if a saved value was changed in place after it was saved."""
        stamp = 0
        for item in self.kept:
            if type(item) is tuple:
                stamp += item[1][0]
            elif isinstance(item, Variable):
                stamp += item._version[0]
        if stamp != self.stamp:
            raise self.changed(stamp)

    def changed(self, stamp: int) -> GraphError:
        """Return the error for saved values whose counts of changes add up to `stamp` now."""
        return GraphError(
            f"backward: '{self.name}' needs a value to compute its gradient that was changed "
            f"in place after the call ({self._saved_text()}; changes then: {self.stamp}, "
            f"now: {stamp}). Use the operation that returns a new tensor (x = x + 1 for "
            "x += 1), or change a copy: x.clone()."
        )

    def _saved_text(self) -> str:
        texts = []
        for item in self.kept:
            array = item[0] if type(item) is tuple else getattr(item, "_data", item)
            if hasattr(array, "dtype"):
                texts.append(f"{array.dtype} of shape {array.shape}")
        return "saved: " + ", ".join(texts)

    def output(self, array: Array, port: int, counter: list[int]) -> Any:
        """Make a tensor of the saved output `array`, in the graph again.

        The node keeps the array only: keeping the tensor would close a cycle with its node, and
        memory in cycles waits for the garbage collector.
        """
        result = wrap(array, self, port)
        result._version = counter
        return result
