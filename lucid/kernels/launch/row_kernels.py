"""The row kernels of a program, and how to run them for values of a known form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.kernels.codegen.framed import Result
from lucid.kernels.codegen.passes import RowKernel, write_passes
from lucid.kernels.expression import Expression
from lucid.kernels.expression.dtypes import storage_dtype
from lucid.kernels.launch.convert import native_array
from lucid.kernels.launch.prepared import Prepared
from lucid.kernels.launch.row_space import Grouping, Place, lay_rows, place_of, prepare_rows
from lucid.kernels.launch.signature import GRAIN, Signature

__all__ = ["RowKernels"]

Shape = tuple[int, ...]

#: Elements of a row from which on it pays to compute several vectors side by side.
_SHORT = 192


def _is_partial(place: Place, dtype: np.dtype, grouping: Grouping) -> bool:
    """Whether the kernel leaves something to be folded, or to be rounded."""
    if place.letter not in "ks":
        return bool(place.axes)
    # Totals of columns are kept in memory, where half precision would round each addition.
    return grouping.blocks > 1 or (place.letter == "k" and storage_dtype(dtype) != dtype)


class RowKernels:
    """Compiled kernels, for each expression, list of types and layout."""

    def __init__(self) -> None:
        self._plans: dict[Any, tuple[RowKernel, Any]] = {}

    def prepare(
        self,
        expression: Expression,
        signature: Signature,
        values: Sequence[Any],
        shape: Shape,
        wanted: Sequence[Shape],
        folds: Sequence[str],
    ) -> tuple[Prepared, list[Any]]:
        """Return how to run for values like these, and the values laid out for it.

        Parameters
        ----------
        expression
            What to compute; its outputs are folded along the row already where they have to be.
        signature
            What is known of the types.
        values
            Arrays and numbers.
        shape
            The shape to which they broadcast, which is not empty.
        wanted, folds
            The shape of each result, and the name of the fold of the leading axes.
        """
        arrays = [native_array(values[k]) for k in signature.arrays]
        laid, layout, steps = lay_rows(arrays, shape[:-1])
        places = [
            place_of(shape, goal, fold, uniform=output.uniform)
            for output, goal, fold in zip(expression.outputs, wanted, folds, strict=True)
        ]
        grouping = Grouping.of(shape, columns_folded=any(place.letter == "k" for place in places))
        results = tuple(
            Result(place.letter, place.fold, dtype, _is_partial(place, dtype, grouping))
            for place, dtype in zip(places, signature.results, strict=True)
        )
        kernel, plan = self._plan(expression, signature, layout, results, short=shape[-1] < _SHORT)
        usable = list(values)
        for k, array in zip(signature.arrays, laid, strict=True):
            usable[k] = array
        return prepare_rows(signature, grouping, places, kernel, plan, results, steps), usable

    def _plan(
        self,
        expression: Expression,
        signature: Signature,
        layout: str,
        results: tuple[Result, ...],
        *,
        short: bool,
    ) -> tuple[RowKernel, Any]:
        key = (expression.outputs, signature.kinds, layout, results, short)
        found = self._plans.get(key)
        if found is None:
            from lucid.kernels.targets import compiler, native

            written = write_passes(expression, signature.kinds, layout, results)
            machine = compiler.compile_kernel(written.name, written.source, short=short)
            plan = native.plan(
                machine,
                "c" * len(written.operands),
                written.operands,
                len(results) + len(written.scratch),
                len(signature.scalars),
                max(GRAIN // (written.cost + 3 * len(written.operands)), 1024),
            )
            found = self._plans[key] = written, plan
        return found
