"""The backward pass: gradients flow from the outputs to the leaves.

Nodes are taken in falling order of their numbers. A call's operands exist before it, so each node
is reached only after everything that used its outputs, and no recursion is needed.

Most passes are made by machine code, `lucid.kernels.targets.sweep`, as far as it goes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.devices import as_data
from lucid.autograd.function import Function
from lucid.autograd.mode import mode, quiet
from lucid.autograd.node import Node
from lucid.autograd.variable import Variable, wrap
from lucid.kernels.errors import GraphError
from lucid.kernels.expression.dtypes import canonical
from lucid.kernels.launch.buffers import SMALLEST, empty
from lucid.kernels.launch.learning import when_ready
from lucid.kernels.launch.settings import get_target
from lucid.kernels.targets import native

__all__ = [
    "Wanted",
    "add",
    "copied",
    "leaf_lock",
    "propagate",
    "propagate_one",
    "pull_quietly",
    "settle",
]

#: Two threads may run backward passes that end in the same leaf.
leaf_lock = threading.Lock()


class Accumulate(Function):
    """The sum of two gradients, where the sum is itself part of a graph."""

    __slots__ = ()

    def forward(self, x: Any, y: Any) -> Any:
        return x + y

    def backward(self, gradient: Any) -> Any:
        return gradient, gradient


class Wanted:
    """The tensors for which `lucid.grad` collects gradients, and the nodes on the way to them."""

    __slots__ = ("found", "leading", "leaves", "nodes")

    def __init__(self, roots: Sequence[Variable], inputs: Sequence[Variable]) -> None:
        self.leaves = {x for x in inputs if x._node is None}
        self.nodes: dict[Node, set[int]] = {}
        for x in inputs:
            if x._node is not None:
                self.nodes.setdefault(x._node, set()).add(x._port)
        self.found: dict[tuple[Any, int], Any] = {}
        self.leading: set[Node] = set()
        for node in sorted(_reachable(roots), key=lambda node: node.order):
            if node.parents is None:
                # Whether it leads to an input can't be told any more.
                raise _freed(node)
            for parent in node.parents:
                if parent in self.leading or parent in self.nodes or parent in self.leaves:
                    self.leading.add(node)
                    break

    def takes(self, parent: Any) -> bool:
        """Whether a gradient that flows to `parent` is of use."""
        return parent in self.leading or parent in self.nodes or parent in self.leaves

    def result(self, x: Variable) -> Any:
        """Return the gradient collected for `x`, or None."""
        return self.found.get((x, 0) if x._node is None else (x._node, x._port))


def _reachable(roots: Sequence[Variable]) -> set[Node]:
    seen: set[Node] = set()
    stack = [x._node for x in roots if x._node is not None]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        stack.extend([p for p in node.parents or () if isinstance(p, Node)])
    return seen


def add(held: Any, owned: bool, new: Any, new_owned: bool, graph: bool = False) -> Any:
    """Add two gradients, into a buffer that only the engine holds if there is one."""
    if graph:
        return Accumulate.apply(held, new)
    target = held if owned else new if new_owned else None
    if type(held) is np.ndarray:
        return np.asarray(quiet.run(np.add, held, new, target))
    return np.add(held, new, out=target)


def _freed(node: Node) -> GraphError:
    return GraphError(
        f"backward: the graph behind '{node.name}' was used before and its saved values are freed. "
        "Pass retain_graph=True to the first backward, or compute the output again."
    )


def _leave_all(node: Node, port: int, seed: Any, retain: bool) -> tuple[Any, ...]:
    """Do nothing of what `native.sweep` does, and leave the rest to Python."""
    gradients = [None] * node.outputs
    gradients[port] = seed
    return node, gradients, 0


#: The last one is in force: machine code as soon as it is there.
_sweep: list[Callable[[Any, int, Any, bool], tuple[Any, ...] | None]] = [_leave_all]
when_ready(lambda: _sweep.append(native.sweep))


def propagate_one(root: Variable, seed: Any, retain: bool) -> None:
    """Let one gradient, an array, flow from `root` into ``.grad`` of the leaves."""
    node = root._node
    if node is None:
        propagate((root,), (seed,), retain, False)
        return
    before = mode.enabled
    mode.enabled = False
    try:
        rest = _sweep[-1](node, root._port, seed, retain)
    finally:
        mode.enabled = before
    if rest is not None:
        flow = _Flow(False, None)
        flow.take_over(rest)
        _run(flow, retain)


def pull_quietly(node: Node, gradients: list[Any]) -> tuple[Any, ...]:
    """``node.pull`` without NumPy's warnings: a NaN at an infinity is a result."""
    with np.errstate(all="ignore"):
        return node.pull(gradients, False)


def propagate(
    roots: Sequence[Variable],
    seeds: Sequence[Any],
    retain: bool,
    graph: bool,
    wanted: Wanted | None = None,
) -> None:
    """Let the gradients `seeds` flow from `roots`.

    Parameters
    ----------
    roots : sequence of Variable
        The outputs, each with a gradient function or a leaf that wants a gradient.
    seeds : sequence
        A gradient for each: arrays, or tensors where `graph` is set.
    retain : bool
        Keep the saved values for another pass.
    graph : bool
        Record the gradients' own graph.
    wanted : Wanted, optional
        Collect gradients there instead of adding them to ``.grad`` of the leaves.
    """
    flow = _Flow(graph, wanted)
    for root, seed in zip(roots, seeds, strict=True):
        flow.deposit(root if root._node is None else root._node, root._port, seed, False)
    _run(flow, retain)


def _run(flow: _Flow, retain: bool) -> None:
    """Take nodes until none is left, then hand the leaves their gradients."""
    heap, graph, wanted = flow.heap, flow.graph, flow.wanted
    before = mode.enabled
    mode.enabled = graph
    # Gradients at infinities may be NaN; that is a result, and no warning.
    silence: Any = None
    try:
        while heap:
            node = heappop(heap)[1]
            gradients = flow.pending.pop(node)[::2]
            if node.hooks is not None:
                _run_hooks(node, gradients, graph)
            if wanted is not None:
                for port in wanted.nodes.get(node, ()):
                    wanted.found[node, port] = gradients[port]
                if node not in wanted.leading:
                    continue
            parents = node.parents
            if parents is None:
                raise _freed(node)
            ports = node.ports
            if silence is None and node.warns:
                silence = np.errstate(all="ignore")
                silence.__enter__()
            pulled = node.pull(gradients, graph)
            if not retain:
                node.free()
            fresh = node.fresh and not graph
            for position, gradient in enumerate(pulled):
                if gradient is not None:
                    owned = fresh
                    for given in gradients:
                        if gradient is given:
                            owned = False
                    flow.deposit(parents[position], ports[position], gradient, owned)
        for leaf, (gradient, owned) in flow.leaves.items():
            settle(leaf, gradient, owned, graph, wanted)
    finally:
        if silence is not None:
            silence.__exit__(None, None, None)
        mode.enabled = before


class _Flow:
    """Gradients on their way: for each output of a node the gradient, and whether it is ours."""

    __slots__ = ("graph", "heap", "leaves", "pending", "wanted")

    def __init__(self, graph: bool, wanted: Wanted | None) -> None:
        self.graph = graph
        self.wanted = wanted
        self.pending: dict[Node, list[Any]] = {}
        self.leaves: dict[Variable, list[Any]] = {}
        #: The nodes of `pending`, the one that was recorded last in front.
        self.heap: list[tuple[int, Node]] = []

    def take_over(self, rest: Sequence[Any]) -> None:
        """Take what a sweep in machine code left: see `native.sweep`."""
        for thing, held, bits in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            if isinstance(thing, Node):
                entry = [None, False] * len(held)
                entry[::2] = held
                entry[1::2] = [bool(bits >> port & 1) for port in range(len(held))]
                self.pending[thing] = entry
                heappush(self.heap, (-thing.order, thing))
            else:
                self.leaves[thing] = [held, bool(bits)]

    def deposit(self, parent: Any, port: int, gradient: Any, owned: bool) -> None:
        """Add a gradient to those that have come to output `port` of a node, or to a leaf."""
        wanted = self.wanted
        if wanted is not None and not wanted.takes(parent):
            return
        entry: list[Any] | None
        if isinstance(parent, Node):
            entry = self.pending.get(parent)
            if entry is None:
                outputs = parent.outputs
                if outputs == 1:
                    self.pending[parent] = [gradient, owned]
                else:
                    self.pending[parent] = entry = [None, False] * outputs
                heappush(self.heap, (-parent.order, parent))
        else:
            entry = self.leaves.get(parent)
            if entry is None:
                self.leaves[parent] = [gradient, owned]
        if entry is not None:
            position = 2 * port
            held = entry[position]
            if held is None:
                entry[position] = gradient
                entry[position + 1] = owned
            else:
                entry[position] = add(held, entry[position + 1], gradient, owned, self.graph)
                entry[position + 1] = not self.graph


def _run_hooks(node: Node, gradients: list[Any], graph: bool) -> None:
    for port, hook in node.hooks or ():
        gradient = gradients[port]
        if gradient is None:
            continue
        changed = hook(gradient if graph else wrap(gradient))
        if changed is not None:
            gradients[port] = _hooked(changed, gradient, graph)


def _hooked(changed: Any, gradient: Any, graph: bool) -> Any:
    """Check what a hook returned against the gradient that it replaces."""
    if graph:
        result = changed if isinstance(changed, Variable) else wrap(as_data(changed))
    else:
        result = changed._data if isinstance(changed, Variable) else as_data(changed)
    shape = (result._data if isinstance(result, Variable) else result).shape
    expected = (gradient._data if isinstance(gradient, Variable) else gradient).shape
    if shape != expected:
        raise GraphError(
            f"a gradient hook returned shape {shape} for a gradient of shape {expected}. "
            "Return a gradient of the same shape, or None to leave it."
        )
    return result


def copied(gradient: Any) -> Any:
    """Return a copy; of a large array by all threads, in memory that was used before."""
    if type(gradient) is not np.ndarray or gradient.nbytes < SMALLEST:
        return gradient.copy()
    if any(gradient.strides):
        return kernels.positive(gradient)
    # One number in the place of all, as the gradient of a sum.
    program, _ = kernels.positive.bind((gradient,), {})
    plan = program.signature((canonical(gradient.dtype),), None).plan("0")
    result = empty(gradient.shape, gradient.dtype)
    number = gradient[(slice(1),) * gradient.ndim]
    if not native.flat(plan, int(get_target() == "cpu"), None, number, result):
        result[...] = gradient
    return result


def settle(
    leaf: Variable,
    gradient: Any,
    owned: bool,
    graph: bool = False,
    wanted: Wanted | None = None,
) -> None:
    """Hand a leaf its gradient: to its hooks, then to `wanted` or ``.grad``."""
    for hook in () if leaf._hooks is None else leaf._hooks:
        changed = hook(gradient if graph else wrap(gradient))
        if changed is not None:
            gradient = _hooked(changed, gradient, graph)
            owned = False
    if wanted is not None:
        wanted.found[leaf, 0] = gradient
        return
    with leaf_lock:
        held = leaf._grad
        if graph:
            leaf._grad = gradient if held is None else Accumulate.apply(held, gradient)
        elif held is None:
            leaf._grad = wrap(gradient if owned else copied(gradient))
        else:
            # Never into the old array: the user may hold it.
            leaf._grad = wrap(add(held._data, False, gradient, owned, False))
