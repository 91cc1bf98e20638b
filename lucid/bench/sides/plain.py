"""NumPy and numexpr, on plain arrays and without gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from lucid.bench.sides.base import Side, Unavailable, load_module, look_up
from lucid.bench.sides.names import NUMPY

__all__ = ["NumExpr", "NumPy"]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


class NumPy(Side):
    """NumPy, with the special functions of SciPy where that is installed; one thread."""

    name = "numpy"
    label = "NumPy, SciPy"
    gradients = False

    def __init__(self, threads: int) -> None:
        self.modules: list[Any] = [np]
        self.formulas = SimpleNamespace(
            exp=np.exp,
            log=np.log,
            sqrt=np.sqrt,
            abs=np.abs,
            tanh=np.tanh,
            where=np.where,
            square=np.square,
            sigmoid=_sigmoid,
            silu=lambda x: x * _sigmoid(x),
            softplus=_softplus,
            log_sigmoid=lambda x: -_softplus(-x),
        )
        try:
            special: Any = load_module("scipy.special")
        except Unavailable:  # without SciPy there are fewer functions
            return
        self.modules.append(special)
        self.formulas.ndtr = special.ndtr
        self.formulas.gelu = lambda x: x * special.ndtr(x)

    def find(self, operation: str) -> Callable[..., Any] | None:
        return look_up(operation, self.modules, NUMPY)

    def load(self, arrays: Sequence[np.ndarray], grads: Sequence[bool]) -> list[Any]:
        return list(arrays)


class NumExpr(Side):
    """numexpr, for cases that come with an expression."""

    name = "numexpr"
    label = "numexpr"
    gradients = False

    def __init__(self, threads: int) -> None:
        self.numexpr = load_module("numexpr")
        self.numexpr.set_num_threads(threads)

    def find(self, operation: str) -> Callable[..., Any] | None:
        return None

    def expression(self, text: str, names: Sequence[str]) -> Callable[..., Any]:
        """Return the expression as a function of its inputs."""
        return partial(self._evaluate, text, tuple(names))

    def _evaluate(self, text: str, names: tuple[str, ...], *arguments: Any) -> Any:
        given = dict(zip(names, arguments, strict=True))
        return self.numexpr.evaluate(text, local_dict=given, global_dict={})

    def load(self, arrays: Sequence[np.ndarray], grads: Sequence[bool]) -> list[Any]:
        return list(arrays)
