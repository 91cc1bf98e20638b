import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.tensors.operators import BINARY, COMPARISONS, UNARY

FLOATS = ["add", "sub", "mul", "truediv", "eq", "ne", "lt", "le", "gt", "ge"]
INTEGERS = [*FLOATS, "floordiv", "mod", "and_", "or_", "xor", "lshift", "rshift"]


def _arrays(dtype, elements):
    return hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3).flatmap(
        lambda shapes: st.tuples(
            *[hnp.arrays(dtype, shape, elements=elements) for shape in shapes.input_shapes]
        )
    )


def _check(name, x, y):
    function = getattr(operator, name)
    expected = np.asarray(function(x, y))
    a, b = lucid.from_numpy(x), lucid.from_numpy(y)
    for got in (function(a, b), function(a, y), function(x, b)):
        assert isinstance(got, lucid.Tensor)
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("name", FLOATS)
@given(pair=_arrays(np.float32, st.floats(0.5, 100, width=32)))
def test_floats_as_in_numpy(name, pair):
    _check(name, *pair)


@pytest.mark.parametrize("name", INTEGERS)
@given(pair=_arrays(np.int64, st.integers(1, 20)))
def test_integers_as_in_numpy(name, pair):
    _check(name, *pair)


@pytest.mark.parametrize("number", [2, 2.5, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "lt", "eq"])
def test_python_numbers_are_weak(name, dtype, number):
    function = getattr(operator, name)
    x = np.array([1, 2, 3], dtype)
    t = lucid.from_numpy(x)
    for got, expected in (
        (function(t, number), function(x, number)),
        (function(number, t), function(number, x)),
    ):
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)


def test_numpy_scalars_are_not_weak():
    x = lucid.ones(2)
    assert (x * np.float64(2)).dtype == np.float64
    assert (np.float64(2) * x).dtype == np.float64
    assert (x * np.float32(2)).dtype == np.float32


def test_unary():
    x = np.array([-1.5, 0.0, 2.0], np.float32)
    t = lucid.tensor(x)
    for function in (operator.neg, operator.pos, operator.abs):
        np.testing.assert_array_equal(function(t).numpy(), function(x))
    flags = np.array([True, False])
    np.testing.assert_array_equal((~lucid.tensor(flags)).numpy(), ~flags)


def test_power():
    x = lucid.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x**2
    y.backward()
    assert y.tolist() == [1.0, 4.0, 9.0]
    assert x.grad.tolist() == [2.0, -4.0, 6.0]
    np.testing.assert_allclose((lucid.tensor([1.0, 2.0]) ** 3).numpy(), [1, 8], rtol=1e-6)
    np.testing.assert_allclose((2.0 ** lucid.tensor([1.0, 2.0])).numpy(), [2, 4], rtol=1e-6)


def test_strangers_are_left_to_python():
    x = lucid.ones(2)
    for stranger in (None, "text", object()):
        with pytest.raises(TypeError):
            x + stranger
        with pytest.raises(TypeError):
            x += stranger
        assert (x == stranger) is False
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3,\)"):
        x + lucid.ones(3)


def test_lists_are_read_like_tensors():
    x = lucid.ones(2)
    assert operator.add(x, [1.0, 2.0]).dtype == np.float32
    assert operator.add([1, 2], x).tolist() == [2.0, 3.0]


def test_every_operator_is_there():
    for name in BINARY:
        for prefix in ("", "r", "i"):
            assert callable(getattr(lucid.Tensor, f"__{prefix}{name}__"))
    for name in (*COMPARISONS, *UNARY):
        assert lucid.Tensor.__dict__[f"__{name}__"].__name__ == f"__{name}__"


def test_numpy_functions_call_lucids():
    x = lucid.tensor([1.0, 4.0], requires_grad=True)
    y = np.sqrt(x)
    assert isinstance(y, lucid.Tensor)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), [0.5, 0.25])
    assert isinstance(np.add(np.ones(2), x), lucid.Tensor)
    assert np.true_divide(x, 2).tolist() == [0.5, 2.0]
    array = np.ones(2, np.float32)
    array += x.detach()
    assert type(array) is np.ndarray
    assert array.tolist() == [2.0, 5.0]
    with pytest.raises(DtypeError, match=r"np\.add\.reduce can't be applied"):
        np.add.reduce(x)
    with pytest.raises(DtypeError, match=r"np\.spacing"):
        np.spacing(x)
    with pytest.raises(DtypeError, match="where="):
        np.sqrt(x, where=np.array([True, False]))


def test_asarray_of_a_gradient():
    x = lucid.tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True)
    lucid.hard_sigmoid(x).backward()
    np.testing.assert_allclose(np.asarray(x.grad), [[0.2, 0.2, 0.2, 0.0]])
    assert np.asarray(x.grad, np.float64).dtype == np.float64
    assert np.array(x.grad) is not x.grad.numpy()
