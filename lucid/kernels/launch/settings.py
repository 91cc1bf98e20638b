"""Which target runs a kernel: a default for the process, and a context for a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lucid.kernels.errors import TargetError

__all__ = ["TARGETS", "check_target", "get_target", "set_target", "target"]

#: What a kernel can run on.
TARGETS = ("cpu", "parallel")

_default = "parallel"
#: A block's choice holds for the thread (or task) that entered it.
_chosen: ContextVar[str | None] = ContextVar("lucid_target", default=None)


def check_target(name: str) -> str:
    """Return ``name`` if it is a target, else raise.

    Raises
    ------
    TargetError
        If the name is unknown.
    """
    if name not in TARGETS:
        raise TargetError(f"unknown target {name!r}; expected one of {', '.join(TARGETS)}")
    return name


def get_target() -> str:
    """Return the target in force.

    Examples
    --------
    >>> import lucid
    >>> lucid.get_target()
    'parallel'
    """
    return _chosen.get() or _default


def set_target(name: str) -> None:
    """Choose the target of the whole process.

    Parameters
    ----------
    name
        ``"cpu"``: one thread. ``"parallel"`` (the default): all cores for arrays that are large
        enough, one thread for the others. Both give the same bits.

    Raises
    ------
    TargetError
        If the name is unknown.

    Examples
    --------
    >>> import lucid
    >>> lucid.set_target("cpu")
    >>> lucid.set_target("parallel")
    """
    global _default
    _default = check_target(name)


@contextmanager
def target(name: str) -> Iterator[None]:
    """Choose the target for a block, in this thread alone.

    Raises
    ------
    TargetError
        If the name is unknown.

    Examples
    --------
    >>> import lucid
    >>> with lucid.target("cpu"):
    ...     lucid.get_target()
    'cpu'
    """
    token = _chosen.set(check_target(name))
    try:
        yield
    finally:
        _chosen.reset(token)
