import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import ShapeError

RNG = np.random.default_rng(0)


@given(
    shapes=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=3, max_side=4),
    dtype=st.sampled_from([np.float32, np.float64, np.int64]),
)
def test_matmul_is_numpys(shapes, dtype):
    x, y = [
        np.asarray(np.random.default_rng(1).integers(-9, 9, s), dtype) for s in shapes.input_shapes
    ]
    got = lucid.from_numpy(x) @ lucid.from_numpy(y)
    assert got.shape == shapes.result_shape
    assert got.dtype == dtype
    np.testing.assert_allclose(got.numpy(), x @ y, rtol=1e-5)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 2, 3), (3, 4)),
        ((2, 2, 3), (3,)),
        ((2, 3), (2, 3, 2)),
        ((2, 1, 2, 3), (2, 3, 2)),
        ((3,), (2, 3, 2)),
    ],
)
def test_matmul_gradients(check_gradient, left, right):
    check_gradient(lambda x, y: x @ y, RNG.normal(size=left), RNG.normal(size=right))


def test_array_on_either_side():
    a, t = np.eye(2, dtype=np.float32), lucid.ones(2, 2, requires_grad=True)
    for product in (a @ t, t @ a, np.matmul(a, t), [[1.0, 0.0], [0.0, 1.0]] @ t):
        assert isinstance(product, lucid.Tensor)
        assert product.requires_grad
        np.testing.assert_array_equal(product.detach().numpy(), np.ones((2, 2)))


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(check_gradient, shape, bias):
    x, weight, b = RNG.normal(size=shape), RNG.normal(size=(2, 4)), RNG.normal(size=2)
    arrays = (x, weight, b)[: 2 + bias]
    got = lucid.linear(*[lucid.tensor(a) for a in arrays])
    np.testing.assert_allclose(got.numpy(), x @ weight.T + (b if bias else 0))
    check_gradient(lucid.linear, *arrays)


def test_linear_promotes():
    x = lucid.ones(2, 3)
    bias = lucid.zeros(4, dtype=np.float64, requires_grad=True)
    out = lucid.linear(x, lucid.ones(4, 3, requires_grad=True), bias)
    assert out.dtype == np.float64
    out.backward()
    np.testing.assert_array_equal(bias.grad.numpy(), [2.0] * 4)


def test_outer(check_gradient):
    check_gradient(lucid.outer, RNG.normal(size=3), RNG.normal(size=2))


EINSUMS = {
    "ij,jk->ik": [(2, 3), (3, 2)],
    "ij,jk": [(2, 3), (3, 2)],
    "ij->": [(2, 3)],
    "ij->j": [(2, 3)],
    "ii->i": [(3, 3)],
    "ii": [(3, 3)],
    "iji->j": [(2, 3, 2)],
    "...ij,...jk->...ik": [(2, 2, 3), (3, 2)],
    "b...,b->...": [(2, 3, 2), (2,)],
    "ij,ij,jk->ik": [(2, 3), (2, 3), (3, 2)],
    "i,j->ij": [(2,), (3,)],
    "ij,j->i": [(2, 3), (1,)],
    "ij,k->k": [(2, 3), (2,)],
}


@pytest.mark.parametrize("subscripts", EINSUMS)
def test_einsum(check_gradient, subscripts):
    arrays = [RNG.normal(size=shape) for shape in EINSUMS[subscripts]]
    got = lucid.einsum(subscripts, *[lucid.tensor(a) for a in arrays])
    np.testing.assert_allclose(got.numpy(), np.einsum(subscripts, *arrays))
    check_gradient(lambda *t: lucid.einsum(subscripts, *t), *arrays)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lucid.ones(2, 3) @ lucid.ones(2, 3), r"\(2, 3\) and \(2, 3\).*axis 0 .* has 2"),
        (lambda: lucid.ones(3) @ lucid.ones(4), r"length 3, axis 0 of the second has 4"),
        (lambda: lucid.ones(2, 2, 3) @ lucid.ones(3, 3, 2), "axis -3 has length 2"),
        (lambda: lucid.ones(2) @ lucid.tensor(1.0), "at least one axis"),
        (lambda: lucid.linear(lucid.ones(2, 3), lucid.ones(4, 2)), "must have length 2"),
        (lambda: lucid.linear(lucid.ones(2), lucid.ones(2)), "do not fit"),
        (
            lambda: lucid.linear(lucid.ones(2, 3), lucid.ones(4, 3), lucid.ones(3)),
            r"bias of shape \(3,\)",
        ),
        (lambda: lucid.einsum("ij,jk", lucid.ones(2, 2)), "names 2 operands"),
        (lambda: lucid.einsum("ijk->i", lucid.ones(2, 2)), "shape"),
        (lambda: lucid.einsum("i1->i", lucid.ones(2, 2)), "one letter"),
        (lambda: lucid.einsum("ij->k", lucid.ones(2, 2)), "output"),
        (lambda: lucid.einsum("ij,jk->ik", lucid.ones(2, 3), lucid.ones(2, 3)), "lengths 3 and 2"),
        (lambda: lucid.einsum("ii->i", lucid.ones(2, 3)), "lengths 2 and 3"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ShapeError, match=words):
        call()
