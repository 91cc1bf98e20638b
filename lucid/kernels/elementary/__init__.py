"""Elementary functions as branch-free scalar code that LLVM turns into vector code.

For each function NAME there are ``NAME_f32`` and ``NAME_f64``; argument and result have that
dtype. They are made to be called in a generated loop, and disappear into it.
"""

from lucid.kernels.elementary import (
    basic,
    digamma,
    error,
    gamma,
    gelu,
    half,
    integer,
    normal,
    random,
    sigmoid,
    softplus,
    trigamma,
)
from lucid.kernels.elementary.basic import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.digamma import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.error import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.exponential import (
    exp2_f32,
    exp2_f64,
    exp10_f32,
    exp10_f64,
    exp_f32,
    exp_f64,
    expm1_f32,
    expm1_f64,
)
from lucid.kernels.elementary.gamma import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.gelu import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.half import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.hyperbolic import (
    cosh_f32,
    cosh_f64,
    sinh_f32,
    sinh_f64,
    tanh_f32,
    tanh_f64,
)
from lucid.kernels.elementary.integer import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.inverse_hyperbolic import (
    acosh_f32,
    acosh_f64,
    asinh_f32,
    asinh_f64,
    atanh_f32,
    atanh_f64,
)
from lucid.kernels.elementary.inverse_trigonometric import (
    acos_f32,
    acos_f64,
    asin_f32,
    asin_f64,
    atan2_f32,
    atan2_f64,
    atan_f32,
    atan_f64,
)
from lucid.kernels.elementary.logarithm import (
    log1p_f32,
    log1p_f64,
    log2_f32,
    log2_f64,
    log10_f32,
    log10_f64,
    log_f32,
    log_f64,
)
from lucid.kernels.elementary.normal import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.power import pow_f32, pow_f64
from lucid.kernels.elementary.random import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.roots import (
    cbrt_f32,
    cbrt_f64,
    hypot_f32,
    hypot_f64,
    rsqrt_f32,
    rsqrt_f64,
)
from lucid.kernels.elementary.sigmoid import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.softplus import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.trigamma import *  # noqa: F403  # its __all__ is explicit
from lucid.kernels.elementary.trigonometric import (
    cos_f32,
    cos_f64,
    sin_f32,
    sin_f64,
    tan_f32,
    tan_f64,
)

__all__ = [
    *digamma.__all__,
    *error.__all__,
    *gamma.__all__,
    *gelu.__all__,
    *normal.__all__,
    *sigmoid.__all__,
    *softplus.__all__,
    *trigamma.__all__,
    *basic.__all__,
    *half.__all__,
    *integer.__all__,
    *random.__all__,
    "exp_f32",
    "exp_f64",
    "exp2_f32",
    "exp2_f64",
    "exp10_f32",
    "exp10_f64",
    "expm1_f32",
    "expm1_f64",
    "log_f32",
    "log_f64",
    "log2_f32",
    "log2_f64",
    "log10_f32",
    "log10_f64",
    "log1p_f32",
    "log1p_f64",
    "pow_f32",
    "pow_f64",
    "tanh_f32",
    "tanh_f64",
    "sinh_f32",
    "sinh_f64",
    "cosh_f32",
    "cosh_f64",
    "asinh_f32",
    "asinh_f64",
    "acosh_f32",
    "acosh_f64",
    "atanh_f32",
    "atanh_f64",
    "acos_f32",
    "acos_f64",
    "asin_f32",
    "asin_f64",
    "atan_f32",
    "atan_f64",
    "atan2_f32",
    "atan2_f64",
    "cbrt_f32",
    "cbrt_f64",
    "hypot_f32",
    "hypot_f64",
    "rsqrt_f32",
    "rsqrt_f64",
    "cos_f32",
    "cos_f64",
    "sin_f32",
    "sin_f64",
    "tan_f32",
    "tan_f64",
]
