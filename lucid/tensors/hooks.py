"""Hooks on gradients: the handle that takes one out, and the hook that keeps a gradient."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from lucid.autograd.variable import Variable

__all__ = ["HookHandle", "keeper"]


class HookHandle:
    """What ``register_hook`` returns; ``remove()`` takes the hook out again."""

    __slots__ = ("_hooks", "_item")

    def __init__(self, hooks: list[Any], item: Any) -> None:
        self._hooks = hooks
        self._item = item

    def remove(self) -> None:
        """Take the hook out; a second call does nothing."""
        self._hooks[:] = [hook for hook in self._hooks if hook is not self._item]


def keeper(tensor: Variable) -> Callable[[Any], None]:
    """Make a hook that adds gradients to ``.grad`` of `tensor`, as long as that lives."""
    # A plain reference would close a cycle through the tensor's node.
    reference = weakref.ref(tensor)

    def keep(gradient: Any) -> None:
        found: Any = reference()
        if found is not None:
            held = found._grad
            found._grad = gradient.clone() if held is None else held + gradient

    return keep
