"""The pointwise operations as methods of a tensor: ``x.exp()`` for ``lucid.exp(x)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lucid.kernels import catalog
from lucid.tensors.core import Tensor

__all__ = ["install_methods", "pointwise_methods"]

# Families whose first argument is no more "the" argument than the others: functions only.
_FUNCTIONS_ONLY = ("loss", "normalization", "optimizer")


def pointwise_methods() -> Iterator[tuple[str, Any]]:
    """Give the name and the operation of each method."""
    names = {
        name
        for family, members in catalog.FAMILIES.items()
        for name in members
        if family not in _FUNCTIONS_ONLY and name != "where"
    }
    for name in sorted(names):
        yield name, catalog.OPERATIONS[name]
    for alias, name in sorted(catalog.ALIASES.items()):
        if name in names:
            yield alias, catalog.OPERATIONS[name]


def _method(name: str, operation: Any) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return operation(self, *arguments, **keywords)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"As ``lucid.{name}`` with this tensor as its first argument."
    return method


def install_methods() -> None:
    """Give `Tensor` one method for each pointwise operation."""
    for name, operation in pointwise_methods():
        setattr(Tensor, name, _method(name, operation))
