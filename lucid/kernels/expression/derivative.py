"""Reverse mode: from an expression to the expression of its gradients.

One adjoint a node, and one condition under which the node is live, that is, under which some
output depends on it. Where a node feeds only branches that were not taken, its adjoint is zero,
but a local derivative may still be infinite there (``where(x > 0, sqrt(x), 0)`` at 0); so a
contribution that multiplies by a local derivative is selected by the live condition, and
``0 * inf`` never reaches a gradient. Sharing the adjoint keeps nested guards linear in size.

In a function of a row, what the elements owe to a value that is one for the whole row is gathered
element by element and summed over the row once, when that value's turn comes. Conditions of
elements end there: some element depends on the value, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lucid.kernels.expression.node import Expression, Node, input_node, ordered, rebuild
from lucid.kernels.expression.primitives.rows import spread
from lucid.kernels.expression.row_total import row_total
from lucid.kernels.expression.symbol import Symbol, apply

__all__ = ["Derivative", "Reads", "differentiate", "knows_length"]

#: What an argument of a gradient is: ("input", i), ("output", j), ("gradient", j), or
#: ("saved", k) for a value that the forward kernel hands over, see `saving`.
Reads = tuple[str, int]


@dataclass(frozen=True)
class Derivative:
    """The gradients of an expression, as an expression of what they read."""

    expression: Expression
    reads: tuple[Reads, ...]
    #: For each gradient the index j if it is the gradient of output j unchanged, else None.
    forwards: tuple[int | None, ...]


def _union(a: Symbol | None, b: Symbol | None) -> Symbol | None:
    """Return the condition "a or b", where None is always."""
    return None if a is None or b is None else apply("logical_or", a, b)


def _intersection(a: Symbol | None, b: Symbol | None) -> Symbol | None:
    if a is None:
        return b
    return a if b is None else apply("logical_and", a, b)


def _dependent(order: Sequence[Node], wanted: set[Node]) -> set[Node]:
    """Return the nodes that depend on a wanted input through differentiable steps."""
    dependent: set[Node] = set()
    for node in order:
        if node in wanted or (
            node.primitive is not None
            and node.primitive.derivative is not None
            and any(argument in dependent for argument in node.arguments)
        ):
            dependent.add(node)
    return dependent


def _unguarded(adjoint: Symbol, guard: Symbol | None) -> Symbol:
    """Return what an adjoint selects by a condition by which its contributions are selected."""
    node = adjoint.node
    if node.primitive is not None and node.primitive.name == "where" and guard is not None:
        condition, chosen, other = node.arguments
        if condition is guard.node and other.is_constant and other.value == 0:
            return Symbol(chosen)
    return adjoint


def _gradients(expression: Expression, wanted: Sequence[Node], seeds: Sequence[Node]) -> list[Node]:
    order = expression.nodes()
    dependent = _dependent(order, set(wanted))
    adjoint: dict[Node, Symbol] = {}
    live: dict[Node, Symbol | None] = {}
    #: Of uniform nodes, the part of the adjoint that is still to be summed over the row.
    owed: dict[Node, Symbol] = {}

    def owe(node: Node, value: Symbol) -> None:
        owed[node] = owed[node] + value if node in owed else value

    def settle(node: Node) -> None:
        if node in owed:
            contribute(node, row_total(owed.pop(node)), None)

    def contribute(node: Node, value: Symbol, condition: Symbol | None) -> None:
        if node in adjoint:
            adjoint[node] = adjoint[node] + value
            live[node] = _union(live[node], condition)
        else:
            adjoint[node] = value
            live[node] = condition

    for output, seed in zip(expression.outputs, seeds, strict=True):
        if output in dependent:
            contribute(output, Symbol(seed), None)

    for node in reversed(order):
        settle(node)
        if node not in adjoint or node.primitive is None:
            continue
        primitive = node.primitive
        if primitive.derivative is None:
            continue
        arguments = [Symbol(argument) for argument in node.arguments]
        guarded = live[node] is not None and not primitive.linear
        incoming = _unguarded(adjoint[node], live[node]) if guarded else adjoint[node]
        values = primitive.derivative(incoming, Symbol(node), *arguments)
        conditions = primitive.live(*arguments) if primitive.live else (None,) * len(arguments)
        for argument, value, condition in zip(node.arguments, values, conditions, strict=True):
            if value is None or argument not in dependent:
                continue
            guard = live[node]
            if guarded and guard is not None:
                value = apply("where", guard, value, 0.0)
            if argument.uniform and not node.uniform:
                owe(argument, value)
            else:
                contribute(argument, value, _intersection(guard, condition))

    zero = apply("multiply", 0.0, 0.0)
    found = [adjoint.get(node, zero) for node in wanted]
    if expression.rowwise:
        found = [
            value if node.uniform else spread(value)
            for node, value in zip(wanted, found, strict=True)
        ]
    return [value.node for value in found]


def differentiate(expression: Expression, needs: Sequence[bool]) -> Derivative:
    """Return the gradients with respect to the inputs where ``needs`` is true.

    The gradient reads an output of the expression, instead of computing it again, where an
    output that is more than arithmetic occurs in it.
    """
    wanted = [node for node, needed in zip(expression.inputs, needs, strict=True) if needed]
    taken = {node.name for node in expression.inputs}
    several = len(expression.outputs) > 1

    def fresh(stem: str, j: int) -> str:
        name = f"{stem}_{j}" if several else stem
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    count = len(expression.inputs)
    seeds = [
        input_node(fresh("gradient", j), count + j, expression.rowwise and output.uniform)
        for j, output in enumerate(expression.outputs)
    ]
    roots = tuple(_gradients(expression, wanted, seeds))

    reads: dict[Node, Reads] = {}
    reads |= {node: ("input", i) for i, node in enumerate(expression.inputs)}
    used = set(ordered(roots))
    for j, output in enumerate(expression.outputs):
        if output in used and _worth_saving(output):
            position = count + len(seeds) + j
            saved = input_node(fresh("output", j), position, expression.rowwise and output.uniform)
            reads[saved] = ("output", j)
            roots = rebuild(roots, {output: saved})
    reads |= {seed: ("gradient", j) for j, seed in enumerate(seeds)}

    used = set(ordered(roots))
    if not knows_length(used, reads, several):
        used.update(node for node in expression.inputs if not node.uniform)
    inputs = tuple(node for node in reads if node in used)
    if not any(reads[node][0] == "gradient" for node in inputs):
        # A gradient that is zero everywhere still has the shape of what it belongs to.
        inputs = (*inputs, *seeds)
    names = tuple(f"gradient_of_{node.name}" for node in wanted)
    return Derivative(
        Expression(f"{expression.name}_backward", inputs, roots, names, expression.rowwise),
        tuple(reads[node] for node in inputs),
        tuple(seeds.index(root) if root in seeds else None for root in roots),
    )


def knows_length(used: set[Node], reads: dict[Node, Reads], several: bool) -> bool:
    """Whether what is read has the length of the rows, if any step has to know of it.

    One output that is not uniform has it, and so has its gradient; of several outputs some may
    come without a gradient.
    """
    if not any(node.primitive is not None and node.primitive.rows for node in used):
        return True
    kinds = {reads[node][0] for node in used if node in reads and not node.uniform}
    return "output" in kinds or ("gradient" in kinds and not several)


def _worth_saving(output: Node) -> bool:
    """Whether reading the output is cheaper than computing it again.

    It is if a function was called, or a row folded.
    """
    return any(
        node.primitive is not None and (node.primitive.is_function or node.primitive.rows)
        for node in ordered([output])
    )
