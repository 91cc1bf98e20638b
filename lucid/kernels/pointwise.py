"""The decorator ``pointwise``: from one scalar function to an operation on arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import numpy as np

from lucid.kernels.derived import derived
from lucid.kernels.expression import Expression, Symbol, trace
from lucid.kernels.expression.node import rebuild
from lucid.kernels.expression.symbol import as_symbol
from lucid.kernels.launch import device
from lucid.kernels.launch.learning import are_known, learn_call, when_ready
from lucid.kernels.launch.program import Program
from lucid.kernels.launch.settings import check_target, get_target
from lucid.kernels.parameters import Parameters
from lucid.kernels.reductions import Reductions
from lucid.kernels.stated import with_rule
from lucid.kernels.targets.functions import install_call
from lucid.kernels.targets.records import Called, Operation

__all__ = ["Pointwise", "pointwise"]


class Pointwise(Called, Reductions):
    """An operation made from a scalar function; see `pointwise`.

    Attributes
    ----------
    name
        The name of the function.
    function
        The scalar function.
    domain
        For each array argument the closed interval on which the operation is defined, or None
        for all real numbers.
    kinks
        Points at which the derivative jumps, for operations of one array argument.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        derivative: Callable[..., Any] | None = None,
        domain: Sequence[tuple[float, float] | None] | tuple[float, float] | None = None,
        kinks: Sequence[float] = (),
    ) -> None:
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self.function = function
        functools.update_wrapper(self, function)
        self.__name__ = self.name
        self._derivative_rule = derivative
        self.kinks = tuple(kinks)
        self._parameters = Parameters(function, self.name)
        self.signature = self._parameters.signature
        self.parameters = self._parameters.values
        self.arrays = self._parameters.arrays
        self._required = self._parameters.required
        #: For calls by position alone: the defaults behind so many arguments.
        self._tails = self._parameters.tails()
        #: The program of a call that gives no options, once it is traced.
        self._plain: Program | None = None
        self.domain = self._domain(domain)
        self._programs: dict[tuple[Any, ...], Program] = {}
        self._calls = Operation(self._general, self._learn)
        self._words = self._calls.words
        self._forms: set[Any] = set()

    def _domain(self, domain: Any) -> tuple[tuple[float, float] | None, ...]:
        if domain is None:
            return (None,) * self._required
        if isinstance(domain[0], (int, float)):
            return (tuple(domain),) * self._required
        return tuple(domain)

    def __repr__(self) -> str:
        return f"<pointwise {self.name}{self.signature}>"

    def __reduce__(self) -> Any:
        # By reference: an operation is found again where its function is defined.
        return self.function.__qualname__

    # Calling.

    def __call__(
        self,
        *arguments: Any,
        out: Any = None,
        target: str | None = None,
        **keywords: Any,
    ) -> Any:
        """Apply the operation to arrays, array-likes and numbers, broadcast against each other.

        Parameters
        ----------
        *arguments, **keywords
            The arguments of the scalar function.
        out
            Array to write to, or a tuple of arrays for several outputs.
        target
            ``"cpu"`` or ``"parallel"`` for this call alone. If the scalar function has an argument
            called ``out`` or ``target``, the keyword means that one.

        Returns
        -------
        numpy.ndarray or tuple of numpy.ndarray
            What NumPy's promotion gives for the dtypes; a NumPy scalar for arguments without
            dimensions.
        """
        # The first call of a process comes here; see `learning` for where the others go.
        return self._learn(*arguments, out=out, target=target, **keywords)

    def _learn(
        self, *arguments: Any, out: Any = None, target: str | None = None, **keywords: Any
    ) -> Any:
        """Answer a call of a new kind, and remember it."""
        result = self._general(*arguments, out=out, target=target, **keywords)
        if self._parameters.own:
            keywords, out, target = self._parameters.claim(keywords, out, target)
        if out is None and target is None and are_known((*arguments, *keywords.values())):
            program, values = self.bind(arguments, keywords)
            form = self._parameters.form(arguments, keywords)
            learn_call(self._calls, self._forms, program.learned, values, form)
        return result

    def _general(
        self, *arguments: Any, out: Any = None, target: str | None = None, **keywords: Any
    ) -> Any:
        """Answer any call."""
        if self._parameters.own:
            keywords, out, target = self._parameters.claim(keywords, out, target)
            arguments, keywords = self._parameters.by_position(arguments, keywords)
        for argument in (*arguments, *keywords.values()) if keywords else arguments:
            kind = type(argument)
            if kind is not np.ndarray and kind is not float and hasattr(kind, "__lucid_call__"):
                return self._hand_over(argument, arguments, keywords, out, target)
        program, values = self.bind(arguments, keywords)
        if out is not None and not isinstance(out, tuple):
            out = (out,)
        results = program.run(values, out, target)
        if out is None and results[0].ndim == 0:
            results = tuple(result[()] for result in results)
        return results if program.outputs > 1 else results[0]

    def _hand_over(
        self,
        taker: Any,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        out: Any,
        target: str | None,
    ) -> Any:
        if out is not None:
            keywords = {**keywords, "out": out}
        if target is not None:
            keywords = {**keywords, "target": target}
        return taker.__lucid_call__(self, arguments, keywords)

    def bind(
        self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> tuple[Program, tuple[Any, ...]]:
        """Return the program for the static options, and the values in its order.

        Raises
        ------
        TypeError
            If the arguments do not fit the scalar function's signature.
        """
        if not keywords:
            tail = self._tails.get(len(arguments))
            if tail is not None:
                unset = self._parameters.unset
                return self._plain or self._program(unset, (*unset.items(),)), arguments + tail
        static, values = self._parameters.bind(arguments, keywords)
        key = (*static.items(),)
        return self._programs.get(key) or self._program(static, key), values

    def _program(self, static: dict[str, Any], key: tuple[Any, ...]) -> Program:
        found = self._programs[key] = Program(self._trace(static))
        if static == self._parameters.unset:
            self._plain = found
        return found

    def _trace(self, static: Mapping[str, Any]) -> Expression:
        traced = trace(self.function, self.name, *self._parameters.split(static), static)
        if self._derivative_rule is None:
            return traced
        symbols = [Symbol(node) for node in traced.inputs]
        output = with_rule(self.name, self._derivative_rule, traced.outputs, symbols)
        return Expression(traced.name, traced.inputs, (output,))

    # Inside of another pointwise function.

    def inline(self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Return what the operation gives on symbols: its expression, put in place."""
        program, values = self.bind(arguments, keywords)
        nodes = [as_symbol(value).node for value in values]
        replaced = rebuild(
            program.expression.outputs, dict(zip(program.expression.inputs, nodes, strict=True))
        )
        symbols = tuple(map(Symbol, replaced))
        return symbols if len(symbols) > 1 else symbols[0]

    # Looking inside.

    @functools.cached_property
    def derivative(self) -> Pointwise:
        """The derivative, as an operation of the same arguments.

        One output for each array argument; a single value for a single one.

        Examples
        --------
        >>> import numpy as np
        >>> from lucid.kernels import tanh
        >>> float(tanh.derivative(np.float64(0.0)))
        1.0
        """
        needs = [name in self.arrays for name in self.parameters]

        derivative = derived(self.bind, needs)
        derivative.__signature__ = self.signature  # type: ignore[attr-defined]
        return Pointwise(derivative, name=f"{self.name}_derivative")

    def source(self, target: str | None = None, dtype: Any = np.float32, **options: Any) -> str:
        """Return the source of the kernel that a call with arrays of ``dtype`` runs.

        Parameters
        ----------
        target
            ``"cpu"`` or ``"parallel"``, which share one kernel, or ``"cuda"``, whose source can be
            seen without a device; by default the target in force.
        dtype
            The dtype of all array arguments.
        **options
            Static options and scalars of the operation.

        Raises
        ------
        TargetError
            If the target is unknown.

        Examples
        --------
        >>> import lucid
        >>> "out[i] = element(x_in[i])" in lucid.relu.source(target="cuda")
        True
        """
        name = target or get_target()
        sample = np.empty(0, dtype)
        program, values = self.bind((sample,) * self._required, options)
        kinds = tuple(
            value.dtype if isinstance(value, np.ndarray) else type(value) for value in values
        )
        if name == "cuda":
            return device.source(program, kinds)
        check_target(name)
        return program.source(kinds)

    def plot(
        self, ax: Any = None, interval: tuple[float, float] | None = None, **options: Any
    ) -> Any:
        """Draw the function and its derivative, with a dot on the values at the kinks.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; by default those of a new figure.
        interval
            The part of the axis to show; by default one that fits domain and kinks.
        **options
            Values for options, scalars and arrays. The first array without one varies; for the
            others a value is chosen, which the title says.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        MissingExtraError
            If Matplotlib is not installed.
        """
        from lucid.kernels.plotting import plot

        return plot(self, ax, interval, options)

    def ufunc(self, dtype: Any = np.float32, **options: Any) -> np.ufunc:
        """Return the operation as a NumPy ufunc for arrays of ``dtype``.

        It is compiled by ``numba.vectorize`` and has NumPy's ``reduce``, ``accumulate``,
        ``outer`` and ``at``. Calls of the operation itself are faster.

        Parameters
        ----------
        dtype
            The dtype of all array arguments.
        **options
            Static options, and numbers for the scalars, which become constants.

        Raises
        ------
        TypeError
            If the operation has several outputs.

        Examples
        --------
        >>> import lucid
        >>> float(lucid.logaddexp.ufunc(np.float64).reduce([0.0, 0.0]).round(6))
        0.693147
        """
        from lucid.kernels.targets.ufunc import ufunc_of

        kind = np.dtype(dtype)
        sample = np.empty(0, kind)
        program, values = self.bind((sample,) * self._required, options)
        if program.outputs > 1:
            raise TypeError(f"{self.name} has {program.outputs} outputs; a ufunc here has one")
        fixed = [None if value is sample else value for value in values]
        return ufunc_of(program.expression, kind, fixed)


when_ready(lambda: install_call(Pointwise, str(Pointwise.__call__.__doc__)))


@overload
def pointwise(function: Callable[..., Any], /) -> Pointwise: ...


@overload
def pointwise(
    *,
    name: str | None = None,
    derivative: Callable[..., Any] | None = None,
    domain: Any = None,
    kinks: Sequence[float] = (),
) -> Callable[[Callable[..., Any]], Pointwise]: ...


def pointwise(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make an operation of a scalar function.

    The function runs once, on symbols. It may use arithmetic, comparisons, ``where`` and every
    operation of the library, which become part of the same kernel. From it follow the kernels
    for every dtype and target, and the derivative, itself an operation.

    Parameters
    ----------
    function
        A Python function or lambda. Arguments without default are arrays. Arguments whose
        default is a number are run-time scalars: a new value compiles nothing. Arguments whose
        default is a string or a flag choose between programs. It returns one value or a tuple.
    name
        A name, for a lambda say.
    derivative
        ``derivative(gradient, output, *arguments)`` gives the gradients of the arguments (None
        for zero), where a better formula is known than the derived one.
    domain
        The interval on which the operation is defined, or one for each array argument (None for
        all numbers). Tests draw their inputs from it.
    kinks
        Points at which the derivative jumps.

    Raises
    ------
    TraceError
        At the first call, if the function can't be traced: it branches on a value, or calls
        what is no operation.

    Examples
    --------
    >>> import numpy as np
    >>> import lucid
    >>> @lucid.pointwise
    ... def squash(x, scale=2.0):
    ...     return x / (scale + abs(x))
    >>> squash(np.array([-2.0, 0.0, 2.0]))
    array([-0.5,  0. ,  0.5])
    >>> squash.derivative(np.array([0.0]))
    array([0.5])
    """
    if function is not None:
        return Pointwise(function, **options)
    return lambda scalar: Pointwise(scalar, **options)
