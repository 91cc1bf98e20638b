"""Gradients of functions of a row as tensors give them: recorded or not, broadcast or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from mpmath import mp

from lucid.autograd import grad
from lucid.kernels import Rowwise
from lucid.kernels.targets.cuda import to_host
from lucid.tensors import Tensor
from lucid.testing.precise import DIGITS, ulp
from lucid.testing.report import CheckError
from lucid.testing.row_precise import Row
from lucid.testing.row_reference import Gradients, draw_seeds

__all__ = ["check_row_tensors"]


def check_row_tensors(
    operation: Rowwise,
    arguments: Mapping[str, Any],
    exact: Gradients,
    cut: Mapping[str, np.ndarray],
    place: str,
) -> None:
    """Hold the gradients of tensors against the exact ones of the program.

    Parameters
    ----------
    operation
        The operation.
    arguments
        Arrays of the full shape, and numbers, by name.
    exact
        The gradients for these.
    cut
        Arguments that are given in a smaller shape instead and broadcast: their gradients are those
        of all rows, added up.
    place
        Where the tensors lie.

    Raises
    ------
    CheckError
        If one is farther away than rounding explains.
    """
    program, _ = operation.bind((), arguments)
    names = [program.expression.inputs[i].name for i in exact.wanted]
    for recorded in (False, True):
        tensors = {
            name: Tensor(cut.get(name, value), requires_grad=value.dtype.kind == "f", device=place)
            for name, value in arguments.items()
            if isinstance(value, np.ndarray)
        }
        given = {**arguments, **tensors}
        # By position: an argument may be called `target`, which means something else in a call.
        results = operation(
            *[given.get(name, p.default) for name, p in operation.signature.parameters.items()]
        )
        outputs = results if isinstance(results, tuple) else (results,)
        # Of the program's outputs: the seeds are to be the same.
        seeds = draw_seeds([to_host(y._data) for y in outputs], _float_dtype(tensors))
        smooth = [k for k, y in enumerate(outputs) if y.requires_grad]
        roots = [name for name in names if name in tensors]
        found = grad(
            [outputs[k] for k in smooth],
            [tensors[name] for name in roots],
            [Tensor(seeds[k].astype(outputs[k].dtype), device=place) for k in smooth],
            create_graph=recorded,
            allow_unused=True,
        )
        for name, gradient in zip(roots, found, strict=True):
            k = names.index(name)
            what = (
                f"{operation.name}: the gradient of the tensor {name}"
                + " with its graph" * recorded
            )
            if gradient is None:
                if np.any(exact.kernel[k] != 0):
                    raise CheckError(f"{what} is None; expected {exact.kernel[k]!r}")
                continue
            array = to_host(gradient._data)
            if array.shape != tensors[name].shape:
                raise CheckError(
                    f"{what} has the shape {array.shape}; expected {tensors[name].shape}"
                )
            _hold(what, array, exact.exact[k], exact.kernel[k])


def _float_dtype(tensors: Mapping[str, Tensor]) -> np.dtype:
    return next(t.dtype for t in tensors.values() if t.dtype.kind == "f")


def _hold(what: str, got: np.ndarray, exact: list[Row | None], kernel: np.ndarray) -> None:
    """Hold a gradient against the exact rows, or their sum."""
    folded = got.shape[0] != len(exact)
    groups = [list(range(len(exact)))] if folded else [[r] for r in range(len(exact))]
    for place, rows in enumerate(groups):
        known = [exact[r] for r in rows]
        for column in range(got.shape[1]):
            number = got[place, column]
            with mp.workdps(DIGITS):
                parts = [(row[column], r) for row, r in zip(known, rows, strict=True) if row]
                if len(parts) == len(rows):
                    value = mp.fsum(v for (v, _), _ in parts)
                    size = mp.fsum(abs(v) + e for (v, e), _ in parts)
                    error = mp.fsum(e for (_, e), _ in parts)
                    eps = mp.mpf(float(np.finfo(got.dtype).eps))
                    # What is saved for the backward kernel is rounded on the way.
                    error = 4 * error + len(rows) * size * eps + ulp(abs(value), got.dtype)
                else:
                    numbers = kernel[rows, column].astype(np.float64)
                    value = mp.mpf(float(numbers.sum()))
                    error = mp.mpf(1e-4 * float(np.abs(numbers).sum()) + 1e-30)
                if abs(mp.mpf(number.item()) - value) > error:
                    raise CheckError(
                        f"{what} is wrong at {(place, column)}\n  got      {number!r}\n"
                        f"  expected {mp.nstr(value, 20)}, within {mp.nstr(error, 3)}"
                    )
