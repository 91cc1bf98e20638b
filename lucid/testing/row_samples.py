"""Arguments to test a function of a row with, drawn by what its signature says of each."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lucid.kernels import Rowwise
from lucid.testing.samples import column, special_values

__all__ = ["RowSamples"]

#: How many elements a dtype's special values may have in size, so that their sums stay finite.
_LARGEST = {"float32": 1e30, "float64": 1e300}


class RowSamples:
    """Draws rows for the arguments of an operation.

    Parameters
    ----------
    operation
        The operation.
    options
        Arguments that are fixed.
    domain
        By the name of an argument the least and the largest number that it may be.
    seed
        Of the random numbers.
    """

    def __init__(
        self,
        operation: Rowwise,
        options: Mapping[str, Any],
        domain: Mapping[str, tuple[float, float]],
        seed: int,
    ) -> None:
        self.options = dict(options)
        self.domain = dict(domain)
        self.seed = seed
        #: What is one number an element, what may be left away, what is one number a row.
        self.arrays: list[str] = []
        self.optional: list[str] = []
        self.numbers: dict[str, Any] = {}
        for parameter in operation.signature.parameters.values():
            if parameter.name in self.options:
                continue
            if parameter.default is inspect.Parameter.empty:
                self.arrays.append(parameter.name)
            elif parameter.default is None:
                self.optional.append(parameter.name)
            elif not isinstance(parameter.default, (str, bool)):
                self.numbers[parameter.name] = parameter.default

    @property
    def forms(self) -> tuple[bool, ...]:
        """Whether everything is given as arrays: once not, and once so if that differs."""
        return (False, True) if self.optional or self.numbers else (False,)

    def draw(
        self, kind: np.dtype, rows: int, length: int, *, full: bool, special: bool = False
    ) -> dict[str, Any]:
        """Return arguments by name.

        Parameters
        ----------
        kind
            The dtype of arrays; class numbers and the like are int64.
        rows, length
            The shape of arrays of elements; what is one value a row has one column.
        full
            Give what may be left away, and arrays for numbers.
        special
            Put special values among the elements.
        """
        random = np.random.default_rng(self.seed)
        found: dict[str, Any] = {}
        for name in (*self.arrays, *self.optional * full):
            drawn = self._elements(random, name, kind, rows * length, special)
            found[name] = drawn.reshape(rows, length)
        if length > 1:
            # Ties: in some rows the largest element is there twice, in some the smallest.
            for array in found.values():
                for first, extreme in ((0, np.max), (2, np.min)):
                    array[first::4, 0] = array[first::4, -1] = extreme(array[first::4], axis=1)
        for name, default in self.numbers.items():
            if full:
                found[name] = self._a_row(random, name, kind, default, rows, length)
            elif isinstance(default, float) and kind.kind == "f":
                # The kernel has it in its dtype anyway.
                found[name] = float(kind.type(default))
        return {**found, **self.options}

    def _elements(
        self, random: np.random.Generator, name: str, kind: np.dtype, count: int, special: bool
    ) -> np.ndarray:
        found = column(random, kind, self.domain.get(name), (), count, False)
        if special:
            values = special_values(kind)
            limit = _LARGEST.get(kind.name, math.inf)
            # Beyond that a sum depends on the order in which it is added up.
            values = values[~(np.isfinite(values) & (np.abs(values.astype(np.float64)) > limit))]
            chosen = random.random(count) < 0.25
            found[chosen] = np.resize(random.permutation(values), int(chosen.sum()))
        return found

    def _a_row(
        self,
        random: np.random.Generator,
        name: str,
        kind: np.dtype,
        default: Any,
        rows: int,
        length: int,
    ) -> np.ndarray:
        if name in self.domain:
            low, high = self.domain[name]
        else:
            low, high = (0.5 * default, 2.0 * default) if default else (0.0, 1.0)
        if isinstance(default, int):
            # A place in the row, or whatever an integer may stand for.
            high = length - 1 if name not in self.domain else high
            return random.integers(min(0, int(low)), max(int(high), 0), (rows, 1), endpoint=True)
        return np.asarray(random.uniform(low, high, (rows, 1)), kind if kind.kind == "f" else None)
