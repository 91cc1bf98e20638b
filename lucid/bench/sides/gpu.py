"""Lucid, PyTorch and CuPy on the GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

import lucid
from lucid.bench.sides.base import Call, Side, Unavailable, load_module, look_up
from lucid.bench.sides.eager import Compiled, Eager
from lucid.bench.sides.names import NUMPY
from lucid.bench.sides.ours import Ours
from lucid.kernels.targets.cuda import array_module, require, simulated, to_device, to_host

__all__ = ["CompiledOnGpu", "CuPy", "EagerOnGpu", "OursOnGpu"]


class OursOnGpu(Ours):
    """Lucid on the GPU, through `Tensor`."""

    on_gpu = True

    def __init__(self, threads: int) -> None:
        require()
        super().__init__(threads)

    def tensor(self, array: np.ndarray, grad: bool = False) -> Any:
        return lucid.Tensor(array, requires_grad=grad, device="cuda")

    def batch(self, array: np.ndarray) -> Any:
        return self.tensor(array)

    def place(self, model: Any) -> Any:
        return model.to("cuda")


class EagerOnGpu(Eager):
    """PyTorch on the GPU, one operation after the other."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        if not self.torch.cuda.is_available():
            raise Unavailable("torch finds no GPU; install a build of it for CUDA")

    def tensor(self, array: np.ndarray, grad: bool = False) -> Any:
        return self.torch.from_numpy(array).cuda().requires_grad_(grad)

    def batch(self, array: np.ndarray) -> Any:
        return self.tensor(array)

    def place(self, model: Any) -> Any:
        return model.cuda()

    def arrays(self, result: Any) -> list[np.ndarray]:
        parts = result if isinstance(result, tuple) else (result,)
        return [part.detach().cpu().numpy() for part in parts]


class CompiledOnGpu(EagerOnGpu, Compiled):
    """PyTorch on the GPU through ``torch.compile``."""


class CuPy(Side):
    """CuPy, with its special functions; no gradients."""

    name = "cupy"
    label = "CuPy"
    gradients = False

    def __init__(self, threads: int) -> None:
        require()
        cupy = array_module()
        self.modules: list[Any] = [cupy]
        self.formulas = SimpleNamespace(
            exp=cupy.exp,
            log=cupy.log,
            sqrt=cupy.sqrt,
            abs=cupy.abs,
            tanh=cupy.tanh,
            where=cupy.where,
            square=cupy.square,
            sigmoid=lambda x: 1 / (1 + cupy.exp(-x)),
            silu=lambda x: x / (1 + cupy.exp(-x)),
            softplus=lambda x: cupy.logaddexp(x, 0),
            log_sigmoid=lambda x: -cupy.logaddexp(-x, 0),
        )
        if simulated():  # the stand-in has no special functions
            return
        special: Any = load_module("cupyx.scipy.special")
        self.modules.append(special)
        self.formulas.ndtr = special.ndtr
        self.formulas.gelu = lambda x: x * special.ndtr(x)

    def find(self, operation: str) -> Callable[..., Any] | None:
        return look_up(operation, self.modules, NUMPY)

    def load(self, arrays: Sequence[np.ndarray], grads: Sequence[bool]) -> list[Any]:
        return [to_device(array) for array in arrays]

    def both(
        self, function: Callable[..., Any], arguments: Sequence[Any], seed: np.ndarray
    ) -> Call:
        raise Unavailable("CuPy has no gradients")

    def arrays(self, result: Any) -> list[np.ndarray]:
        parts = result if isinstance(result, (tuple, list)) else (result,)
        return [to_host(part) for part in parts]
