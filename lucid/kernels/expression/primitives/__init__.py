"""The language: about a hundred scalar primitives, each stated once, in one place."""

from lucid.kernels.expression.primitives import (
    arithmetic,
    bits,
    choice,
    comparison,
    functions,
    random,
    rounding,
    rows,
)

__all__ = [
    "arithmetic",
    "bits",
    "choice",
    "comparison",
    "functions",
    "random",
    "rounding",
    "rows",
]
