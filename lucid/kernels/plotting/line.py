"""An operation along one of its arguments, the others held: what a picture of it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.errors import GraphError
from lucid.kernels.expression.evaluate import evaluate_array

if TYPE_CHECKING:
    from lucid.kernels.pointwise import Pointwise

__all__ = ["Line"]

_PERIODIC = {"sin", "cos", "tan"}
#: Half the width of an interval, from what shows most to what shows least.
_WIDTHS = (4.0, 3.0, 2.0, 1.0)


class Line:
    """Values and derivatives along one argument.

    They come from the plain evaluator, the definition of what every kernel computes: a picture
    then needs no compiler.

    Attributes
    ----------
    varied
        Name of the argument along which it runs: the first array that has no value given.
    held
        The other arguments and their values, those given and those chosen.
    outputs
        The number of outputs of the operation.
    interval
        Where to look at it if nothing else is said.
    """

    def __init__(self, operation: Pointwise, options: Mapping[str, Any]) -> None:
        unknown = sorted(set(options) - set(operation.signature.parameters))
        if unknown:
            raise TypeError(
                f"{operation.name}{operation.signature} has no {', '.join(unknown)}; "
                "give values for its own arguments"
            )
        for name, value in options.items():
            if np.ndim(value):
                raise TypeError(
                    f"{operation.name}: {name} has the shape {np.shape(value)}; a picture holds "
                    "all arguments but one at single numbers"
                )
        free = [name for name in operation.arrays if name not in options]
        if not free:
            raise ValueError(
                f"{operation.name}: every array argument has a value, so nothing varies; leave one "
                f"of {', '.join(operation.arrays)} out"
            )
        self._operation = operation
        self._domains = dict(zip(operation.arrays, operation.domain, strict=False))
        self.varied = free[0]
        self._options = {k: v for k, v in options.items() if k not in operation.arrays}
        self.held: dict[str, Any] = {k: v for k, v in options.items() if k in operation.arrays}
        if free[1:]:
            self.held = self._choose(free[1:])
        self.outputs = self._program(np.zeros(1))[0].outputs
        self.interval = self._interval()

    def _inside(self, name: str, wish: float) -> float:
        """Return the wish, or the middle of a bounded domain."""
        low, high = self._domains.get(name) or (-math.inf, math.inf)
        if math.isfinite(low) and math.isfinite(high):
            return 0.5 * (low + high)
        return min(max(wish, low), high)

    def _choose(self, names: list[str]) -> dict[str, Any]:
        """Return values for arguments that have none: such that the picture tells something.

        They are 1, 2, 3 in turn, or 2, 3, 4 where the former leave a straight line: ``x**2`` says
        more about a power than ``x``.
        """
        low, high = self._domains.get(self.varied) or (-math.inf, math.inf)
        left = low if math.isfinite(low) else min(-2.5, high - 5.0)
        x = np.linspace(left, min(left + 5.0, high), 11)
        given = dict(self.held)
        best, choice = -1, given
        for first in (1.0, 2.0):
            self.held = {**given, **{n: self._inside(n, first + k) for k, n in enumerate(names)}}
            values = self.values(x)[0]
            told = int(np.ptp(values) > 1e-9) + int(np.ptp(np.diff(values)) > 1e-9)
            if told > best:
                best, choice = told, self.held
        return choice

    def _program(self, x: np.ndarray) -> tuple[Any, tuple[Any, ...]]:
        arrays = tuple(
            x if name == self.varied else self.held.get(name, 1.0)
            for name in self._operation.arrays
        )
        return self._operation.bind(arrays, self._options)

    def values(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the outputs at some points, as float64."""
        program, values = self._program(x)
        found = evaluate_array(program.expression, values)
        return tuple(np.broadcast_to(part, x.shape).astype(np.float64) for part in found)

    def derivatives(self, x: np.ndarray) -> tuple[np.ndarray | None, ...]:
        """Return the derivative of each output, None for one that has none.

        Integers and truth values have none, nor has the end of a chain of special functions.
        """
        program, values = self._program(x)
        outputs = evaluate_array(program.expression, values)
        try:
            back = program.backward(tuple(value is x for value in values))
        except GraphError:
            return (None,) * len(outputs)
        found: list[np.ndarray | None] = []
        for index, output in enumerate(outputs):
            if output.dtype.kind != "f":
                found.append(None)
                continue
            seeds = [float(k == index) for k in range(len(outputs))]
            sources = {"input": values, "output": outputs, "gradient": seeds}
            (part,) = evaluate_array(
                back.program.expression, [sources[kind][k] for kind, k in back.reads]
            )
            found.append(np.broadcast_to(part, x.shape).astype(np.float64))
        return tuple(found)

    def _interval(self) -> tuple[float, float]:
        low, high = self._domains.get(self.varied) or (-math.inf, math.inf)
        if math.isfinite(low) and math.isfinite(high):
            return low, high
        program, _ = self._program(np.zeros(1))
        names = {node.primitive.name for node in program.expression.nodes() if node.primitive}
        if names & _PERIODIC:
            return -2.0 * math.pi, 2.0 * math.pi
        kinks = self._operation.kinks or (0.0,)
        first, last = float(min(kinks)), float(max(kinks))
        margin = max(1.0, 0.6 * (last - first))
        for width in _WIDTHS:
            left, right = min(-width, first - margin), max(width, last + margin)
            if math.isfinite(low):
                left, right = low, low + right
            elif math.isfinite(high):
                left, right = high + left, high
            size = np.abs(self.values(np.linspace(left, right, 41))[0])
            # Curves that grow fast hide everything else.
            if np.percentile(size[np.isfinite(size)], 90) <= 25.0:
                break
        return left, right
