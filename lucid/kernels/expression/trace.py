"""Trace: run the scalar function once on symbols and keep the expression."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from lucid.kernels.errors import LucidError, TraceError
from lucid.kernels.expression.node import Expression, input_node
from lucid.kernels.expression.symbol import Symbol, as_symbol

__all__ = ["trace"]


def trace(
    function: Callable[..., Any],
    name: str,
    positional: Sequence[str],
    keyword: Sequence[str],
    static: Mapping[str, Any],
    uniform: Collection[str] | None = None,
) -> Expression:
    """Return the expression of ``function``.

    Parameters
    ----------
    function
        Scalar Python function; returns one value or a tuple of values.
    name
        Name of the expression.
    positional, keyword
        Names of the arguments that become symbols.
    static
        Arguments that are passed as they are (strings, flags).
    uniform
        For a function of a row: the names of the arguments that are one value for a whole row.
        None for a function of one element.
    """
    names = [*positional, *keyword]
    inputs = tuple(
        input_node(argument, i, argument in (uniform or ())) for i, argument in enumerate(names)
    )
    symbols = dict(zip(names, map(Symbol, inputs), strict=True))
    try:
        result = function(
            *(symbols[argument] for argument in positional),
            **{argument: symbols[argument] for argument in keyword},
            **static,
        )
    except LucidError:
        raise
    except Exception as error:
        raise TraceError(
            f"{name} can't be traced: its function raised {type(error).__name__}: {error}. "
            "A pointwise function may use arithmetic, comparisons and the operations of lucid"
        ) from error
    outputs = result if isinstance(result, tuple) else (result,)
    if not outputs or any(output is None for output in outputs):
        raise TraceError(
            f"{name} returned {result!r}; a pointwise function returns a value or a tuple of values"
        )
    expression = Expression(
        name,
        inputs,
        tuple(as_symbol(output).node for output in outputs),
        rowwise=uniform is not None,
    )
    check(expression)
    return expression


def check(expression: Expression) -> None:
    """Raise unless every node is well formed and every input belongs to the expression."""
    own = set(expression.inputs)
    for node in expression.nodes():
        if node.is_input and node not in own:
            raise TraceError(
                f"{expression.name} uses {node.name!r}, a symbol of another trace; "
                "pass it as an argument"
            )
        if node.primitive is not None and len(node.arguments) != node.primitive.arity:
            raise TraceError(
                f"{expression.name}: {node.primitive.name} takes {node.primitive.arity} "
                f"arguments, got {len(node.arguments)}"
            )
        if node.primitive is not None and node.primitive.rows and not expression.rowwise:
            raise TraceError(
                f"{expression.name} calls {node.primitive.name}, which looks at a whole row, but a "
                "pointwise function sees one element; decorate it with lucid.rowwise instead of "
                "lucid.pointwise"
            )
