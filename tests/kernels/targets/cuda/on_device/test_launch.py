"""Calls with arrays on the device: where they run, where results go, what is refused."""

import numpy as np
import pytest

import lucid
from lucid import kernels
from lucid.kernels.errors import DtypeError, ShapeError, TargetError
from lucid.kernels.targets import cuda

X = np.float32([[-1.0, 2.0, -0.5, 3.0], [-2.5, 2.5, 0.0, -3.0]])


@pytest.fixture
def x():
    return cuda.to_device(X)


def test_hard_sigmoid(x):
    result = kernels.hard_sigmoid(x)
    assert cuda.is_device_array(result)
    expected = kernels.hard_sigmoid(X)
    np.testing.assert_array_equal(result.get(), expected)
    np.testing.assert_allclose(result.get()[0], [0.3, 0.9, 0.4, 1.0], rtol=1e-6)


def test_gradient_of_hard_sigmoid_holds_at_its_bounds(x):
    slopes = kernels.hard_sigmoid.derivative(x).get()
    np.testing.assert_array_equal(slopes, np.float32([[0.2, 0.2, 0.2, 0], [0.2, 0.2, 0.2, 0]]))


def test_hard_sigmoid_with_other_scalars(x):
    result = kernels.hard_sigmoid(x, slope=1 / 6)
    np.testing.assert_array_equal(result.get(), kernels.hard_sigmoid(X, slope=1 / 6))


def test_to_the_device_and_back(x):
    assert cuda.is_device_array(x)
    assert not cuda.is_device_array(X)
    assert not cuda.is_device_array(1.0)
    assert cuda.to_device(x) is x
    assert cuda.namespace_of(x) is cuda.array_module()
    assert cuda.namespace_of(X) is np
    np.testing.assert_array_equal(cuda.to_host(x), X)
    # A copy, in both directions.
    kernels.add(x, 1.0, out=x)
    assert X[0, 0] == -1.0


def test_foreign_arrays_are_taken_over_without_a_copy(x):
    class Foreign:
        __cuda_array_interface__ = x.__cuda_array_interface__

    class Packed:
        def __dlpack__(self, **keywords):
            return x.__dlpack__(**keywords)

        def __dlpack_device__(self):
            return x.__dlpack_device__()

    for foreign in (Foreign(), Packed()):
        taken = cuda.from_interface(foreign)
        assert taken.data.ptr == x.data.ptr
        assert taken.shape == x.shape
    with pytest.raises(TargetError, match="no array on a CUDA device"):
        cuda.from_interface(X)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T,
        lambda a: a[:, ::-1],
        lambda a: a[::-1, 1::2],
        lambda a: a[:, 1:],
        lambda a: a[:1],
        lambda a: a[:, :1],
        lambda a: a[0, 0],
        lambda a: a[:0],
        lambda a: a.reshape(2, 2, 2).transpose(1, 0, 2),
    ],
)
def test_views(x, view):
    result = kernels.subtract(view(x), 0.5)
    assert result.shape == view(X).shape
    np.testing.assert_array_equal(result.get(), view(X) - np.float32(0.5))


def test_the_result_lies_as_its_argument_does(x):
    assert kernels.negative(x.T).flags.f_contiguous
    assert not kernels.negative(x.T).flags.c_contiguous


def test_broadcasting(x):
    row, column = cuda.to_device(X[0]), cuda.to_device(X[:, :1])
    np.testing.assert_array_equal(kernels.add(row, column).get(), X[0] + X[:, :1])
    np.testing.assert_array_equal(kernels.add(x, cuda.to_device(np.float32(2))).get(), X + 2)
    with pytest.raises(ShapeError, match="do not broadcast"):
        kernels.add(x, row[:3])


def test_dtypes_that_are_no_numbers():
    xp = cuda.array_module()
    for dtype in (np.complex64, np.dtype(np.float32).newbyteorder()):
        with pytest.raises(DtypeError, match="expected real numbers or bool"):
            kernels.exp(xp.zeros(3, dtype))


def test_promotion_is_that_of_the_host(x):
    for other in (np.float64(1.5), np.int32([1, 2, 3, 4]), np.array([True, False, True, True])):
        moved = cuda.to_device(other) if other.ndim else other
        got, wanted = kernels.add(x, moved), kernels.add(X, other)
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got.get(), wanted)


def test_halves(x):
    half = cuda.to_device(X.astype(np.float16))
    result = kernels.multiply(half, 0.3)
    np.testing.assert_array_equal(result.get(), kernels.multiply(X.astype(np.float16), 0.3))


def test_out(x):
    xp = cuda.array_module()
    out = xp.zeros((2, 4), np.float32)
    assert kernels.square(x, out=out) is out
    np.testing.assert_array_equal(out.get(), X * X)
    wide = xp.zeros((2, 8), np.float64)
    kernels.square(x, out=wide[:, ::2])
    np.testing.assert_array_equal(wide.get()[:, ::2], X * X)
    assert not wide.get()[:, 1::2].any()
    with pytest.raises(ShapeError, match="out has"):
        kernels.square(x, out=xp.zeros(3, np.float32))
    with pytest.raises(DtypeError, match="can't be cast"):
        kernels.square(x, out=xp.zeros((2, 4), np.int32))
    with pytest.raises(TargetError, match="out is a ndarray on the host"):
        kernels.square(x, out=np.zeros((2, 4), np.float32))


def test_overlap():
    a = cuda.to_device(np.arange(9.0))
    kernels.add(a[:-1], a[1:], out=a[1:])
    np.testing.assert_array_equal(a.get(), [0, 1, 3, 5, 7, 9, 11, 13, 15])
    b = cuda.to_device(np.arange(4.0))
    kernels.add(b, b, out=b)
    np.testing.assert_array_equal(b.get(), [0, 2, 4, 6])
    kernels.add(b[::-1], 0.0, out=b)
    np.testing.assert_array_equal(b.get(), [6, 4, 2, 0])


def test_scalars_are_computed_on_the_host():
    @lucid.pointwise
    def decay(x, beta=0.9, step=1):
        return x / (1.0 - beta**step)

    x = np.float32([1.0, 2.0])
    for step in (1, 2, 10):
        got = decay(cuda.to_device(x), step=step)
        np.testing.assert_array_equal(got.get(), decay(x, step=step))


def test_the_same_call_again_takes_new_values(x):
    for factor in (2.0, 3.0, np.inf):
        np.testing.assert_array_equal(
            kernels.multiply(x, factor).get(), kernels.multiply(X, factor)
        )


def test_random_numbers_have_the_bits_of_the_host():
    places = np.arange(9, dtype=np.uint32)
    for draw in (kernels.random_uniform, kernels.random_bits):
        np.testing.assert_array_equal(draw(7, cuda.to_device(places)).get(), draw(7, places))


def test_host_and_device_do_not_mix(x):
    with pytest.raises(TargetError, match=r"shape \(4,\) and dtype float64 lies on the host.*cuda"):
        kernels.add(x, np.ones(4))
    with pytest.raises(TargetError, match="target 'cuda' was asked for; copy it"):
        kernels.exp(X, target="cuda")
    with lucid.target("cuda"), pytest.raises(TargetError, match="target 'cuda' was asked for"):
        kernels.exp(X)
    for target in ("cpu", "parallel"):
        with pytest.raises(TargetError, match="lies on the device"):
            kernels.exp(x, target=target)


def test_numbers_alone_are_computed_where_the_target_says():
    result = kernels.add(1.0, 2.0, target="cuda")
    assert cuda.is_device_array(result)
    assert float(result) == 3.0


def test_fused_functions_and_several_outputs(x):
    @lucid.pointwise
    def both(x, y):
        return x * y, lucid.where(x > y, x, y)

    y = cuda.to_device(X[::-1].copy())
    for got, wanted in zip(both(x, y), both(X, X[::-1].copy()), strict=True):
        np.testing.assert_array_equal(got.get(), wanted)
