"""``lucid.fuse``: pointwise calls in a row become one kernel."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any, TypeVar, overload

from lucid.autograd.joining import begin, end

__all__ = ["fuse"]

F = TypeVar("F", bound=Callable[..., Any])


class Fused(ContextDecorator):
    """A context manager, and a decorator, inside of which pointwise calls wait."""

    __slots__ = ()

    def __enter__(self) -> None:
        begin()

    def __exit__(self, kind: object, *exception: object) -> None:
        end(kind is None)


@overload
def fuse() -> Fused: ...
@overload
def fuse(function: F) -> F: ...
def fuse(function: Callable[..., Any] | None = None) -> Any:
    """Join pointwise calls on large tensors into one kernel, forward and backward.

    Inside, such a call is only written down. It is made when its value is needed, at the latest at
    the end; and a result that nobody holds any more by then, as ``x * w`` in ``x * w + b``, is not
    an array of its own but a step inside of the kernel that uses it. Values are the same to the
    bit; gradients are those of the joined function.

    Parameters
    ----------
    function : callable, optional
        With a function, ``fuse`` is a decorator; without, a context manager (which can be used as
        a decorator too). A decorator joins more: the function's variables are gone when it ends,
        those of a block are not.

    Notes
    -----
    Joined are operations of `lucid.kernels` with one result, of the same shape, in all dtypes but
    float16 and bfloat16, with 131072 elements or more, on the CPU; up to 24 steps and 12 arrays a
    kernel, which is compiled when it first occurs and kept in the cache. The sum or the mean of
    all elements, or over axes, becomes a part of it too. Other calls are made at once.

    Operations in place, and looking into a tensor by `numpy`, ``np.asarray`` or ``.data``, make
    all calls that wait first. Only writing, inside of the block, to an array of NumPy's that shares
    memory with a tensor since before is not noticed.

    Examples
    --------
    >>> import lucid
    >>> @lucid.fuse
    ... def scaled(x, w, b):
    ...     return lucid.tanh(x * w + b)
    >>> x = lucid.ones((512, 512), requires_grad=True)
    >>> y = scaled(x, 0.5, -0.5)
    >>> y.grad_fn
    'multiply_add_tanh'
    """
    switch = Fused()
    return switch if function is None else switch(function)
