"""What a forward kernel of rows hands over to the backward kernel, beside its outputs.

Values that are one a row and took a fold (a mean, the largest element, a sum of exponentials) cost
next to no memory, and save the backward kernel the loops over the row that made them.
"""

from __future__ import annotations

from dataclasses import replace

from lucid.kernels.expression.derivative import Derivative, Reads, knows_length
from lucid.kernels.expression.node import Expression, Node, input_node, ordered, rebuild

__all__ = ["save_uniform"]


def save_uniform(
    expression: Expression, derivative: Derivative
) -> tuple[Expression, Derivative] | None:
    """Return the expression with more outputs, and a derivative that reads them as ``"saved"``.

    None if the gradients need no value of that kind.
    """
    back = derivative.expression
    found = _frontier(back.outputs, set(expression.nodes()))
    if not found:
        return None
    taken = {node.name for node in back.inputs}
    first = 1 + max(node.position for node in back.inputs)
    stand_ins: dict[Node, Node] = {}
    for k, node in enumerate(found):
        name = f"saved_{k}"
        while name in taken:
            name += "_"
        taken.add(name)
        stand_ins[node] = input_node(name, first + k, True)
    roots = rebuild(back.outputs, stand_ins)
    reads: dict[Node, Reads] = dict(zip(back.inputs, derivative.reads, strict=True))
    reads |= {stand_ins[node]: ("saved", k) for k, node in enumerate(found)}
    used = set(ordered(roots))
    if not knows_length(used, reads, len(expression.outputs) > 1):
        used.update(node for node in back.inputs if not node.uniform)
    inputs = tuple(node for node in reads if node in used)
    if not any(reads[node][0] == "gradient" for node in inputs):
        return None
    names = expression.output_names or tuple(f"out_{j}" for j in range(len(expression.outputs)))
    return (
        replace(
            expression,
            outputs=(*expression.outputs, *found),
            output_names=(*names, *(f"saved_{k}" for k in range(len(found)))),
        ),
        Derivative(
            replace(back, inputs=inputs, outputs=roots),
            tuple(reads[node] for node in inputs),
            derivative.forwards,
        ),
    )


def _frontier(roots: tuple[Node, ...], original: set[Node]) -> list[Node]:
    """Return the uppermost uniform values of the forward expression that took a fold."""
    folded: set[Node] = set()
    for node in ordered(roots):
        fold = node.primitive is not None and node.primitive.settled is not None
        if fold or not folded.isdisjoint(node.arguments):
            folded.add(node)
    found: dict[Node, None] = {}
    seen: set[Node] = set()
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.uniform and node in folded and node in original:
            found[node] = None
        else:
            stack += reversed(node.arguments)
    return list(found)
