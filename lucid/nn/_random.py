"""Where layers and initial values draw their random numbers from."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import device_of, moved
from lucid.autograd.variable import Variable
from lucid.tensors.random import Generator, default_generator

__all__ = ["numpy_generator", "uniform"]


def numpy_generator(generator: Any = None) -> np.random.Generator:
    """Return NumPy's generator behind the one given, or behind the library's own."""
    if generator is None:
        generator = default_generator()
    if isinstance(generator, Generator):
        return generator.numpy
    if isinstance(generator, np.random.Generator):
        return generator
    raise TypeError(
        f"generator is a {type(generator).__name__}; give a lucid.Generator, a "
        "numpy.random.Generator, or None for the one that lucid.manual_seed seeds"
    )


def uniform(like: Any, generator: Any = None) -> Any:
    """Return numbers uniform in [0, 1), of the shape of ``like``, in its dtype where NumPy can.

    They are drawn on the CPU and lie where ``like`` lies.
    """
    dtype = np.float64 if like.dtype == np.float64 else np.float32
    drawn = np.asarray(numpy_generator(generator).random(like.shape, dtype=dtype))
    return moved(drawn, device_of(like._data if isinstance(like, Variable) else like))
