"""The upper tails of the normal distribution and of erfc, without the exponential.

A tail is e^-z g(x) with g(x) = H(u) u, u = 1 / (x + k), H smooth: one polynomial serves from the
middle to infinity. Source of the variable: M. M. Shepherd and J. G. Laframboise, "Chebyshev
approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity", Math. Comp. 36 (1981).
"""

from typing import Any

from lucid.kernels.elementary._bits import elementary, fma_f64
from lucid.kernels.elementary._pairs import fast_two_sum, multiply, two_product
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients import error as c

_narrow = polynomial_f64(c.NDTR_NARROW)


@elementary
def normal_narrow(a: Any) -> Any:
    """e^(a^2 / 2) ndtr(-a) for a >= 0; relative error 2^-30."""
    u = 1.0 / (a + 4.0)
    return _narrow(u) * u


def _pair_tail(k: float, factor: float, middle: float, first: Any, rest: Any) -> Any:
    """Make the function that gives g(a) as a pair, from 1 on, for erfc from 3/4 on.

    g(a) = (first + v rest(v)) / (a + factor) with v = 1 / (a + k) - middle. The bracket is nearly
    constant, so that the errors of v and of the rest hardly count.
    """
    first_hi, first_lo = first
    inner = polynomial_f64(rest)

    @elementary
    def tail(a: Any) -> Any:
        # The constants are multiples of the ulp of every a that is not far larger than they are.
        b, b_lo = fast_two_sum(factor, a)
        d = a + k
        # One division for both reciprocals.
        r = 1.0 / (b * d)
        p = r * d
        p_lo = (fma_f64(-p, b, 1.0) - p * b_lo) * p
        v = r * b - middle
        h, h_lo = fast_two_sum(first_hi, v * inner(v))
        return multiply(h, h_lo + first_lo, p, p_lo)

    return tail


#: e^(a^2 / 2) ndtr(-a), a >= 1, and e^(a^2) erfc(a), a >= 3/4, as pairs.
normal_tail = _pair_tail(
    5.0,
    0.875,
    0.078125,
    (c.NORMAL_TAIL_FIRST_HI_F64, c.NORMAL_TAIL_FIRST_LO_F64),
    c.NORMAL_TAIL,
)
erfc_tail = _pair_tail(
    3.0,
    0.625,
    0.140625,
    (c.ERFC_TAIL_FIRST_HI_F64, c.ERFC_TAIL_FIRST_LO_F64),
    c.ERFC_TAIL,
)


def _pair_centre(first: float, first_lo: float, rest: Any) -> Any:
    """Make the function that gives x (first + x^2 rest(x^2)) as a pair, for |x| <= 1."""
    second = rest[0]
    inner = polynomial_f64(rest[1:])

    @elementary
    def centre(x: Any) -> Any:
        z, z_lo = two_product(x, x)
        g, g_lo = fast_two_sum(second, z * inner(z))
        t, t_lo = two_product(z, g)
        h, h_lo = fast_two_sum(first, t)
        t_lo = t_lo + fma_f64(z_lo, g, z * g_lo)
        return multiply(x, 0.0, h, h_lo + (t_lo + first_lo))

    return centre


#: ndtr(x) - 1/2 and erf(x), |x| <= 1, as pairs.
normal_centre = _pair_centre(c.NORMAL_DENSITY_HI_F64, c.NORMAL_DENSITY_LO_F64, c.NORMAL_CENTRE)
erf_centre = _pair_centre(c.ERF_SLOPE_HI_F64, c.ERF_SLOPE_LO_F64, c.ERF_CENTRE)
