"""JAX."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from lucid.bench.sides.base import Call, Side, load_module, look_up
from lucid.bench.sides.names import JAX

__all__ = ["Jit"]


class Jit(Side):
    """JAX, each function in one ``jit``."""

    name = "jax"
    label = "JAX jit"

    def __init__(self, threads: int) -> None:
        # Read once, when the first array is made: the size of XLA's thread pool on a CPU.
        os.environ["NPROC"] = str(threads)
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        self.jax = load_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.numpy = load_module("jax.numpy")
        self.special = load_module("jax.scipy.special")
        nn = self.jax.nn
        self.formulas = SimpleNamespace(
            exp=self.numpy.exp,
            log=self.numpy.log,
            sqrt=self.numpy.sqrt,
            abs=self.numpy.abs,
            tanh=self.numpy.tanh,
            where=self.numpy.where,
            square=self.numpy.square,
            sigmoid=nn.sigmoid,
            silu=nn.silu,
            gelu=lambda x: nn.gelu(x, approximate=False),
            ndtr=self.special.ndtr,
            softplus=nn.softplus,
            log_sigmoid=nn.log_sigmoid,
        )
        self._grads: list[bool] = []

    def find(self, operation: str) -> Callable[..., Any] | None:
        modules = (self.jax.nn, self.numpy, self.special, self.jax.lax)
        return look_up(operation, modules, JAX)

    def prepare(self, function: Callable[..., Any]) -> Callable[..., Any]:
        compiled: Callable[..., Any] = self.jax.jit(function)
        return compiled

    def load(self, arrays: Sequence[np.ndarray], grads: Sequence[bool]) -> list[Any]:
        self._grads = list(grads)
        return [self.numpy.asarray(array) for array in arrays]

    def forward(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Call:
        return lambda: self.jax.block_until_ready(function(*arguments))

    def both(
        self, function: Callable[..., Any], arguments: Sequence[Any], seed: np.ndarray
    ) -> Call:
        wanted = [k for k, grad in enumerate(self._grads) if grad]
        gradient = self.numpy.asarray(seed)

        @self.jax.jit
        def pair(values: list[Any], gradient: Any) -> Any:
            def of_wanted(*some: Any) -> Any:
                full = list(values)
                for k, value in zip(wanted, some, strict=True):
                    full[k] = value
                return function(*full)

            out, back = self.jax.vjp(of_wanted, *[values[k] for k in wanted])
            return (out, *back(gradient))

        return lambda: self.jax.block_until_ready(pair(list(arguments), gradient))
