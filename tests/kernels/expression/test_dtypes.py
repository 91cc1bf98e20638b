"""Promotion is NumPy's, and the plain evaluator computes what NumPy computes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels.errors import DtypeError
from lucid.kernels.expression import apply, evaluate_array, infer, trace
from lucid.kernels.expression.infer import output_dtypes

NUMBERS = [np.dtype(c) for c in "bhilBHILfd"]
UNARY = {
    "negative": np.negative, "abs": np.abs, "sign": np.sign, "square": np.square,
    "exp": np.exp, "sqrt": np.sqrt, "floor": np.floor, "isnan": np.isnan,
}  # fmt: skip
BINARY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.true_divide,
    "maximum": np.maximum, "less": np.less, "floor_divide": np.floor_divide,
    "remainder": np.remainder, "fmod": np.fmod, "hypot": np.hypot, "copysign": np.copysign,
}  # fmt: skip


def result_dtype(name, *kinds):
    names = ["x", "y"][: len(kinds)]
    expression = trace(lambda *s: apply(name, *s), name, names, (), {})
    return output_dtypes(expression, infer(expression, kinds), kinds)[0]


@pytest.mark.parametrize("name", UNARY)
@given(st.sampled_from(NUMBERS))
def test_unary_promotion(name, dtype):
    with np.errstate(all="ignore"):
        assert result_dtype(name, dtype) == UNARY[name](np.ones(1, dtype)).dtype


@pytest.mark.parametrize("name", BINARY)
@given(st.sampled_from(NUMBERS), st.sampled_from([*NUMBERS, int, float]))
def test_binary_promotion(name, left, right):
    other = np.ones(1, right) if isinstance(right, np.dtype) else right(1)
    assert result_dtype(name, left, right) == BINARY[name](np.ones(1, left), other).dtype


def test_numbers_alone_take_the_dtype_of_the_arrays():
    expression = trace(lambda x: apply("where", x > 0, 1.0, 0.0), "step", ["x"], (), {})
    kinds = (np.dtype(np.float32),)
    assert output_dtypes(expression, infer(expression, kinds), kinds) == (np.float32,)


def test_bool_is_refused_where_numpy_refuses_it():
    for name in ("negative", "sign"):
        with pytest.raises(DtypeError, match="bool"):
            result_dtype(name, np.dtype(bool))
    with pytest.raises(DtypeError, match="integers"):
        result_dtype("bitwise_and", np.dtype(float), np.dtype(int))


@pytest.mark.parametrize("name", BINARY)
@given(st.data())
def test_evaluator_agrees_with_numpy(name, data):
    dtype = data.draw(st.sampled_from(NUMBERS))
    x, y = (data.draw(hnp.arrays(dtype, 3)) for _ in range(2))
    expression = trace(lambda *s: apply(name, *s), name, ["x", "y"], (), {})
    with np.errstate(all="ignore"):
        expected = BINARY[name](x, y)
    (found,) = evaluate_array(expression, [x, y])
    assert found.dtype == expected.dtype
    np.testing.assert_array_max_ulp(
        found, expected, 1
    ) if dtype.kind == "f" and name == "hypot" else np.testing.assert_array_equal(found, expected)
