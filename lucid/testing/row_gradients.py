"""The part of a row's battery that differentiates: gradients, and gradients of gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.kernels import Rowwise
from lucid.kernels.launch.row_program import RowProgram
from lucid.testing.course import Course, Scope, reads_of
from lucid.testing.reference import run
from lucid.testing.row_reference import check_row_gradients, check_row_values, draw_seeds
from lucid.testing.row_samples import RowSamples
from lucid.testing.row_tensors import check_row_tensors

__all__ = ["SPECIAL", "RowGradients"]

#: Enough rows of six that every special value is among them.
SPECIAL = 40


class RowGradients(Course):
    """A check of a function of a row, as far as derivatives go.

    Parameters
    ----------
    operation
        The operation.
    samples
        Draws its arguments.
    scope
        How much is checked.
    rows
        Rows for each dtype and length that are compared with the exact value.
    """

    def __init__(self, operation: Rowwise, samples: RowSamples, scope: Scope, rows: int) -> None:
        super().__init__(operation.name, scope)
        self.operation = operation
        self.samples = samples
        self.rows = rows

    def bind(self, arguments: Mapping[str, Any]) -> tuple[RowProgram, tuple[Any, ...]]:
        """Return the program for these arguments, and the values in its order."""
        return self.operation.bind((), arguments)

    def gradients(self, kind: np.dtype, place: str) -> None:
        """Hold gradients against exact ones, through kernels and through tensors."""
        largest = 0.0
        for full in self.samples.forms:
            for length in (1, 5):
                drawn = self.samples.draw(kind, self.rows, length, full=full)
                program, values = self.bind(drawn)
                needs = self.differentiable(program, values)
                if needs is None:
                    return
                found, exact = check_row_gradients(program, values, kind, needs, place)
                largest = max(largest, self.note(found))
                check_row_tensors(self.operation, drawn, exact, {}, place)
                cut = self._cut(drawn)
                if cut:
                    whole = {
                        name: np.broadcast_to(cut.get(name, value), np.shape(value)).copy()
                        if name in cut
                        else value
                        for name, value in drawn.items()
                    }
                    program, values = self.bind(whole)
                    found, exact = check_row_gradients(program, values, kind, needs, place)
                    check_row_tensors(self.operation, whole, exact, cut, place)
            drawn = self.samples.draw(kind, SPECIAL, 6, full=full, special=True)
            self._special_gradients(drawn, kind, place)
        self.report.gradient_error[self.label(kind, place)] = largest

    def _cut(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments behind the first as one row for all, or one number for all rows."""
        arrays = [name for name, value in drawn.items() if isinstance(value, np.ndarray)]
        return {name: drawn[name][:1] for name in arrays[1:]}

    def _special_gradients(self, drawn: Mapping[str, Any], kind: np.dtype, place: str) -> None:
        program, values = self.bind(drawn)
        needs = self.differentiable(program, values)
        assert needs is not None
        backward, reads = _derivative(program, values, needs, kind, place)
        results = run(backward, reads, place, dtypes=(kind,) * sum(needs))
        self.note(check_row_values(backward, reads, results, place))

    def second(self, place: str) -> None:
        kind = np.dtype(np.float64)
        drawn = self.samples.draw(kind, max(self.rows // 2, 1), 3, full=self.samples.forms[-1])
        program, values = self.bind(drawn)
        needs = self.differentiable(program, values)
        if needs is None:
            return
        backward, reads = _derivative(program, values, needs, kind, place)
        again = self.differentiable(backward, reads)
        if again is not None:
            found, _ = check_row_gradients(backward, reads, kind, again, place)
            self.report.second_error[self.label(kind, place)] = self.note(found)


def _derivative(
    program: RowProgram,
    values: Sequence[Any],
    needs: tuple[bool, ...],
    kind: np.dtype,
    place: str,
) -> tuple[RowProgram, Any]:
    """Return the program of the gradients, and what it reads."""
    back = program.backward(needs)
    outputs = run(program, values, place)
    assert isinstance(back.program, RowProgram)
    return back.program, reads_of(back, values, outputs, draw_seeds(outputs, kind))
