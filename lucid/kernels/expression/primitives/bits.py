"""Bits of integers (and of bool, where NumPy takes it)."""

from __future__ import annotations

import numpy as np

from lucid.kernels.expression.dtypes import integral
from lucid.kernels.expression.primitive import by_dtype, define

define("bitwise_and", integral("bitwise_and"), np.bitwise_and, "{0} & {1}", arity=2)
define("bitwise_or", integral("bitwise_or"), np.bitwise_or, "{0} | {1}", arity=2)
define("bitwise_xor", integral("bitwise_xor"), np.bitwise_xor, "{0} ^ {1}", arity=2)
define(
    "bitwise_not",
    integral("bitwise_not"),
    np.invert,
    lambda dtype: "not {0}" if dtype.kind == "b" else "~{0}",
)
define(
    "left_shift",
    integral("left_shift", boolean=False),
    np.left_shift,
    by_dtype("left_shift", 2),
    arity=2,
)
define(
    "right_shift",
    integral("right_shift", boolean=False),
    np.right_shift,
    by_dtype("right_shift", 2),
    arity=2,
)
