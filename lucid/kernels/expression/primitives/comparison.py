"""Comparisons, classification and logic: results are bool, derivatives are zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lucid.kernels.expression.dtypes import comparison, logic
from lucid.kernels.expression.primitive import by_dtype, define

for _name, _sign, _plain in (
    ("less", "<", np.less),
    ("less_equal", "<=", np.less_equal),
    ("greater", ">", np.greater),
    ("greater_equal", ">=", np.greater_equal),
    ("equal", "==", np.equal),
    ("not_equal", "!=", np.not_equal),
):
    define(_name, comparison, _plain, f"{{0}} {_sign} {{1}}", arity=2)


def _floats_only(floats: Callable[[np.dtype], str], others: str) -> Callable[[np.dtype], str]:
    """Integers and bool are always finite and never NaN."""
    return lambda dtype: floats(dtype) if dtype.kind == "f" else others


define("isnan", comparison, np.isnan, _floats_only(lambda dtype: "isnan({0})", "False"))
define("isinf", comparison, np.isinf, _floats_only(by_dtype("isinf"), "False"))
define("isfinite", comparison, np.isfinite, _floats_only(by_dtype("isfinite"), "True"))

define(
    "signbit",
    comparison,
    lambda x: bool(np.signbit(x)) if x.dtype.kind == "f" else bool(x < 0),
    lambda dtype: {"f": by_dtype("signbit")(dtype), "i": "{0} < 0"}.get(dtype.kind, "False"),
)
define("logical_not", logic, np.logical_not, "not {0}")
define("logical_and", logic, np.logical_and, "{0} & {1}", arity=2)
define("logical_or", logic, np.logical_or, "{0} | {1}", arity=2)
define("logical_xor", logic, np.logical_xor, "{0} ^ {1}", arity=2)
