"""Whether operations record a graph: ``no_grad``, ``enable_grad``, ``set_grad_enabled``."""

import contextvars
import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np

__all__ = ["enable_grad", "is_grad_enabled", "mode", "no_grad", "set_grad_enabled"]

F = TypeVar("F", bound=Callable[..., Any])


class _Mode(threading.local):
    """One flag a thread: a ``no_grad`` in one thread says nothing about another."""

    enabled: bool = True


mode = _Mode()


class _Quiet(threading.local):
    """``quiet.run(function, *arguments)``: a call of NumPy's without floating-point warnings.

    It costs a tenth of ``np.errstate``, because the state is set once in a context of its own. Only
    for functions on NumPy's arrays: what runs inside sees none of the caller's context variables.
    """

    def __init__(self) -> None:
        context = contextvars.Context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


quiet = _Quiet()


class GradSwitch:
    """A context manager, and a decorator, that sets the flag and puts the old value back."""

    __slots__ = ("_before", "_value")

    def __init__(self, value: bool) -> None:
        self._value = value
        # A list, because one switch may be entered again while it is in force.
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(mode.enabled)
        mode.enabled = self._value

    def __exit__(self, *exception: object) -> None:
        mode.enabled = self._before.pop()

    def __call__(self, function: F) -> F:
        value = self._value

        @functools.wraps(function)
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            before = mode.enabled
            mode.enabled = value
            try:
                return function(*arguments, **keywords)
            finally:
                mode.enabled = before

        return wrapped  # type: ignore[return-value]


class _Immediate(GradSwitch):
    """What ``set_grad_enabled`` returns: the flag is set already, leaving puts it back."""

    __slots__ = ()

    def __init__(self, value: bool) -> None:
        super().__init__(value)
        self._before.append(mode.enabled)
        mode.enabled = value

    def __enter__(self) -> None:
        mode.enabled = self._value

    def __call__(self, function: F) -> F:
        mode.enabled = self._before.pop()
        return super().__call__(function)


@overload
def no_grad() -> GradSwitch: ...
@overload
def no_grad(function: F) -> F: ...
def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """Switch the recording of graphs off, for a block or for a function.

    Results inside have ``requires_grad=False``, whatever their operands have, and tensors that
    require a gradient may be changed in place. The switch holds for the current thread only.

    Parameters
    ----------
    function : callable, optional
        With a function, ``no_grad`` is a decorator; without, a context manager (which can be used
        as a decorator too).

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0, 2.0], requires_grad=True)
    >>> with lucid.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """
    switch = GradSwitch(False)
    return switch if function is None else switch(function)


@overload
def enable_grad() -> GradSwitch: ...
@overload
def enable_grad(function: F) -> F: ...
def enable_grad(function: Callable[..., Any] | None = None) -> Any:
    """Switch the recording of graphs on again inside a ``no_grad`` block.

    Parameters
    ----------
    function : callable, optional
        As in `no_grad`.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0], requires_grad=True)
    >>> with lucid.no_grad(), lucid.enable_grad():
    ...     y = x * 2
    >>> y.requires_grad
    True
    """
    switch = GradSwitch(True)
    return switch if function is None else switch(function)


def set_grad_enabled(enabled: bool) -> GradSwitch:
    """Set the recording of graphs at once; as a context manager, for a block.

    Parameters
    ----------
    enabled : bool
        Whether operations in this thread record a graph from now on.

    Examples
    --------
    >>> import lucid
    >>> training = False
    >>> with lucid.set_grad_enabled(training):
    ...     y = lucid.tensor([1.0], requires_grad=True) * 2
    >>> y.requires_grad
    False
    """
    return _Immediate(bool(enabled))


def is_grad_enabled() -> bool:
    """Whether operations in this thread record a graph.

    Examples
    --------
    >>> import lucid
    >>> lucid.is_grad_enabled()
    True
    """
    return mode.enabled
