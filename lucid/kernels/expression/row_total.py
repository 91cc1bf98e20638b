"""The sum over a row, with what is the same along the row taken out of it.

``sum(u * v) = u * sum(v)`` for a uniform ``u``. If ``u`` is itself made of folds, the kernel needs
these before it can begin the sum on the left, but not before that on the right: one loop over the
row less. The gradient of a normalisation is full of such sums.
"""

from __future__ import annotations

from lucid.kernels.expression.node import Node, ordered
from lucid.kernels.expression.primitives.rows import row_sum
from lucid.kernels.expression.symbol import Symbol

__all__ = ["row_total"]


def _depth(node: Node) -> int:
    """Return how many folds lie one upon the other in a value."""
    depth: dict[Node, int] = {}
    for step in ordered([node]):
        fold = step.primitive is not None and step.primitive.settled is not None
        depth[step] = max((depth[argument] for argument in step.arguments), default=0) + fold
    return depth[node]


def row_total(value: Symbol) -> Symbol:
    """Return ``row_sum(value)``, or an equal expression that needs fewer loops."""
    direct = row_sum(value)
    other = _Parts().of(value.node)
    return other if _depth(other.node) < _depth(direct.node) else direct


class _Parts:
    """Sums of terms, each with its uniform factors in front; of a shared step once."""

    def __init__(self) -> None:
        self._known: dict[Node, Symbol] = {}

    def of(self, node: Node) -> Symbol:
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = self._part(node)
        return found

    def _part(self, node: Node) -> Symbol:
        primitive = node.primitive
        if primitive is None or node.uniform:
            return row_sum(Symbol(node))
        # A term that is uniform is left where it is: x - mean(x) summed in parts would cancel.
        varying = not any(argument.uniform for argument in node.arguments)
        if primitive.name in ("add", "subtract") and varying:
            a, b = map(self.of, node.arguments)
            return a + b if primitive.name == "add" else a - b
        if primitive.name == "negative":
            return -self.of(node.arguments[0])
        if primitive.name == "multiply" and not varying:
            first, second = node.arguments
            if first.uniform:
                return Symbol(first) * self.of(second)
            return self.of(first) * Symbol(second)
        if primitive.name == "divide" and node.arguments[1].uniform:
            return self.of(node.arguments[0]) / Symbol(node.arguments[1])
        return row_sum(Symbol(node))
