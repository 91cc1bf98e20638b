"""The special cases of the array API standard 2025.12, as its text states them, in a table."""

import math

import numpy as np
import pytest

from lucid import kernels
from lucid.testing import assert_same

INF, NAN, PI = math.inf, math.nan, math.pi
HALF, QUARTER = PI / 2, PI / 4

#: (operation, arguments, result). Results that the standard calls "an implementation-dependent
#: approximation" are compared after rounding to the dtype.
ONE_ARGUMENT = [
    ("abs", -0.0, 0.0), ("abs", -INF, INF), ("abs", NAN, NAN),
    ("acos", 1.0, 0.0), ("acos", 1.5, NAN), ("acos", -1.5, NAN), ("acos", NAN, NAN),
    ("acosh", 1.0, 0.0), ("acosh", 0.5, NAN), ("acosh", INF, INF), ("acosh", NAN, NAN),
    ("asin", 0.0, 0.0), ("asin", -0.0, -0.0), ("asin", 1.5, NAN), ("asin", -1.5, NAN),
    ("asinh", 0.0, 0.0), ("asinh", -0.0, -0.0), ("asinh", INF, INF), ("asinh", -INF, -INF),
    ("atan", 0.0, 0.0), ("atan", -0.0, -0.0), ("atan", INF, HALF), ("atan", -INF, -HALF),
    ("atanh", 0.0, 0.0), ("atanh", -0.0, -0.0), ("atanh", 1.0, INF), ("atanh", -1.0, -INF),
    ("atanh", 1.5, NAN), ("atanh", -1.5, NAN), ("atanh", NAN, NAN),
    ("ceil", 3.0, 3.0), ("ceil", INF, INF), ("ceil", -INF, -INF), ("ceil", 0.0, 0.0),
    ("ceil", -0.0, -0.0), ("ceil", -0.5, -0.0), ("ceil", NAN, NAN),
    ("cos", 0.0, 1.0), ("cos", -0.0, 1.0), ("cos", INF, NAN), ("cos", -INF, NAN),
    ("cosh", 0.0, 1.0), ("cosh", -0.0, 1.0), ("cosh", INF, INF), ("cosh", -INF, INF),
    ("exp", 0.0, 1.0), ("exp", -0.0, 1.0), ("exp", INF, INF), ("exp", -INF, 0.0),
    ("expm1", 0.0, 0.0), ("expm1", -0.0, -0.0), ("expm1", INF, INF), ("expm1", -INF, -1.0),
    ("floor", -3.0, -3.0), ("floor", INF, INF), ("floor", 0.0, 0.0), ("floor", -0.0, -0.0),
    ("floor", -0.5, -1.0), ("floor", NAN, NAN),
    ("log", 0.0, -INF), ("log", -0.0, -INF), ("log", 1.0, 0.0), ("log", INF, INF),
    ("log", -1.0, NAN), ("log", -INF, NAN),
    ("log1p", -2.0, NAN), ("log1p", -1.0, -INF), ("log1p", -0.0, -0.0), ("log1p", 0.0, 0.0),
    ("log1p", INF, INF),
    ("log2", 0.0, -INF), ("log2", -1.0, NAN), ("log2", 1.0, 0.0), ("log2", INF, INF),
    ("log10", 0.0, -INF), ("log10", -1.0, NAN), ("log10", 1.0, 0.0), ("log10", INF, INF),
    ("negative", 0.0, -0.0), ("negative", NAN, NAN), ("positive", -0.0, -0.0),
    ("reciprocal", 0.0, INF), ("reciprocal", -0.0, -INF), ("reciprocal", -INF, -0.0),
    ("round", 0.5, 0.0), ("round", 1.5, 2.0), ("round", -0.5, -0.0), ("round", -0.0, -0.0),
    ("round", INF, INF), ("round", NAN, NAN),
    ("sign", -2.0, -1.0), ("sign", 0.0, 0.0), ("sign", -0.0, 0.0), ("sign", NAN, NAN),
    ("sin", 0.0, 0.0), ("sin", -0.0, -0.0), ("sin", INF, NAN), ("sin", -INF, NAN),
    ("sinh", 0.0, 0.0), ("sinh", -0.0, -0.0), ("sinh", INF, INF), ("sinh", -INF, -INF),
    ("sqrt", -1.0, NAN), ("sqrt", 0.0, 0.0), ("sqrt", -0.0, -0.0), ("sqrt", INF, INF),
    ("tan", 0.0, 0.0), ("tan", -0.0, -0.0), ("tan", INF, NAN), ("tan", -INF, NAN),
    ("tanh", 0.0, 0.0), ("tanh", -0.0, -0.0), ("tanh", INF, 1.0), ("tanh", -INF, -1.0),
    ("trunc", -0.0, -0.0), ("trunc", -0.5, -0.0), ("trunc", INF, INF), ("trunc", NAN, NAN),
    ("isfinite", 1.0, True), ("isfinite", INF, False), ("isfinite", NAN, False),
    ("isinf", -INF, True), ("isinf", NAN, False), ("isnan", NAN, True), ("isnan", INF, False),
    ("signbit", -0.0, True), ("signbit", 0.0, False), ("signbit", -INF, True),
    ("signbit", math.copysign(NAN, -1.0), True),
]  # fmt: skip

TWO_ARGUMENTS = [
    ("add", INF, -INF, NAN), ("add", INF, 1.0, INF), ("add", -0.0, -0.0, -0.0),
    ("add", -0.0, 0.0, 0.0), ("add", 1.5, -1.5, 0.0), ("add", NAN, 1.0, NAN),
    ("atan2", 1.0, 0.0, HALF), ("atan2", 1.0, -0.0, HALF), ("atan2", 0.0, 1.0, 0.0),
    ("atan2", 0.0, 0.0, 0.0), ("atan2", 0.0, -0.0, PI), ("atan2", 0.0, -1.0, PI),
    ("atan2", -0.0, 1.0, -0.0), ("atan2", -0.0, 0.0, -0.0), ("atan2", -0.0, -0.0, -PI),
    ("atan2", -0.0, -1.0, -PI), ("atan2", -1.0, 0.0, -HALF), ("atan2", 1.0, INF, 0.0),
    ("atan2", 1.0, -INF, PI), ("atan2", -1.0, INF, -0.0), ("atan2", -1.0, -INF, -PI),
    ("atan2", INF, 1.0, HALF), ("atan2", -INF, 1.0, -HALF), ("atan2", INF, INF, QUARTER),
    ("atan2", INF, -INF, 3 * PI / 4), ("atan2", -INF, INF, -QUARTER),
    ("atan2", -INF, -INF, -3 * PI / 4), ("atan2", NAN, 1.0, NAN), ("atan2", 1.0, NAN, NAN),
    ("copysign", 1.0, -0.0, -1.0), ("copysign", -1.0, 0.0, 1.0), ("copysign", NAN, 1.0, NAN),
    ("divide", INF, INF, NAN), ("divide", 0.0, 0.0, NAN), ("divide", 1.0, 0.0, INF),
    ("divide", 1.0, -0.0, -INF), ("divide", -1.0, 0.0, -INF), ("divide", 1.0, -INF, -0.0),
    ("divide", INF, -1.0, -INF), ("divide", 0.0, -1.0, -0.0),
    ("floor_divide", INF, INF, NAN), ("floor_divide", 0.0, 0.0, NAN),
    ("floor_divide", 0.0, -1.0, -0.0), ("floor_divide", 1.0, 0.0, INF),
    ("floor_divide", 1.0, INF, 0.0), ("floor_divide", 1.0, -INF, -1.0),
    ("fmod", INF, 1.0, NAN), ("fmod", 1.0, 0.0, NAN), ("fmod", -0.0, 1.0, -0.0),
    ("fmod", 1.5, INF, 1.5),
    ("hypot", INF, NAN, INF), ("hypot", NAN, -INF, INF), ("hypot", NAN, 1.0, NAN),
    ("hypot", 0.0, -3.0, 3.0),
    ("logaddexp", INF, INF, INF), ("logaddexp", -INF, -INF, -INF), ("logaddexp", NAN, 1.0, NAN),
    ("logaddexp", -INF, 1.0, 1.0),
    ("maximum", NAN, 1.0, NAN), ("maximum", 1.0, NAN, NAN), ("maximum", INF, 1.0, INF),
    ("minimum", NAN, 1.0, NAN), ("minimum", 1.0, NAN, NAN), ("minimum", -INF, 1.0, -INF),
    ("multiply", INF, 0.0, NAN), ("multiply", INF, -2.0, -INF), ("multiply", -1.0, 0.0, -0.0),
    ("nextafter", 1.0, 1.0, 1.0), ("nextafter", NAN, 1.0, NAN), ("nextafter", -0.0, 0.0, 0.0),
    ("nextafter", 0.0, -0.0, -0.0),
    ("pow", 1.0, NAN, 1.0), ("pow", NAN, 0.0, 1.0), ("pow", NAN, 1.0, NAN),
    ("pow", 0.0, 0.0, 1.0), ("pow", 2.0, INF, INF), ("pow", 2.0, -INF, 0.0),
    ("pow", 1.0, INF, 1.0), ("pow", -1.0, -INF, 1.0), ("pow", 0.5, INF, 0.0),
    ("pow", 0.5, -INF, INF), ("pow", INF, 2.0, INF), ("pow", INF, -2.0, 0.0),
    ("pow", -INF, 3.0, -INF), ("pow", -INF, 2.0, INF), ("pow", -INF, -3.0, -0.0),
    ("pow", -INF, -2.0, 0.0), ("pow", 0.0, 2.0, 0.0), ("pow", 0.0, -2.0, INF),
    ("pow", -0.0, 3.0, -0.0), ("pow", -0.0, 2.0, 0.0), ("pow", -0.0, -3.0, -INF),
    ("pow", -0.0, -2.0, INF), ("pow", -0.0, 0.5, 0.0), ("pow", -INF, 0.5, INF),
    ("pow", -2.0, 0.5, NAN),
    ("pow", -2.0, 3.0, -8.0),
    ("remainder", INF, 1.0, NAN), ("remainder", 1.0, 0.0, NAN), ("remainder", 0.0, 1.0, 0.0),
    ("remainder", -0.0, 1.0, 0.0), ("remainder", 0.0, -1.0, -0.0), ("remainder", 1.0, INF, 1.0),
    ("remainder", -1.0, INF, INF), ("remainder", 1.0, -INF, -INF), ("remainder", -1.0, -INF, -1.0),
    ("subtract", INF, INF, NAN), ("subtract", 0.0, 0.0, 0.0), ("subtract", -0.0, 0.0, -0.0),
    ("equal", 0.0, -0.0, True), ("equal", NAN, NAN, False), ("not_equal", NAN, NAN, True),
    ("less", NAN, 1.0, False), ("less_equal", -INF, -INF, True), ("greater", INF, 1.0, True),
    ("greater_equal", 1.0, NAN, False), ("logical_and", NAN, 0.0, False),
    ("logical_or", NAN, 0.0, True), ("logical_xor", NAN, 1.0, False),
]  # fmt: skip

CASES = [(name, (x,), result) for name, x, result in ONE_ARGUMENT] + [
    (name, (x, y), result) for name, x, y, result in TWO_ARGUMENTS
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_special_cases(name, dtype, every_target):
    cases = [case for case in CASES if case[0] == name]
    # A vector and a rest: each case passes through both.
    columns = [
        np.tile(np.array(column, dtype), 19)
        for column in zip(*(arguments for _, arguments, _ in cases), strict=True)
    ]
    kind = bool if isinstance(cases[0][2], bool) else dtype
    expected = np.tile(np.array([result for *_, result in cases], kind), 19)
    found = getattr(kernels, name)(*columns)
    assert_same(found, expected, inputs=columns, what=name)


def test_integers_have_no_special_values():
    x = np.array([-3, 0, 7])
    for name in ("floor", "ceil", "trunc", "round", "positive"):
        assert_same(getattr(kernels, name)(x), x)
    assert kernels.isfinite(x).all()
    assert not kernels.isnan(x).any()
    assert not kernels.isinf(x).any()


def test_integer_division_by_zero_is_zero():
    x = np.array([5, -5, 0])
    for name in ("floor_divide", "remainder", "fmod"):
        assert_same(getattr(kernels, name)(x, 0), np.zeros(3, np.int64))


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "uint64"])
def test_integer_powers_wrap_as_products_do(dtype):
    limits = np.iinfo(dtype)
    base = np.array([0, 1, 2, 3, 7, limits.max, limits.min], dtype)
    base, exponent = np.meshgrid(base, np.array([0, 1, 2, 5, 63], dtype))
    assert_same(kernels.pow(base, exponent), np.power(base, exponent))


def test_negative_integer_powers_round_to_zero():
    base = np.array([-2, -1, 0, 1, 2])
    assert_same(kernels.pow(base, -1), np.array([0, -1, 0, 1, 0]))
    assert_same(kernels.pow(base, -2), np.array([0, 1, 0, 1, 0]))
