"""Nodes: the typed-later, immutable graph that a scalar function becomes.

Equal nodes are one object (hash-consing), so a common subexpression is found by identity and a
dictionary keyed by nodes is a dictionary keyed by subexpressions.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lucid.kernels.expression.primitive import Primitive

__all__ = [
    "Expression",
    "Node",
    "Number",
    "bare",
    "constant",
    "input_node",
    "operation",
    "ordered",
    "rebuild",
]

Number = bool | int | float


class Node:
    """One step of an expression: an input, a constant, or a primitive applied to nodes."""

    __slots__ = ("__weakref__", "arguments", "name", "position", "primitive", "uniform", "value")

    def __init__(
        self,
        primitive: Primitive | None,
        arguments: tuple[Node, ...],
        value: Number | None,
        name: str | None,
        position: int,
        uniform: bool,
    ) -> None:
        self.primitive = primitive
        self.arguments = arguments
        self.value = value
        self.name = name
        self.position = position
        #: Whether it is one value for a whole row; see the primitives of rows.
        self.uniform = uniform

    @property
    def is_input(self) -> bool:
        return self.name is not None

    @property
    def is_constant(self) -> bool:
        return self.value is not None

    def __repr__(self) -> str:
        if self.primitive is not None:
            return f"{self.primitive.name}({', '.join(map(repr, self.arguments))})"
        return repr(self.value) if self.name is None else self.name


_interned: weakref.WeakValueDictionary[tuple[object, ...], Node] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def _intern(key: tuple[object, ...], make: Callable[[], Node]) -> Node:
    with _lock:
        node = _interned.get(key)
        if node is None:
            node = _interned[key] = make()
        return node


def input_node(name: str, position: int, uniform: bool = False) -> Node:
    """Return the node of the argument ``name``, the ``position``-th of its function.

    ``uniform`` says that it is one value for a whole row.
    """
    return _intern(
        ("input", name, position, uniform),
        lambda: Node(None, (), None, name, position, uniform),
    )


def constant(value: Number) -> Node:
    """Return the node of a number.

    The key is the type and the shortest text that reads back, so that 1, 1.0 and True, or 0.0
    and -0.0, stay apart and one NaN is one node.
    """
    return _intern(
        ("constant", type(value), repr(value)), lambda: Node(None, (), value, None, -1, True)
    )


def operation(primitive: Primitive, arguments: tuple[Node, ...]) -> Node:
    """Return the node of ``primitive`` applied to ``arguments``."""
    if primitive.settled is not None and arguments[0].uniform:
        return primitive.settled(arguments[0])
    if primitive.uniform is not None:
        uniform = primitive.uniform(arguments)
    else:
        uniform = all(argument.uniform for argument in arguments)
    # The ids are safe keys: a node keeps its arguments alive, and its entry dies with it.
    key = (primitive, *map(id, arguments))
    return _intern(key, lambda: Node(primitive, arguments, None, None, -1, uniform))


def ordered(roots: Iterable[Node]) -> list[Node]:
    """Return every node below ``roots``, arguments before the nodes that use them."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, Iterator[Node]]] = []
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack.append((root, iter(root.arguments)))
        while stack:
            node, arguments = stack[-1]
            for argument in arguments:
                if argument not in seen:
                    seen.add(argument)
                    stack.append((argument, iter(argument.arguments)))
                    break
            else:
                order.append(node)
                stack.pop()
    return order


@dataclass(frozen=True)
class Expression:
    """A scalar function of ``inputs`` with one or several ``outputs``.

    ``rowwise`` says that it is a function of a row: it may fold over it, and an output that is
    one value for the whole row stands in the result once a row.
    """

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    output_names: tuple[str, ...] = field(default=())
    rowwise: bool = False

    def nodes(self) -> list[Node]:
        """Return the nodes in an order in which they can be computed."""
        return ordered(self.outputs)

    def substitute(self, values: Sequence[Node]) -> tuple[Node, ...]:
        """Return the outputs with each input replaced by the node given for it."""
        return rebuild(self.outputs, dict(zip(self.inputs, values, strict=True)))


def bare(roots: Iterable[Node]) -> tuple[Node, ...]:
    """Return ``roots`` without the identities that carry a stated derivative."""
    roots = tuple(roots)
    replacements: dict[Node, Node] = {}
    for node in ordered(roots):
        if node.primitive is not None and node.primitive.name.endswith("_with_derivative"):
            replacements[node] = rebuild(node.arguments[:1], replacements)[0]
    return rebuild(roots, replacements)


def rebuild(roots: Iterable[Node], replacements: dict[Node, Node]) -> tuple[Node, ...]:
    """Return ``roots`` with the nodes in ``replacements`` replaced, wherever they occur."""
    roots = tuple(roots)
    new = dict(replacements)
    stack = list(roots)
    # Depth first, but never below a replaced node: what it was made of may be gone.
    while stack:
        node = stack[-1]
        if node in new:
            stack.pop()
            continue
        missing = [argument for argument in node.arguments if argument not in new]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        arguments = tuple(new[argument] for argument in node.arguments)
        if arguments == node.arguments:
            new[node] = node
        else:
            assert node.primitive is not None
            new[node] = operation(node.primitive, arguments)
    return tuple(new[root] for root in roots)
