"""The network that the command trains: linear layers with an activation between them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from lucid import nn
from lucid.autograd import no_grad
from lucid.kernels.errors import DataError
from lucid.nn import activation as family
from lucid.tensors import Tensor

__all__ = ["activation_name", "build", "initialise", "parameter_count"]

# The outputs begin near zero: undecided between the classes, at the mean of a regression.
LAST_GAIN = 0.1


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _made(name: str) -> nn.Module | None:
    """Make an activation that works without settings, or None where ``name`` is none.

    Gated ones (GLU, SwiGLU ...) halve the width and don't fit between layers made here.
    """
    if name not in family.__all__ or name.endswith("GLU"):
        return None
    try:
        made: nn.Module = getattr(family, name)()
    except TypeError:  # it has settings that it can't do without
        return None
    return made


def activation_name(given: str) -> str:
    """Find the class of ``lucid.nn`` that is meant by a name such as ``hard_sigmoid`` or ``relu``.

    Raises
    ------
    DataError
        No activation has this name.
    """
    usable = {_plain(name): name for name in family.__all__ if _made(name) is not None}
    name = usable.get(_plain(given))
    if name is None:
        near = difflib.get_close_matches(_plain(given), usable, n=1)
        hint = f"; did you mean {usable[near[0]]}?" if near else "."
        raise DataError(
            f"--activation {given!r} is unknown{hint} There is {', '.join(sorted(usable.values()))}"
        )
    return name


def build(widths: Sequence[int], activation: str) -> nn.Sequential:
    """Make the network, with the weights that ``nn.Linear`` begins with.

    Parameters
    ----------
    widths : sequence of int
        Of the layers, from the inputs to the outputs.
    activation : str
        Name of a class of ``lucid.nn``.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        made = _made(activation)
        if made is None:
            raise DataError(f"the activation {activation!r} is unknown to this version of lucid")
        layers += [nn.Linear(inputs, outputs), made]
    return nn.Sequential(*layers[:-1])


def initialise(model: nn.Sequential, seed: int) -> None:
    """Draw weights with which every layer's sums begin with mean 0 and variance 1.

    For inputs of mean 0 and variance 1, and any activation: what it makes of a standard normal
    variable (mean ``m``, root mean square about it ``s``) is measured on quantiles; weights of the
    next layer get the deviation ``1 / (s sqrt(n))`` and its biases take ``m`` away. A saturating
    activation such as HardSigmoid, which lies about 0.5, would begin off-centre otherwise.
    """
    generator = np.random.default_rng([seed, 0])
    normal = NormalDist()
    grid = np.array([normal.inv_cdf((i + 0.5) / 1000) for i in range(1000)], dtype=np.float32)
    layers = list(model)
    mean, deviation = 0.0, 1.0
    for layer in layers:
        if not isinstance(layer, nn.Linear):
            with no_grad():
                model.eval()  # a random activation has a fixed form for evaluation
                values = np.asarray(layer(Tensor(grid)).data, dtype=np.float64)
                model.train()
            mean, deviation = float(values.mean()), max(float(values.std()), 1e-3)
            continue
        width = layer.in_features
        gain = LAST_GAIN if layer is layers[-1] and len(layers) > 1 else 1.0
        weight = generator.standard_normal((layer.out_features, width))
        weight *= gain / (deviation * math.sqrt(width))
        with no_grad():
            layer.weight.data[...] = weight
            if layer.bias is not None:
                layer.bias.data[...] = -mean * weight.sum(axis=1)


def parameter_count(model: nn.Module) -> int:
    """Count the trained numbers."""
    return sum(math.prod(parameter.shape) for parameter in model.parameters())
