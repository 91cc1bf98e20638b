"""Elementary functions as branch-free scalar code that LLVM turns into vector code.

For each function NAME there are ``NAME_f32`` and ``NAME_f64``; argument and result have that
dtype. They are made to be called in a generated loop, and disappear into it. Each module states
its names in its own ``__all__``.
"""

from lucid.kernels.elementary import (
    basic,
    choice,
    digamma,
    error,
    exponential,
    fold,
    gamma,
    gelu,
    half,
    hyperbolic,
    integer,
    inverse_hyperbolic,
    inverse_trigonometric,
    lanes,
    logarithm,
    normal,
    power,
    random,
    roots,
    sigmoid,
    softplus,
    trigamma,
    trigonometric,
)
from lucid.kernels.elementary.basic import *  # noqa: F403
from lucid.kernels.elementary.choice import *  # noqa: F403
from lucid.kernels.elementary.digamma import *  # noqa: F403
from lucid.kernels.elementary.error import *  # noqa: F403
from lucid.kernels.elementary.exponential import *  # noqa: F403
from lucid.kernels.elementary.fold import *  # noqa: F403
from lucid.kernels.elementary.gamma import *  # noqa: F403
from lucid.kernels.elementary.gelu import *  # noqa: F403
from lucid.kernels.elementary.half import *  # noqa: F403
from lucid.kernels.elementary.hyperbolic import *  # noqa: F403
from lucid.kernels.elementary.integer import *  # noqa: F403
from lucid.kernels.elementary.inverse_hyperbolic import *  # noqa: F403
from lucid.kernels.elementary.inverse_trigonometric import *  # noqa: F403
from lucid.kernels.elementary.lanes import *  # noqa: F403
from lucid.kernels.elementary.logarithm import *  # noqa: F403
from lucid.kernels.elementary.normal import *  # noqa: F403
from lucid.kernels.elementary.power import *  # noqa: F403
from lucid.kernels.elementary.random import *  # noqa: F403
from lucid.kernels.elementary.roots import *  # noqa: F403
from lucid.kernels.elementary.sigmoid import *  # noqa: F403
from lucid.kernels.elementary.softplus import *  # noqa: F403
from lucid.kernels.elementary.trigamma import *  # noqa: F403
from lucid.kernels.elementary.trigonometric import *  # noqa: F403

__all__: list[str] = []
__all__ += basic.__all__
__all__ += choice.__all__
__all__ += digamma.__all__
__all__ += error.__all__
__all__ += exponential.__all__
__all__ += fold.__all__
__all__ += gamma.__all__
__all__ += gelu.__all__
__all__ += half.__all__
__all__ += hyperbolic.__all__
__all__ += integer.__all__
__all__ += inverse_hyperbolic.__all__
__all__ += inverse_trigonometric.__all__
__all__ += lanes.__all__
__all__ += logarithm.__all__
__all__ += normal.__all__
__all__ += power.__all__
__all__ += random.__all__
__all__ += roots.__all__
__all__ += sigmoid.__all__
__all__ += softplus.__all__
__all__ += trigamma.__all__
__all__ += trigonometric.__all__
