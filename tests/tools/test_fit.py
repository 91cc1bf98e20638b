from itertools import pairwise

import numpy as np
import pytest
from mpmath import mp

from tools.fit.__main__ import families
from tools.fit.remez import FitError, minimax, round_to


def test_polynomial_reaches_the_known_error() -> None:
    # The best line for e^x on [-1, 1]: slope sinh 1, error (e - slope - t e^t ...) by hand.
    fit = minimax(mp.exp, (-1, 1), range(2), weight=lambda x: 1)
    slope = mp.sinh(1)
    touch = mp.log(slope)
    error = (mp.cosh(1) - slope + slope * touch) / 2
    assert fit.error == pytest.approx(float(error), rel=1e-3)
    assert fit.numerator[1] == pytest.approx(float(slope), rel=1e-3)


def test_chebyshev_polynomial_comes_out() -> None:
    # The best approximation of x^3 by lower powers leaves T3(x) / 4.
    fit = minimax(lambda x: x**3, (-1, 1), range(3), weight=lambda x: 1)
    assert fit.error == pytest.approx(1 / 4, rel=1e-3)
    assert [float(c) for c in fit.numerator.values()] == pytest.approx([0, 3 / 4, 0], abs=1e-3)


def test_error_curve_is_level() -> None:
    fit = minimax(lambda x: mp.log1p(x) / x, (0, 1), range(6))
    extrema = [
        errors[1]
        for errors in zip(fit.errors, fit.errors[1:], fit.errors[2:], strict=False)
        if abs(errors[1]) >= max(abs(errors[0]), abs(errors[2]))
    ]
    extrema = [fit.errors[0], *extrema, fit.errors[-1]]
    signs = [error > 0 for error in extrema]
    assert len(extrema) == 7
    assert all(a != b for a, b in pairwise(signs))
    assert all(abs(error) > 0.99 * fit.error for error in extrema)


def test_rational_beats_the_polynomial_of_as_many_coefficients() -> None:
    rational = minimax(mp.exp, (-1, 1), range(3), denominator=range(1, 3))
    polynomial = minimax(mp.exp, (-1, 1), range(5))
    assert rational.error < polynomial.error / 2
    assert abs(rational(mp.mpf("0.3")) / mp.exp("0.3") - 1) <= rational.error


@pytest.mark.parametrize("number", [np.float32, np.float64])
def test_rounded_coefficients_are_refitted(number: type) -> None:
    def function(x: mp.mpf) -> mp.mpf:
        return mp.cos(mp.sqrt(x))

    exact = minimax(function, (0, 1), range(5 if number is np.float32 else 9))
    rounded = minimax(function, (0, 1), exact.numerator, number=number)
    assert all(round_to(c, number) == c for c in rounded.numerator.values())
    plain = {k: round_to(c, number) for k, c in exact.numerator.items()}
    naive = max(
        abs(mp.fsum(c * x**k for k, c in plain.items()) / function(x) - 1) for x in exact.points
    )
    assert exact.error <= rounded.error < naive


def test_fixed_coefficients_stay() -> None:
    fit = minimax(mp.exp, (-0.3, 0.3), range(6), fixed={0: 1, 1: 1}, number=np.float64)
    assert fit.numerator[0] == fit.numerator[1] == 1
    assert fit.error < mp.mpf(2) ** -21


def test_dependent_powers_are_refused() -> None:
    with pytest.raises(FitError, match="extrema"):
        minimax(mp.exp, (0, 1), [1, 1])


def test_fixed_powers_must_be_powers() -> None:
    with pytest.raises(ValueError, match="not in `powers`"):
        minimax(mp.exp, (-1, 1), range(3), fixed={7: 1})


def test_generated_module_is_reproduced() -> None:
    family = families()["power"]
    assert family.path().read_text(encoding="utf-8") == family.source()
