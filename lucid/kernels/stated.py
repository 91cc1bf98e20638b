"""A stated derivative: the better formula that an operation brings beside its function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lucid.kernels.errors import TraceError
from lucid.kernels.expression import Node, Symbol
from lucid.kernels.expression.dtypes import DType
from lucid.kernels.expression.node import constant, operation
from lucid.kernels.expression.primitive import Primitive

__all__ = ["with_rule"]


def with_rule(
    name: str, rule: Callable[..., Any], outputs: Sequence[Node], symbols: Sequence[Symbol]
) -> Node:
    """Return the output, wrapped in an identity that carries the stated derivative.

    Parameters
    ----------
    name
        The name of the operation.
    rule
        ``rule(gradient, output, *arguments)`` gives the gradients of the arguments.
    outputs
        What the operation's function returned: one value.
    symbols
        The arguments.

    Raises
    ------
    TraceError
        If there are several outputs, or the rule gives not one gradient for each argument.
    """
    if len(outputs) != 1:
        raise TraceError(f"{name}: a stated derivative needs exactly one output")

    def derivative(gradient: Symbol, out: Symbol, value: Symbol, *inner: Symbol) -> Any:
        found = rule(gradient, out, *inner)
        found = found if isinstance(found, tuple) else (found,)
        if len(found) != len(inner):
            raise TraceError(
                f"{name}: its derivative gave {len(found)} gradients for "
                f"{len(inner)} arguments; return one for each, None for zero"
            )
        return None, *(
            part if part is None or isinstance(part, Symbol) else Symbol(constant(part))
            for part in found
        )

    def types(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
        return tuple(dtypes), dtypes[0]

    primitive = Primitive(
        f"{name}_with_derivative",
        types,
        lambda value, *_: value,
        lambda dtype: "{0}",
        derivative,
        arity=1 + len(symbols),
        uniform=lambda arguments: arguments[0].uniform,
    )
    return operation(primitive, (outputs[0], *(symbol.node for symbol in symbols)))
