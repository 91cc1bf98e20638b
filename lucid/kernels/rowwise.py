"""The decorator ``rowwise``: from a function of a row to an operation on arrays."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import numpy as np

from lucid.kernels.errors import ShapeError
from lucid.kernels.expression import Expression, Symbol, trace
from lucid.kernels.expression.node import rebuild
from lucid.kernels.expression.primitives import rows as language
from lucid.kernels.expression.symbol import as_symbol
from lucid.kernels.launch.row_program import RowProgram
from lucid.kernels.launch.settings import check_target, get_target
from lucid.kernels.parameters import KEYWORDS, Parameters
from lucid.kernels.stated import with_rule

__all__ = [
    "Rowwise",
    "detach",
    "row_index",
    "row_length",
    "row_max",
    "row_min",
    "row_sum",
    "rowwise",
]


class Rowwise:
    """An operation made from a function of a row; see `rowwise`.

    Attributes
    ----------
    name
        The name of the function.
    function
        The function of a row.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        derivative: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self.function = function
        functools.update_wrapper(self, function)
        self.__name__ = self.name
        self._derivative_rule = derivative
        self._parameters = Parameters(function, self.name, KEYWORDS | {"axis"})
        self.signature = self._parameters.signature
        #: For calls by position alone: the defaults behind so many arguments.
        self._tails = self._parameters.tails()
        self._programs: dict[tuple[Any, ...], RowProgram] = {}
        #: The program of a call that gives no options, once it is traced.
        self._plain: RowProgram | None = None

    def __repr__(self) -> str:
        return f"<rowwise {self.name}{self.signature}>"

    def __reduce__(self) -> Any:
        # By reference: an operation is found again where its function is defined.
        return self.function.__qualname__

    def __call__(
        self, *arguments: Any, out: Any = None, target: str | None = None, **keywords: Any
    ) -> Any:
        """Apply the operation to arrays, array-likes and numbers, broadcast against each other.

        Parameters
        ----------
        *arguments, **keywords
            The arguments of the function; and ``axis``, along which the rows lie, by default -1.
        out
            Array to write to, or a tuple of arrays for several outputs.
        target
            ``"cpu"`` or ``"parallel"`` for this call alone. Both give the same bits. If the
            function has an argument called ``out``, ``target`` or ``axis``, the keyword means that
            one.

        Returns
        -------
        numpy.ndarray or tuple of numpy.ndarray
            What is one value for the whole row has length 1 along the rows.
        """
        if self._parameters.own:
            keywords, out, target = self._parameters.claim(keywords, out, target)
            arguments, keywords = self._parameters.by_position(arguments, keywords)
        for argument in (*arguments, *keywords.values()) if keywords else arguments:
            kind = type(argument)
            if kind is not np.ndarray and hasattr(kind, "__lucid_call__"):
                if out is not None:
                    keywords = {**keywords, "out": out}
                if target is not None:
                    keywords = {**keywords, "target": target}
                return argument.__lucid_call__(self, arguments, keywords)
        program, values = self.bind(arguments, keywords)
        if out is not None and not isinstance(out, tuple):
            out = (out,)
        results = program.run(values, out, target)
        return results if len(results) > 1 else results[0]

    def bind(
        self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> tuple[RowProgram, tuple[Any, ...]]:
        """Return the program for the static options, and the values in its order.

        Raises
        ------
        TypeError
            If the arguments do not fit the function's signature.
        ShapeError
            If ``axis`` is out of range.
        """
        if not keywords and self._plain is not None:
            tail = self._tails.get(len(arguments))
            if tail is not None:
                return self._plain, arguments + tail
        axis = -1
        if "axis" in keywords and "axis" not in self._parameters.own:
            keywords = dict(keywords)
            axis = keywords.pop("axis")
        static, values = self._parameters.bind(arguments, keywords)
        key = (*static.items(),)
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = RowProgram(self._trace(static))
            if static == self._parameters.unset:
                self._plain = program
        if axis != -1:
            program = program.along(self._from_end(axis, values))
        return program, values

    def _from_end(self, axis: Any, values: Sequence[Any]) -> int:
        """Return an axis of the values, counted from the end."""
        dims = max((v.ndim if hasattr(v, "ndim") else np.ndim(v) for v in values), default=0)
        number = operator.index(axis)
        if not -dims <= number < dims:
            raise ShapeError(
                f"{self.name}: axis {axis} is out of range for arguments with {dims} axes; "
                f"expected one from {-dims} to {dims - 1}"
            )
        return number - dims if number >= 0 else number

    def _trace(self, static: Mapping[str, Any]) -> Expression:
        positional, keyword = self._parameters.split(static)
        uniform = self._parameters.defaults.keys()
        traced = trace(self.function, self.name, positional, keyword, static, uniform)
        if self._derivative_rule is None:
            return traced
        symbols = [Symbol(node) for node in traced.inputs]
        output = with_rule(self.name, self._derivative_rule, traced.outputs, symbols)
        return Expression(traced.name, traced.inputs, (output,), rowwise=True)

    def inline(self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Return what the operation gives on symbols: its expression, put in place."""
        program, values = self.bind(arguments, keywords)
        nodes = [as_symbol(value).node for value in values]
        inputs = dict(zip(program.expression.inputs, nodes, strict=True))
        symbols = tuple(map(Symbol, rebuild(program.expression.outputs, inputs)))
        return symbols if len(symbols) > 1 else symbols[0]

    def source(self, target: str | None = None, dtype: Any = np.float32, **options: Any) -> str:
        """Return the source of the kernel that a call with arrays of ``dtype`` runs.

        Parameters
        ----------
        target
            ``"cpu"`` or ``"parallel"``, which share one kernel; by default the target in force.
        dtype
            The dtype of all array arguments.
        **options
            Static options and scalars of the operation.

        Raises
        ------
        TargetError
            If the target is unknown.
        """
        check_target(target or get_target())
        sample = np.empty((0, 0), dtype)
        program, values = self.bind((sample,) * self._parameters.required, options)
        kinds = tuple(
            value.dtype if isinstance(value, np.ndarray) else type(value) for value in values
        )
        return program.source(kinds)


@overload
def rowwise(function: Callable[..., Any], /) -> Rowwise: ...


@overload
def rowwise(
    *, name: str | None = None, derivative: Callable[..., Any] | None = None
) -> Callable[[Callable[..., Any]], Rowwise]: ...


def rowwise(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make an operation of a function of a row, the elements along the last axis.

    The function runs once, on symbols that stand for an element of a row. Beside all that a
    `pointwise` function may use, it has `row_sum`, `row_max` and `row_min`, which fold the row to
    one value, `row_index` and `row_length`. From it follow one kernel that goes over each row as
    often as the folds need, on all cores, and the gradients, which are such kernels again.

    Parameters
    ----------
    function
        A Python function or lambda. Arguments without default are arrays, broadcast against each
        other. Arguments whose default is a number are one value for the whole row: numbers, or
        arrays whose last axis has length 1. Arguments whose default is None are arrays that may
        be left away; those whose default is a string or a flag choose between programs. It returns
        one value or a tuple; what is made of folds, numbers and constants alone is one value for
        the whole row and has length 1 along the last axis of the result. A call of the operation
        with ``axis=k`` takes the rows along another axis.
    name
        A name, for a lambda say.
    derivative
        ``derivative(gradient, output, *arguments)`` gives the gradients of the arguments (None
        for zero), where a better formula is known than the derived one. It may fold rows too.

    Raises
    ------
    TraceError
        At the first call, if the function can't be traced: it branches on a value, or calls
        what is no operation.

    Notes
    -----
    Sums of float32 are added up in float32 by the thousand and in float64 beyond that, float16 and
    bfloat16 in float32. A sum with what is the same along the row as a factor may be computed
    without it and multiplied then. NaN goes through all folds. Where several elements are
    the largest or smallest, they share the gradient evenly. Rows without elements have the
    sum 0, and no largest element: a ShapeError.

    Examples
    --------
    >>> import numpy as np
    >>> import lucid
    >>> @lucid.rowwise
    ... def share(x):
    ...     return x / lucid.row_sum(x)
    >>> share(np.array([[1.0, 3.0], [5.0, 5.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    >>> x = lucid.tensor([[1.0, 3.0]], requires_grad=True)
    >>> share(x).backward(lucid.tensor([[1.0, 0.0]]))
    >>> print(x.grad)
    [[0.1875, -0.0625]]
    """
    if function is not None:
        return Rowwise(function, **options)
    return lambda scalar: Rowwise(scalar, **options)


@rowwise
def row_sum(v: Any) -> Any:
    """Sum of the row: `v` added up along the last axis, which stays with length 1.

    All dtypes; integers and bool are added up in 64 bits, float16 and bfloat16 in float32. NaN
    goes through; infinities of both signs give NaN. The gradient goes to every element.

    >>> lucid.row_sum(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[3.],
           [7.]])
    """
    return language.row_sum(v)


@rowwise
def row_max(v: Any) -> Any:
    """Largest element of the row, along the last axis, which stays with length 1.

    Numbers, not bool. NaN goes through. Where several elements are the largest, they share the
    gradient evenly.

    >>> lucid.row_max(np.array([[1.0, 2.0], [4.0, 3.0]]))
    array([[2.],
           [4.]])
    """
    return language.row_max(v)


@rowwise
def row_min(v: Any) -> Any:
    """Smallest element of the row, along the last axis, which stays with length 1.

    Numbers, not bool. NaN goes through. Where several elements are the smallest, they share the
    gradient evenly.

    >>> lucid.row_min(np.array([[1.0, 2.0], [4.0, 3.0]]))
    array([[1.],
           [3.]])
    """
    return language.row_min(v)


def row_index() -> Any:
    """Position of the element in its row, from 0, inside of a `rowwise` function.

    An integer whose dtype is weak, as that of a Python number.

    >>> import lucid, numpy as np
    >>> pick = lucid.rowwise(lambda x, k: lucid.row_sum(lucid.where(lucid.row_index() == k, x, 0)))
    >>> pick(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]))
    array([[2.],
           [3.]])
    """
    return language.row_index()


def row_length() -> Any:
    """Length of the row, inside of a `rowwise` function: one value for the whole row.

    An integer whose dtype is weak, as that of a Python number.

    >>> import lucid, numpy as np
    >>> centre = lucid.rowwise(lambda x: x - lucid.row_sum(x) / lucid.row_length())
    >>> centre(np.array([[1.0, 2.0, 6.0]]))
    array([[-2., -1.,  3.]])
    """
    return language.row_length()


def detach(v: Any) -> Any:
    """Return a value as it is, but constant to the derivative, inside of a traced function.

    Of a tensor it is ``tensor.detach()``, of an array the array. Softmax subtracts the largest
    element for accuracy alone: its gradient cancels, so the derivative need not know of it.

    >>> import lucid
    >>> half = lucid.pointwise(lambda x: x * lucid.kernels.detach(x))
    >>> x = lucid.tensor([3.0], requires_grad=True)
    >>> half(x).backward()
    >>> print(x.grad)
    [3.0]
    """
    if isinstance(v, (Symbol, bool, int, float)):
        return language.detach(v)
    return v.detach() if hasattr(v, "detach") else v
