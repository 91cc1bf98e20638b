"""The shortest way from the values of a program to the launcher.

Small arrays are where training on a CPU lives, and there Python's own steps cost more than the
kernel. For each pattern of arrays and numbers this module writes one expression that picks the
values apart and calls the launcher, which looks at all else itself and declines what it can't do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from lucid.kernels.targets.layout import EXACT

__all__ = ["EXACT", "Launch", "direct_call"]

#: ``launch(threads, values, out)``: the result, a tuple of results, or False if it declined.
Launch = Callable[[int, Any, Any], Any]


@cache
def direct_call(kinds: tuple[type | None, ...], outputs: int) -> Callable[..., Any]:
    """Return ``call(flat, plan, threads, values, out)`` for a pattern of values.

    Parameters
    ----------
    kinds
        For each value None for an array, or the type of the Python number.
    outputs
        The number of outputs; they are made by the launcher where ``out`` is None.
    """
    conditions = []
    for k, kind in enumerate(kinds):
        if kind is not None:
            conditions.append(f"type(v[{k}]) is {kind.__name__}")
        if kind is int:
            conditions.append(f"{-EXACT} <= v[{k}] <= {EXACT}")
    numbers = "".join(f"v[{k}], " for k, kind in enumerate(kinds) if kind is not None)
    arrays = "".join(f"v[{k}], " for k, kind in enumerate(kinds) if kind is None)
    scalars = f"({numbers})" if numbers else "None"
    head = f"plan, threads, {scalars}, {arrays}"
    made = ", ".join(["None"] * outputs)
    text = f"flat({head}{made}) if out is None else given(flat({head}*out), out)"
    if conditions:
        text = f"({text}) if {' and '.join(conditions)} else False"
    return eval(f"lambda flat, plan, threads, v, out: {text}", {"given": _given})


def _given(found: Any, out: tuple[Any, ...]) -> Any:
    """Return what was written to: the launcher says True where it made nothing."""
    return tuple(out) if found is True else found
