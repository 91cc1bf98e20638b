"""NumPy's functions on tensors: ``np.exp(tensor)`` calls ``lucid.exp``, ``np.sum`` ``lucid.sum``.

What Lucid has nothing for (``np.median``) is left to NumPy, on the arrays and with an array as the
result. Where that would lose a gradient without a word it is an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np

from lucid import kernels
from lucid.autograd.mode import is_grad_enabled
from lucid.autograd.variable import Variable, requires_grad
from lucid.kernels.errors import DtypeError

__all__ = ["FUNCTIONS", "apply_function", "apply_ufunc"]

#: By the full name of NumPy's function, what takes its place; `lucid.ops` fills it in. The
#: arguments have NumPy's names, or those that `_NAMES` translates.
FUNCTIONS: dict[str, Callable[..., Any]] = {}

#: What Lucid calls an argument of NumPy's.
_NAMES = {
    **dict.fromkeys(("A", "a", "arr", "array", "m", "prototype", "x1"), "x"),
    **dict.fromkeys(("b", "x2"), "y"),
    "ddof": "correction",
}

#: Functions that ask about an array, compare or write it out: their results have no gradient.
_QUESTIONS = frozenset(
    "numpy." + name
    for name in (
        *("allclose", "array2string", "array_equal", "array_equiv", "array_repr", "array_str"),
        *("can_cast", "common_type", "iscomplexobj", "isrealobj", "may_share_memory"),
        *("min_scalar_type", "ndim", "result_type", "save", "savetxt", "savez"),
        *("savez_compressed", "shape", "shares_memory", "size"),
    )
)
#: Functions that write to their first argument.
_WRITERS = frozenset(
    "numpy." + name
    for name in ("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask")
)


def _refuse_arguments(call: str, names: Iterable[str]) -> NoReturn:
    raise DtypeError(
        f"{call} can't be applied to a Tensor with {' '.join(f'{name}=' for name in names)}. Leave "
        "that away, or pass the array, which is outside of the graph: x.numpy()."
    )


def _on_arrays(
    call: str, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """Call NumPy's own function, which is to change no tensor and to lose no gradient."""
    if any(isinstance(x, Variable) for x in _flat(keywords.get("out"))):
        raise DtypeError(
            f"{call}: out= is a Tensor, and Lucid has no operation of that name that could write "
            "to it. Assign the result: x[...] = ..."
        )
    if is_grad_enabled() and any(
        isinstance(x, Variable) and requires_grad(x) for x in _flat((arguments, keywords))
    ):
        raise DtypeError(
            f"{call} can't be applied to a Tensor that requires a gradient: Lucid has nothing of "
            "that name, and NumPy's result would be outside of the graph. Use Lucid's own "
            "functions, or pass the array: x.numpy()."
        )
    return function(*_arrays(arguments), **_arrays(keywords))


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call the operation that has the ufunc's name.

    If there is none, and for a ufunc's methods (``np.add.reduce``), NumPy gets the arrays.

    Raises
    ------
    DtypeError
        If a gradient would be lost then, and for keywords beyond ``out``.
    """
    name = ufunc.__name__
    if method == "__call__" and name == "matmul" and not keywords:
        left, right = inputs
        # By name: NumPy's own `@` would come back here.
        if isinstance(left, Variable):
            return getattr(left, "__matmul__")(right)  # noqa: B009
        return getattr(right, "__rmatmul__")(left)  # noqa: B009
    operation = getattr(kernels, name, None)
    if method != "__call__":
        return _on_arrays(f"np.{name}.{method}", getattr(ufunc, method), inputs, keywords)
    if operation is None:
        return _on_arrays(f"np.{name}", ufunc, inputs, keywords)
    if set(keywords) - {"out"}:
        _refuse_arguments(f"np.{name}", sorted(set(keywords) - {"out"}))
    out = keywords.get("out")
    if out is None:
        return operation(*inputs)
    result = operation(*inputs, out=out)
    # `array += tensor` must leave an array under that name.
    if len(out) == 1 and isinstance(out[0], np.ndarray):
        return out[0]
    return result


def apply_function(function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call what takes the place of a function of NumPy's that is no ufunc.

    Arguments have NumPy's names and order. If there is nothing, NumPy gets the arrays.

    Raises
    ------
    DtypeError
        If a gradient would be lost then, if the function writes to a tensor, or for an argument
        that Lucid's function does not take (``where=``, ``order="F"``).
    """
    full = f"{function.__module__}.{function.__name__}"
    if full in _QUESTIONS:
        return function(*_arrays(arguments), **_arrays(keywords))
    call = full.replace("numpy", "np", 1)
    if full in _WRITERS and isinstance(arguments[0], Variable):
        raise DtypeError(f"{call} can't write to a Tensor. Assign to it: x[...] = ...")
    meaning = FUNCTIONS.get(full)
    if meaning is None:
        return _on_arrays(call, function, arguments, keywords)
    given = _signature(function, meaning).bind(*arguments, **keywords)
    accepted = _parameters(meaning)
    positional: list[Any] = []
    named: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in given.arguments.items():
        parameter = given.signature.parameters[name]
        known = name if name in accepted else _NAMES.get(name, name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += value
        elif _is_default(value, parameter.default):
            continue
        elif parameter.kind is parameter.VAR_KEYWORD or known not in accepted:
            unknown += value if parameter.kind is parameter.VAR_KEYWORD else [name]
        else:
            named[known] = value
    if unknown:
        _refuse_arguments(call, unknown)
    return meaning(*positional, **named)


def _arrays(given: Any) -> Any:
    """Put the arrays in the place of tensors, in containers too."""
    if isinstance(given, Variable):
        return given._data
    if type(given) is dict:
        return {name: _arrays(value) for name, value in given.items()}
    return type(given)(map(_arrays, given)) if type(given) in (tuple, list) else given


def _flat(given: Any) -> Iterator[Any]:
    """Give what lies in containers."""
    if type(given) in (tuple, list, dict):
        for part in given.values() if type(given) is dict else given:
            yield from _flat(part)
    else:
        yield given


def _is_default(value: Any, default: Any) -> bool:
    # An array has no one answer to whether it is equal.
    return value is default or (isinstance(value, str) and value == default)


@lru_cache(maxsize=256)
def _signature(function: Any, meaning: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except ValueError:  # NumPy before 2.4 tells none of what is written in C
        return inspect.signature(meaning)


@lru_cache(maxsize=256)
def _parameters(meaning: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(meaning).parameters)
