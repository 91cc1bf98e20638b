"""``Tensor``, an array with a gradient, and the functions that create one."""

from lucid.tensors import dtypes
from lucid.tensors.core import Tensor
from lucid.tensors.create import asarray, from_dlpack, from_numpy, tensor
from lucid.tensors.dtypes import *  # noqa: F403
from lucid.tensors.filled import (
    arange,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from lucid.tensors.hooks import HookHandle
from lucid.tensors.methods import install_methods
from lucid.tensors.operators import install_operators
from lucid.tensors.random import (
    Generator,
    default_generator,
    manual_seed,
    normal,
    rand,
    randint,
    randn,
    randperm,
    uniform,
)
from lucid.tensors.waiting import WaitingTensor

__all__ = [
    "Generator",
    "HookHandle",
    "Tensor",
    "WaitingTensor",
    "arange",
    "asarray",
    "default_generator",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "manual_seed",
    "normal",
    "ones",
    "ones_like",
    "rand",
    "randint",
    "randn",
    "randperm",
    "tensor",
    "uniform",
    "zeros",
    "zeros_like",
]
__all__ += dtypes.__all__

install_operators()
install_methods()
