"""Other usual names of the same operations: NumPy's, PyTorch's and SciPy's."""

from lucid.kernels.catalog.arithmetic import abs as absolute
from lucid.kernels.catalog.arithmetic import abs as fabs
from lucid.kernels.catalog.arithmetic import deg2rad as radians
from lucid.kernels.catalog.arithmetic import divide as div
from lucid.kernels.catalog.arithmetic import divide as true_divide
from lucid.kernels.catalog.arithmetic import multiply as mul
from lucid.kernels.catalog.arithmetic import negative as neg
from lucid.kernels.catalog.arithmetic import rad2deg as degrees
from lucid.kernels.catalog.arithmetic import remainder as mod
from lucid.kernels.catalog.arithmetic import sign as sgn
from lucid.kernels.catalog.arithmetic import subtract as sub
from lucid.kernels.catalog.bits import bitwise_invert as bitwise_not
from lucid.kernels.catalog.bits import bitwise_invert as invert
from lucid.kernels.catalog.bits import bitwise_left_shift as left_shift
from lucid.kernels.catalog.bits import bitwise_right_shift as right_shift
from lucid.kernels.catalog.choice import clip as clamp
from lucid.kernels.catalog.comparison import equal as eq
from lucid.kernels.catalog.comparison import greater as gt
from lucid.kernels.catalog.comparison import greater_equal as ge
from lucid.kernels.catalog.comparison import less as lt
from lucid.kernels.catalog.comparison import less_equal as le
from lucid.kernels.catalog.comparison import not_equal as ne
from lucid.kernels.catalog.hyperbolic import acosh as arccosh
from lucid.kernels.catalog.hyperbolic import asinh as arcsinh
from lucid.kernels.catalog.hyperbolic import atanh as arctanh
from lucid.kernels.catalog.powers import pow as power
from lucid.kernels.catalog.rounding import round as rint
from lucid.kernels.catalog.rounding import trunc as fix
from lucid.kernels.catalog.special import digamma as psi
from lucid.kernels.catalog.special import lgamma as gammaln
from lucid.kernels.catalog.special import log_sigmoid as log_expit
from lucid.kernels.catalog.special import log_sigmoid as logsigmoid
from lucid.kernels.catalog.special import sigmoid as expit
from lucid.kernels.catalog.special import silu as swish
from lucid.kernels.catalog.trigonometric import acos as arccos
from lucid.kernels.catalog.trigonometric import asin as arcsin
from lucid.kernels.catalog.trigonometric import atan as arctan
from lucid.kernels.catalog.trigonometric import atan2 as arctan2

__all__ = [
    "absolute",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "bitwise_not",
    "clamp",
    "degrees",
    "div",
    "eq",
    "expit",
    "fabs",
    "fix",
    "gammaln",
    "ge",
    "gt",
    "invert",
    "le",
    "left_shift",
    "log_expit",
    "logsigmoid",
    "lt",
    "mod",
    "mul",
    "ne",
    "neg",
    "power",
    "psi",
    "radians",
    "right_shift",
    "rint",
    "sgn",
    "sub",
    "swish",
    "true_divide",
]
