"""Symbols: what a scalar function sees instead of numbers while it is traced."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import numpy as np

from lucid.kernels.errors import TraceError
from lucid.kernels.expression.node import Node, Number, constant, operation
from lucid.kernels.expression.primitive import PRIMITIVES

__all__ = ["Symbol", "apply", "as_symbol"]


#: NumPy's names of primitives that have another name here.
_UFUNC_NAMES = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "fabs": "abs",
    "invert": "bitwise_not",
    "power": "pow",
    "rint": "round",
    "true_divide": "divide",
}


def as_symbol(value: Any) -> Symbol:
    """Return a symbol for a number, or the symbol itself."""
    if isinstance(value, Symbol):
        return value
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, (bool, int, float)):
        return Symbol(constant(value))
    raise TraceError(
        f"{_where()}: a pointwise function met {_describe(value)}, which can't become part of "
        "its expression; make it an argument of the function (arrays) or a keyword argument "
        "with a number as default (scalars)"
    )


def apply(name: str, *arguments: Symbol | Number) -> Symbol:
    """Apply the primitive ``name``."""
    primitive = PRIMITIVES[name]
    nodes = tuple(as_symbol(argument).node for argument in arguments)
    assert len(nodes) == primitive.arity, (name, len(nodes))
    return Symbol(operation(primitive, nodes))


def _describe(value: object) -> str:
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    shape = getattr(value, "shape", None)
    return f"a value of type {kind}" + (f" and shape {shape}" if shape is not None else "")


def _where() -> str:
    """Name the line of the user's function that is being traced."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith("lucid.kernels.expression"):
            code = frame.f_code
            return f"{code.co_filename}, line {frame.f_lineno}, in {code.co_name}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "in a pointwise function"


def _refuse(what: str, mend: str) -> NoReturn:
    raise TraceError(
        f"{_where()}: {what}. A pointwise function is traced once with symbols, which stand for "
        f"every element at the same time; {mend}"
    )


class Symbol:
    """A scalar of an expression under construction, with the operators of a number."""

    __slots__ = ("node",)
    # NumPy must not loop over a symbol: its ufuncs and operators come to __array_ufunc__.
    __array_priority__ = 1000

    def __init__(self, node: Node) -> None:
        self.node = node

    def __repr__(self) -> str:
        return f"Symbol({self.node!r})"

    # Identity of the node is identity of the value: `==` builds an expression instead.
    def __hash__(self) -> int:
        return hash(self.node)

    def __add__(self, other: Symbol | Number) -> Symbol:
        return apply("add", self, other)

    def __radd__(self, other: Number) -> Symbol:
        return apply("add", other, self)

    def __sub__(self, other: Symbol | Number) -> Symbol:
        return apply("subtract", self, other)

    def __rsub__(self, other: Number) -> Symbol:
        return apply("subtract", other, self)

    def __mul__(self, other: Symbol | Number) -> Symbol:
        return apply("multiply", self, other)

    def __rmul__(self, other: Number) -> Symbol:
        return apply("multiply", other, self)

    def __truediv__(self, other: Symbol | Number) -> Symbol:
        return apply("divide", self, other)

    def __rtruediv__(self, other: Number) -> Symbol:
        return apply("divide", other, self)

    def __floordiv__(self, other: Symbol | Number) -> Symbol:
        return apply("floor_divide", self, other)

    def __rfloordiv__(self, other: Number) -> Symbol:
        return apply("floor_divide", other, self)

    def __mod__(self, other: Symbol | Number) -> Symbol:
        return apply("remainder", self, other)

    def __rmod__(self, other: Number) -> Symbol:
        return apply("remainder", other, self)

    def __pow__(self, other: Symbol | Number) -> Symbol:
        return power(self, other)

    def __rpow__(self, other: Number) -> Symbol:
        return power(other, self)

    def __neg__(self) -> Symbol:
        return apply("negative", self)

    def __pos__(self) -> Symbol:
        return self

    def __abs__(self) -> Symbol:
        return apply("abs", self)

    def __invert__(self) -> Symbol:
        return apply("bitwise_not", self)

    def __and__(self, other: Symbol | Number) -> Symbol:
        return apply("bitwise_and", self, other)

    def __rand__(self, other: Number) -> Symbol:
        return apply("bitwise_and", other, self)

    def __or__(self, other: Symbol | Number) -> Symbol:
        return apply("bitwise_or", self, other)

    def __ror__(self, other: Number) -> Symbol:
        return apply("bitwise_or", other, self)

    def __xor__(self, other: Symbol | Number) -> Symbol:
        return apply("bitwise_xor", self, other)

    def __rxor__(self, other: Number) -> Symbol:
        return apply("bitwise_xor", other, self)

    def __lshift__(self, other: Symbol | Number) -> Symbol:
        return apply("left_shift", self, other)

    def __rlshift__(self, other: Number) -> Symbol:
        return apply("left_shift", other, self)

    def __rshift__(self, other: Symbol | Number) -> Symbol:
        return apply("right_shift", self, other)

    def __rrshift__(self, other: Number) -> Symbol:
        return apply("right_shift", other, self)

    def __lt__(self, other: Symbol | Number) -> Symbol:
        return apply("less", self, other)

    def __le__(self, other: Symbol | Number) -> Symbol:
        return apply("less_equal", self, other)

    def __gt__(self, other: Symbol | Number) -> Symbol:
        return apply("greater", self, other)

    def __ge__(self, other: Symbol | Number) -> Symbol:
        return apply("greater_equal", self, other)

    def __eq__(self, other: object) -> Symbol:  # type: ignore[override]  # builds an expression
        return apply("equal", self, other)  # type: ignore[arg-type]  # as_symbol refuses the rest

    def __ne__(self, other: object) -> Symbol:  # type: ignore[override]
        return apply("not_equal", self, other)  # type: ignore[arg-type]

    def __floor__(self) -> Symbol:
        return apply("floor", self)

    def __ceil__(self) -> Symbol:
        return apply("ceil", self)

    def __trunc__(self) -> Symbol:
        return apply("trunc", self)

    def __round__(self, digits: None = None) -> Symbol:
        if digits is not None:
            _refuse("round(x, digits) has no expression", "use round(x * 10**digits) / 10**digits")
        return apply("round", self)

    # What follows can't be traced: each says what to write instead.

    def __bool__(self) -> NoReturn:  # noqa: PLE0304  # it always raises
        _refuse(
            "a symbol was asked for True or False (by `if`, `while`, `and`, `or`, `not`, `min`, "
            "`max` or a chained comparison)",
            "write where(condition, a, b) for a choice, & | ~ for logic, minimum and maximum "
            "for min and max",
        )

    def _number(self, *_: object) -> NoReturn:
        _refuse(
            "a symbol was turned into a Python number (by float(), int(), a function of the "
            "module math, or an index)",
            "use the function of the same name from lucid (lucid.exp for math.exp)",
        )

    __float__ = __int__ = __complex__ = __index__ = _number

    def _sequence(self, *_: object) -> NoReturn:
        _refuse(
            "a symbol was used as an array (indexed, iterated, or asked for its length)",
            "a pointwise function sees one element; pass neighbouring elements as arguments",
        )

    __iter__ = __len__ = __getitem__ = __setitem__ = __contains__ = __array__ = _sequence

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Let ``numpy.exp(symbol)`` mean ``exp(symbol)``."""
        name = _UFUNC_NAMES.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or keywords or name not in PRIMITIVES:
            _refuse(
                f"numpy.{ufunc.__name__} was called on a symbol",
                "use the operations of lucid inside a pointwise function",
            )
        return apply(name, *inputs)

    def __lucid_call__(self, called: Any, arguments: tuple[Any, ...], keywords: Any) -> Any:
        """Inline an operation that is called on symbols: this is all that fusion takes."""
        if "out" in keywords or "target" in keywords:
            _refuse(f"{called.name} was called with out= or target=", "leave them away")
        return called.inline(arguments, keywords)


def power(base: Symbol | Number, exponent: Symbol | Number) -> Symbol:
    """Return ``base ** exponent``; the usual constants become products or a root, as in NumPy."""
    if not isinstance(base, Symbol) or not isinstance(exponent, (int, float)):
        return apply("pow", base, exponent)
    if exponent == 0.5:
        return apply("sqrt", base)
    if exponent == -1.0 and isinstance(exponent, float):
        return 1.0 / base
    if exponent not in (1, 2, 3, 4):
        return apply("pow", base, exponent)
    if isinstance(exponent, float):  # makes an integer array a float one, and is exact
        base = base * 1.0
    square = apply("square", base)
    return {1: base, 2: square, 3: square * base, 4: apply("square", square)}[int(exponent)]
