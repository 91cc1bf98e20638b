"""Which target runs a kernel: a default for the process, and a context for a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lucid.kernels.errors import TargetError

__all__ = ["ON_HOST", "TARGETS", "check_target", "get_target", "set_target", "target"]

#: What a kernel on arrays of NumPy can run on.
ON_HOST = ("cpu", "parallel")
#: What a kernel can run on.
TARGETS = (*ON_HOST, "cuda")

#: The default of the process, in a list that machine code looks into.
_default = ["parallel"]
#: A block's choice holds for the thread (or task) that entered it.
_chosen: ContextVar[str | None] = ContextVar("lucid_target", default=None)


def check_target(name: str) -> str:
    """Return the target of that name, one of the strings of `TARGETS`, or raise.

    Raises
    ------
    TargetError
        If the name is unknown, or names the device and there is none.
    """
    if name not in TARGETS:
        raise TargetError(f"unknown target {name!r}; expected one of {', '.join(TARGETS)}")
    if name not in ON_HOST:
        from lucid.kernels.targets import cuda

        cuda.require()
    return TARGETS[TARGETS.index(name)]


def get_target() -> str:
    """Return the target in force.

    Examples
    --------
    >>> import lucid
    >>> lucid.get_target()
    'parallel'
    """
    return _chosen.get() or _default[0]


def set_target(name: str) -> None:
    """Choose the target of the whole process.

    Parameters
    ----------
    name
        ``"cpu"``: one thread. ``"parallel"`` (the default): all cores for arrays that are large
        enough, one thread for the others. Both give the same bits. ``"cuda"``: an NVIDIA GPU, for
        arrays that lie on it. Such arrays are computed there whatever the target is; with this
        one, arrays of the host are an error.

    Raises
    ------
    TargetError
        If the name is unknown, or names the device and there is none.

    Examples
    --------
    >>> import lucid
    >>> lucid.set_target("cpu")
    >>> lucid.set_target("parallel")
    """
    _default[0] = check_target(name)


def in_force() -> tuple[ContextVar[str | None], list[str]]:
    """Return where the target in force is found: a block's choice, else the only item of a list."""
    return _chosen, _default


@contextmanager
def target(name: str) -> Iterator[None]:
    """Choose the target for a block, in this thread alone.

    Raises
    ------
    TargetError
        If the name is unknown, or names the device and there is none.

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
