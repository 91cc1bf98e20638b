"""The operations, one module a family.

An operation is a scalar function in its family's module and a name in that module's ``__all__``;
everything else (exports, documentation, tests, benchmarks) goes through ``OPERATIONS``.
"""

from lucid.kernels.catalog import (
    activation,
    aliases,
    arithmetic,
    bits,
    choice,
    comparison,
    exponential,
    hyperbolic,
    loss,
    normalization,
    optimizer,
    powers,
    random,
    rounding,
    special,
    trigonometric,
)

# Each family states its exports once, in its own __all__.
from lucid.kernels.catalog.activation import *  # noqa: F403
from lucid.kernels.catalog.aliases import *  # noqa: F403
from lucid.kernels.catalog.arithmetic import *  # noqa: F403
from lucid.kernels.catalog.bits import *  # noqa: F403
from lucid.kernels.catalog.choice import *  # noqa: F403
from lucid.kernels.catalog.comparison import *  # noqa: F403
from lucid.kernels.catalog.exponential import *  # noqa: F403
from lucid.kernels.catalog.hyperbolic import *  # noqa: F403
from lucid.kernels.catalog.loss import *  # noqa: F403
from lucid.kernels.catalog.normalization import *  # noqa: F403
from lucid.kernels.catalog.optimizer import *  # noqa: F403
from lucid.kernels.catalog.powers import *  # noqa: F403
from lucid.kernels.catalog.random import *  # noqa: F403
from lucid.kernels.catalog.rounding import *  # noqa: F403
from lucid.kernels.catalog.special import *  # noqa: F403
from lucid.kernels.catalog.trigonometric import *  # noqa: F403
from lucid.kernels.pointwise import Pointwise

__all__ = ["ALIASES", "FAMILIES", "OPERATIONS"]
__all__ += activation.__all__
__all__ += aliases.__all__
__all__ += arithmetic.__all__
__all__ += bits.__all__
__all__ += choice.__all__
__all__ += comparison.__all__
__all__ += exponential.__all__
__all__ += hyperbolic.__all__
__all__ += loss.__all__
__all__ += normalization.__all__
__all__ += optimizer.__all__
__all__ += powers.__all__
__all__ += random.__all__
__all__ += rounding.__all__
__all__ += special.__all__
__all__ += trigonometric.__all__

_MODULES = (
    arithmetic,
    powers,
    choice,
    comparison,
    bits,
    rounding,
    exponential,
    trigonometric,
    hyperbolic,
    special,
    activation,
    loss,
    normalization,
    optimizer,
    random,
)

#: The names of the operations of each family.
FAMILIES: dict[str, tuple[str, ...]] = {
    module.__name__.rpartition(".")[2]: tuple(sorted(module.__all__)) for module in _MODULES
}

#: Every operation by its name.
OPERATIONS: dict[str, Pointwise] = {
    name: getattr(module, name) for module in _MODULES for name in sorted(module.__all__)
}

#: Other names, and the name of the operation that each stands for.
ALIASES: dict[str, str] = {name: getattr(aliases, name).name for name in aliases.__all__}
