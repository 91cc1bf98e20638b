"""A NumPy ufunc from an expression, by ``numba.vectorize``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.kernels.codegen import write_scalar_function
from lucid.kernels.expression import Expression, infer
from lucid.kernels.expression.infer import output_dtypes
from lucid.kernels.expression.node import Number, constant

__all__ = ["ufunc_of"]


def ufunc_of(expression: Expression, dtype: np.dtype, fixed: Sequence[Number | None]) -> np.ufunc:
    """Compile an expression to a ufunc with a single loop.

    The loop runs over strided operands through NumPy's iterator, so ``casting=``, ``reduce``,
    ``outer`` and ``at`` work. It is slower than the flat kernel (no vector code where a stride is
    not the element's size, an indirect call a chunk), which is why the launcher does not use it.

    Parameters
    ----------
    expression
        What to compute; it has one output.
    dtype
        The dtype of the ufunc's operands.
    fixed
        For each input None for an operand, or the number that takes its place.
    """
    import numba

    inputs = list(zip(expression.inputs, fixed, strict=True))
    kept = tuple(node for node, value in inputs if value is None)
    nodes = [node if value is None else constant(value) for node, value in inputs]
    bound = Expression(expression.name, kept, expression.substitute(nodes))
    kinds = (dtype,) * len(kept)
    (output,) = output_dtypes(bound, infer(bound, kinds), kinds)
    name, source = write_scalar_function(bound, kinds, output)
    namespace: dict[str, Any] = {"__name__": f"lucid.generated.{name}"}
    exec(compile(source, f"<lucid ufunc {name}>", "exec"), namespace)
    signature = numba.from_dtype(output)(*map(numba.from_dtype, kinds))
    vectorize: Any = numba.vectorize
    return vectorize([signature], nopython=True)(namespace[name]).ufunc
