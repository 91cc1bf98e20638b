"""PyTorch, eager and compiled."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from lucid.bench.sides.base import Recording, Unavailable, load_module, look_up
from lucid.bench.sides.names import TORCH

__all__ = ["Compiled", "Eager"]


class Eager(Recording):
    """PyTorch, one operation after the other."""

    name = "torch"
    label = "PyTorch"

    def __init__(self, threads: int) -> None:
        self.torch = load_module("torch")
        self.torch.set_num_threads(threads)
        functional = self.torch.nn.functional
        # Names that a function of one tensor library has under nn.functional come first: they are
        # its fastest, such as mse_loss.
        self.modules = (functional, self.torch, self.torch.special)
        self.formulas = SimpleNamespace(
            exp=self.torch.exp,
            log=self.torch.log,
            sqrt=self.torch.sqrt,
            abs=self.torch.abs,
            tanh=self.torch.tanh,
            where=self.torch.where,
            square=self.torch.square,
            sigmoid=self.torch.sigmoid,
            silu=functional.silu,
            gelu=functional.gelu,
            ndtr=self.torch.special.ndtr,
            softplus=functional.softplus,
            log_sigmoid=functional.logsigmoid,
        )

    def find(self, operation: str) -> Callable[..., Any] | None:
        if operation == "trigamma":
            return lambda x: self.torch.special.polygamma(1, x)
        return look_up(operation, self.modules, TORCH)

    def tensor(self, array: np.ndarray, grad: bool = False) -> Any:
        return self.torch.from_numpy(array).clone().requires_grad_(grad)

    def batch(self, array: np.ndarray) -> Any:
        return self.torch.from_numpy(array)

    def arrays(self, result: Any) -> list[np.ndarray]:
        parts = result if isinstance(result, tuple) else (result,)
        return [part.detach().numpy() for part in parts]


class Compiled(Eager):
    """PyTorch through ``torch.compile``, for the shapes at hand."""

    name = "compile"
    label = "torch.compile"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        if sys.platform != "win32" and not any(map(shutil.which, ("g++", "c++", "clang++"))):
            raise Unavailable("torch.compile needs g++, which is not on the PATH; install it")

    def prepare(self, function: Callable[..., Any]) -> Callable[..., Any]:
        # Else the ninth shape of a function would run uncompiled.
        self.torch._dynamo.reset()
        compiled: Callable[..., Any] = self.torch.compile(function, dynamic=False)
        return compiled
