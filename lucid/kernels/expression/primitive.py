"""What a primitive is: its types, its plain meaning, its source text and its derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.expression.dtypes import DType, TypeRule

if TYPE_CHECKING:
    from lucid.kernels.expression.node import Node
    from lucid.kernels.expression.symbol import Symbol

__all__ = ["FUNCTION", "PRIMITIVES", "Primitive", "by_dtype", "define"]

#: Cost of calling a function, in additions: what an elementary function takes on average.
FUNCTION = 16

#: ``derivative(adjoint, output, *arguments)`` gives one contribution an argument; None is zero.
DerivativeRule = Callable[..., Sequence["Symbol | None"]]
#: ``live(*arguments)`` gives for each argument the condition under which the result depends on
#: it; None means always.
LiveRule = Callable[..., Sequence["Symbol | None"]]


@dataclass(frozen=True, eq=False)
class Primitive:
    """One scalar operation of the expression language.

    Attributes
    ----------
    name
        The name in expressions and, for functions, in generated source.
    types
        From the arguments' types to the types of computation and of the result.
    plain
        The definition: NumPy scalars in, a number out. Every kernel is held against it.
    source
        How generated source writes it for a dtype: a template with ``{0}``, ``{1}`` ..., whose
        operands are atoms or parenthesised.
    derivative
        Reverse-mode rule, or None where the derivative is zero wherever it exists.
    linear
        The contributions are finite multiples of the adjoint by constants: a dead branch needs
        no guard.
    live
        For primitives that choose between their arguments.
    cost
        Rough time of one element, in additions.
    rows
        For the steps that know of a row, see `lucid.kernels.expression.primitives.rows`: the
        name of the fold, or ``"index"``, ``"length"``, ``"spread"``; else empty.
    uniform
        From the arguments to whether the result is one value for the whole row, where that is
        not simply whether all arguments are.
    settled
        For a fold of a row: what it is of an argument that is one value for the whole row.
    """

    name: str
    types: TypeRule
    plain: Callable[..., Any]
    source: Callable[[np.dtype], str]
    derivative: DerivativeRule | None = None
    linear: bool = False
    live: LiveRule | None = None
    arity: int = 1
    cost: int = 1
    rows: str = ""
    uniform: Callable[[Sequence[Node]], bool] | None = None
    settled: Callable[[Node], Node] | None = None

    def __repr__(self) -> str:
        return f"Primitive({self.name})"

    @property
    def is_function(self) -> bool:
        """Whether it is more than arithmetic: a call of an elementary function."""
        return self.cost >= FUNCTION

    def infer(self, dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
        return self.types(dtypes)


def by_dtype(name: str, arity: int = 1) -> Callable[[np.dtype], str]:
    """Return source that calls a helper which exists for each width or kind of number.

    ``name_f32`` and ``name_f64`` for floats, ``name_signed`` and ``name_unsigned`` for integers.
    """
    operands = ", ".join(f"{{{i}}}" for i in range(arity))

    def source(dtype: np.dtype) -> str:
        suffix = {"i": "signed", "u": "unsigned", "b": "unsigned"}.get(dtype.kind)
        return f"{name}_{suffix or f'f{8 * dtype.itemsize}'}({operands})"

    return source


#: Every primitive by name.
PRIMITIVES: dict[str, Primitive] = {}


def define(
    name: str,
    types: TypeRule,
    plain: Callable[..., Any],
    source: str | Callable[[np.dtype], str],
    *,
    arity: int = 1,
    derivative: DerivativeRule | None = None,
    linear: bool = False,
    live: LiveRule | None = None,
    cost: int = 1,
) -> Primitive:
    """Add a primitive to the language."""
    text = source if callable(source) else lambda dtype, template=source: template
    primitive = Primitive(name, types, plain, text, derivative, linear, live, arity, cost)
    if name in PRIMITIVES:
        raise ValueError(f"the primitive {name!r} is defined twice")
    PRIMITIVES[name] = primitive
    return primitive
