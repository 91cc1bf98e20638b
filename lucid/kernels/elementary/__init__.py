"""Elementary functions as branch-free scalar code that LLVM turns into vector code.

For each function NAME there are ``NAME_f32`` and ``NAME_f64``; argument and result have that
dtype. They are made to be called in a generated loop, and disappear into it.
"""

from lucid.kernels.elementary import basic, integer
from lucid.kernels.elementary.basic import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.exponential import exp_f32, exp_f64
from lucid.kernels.elementary.integer import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.logarithm import log_f32, log_f64

__all__ = [
    *basic.__all__,
    *integer.__all__,
    "exp_f32",
    "exp_f64",
    "log_f32",
    "log_f64",
]
