"""sin(pi f) / pi and cos(pi f) for |f| <= 1/2, as the reflection formulas of Gamma need them."""

from typing import Any

from lucid.kernels.elementary._bits import elementary, fma_f64
from lucid.kernels.elementary._pairs import fast_two_sum, multiply, two_product
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients import gamma as c

_sine_narrow = polynomial_f64(c.SINPI_NARROW)
_cosine_narrow = polynomial_f64(c.COSPI_NARROW)


@elementary
def sine_narrow(f: Any) -> Any:
    """sin(pi f) / pi to 2^-35."""
    return f * _sine_narrow(f * f)


@elementary
def cosine_narrow(f: Any) -> Any:
    """cos(pi f) to 2^-40, absolute."""
    return _cosine_narrow(f * f)


def _even_pair(coefficients: Any) -> Any:
    """Make the function that gives 1 + z (c[0] + c[1] z + ...), z = f^2, as a pair."""
    first = coefficients[0]
    inner = polynomial_f64(coefficients[1:])

    @elementary
    def even(f: Any) -> Any:
        z, z_lo = two_product(f, f)
        g, g_lo = fast_two_sum(first, z * inner(z))
        t, t_lo = two_product(z, g)
        h, h_lo = fast_two_sum(1.0, t)
        return h, h_lo + (t_lo + fma_f64(z_lo, g, z * g_lo))

    return even


_sine_ratio = _even_pair(c.SINPI_REST)

#: cos(pi f) as a pair, absolute error.
cosine_pair = _even_pair(c.COSPI_REST)


@elementary
def sine_pair(f: Any) -> Any:
    """sin(pi f) / pi as a pair."""
    h, h_lo = _sine_ratio(f)
    return multiply(f, 0.0, h, h_lo)
