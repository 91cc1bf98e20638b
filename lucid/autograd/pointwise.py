"""Pointwise operations on tensors: run the program, record the node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.autograd.broadcast import fit, fit_array
from lucid.autograd.engine import add, leaf_lock, pull_quietly, settle
from lucid.autograd.function import Function, finish
from lucid.autograd.mode import mode
from lucid.autograd.node import Node, next_order
from lucid.autograd.rows import apply_rows
from lucid.autograd.variable import Variable, requires_grad, wrap
from lucid.kernels.errors import GraphError
from lucid.kernels.launch.learning import use_carrier
from lucid.kernels.targets.records import Called, Carrier, rule_words

__all__ = ["PointwiseNode", "apply_program", "call_pointwise", "carry", "rule_of"]


class Rule(Called):
    """What the calls of a program have in common whose values want the same gradients.

    Attributes
    ----------
    back
        The gradients' program and what it reads.
    dtypes
        The dtypes of the values that want a gradient.
    keeps
        Those of its reads that a node has to keep: inputs and outputs.
    forwards
        The gradients that go on unchanged (as in add), if all of them do and have the right dtype.
    """

    __slots__ = ("back", "dtypes", "forwards", "keeps", "program")

    def __init__(
        self, program: Any, needs: tuple[bool, ...], dtypes: tuple[np.dtype[Any], ...]
    ) -> None:
        self.program = program
        self.dtypes = dtypes
        self.back = program.backward(needs)
        self.keeps = [read for read in self.back.reads if read[0] != "gradient"]
        self.forwards = None if None in self.back.forwards else self.back.forwards
        forwards = None
        if self.forwards is not None:
            forwards = list(zip(self.forwards, dtypes, strict=True))
        self._words = rule_words(self.back.program.learned.table(dtypes), self.back.reads, forwards)


def rule_of(program: Any, needs: tuple[bool, ...], dtypes: tuple[np.dtype[Any], ...]) -> Rule:
    """Return the rule of a program for the values that want a gradient, and their dtypes."""
    notes = program.learned.notes
    found: Rule | None = notes.get((needs, dtypes))
    if found is None:
        found = notes[needs, dtypes] = Rule(program, needs, dtypes)
    return found


class PointwiseNode(Node):
    """A recorded call of a pointwise program.

    ``shapes`` are those of the parents' arrays; None if all have that of the outputs.
    """

    __slots__ = ("rule", "shapes")

    rule: Rule
    shapes: Sequence[tuple[int, ...]] | None

    fresh = True
    warns = False

    @property
    def name(self) -> str:
        return str(self.rule.program.name)

    def pull(self, gradients: list[Any], graph: bool) -> tuple[Any, ...]:
        rule = self.rule
        full = ()
        for given in gradients:
            if given is not None:
                full = given.shape
        results = self._forwarded(gradients)
        if results is None:
            values = self._values(gradients, graph)
            if graph:
                results = list(apply_program(rule.back.program, values, None, None, rule.dtypes))
            else:
                results = list(self._run(values, full))
        for position, gradient in enumerate(results):
            if gradient is not None:
                wanted = full if self.shapes is None else self.shapes[position]
                if graph:
                    results[position] = fit(gradient, full, wanted)
                elif gradient.shape != wanted:
                    results[position] = fit_array(gradient, full, wanted)
        return tuple(results)

    def _run(self, values: tuple[Any, ...], full: tuple[int, ...]) -> Sequence[Any]:
        """Run the backward kernel, which adds up the gradients of broadcast operands itself."""
        rule = self.rule
        if self.shapes is not None:
            for value in values:
                # Without a value of the full shape the kernel's results have to be repeated.
                if type(value) is np.ndarray and value.shape == full:
                    shapes = tuple(self.shapes)
                    folded: Sequence[Any] = rule.back.program.fold(
                        values, shapes, None, None, rule.dtypes
                    )
                    return folded
        made: Sequence[Any] = rule.back.program.run(values, None, None, rule.dtypes)
        return made

    def _forwarded(self, gradients: list[Any]) -> list[Any] | None:
        """Return the gradients where all of them go on unchanged (as in add), else None."""
        rule = self.rule
        if rule.forwards is None:
            return None
        results = [gradients[forward] for forward in rule.forwards]
        for gradient, dtype in zip(results, rule.dtypes, strict=True):
            if gradient is not None and gradient.dtype != dtype:
                return None
        return results

    def _values(self, gradients: list[Any], graph: bool) -> tuple[Any, ...]:
        """Collect the values of the backward program: arrays, or tensors to record."""
        self.check_unchanged()
        kept = iter(self.kept)
        values = []
        for kind, index in self.rule.back.reads:
            if kind == "gradient":
                value = gradients[index]
                if value is None:
                    value = 0.0
            else:
                value = next(kept)
                if kind == "output":
                    array, counter = value
                    value = self.output(array, index, counter) if graph else array
                elif not graph and isinstance(value, Variable):
                    value = value._data
            values.append(value)
        return tuple(values)


def carry(kind: type[Variable]) -> None:
    """Let machine code take and make tensors, of type `kind`, and record nodes."""
    use_carrier(
        Carrier(
            kind,
            kind,
            ("_data", "_node", "_port", "_leaf", "_grad", "_hooks", "_version"),
            PointwiseNode,
            ("rule", "outputs", "parents", "ports", "shapes", "kept", "stamp", "order", "hooks"),
            Function,
            ("needs", "reads", "metas", "results", "cache"),
            finish,
            mode,
            next_order,
            lambda value: value._data,
            requires_grad,
            _recipe,
            leaf_lock,
            pull_quietly,
            add,
            settle,
        )
    )


def _recipe(
    program: Any, needs: tuple[bool, ...], dtypes: tuple[np.dtype[Any], ...]
) -> tuple[Rule, Sequence[tuple[str, int]]]:
    rule = rule_of(program, needs, dtypes)
    return rule, rule.keeps


def apply_program(
    program: Any,
    values: Sequence[Any],
    out: tuple[Any, ...] | None = None,
    target: str | None = None,
    dtypes: tuple[np.dtype[Any], ...] | None = None,
) -> tuple[Any, ...]:
    """Run `program` on tensors, arrays and numbers; record a node where a gradient is wanted.

    Returns
    -------
    tuple of Tensor
        One for each output of the program.
    """
    if program.rowwise and out is None:
        return apply_rows(program, values, target, dtypes)
    # Most calls do not come here but are made by machine code, which does the same.
    raw: list[Any] = []
    needs: list[bool] = []
    parents: list[Node | Variable] = []
    ports: list[int] = []
    shapes: list[tuple[int, ...]] = []
    kinds: list[np.dtype[Any]] = []
    enabled = mode.enabled
    for value in values:
        if not isinstance(value, Variable):
            raw.append(value)
            needs.append(False)
            continue
        data = value._data
        raw.append(data)
        if not enabled:
            continue
        node = value._node
        if node is not None:
            parents.append(node)
        elif value._leaf:
            parents.append(value)
        else:
            needs.append(False)
            continue
        needs.append(True)
        ports.append(value._port)
        shapes.append(data.shape)
        kinds.append(data.dtype)
    if not parents:
        if out is not None:
            return _run_into(program, raw, out, target, dtypes)
        arrays = program.run(raw, None, target, dtypes)
        if len(arrays) == 1:
            return (wrap(arrays[0]),)
        return tuple([wrap(array) for array in arrays])
    if out is not None:
        raise GraphError(
            f"{program.name}: out= writes into memory that a graph can't follow, and an operand "
            "requires a gradient. Leave out= away, or call inside `with lucid.no_grad():`."
        )
    arrays = program.run(raw, None, target, dtypes)
    node = PointwiseNode()
    results = _results(node, arrays)
    if results is None:
        return tuple([wrap(array) for array in arrays])
    shape = arrays[0].shape
    node.rule = rule = rule_of(program, tuple(needs), tuple(kinds))
    node.parents = tuple(parents)
    node.ports = tuple(ports)
    node.shapes = shapes if shapes.count(shape) != len(shapes) else None
    node.order = next_order()
    node.outputs = len(arrays)
    node.hooks = None
    kept: list[Any] = []
    stamp = 0
    for kind, index in rule.keeps:
        if kind == "output":
            kept.append((arrays[index], results[index]._version))
        else:
            value = values[index]
            kept.append(value)
            if isinstance(value, Variable):
                stamp += value._version[0]
    node.kept = tuple(kept)
    node.stamp = stamp
    return results


def _results(node: PointwiseNode, arrays: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Hang the results on their node; None where none of them can have a gradient."""
    if len(arrays) == 1:
        array = arrays[0]
        return (wrap(array, node),) if array.dtype.kind == "f" else None
    results = []
    found = False
    for port, array in enumerate(arrays):
        floating = array.dtype.kind == "f"
        found = found or floating
        results.append(wrap(array, node if floating else None, port))
    return tuple(results) if found else None


def _run_into(
    program: Any,
    raw: list[Any],
    out: tuple[Any, ...],
    target: str | None,
    dtypes: tuple[np.dtype[Any], ...] | None,
) -> tuple[Any, ...]:
    """Run into the memory of `out` (tensors, arrays or Nones) and return these tensors."""
    arrays = tuple([o._data if isinstance(o, Variable) else o for o in out])
    made = program.run(raw, out=arrays, target=target, dtypes=dtypes)
    results = []
    for given, array in zip(out, made, strict=True):
        if isinstance(given, Variable):
            given._version[0] += 1
            results.append(given)
        else:
            results.append(wrap(array))
    return tuple(results)


def call_pointwise(operation: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Call a pointwise operation of which some argument is a tensor."""
    out = target = None
    if "out" in keywords or "target" in keywords:
        options = dict(keywords)
        target = options.pop("target", None)
        out = options.pop("out", None)
        if out is not None and not isinstance(out, tuple):
            out = (out,)
        keywords = options
    program, values = operation.bind(arguments, keywords)
    results = apply_program(program, values, out, target)
    return results[0] if len(results) == 1 else results
