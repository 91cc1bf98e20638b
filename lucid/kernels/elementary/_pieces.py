"""Functions of float32 by 32 pieces, whose coefficients lie in registers of AVX-512.

The piece of a number a >= 0 is what the parabola a (linear + square a) rounds to, and its value a
polynomial in a - node with the exact first coefficient c[0]. So little but the last rounding
counts: the rest is smaller than the value, the more so the narrower the pieces are.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import bits_f32, elementary, fma_f32
from lucid.kernels.elementary._variants import table_f32

#: Adding it rounds to an integer, which then stands in the low bits.
_MAGIC = np.float32(1.5 * 2**23)


def _place(c: Any, name: str) -> Any:
    linear, square = getattr(c, f"{name}_LINEAR_F32"), getattr(c, f"{name}_SQUARE_F32")

    @elementary
    def place(a: Any) -> Any:
        return bits_f32(fma_f32(a, fma_f32(a, square, linear), _MAGIC))

    return place


def _tables(c: Any, name: str, degree: int) -> list[Any]:
    columns = ["NODE", *map(str, range(degree + 1))]
    return [table_f32(getattr(c, f"{name}_{column}")) for column in columns]


def sextic_pieces(c: Any, name: str) -> Any:
    """Make the function of a in [0, LAST] whose coefficients, to power 6, are in the module c."""
    place = _place(c, name)
    node, zeroth, first, second, third, fourth, fifth, sixth = _tables(c, name, 6)

    @elementary
    def value(a: Any) -> Any:
        piece = place(a)
        z = a - node(piece)
        # Horner's scheme: what runs side by side are vectors, and a term more costs more.
        y = fma_f32(z, sixth(piece), fifth(piece))
        y = fma_f32(z, y, fourth(piece))
        y = fma_f32(z, y, third(piece))
        y = fma_f32(z, y, second(piece))
        y = fma_f32(z, y, first(piece))
        return fma_f32(z, y, zeroth(piece))

    return value


def quartic_odd_pieces(c: Any, name: str) -> Any:
    """Make the same to power 4, of an odd function, up to CENTRE fitted less a."""
    place, end = _place(c, name), getattr(c, f"{name}_CENTRE_F32")
    node, zeroth, first, second, third, fourth = _tables(c, name, 4)

    @elementary
    def value(a: Any) -> Any:
        piece = place(a)
        z = a - node(piece)
        y = fma_f32(z, fourth(piece), third(piece))
        y = fma_f32(z, y, second(piece))
        y = fma_f32(z, y, first(piece))
        return fma_f32(z, y, a if a <= end else zeroth(piece))

    return value
