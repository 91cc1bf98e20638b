"""NumPy's ufuncs on tensors: ``np.exp(tensor)`` calls ``lucid.exp``."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.variable import Variable
from lucid.kernels.errors import DtypeError

__all__ = ["apply_ufunc"]


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call the operation that has the ufunc's name.

    Raises
    ------
    DtypeError
        If there is none, or for a ufunc's methods (``np.add.reduce``) and keywords beyond ``out``.
    """
    name = ufunc.__name__
    if method == "__call__" and name == "matmul" and not keywords:
        left, right = inputs
        # By name: NumPy's own `@` would come back here.
        if isinstance(left, Variable):
            return getattr(left, "__matmul__")(right)  # noqa: B009
        return getattr(right, "__rmatmul__")(left)  # noqa: B009
    operation = getattr(kernels, name, None)
    if method != "__call__" or operation is None or set(keywords) - {"out"}:
        call = f"np.{name}" if method == "__call__" else f"np.{name}.{method}"
        extra = "".join(f" {key}=" for key in keywords)
        raise DtypeError(
            f"{call} can't be applied to a Tensor{' with' + extra if extra else ''}. Use Lucid's "
            "own functions, or pass the array: x.numpy()."
        )
    out = keywords.get("out")
    if out is None:
        return operation(*inputs)
    result = operation(*inputs, out=out)
    # `array += tensor` must leave an array under that name.
    if len(out) == 1 and isinstance(out[0], np.ndarray):
        return out[0]
    return result
