"""Values that a process makes once, when they are first needed, whichever thread asks."""

import os
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["lock", "once"]

T = TypeVar("T")

#: One lock for compiling, loading and all that is made once. It is taken before a fork, so that
#: no thread is in the middle of such work and the child finds it free.
lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
    )


def once(function: Callable[[], T]) -> Callable[[], T]:
    """Call a function without arguments at most once; afterwards return what it returned.

    ``functools.cache`` would run it twice where two threads ask at the same time.
    """
    values: list[T] = []

    def value() -> T:
        if not values:
            with lock:
                if not values:
                    values.append(function())
        return values[0]

    value.__name__ = function.__name__
    value.__doc__ = function.__doc__
    return value
