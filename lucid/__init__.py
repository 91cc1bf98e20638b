"""Pointwise kernels, autograd and neural networks on a CPU, without a compiler toolchain.

``import lucid`` loads NumPy and no compiler: the first kernel does that. The packages ``nn``,
``optim``, ``data``, ``cuda`` and ``testing`` load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lucid import autograd, kernels, ops, tensors
from lucid.autograd import *  # noqa: F403  # each package states its names in its own __all__
from lucid.kernels import *  # noqa: F403
from lucid.kernels.launch.buffers import empty_cache, memory_stats
from lucid.ops import *  # noqa: F403
from lucid.tensors import *  # noqa: F403

if TYPE_CHECKING:
    from lucid import cuda as cuda
    from lucid import data as data
    from lucid import nn as nn
    from lucid import optim as optim
    from lucid import testing as testing
    from lucid.kernels.targets.pool import (
        get_num_threads as get_num_threads,
    )
    from lucid.kernels.targets.pool import (
        set_num_threads as set_num_threads,
    )

__version__ = "0.1.0"

_PACKAGES = ("cuda", "data", "nn", "optim", "testing")

__all__ = ["__version__", "cuda", "data", "empty_cache", "memory_stats", "nn", "optim", "testing"]
__all__ += kernels.__all__
__all__ += autograd.__all__
__all__ += ops.__all__
__all__ += tensors.__all__


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f"lucid.{name}")
    return getattr(kernels, name)
