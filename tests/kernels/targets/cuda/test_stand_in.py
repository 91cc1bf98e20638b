"""The simulator's arrays refuse what CuPy's refuse."""

import pickle

import numpy as np
import pytest

from lucid.kernels.targets.cuda import stand_in as xp

X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def x():
    return xp.asarray(X)


def test_what_an_array_says_of_itself(x):
    assert (x.shape, x.dtype, x.strides, x.ndim) == ((2, 3), np.float32, (12, 4), 2)
    assert (x.size, x.nbytes, x.itemsize, len(x)) == (6, 24, 4, 2)
    assert x.flags.c_contiguous
    assert not x.T.flags.c_contiguous
    assert x.T.flags.f_contiguous
    assert x[1:].data.ptr - x.data.ptr == 12
    assert x.data.device_id == 0
    assert repr(x) == repr(X)
    assert f"{x[0, 1]:.2f}" == "1.00"


@pytest.mark.parametrize("name", ["writeable", "aligned"])
def test_flags_that_cupy_lacks(x, name):
    assert not hasattr(x.flags, name)


@pytest.mark.parametrize("name", ["__array_interface__", "__index__", "resize", "ctypes"])
def test_attributes_that_cupy_lacks(x, name):
    assert not hasattr(x, name)


@pytest.mark.parametrize(
    "use",
    [
        np.asarray,
        np.array,
        lambda x: x + X,
        lambda x: X + x,
        lambda x: np.add(X, 1, out=x),
        lambda x: np.add(x, 1, out=X),
        lambda x: np.concatenate([x, X]),
        lambda x: xp.where(x > 1, x, X),
        lambda x: x[np.array([0, 1])],
        lambda x: x.__setitem__(0, X[0]),
    ],
)
def test_it_does_not_mix_with_the_host(x, use):
    with pytest.raises(TypeError, match=r"Implicit conversion|Unsupported type|return arrays"):
        use(x)


def test_numbers_mix(x):
    for result in (x + 1, 1 + x, x * np.float32(2), x > 1, -x, abs(x), x @ x.T, x**2):
        assert isinstance(result, xp.ndarray)


@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_ufunc_methods(x, method):
    for ufunc in (np.add, np.multiply):
        got = getattr(ufunc, method)(x, axis=0)
        np.testing.assert_array_equal(got.get(), getattr(ufunc, method)(X, axis=0))
    with pytest.raises(NotImplementedError, match=f"maximum.{method}"):
        getattr(np.maximum, method)(x)


def test_ufunc_at():
    x = xp.zeros(3)
    np.add.at(x, xp.asarray([0, 0, 2]), 1.0)
    np.testing.assert_array_equal(x.get(), [2, 0, 1])
    with pytest.raises(NotImplementedError, match=r"divide\.at"):
        np.divide.at(x, xp.asarray([0]), 2.0)


def test_absent_functions(x):
    assert not hasattr(xp, "block")
    assert not hasattr(xp, "no_such_function")
    with pytest.raises(TypeError, match="no implementation"):
        np.block([x])


@pytest.mark.parametrize("keywords", [{"where": True}, {"initial": 1.0}])
def test_absent_keywords(x, keywords):
    with pytest.raises(TypeError, match="unexpected keyword"):
        np.sum(x, **keywords)


def test_reductions_stay_on_the_device(x):
    for total in (x.sum(), np.sum(x), xp.sum(x), xp.linalg.norm(x), x.max()):
        assert isinstance(total, xp.ndarray)
        assert total.shape == ()
    assert float(x.sum()) == 15
    assert int(x.argmax()) == 5
    assert bool(x.any())


def test_functions_and_methods(x):
    np.testing.assert_array_equal(xp.concatenate([x, x]).get(), np.concatenate([X, X]))
    np.testing.assert_array_equal(x.astype(np.int32).get(), X.astype(np.int32))
    np.testing.assert_array_equal(x.transpose(1, 0).get(), X.T)
    np.testing.assert_array_equal(np.take_along_axis(x, xp.argsort(x, axis=1), 1).get(), X)
    np.testing.assert_array_equal(xp.sqrt(x).get(), np.sqrt(X))
    parts = xp.split(x, 3, axis=1)
    assert all(isinstance(part, xp.ndarray) for part in parts)
    np.testing.assert_array_equal(xp.asnumpy(x), X)


def test_elements(x):
    x[0] = 7.0
    x[1, 1:] = xp.asarray([8.0, 9.0])
    np.testing.assert_array_equal(x.get(), [[7, 7, 7], [3, 8, 9]])
    assert [row.tolist() for row in x] == [[7, 7, 7], [3, 8, 9]]
    assert x[0, 0].item() == 7
    with pytest.raises(TypeError, match="0-d"):
        iter(x[0, 0])
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)


def test_copies_to_and_fro(x):
    host = x.get()
    host[0, 0] = 99
    assert x[0, 0].item() == 0
    x.set(host)
    assert x[0, 0].item() == 99
    with pytest.raises(TypeError, match="cannot be set"):
        x.set(host.astype(np.float64))
    with pytest.raises(ValueError, match="Shape mismatch"):
        x.set(host[:1])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(x)).get(), host)


def test_interfaces(x):
    class Foreign:
        __cuda_array_interface__ = x.__cuda_array_interface__

    assert xp.asarray(Foreign()).data.ptr == x.data.ptr
    assert xp.from_dlpack(x).data.ptr == x.data.ptr
    assert x.__dlpack_device__() == (2, 0)
