"""Lucid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import lucid
from lucid.bench.sides.base import Recording
from lucid.bench.sides.names import OURS
from lucid.kernels import Pointwise, pointwise

__all__ = ["Ours"]


class Ours(Recording):
    """Lucid, through `Tensor`."""

    name = "lucid"
    label = "Lucid"
    formulas = lucid

    def __init__(self, threads: int) -> None:
        lucid.set_num_threads(threads)

    def find(self, operation: str) -> Callable[..., Any] | None:
        function = getattr(lucid.kernels, operation, None) or getattr(lucid, operation, None)
        options = OURS.get(operation)
        return partial(function, **options) if options and function else function

    def prepare(self, function: Callable[..., Any]) -> Callable[..., Any]:
        # A formula that is written once for all sides becomes one kernel here.
        if isinstance(function, partial) and function.args[:1] == (lucid,):
            return fused(function.func)
        return function

    def tensor(self, array: np.ndarray, grad: bool = False) -> Any:
        return lucid.Tensor(array, requires_grad=grad)

    def batch(self, array: np.ndarray) -> Any:
        return lucid.from_numpy(array)

    def arrays(self, result: Any) -> list[np.ndarray]:
        parts = result if isinstance(result, tuple) else (result,)
        return [part.detach().cpu().numpy() for part in parts]


def fused(formula: Callable[..., Any]) -> Pointwise:
    """Return a formula of (namespace, inputs ...) as one of our operations."""
    return pointwise(name=formula.__name__)(partial(formula, lucid))
