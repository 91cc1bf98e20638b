"""The derivative of an operation as a scalar function, of which an operation can be made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lucid.kernels.expression import Symbol
from lucid.kernels.expression.node import constant, rebuild
from lucid.kernels.expression.symbol import as_symbol

__all__ = ["derived"]


def derived(bind: Callable[..., tuple[Any, Any]], needs: Sequence[bool]) -> Callable[..., Any]:
    """Return the function of the gradients.

    Parameters
    ----------
    bind
        Gives the operation's program and its values for arguments.
    needs
        For each value whether its gradient is wanted.
    """

    def derivative(*symbols: Symbol, **keywords: Symbol) -> Any:
        program, values = bind(symbols, keywords)
        wanted = tuple(needs[: len(values)])
        back = program.backward(wanted)
        outputs = rebuild(
            program.expression.outputs,
            dict(
                zip(
                    program.expression.inputs,
                    (as_symbol(value).node for value in values),
                    strict=True,
                )
            ),
        )
        sources = {
            "input": [as_symbol(value).node for value in values],
            "output": list(outputs),
            "gradient": [constant(1.0)] * len(outputs),
        }
        found = back.program.expression.substitute([sources[k][i] for k, i in back.reads])
        symbols_ = tuple(map(Symbol, found))
        return symbols_ if len(symbols_) > 1 else symbols_[0]

    return derivative
