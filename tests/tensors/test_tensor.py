import copy
import pickle

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import DtypeError, GraphError, ShapeError, TargetError


def test_properties():
    x = lucid.ones(2, 3)
    assert (x.shape, x.ndim, x.size, x.device) == ((2, 3), 2, 6, "cpu")
    assert (x.itemsize, x.nbytes, x.numel(), len(x)) == (4, 24, 6, 2)
    assert x.is_leaf
    assert x.grad_fn is None
    assert x.data is x.numpy()
    assert x.tolist() == [[1.0] * 3] * 2
    assert [row.tolist() for row in x] == x.tolist()
    assert 1.0 in x
    assert 2.0 not in x
    assert f"{lucid.tensor(1.5):.2f}" == "1.50"
    assert f"{x}" == str(x)


def test_one_element():
    x = lucid.tensor([[2.5]])
    assert (x.item(), float(x), int(x), bool(x)) == (2.5, 2.5, 2, True)
    assert [10, 20, 30][lucid.tensor(1)] == 20
    assert range(5)[lucid.tensor([2])] == 2
    for call in (float, int, bool, lambda t: t.item()):
        with pytest.raises(ShapeError, match="exactly one"):
            call(lucid.ones(2))
    with pytest.raises(TypeError, match="float32"):
        [1, 2][lucid.tensor(1.0)]
    with pytest.raises(TypeError, match="no length"):
        len(lucid.tensor(1))
    with pytest.raises(TypeError, match="nothing to go through"):
        iter(lucid.tensor(1))


@pytest.mark.parametrize(
    ("method", "dtype"),
    [
        ("half", np.float16),
        ("float", np.float32),
        ("double", np.float64),
        ("int", np.int32),
        ("long", np.int64),
        ("bool", np.bool_),
    ],
)
def test_conversions(method, dtype):
    x = lucid.tensor([0.0, 1.5, -2.0])
    y = getattr(x, method)()
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.numpy(), x.numpy().astype(dtype))


def test_to():
    x = lucid.tensor([1.5, 2.5], requires_grad=True)
    assert x.to("float32") is x
    assert x.to("cpu") is x
    assert x.cpu() is x
    assert x.to(lucid.ones(1, dtype=np.float64)).dtype == np.float64
    assert x.type_as(lucid.ones(1, dtype=np.float64)).dtype == np.float64
    assert not x.to(int).requires_grad
    y = x.to("cpu", np.float64)
    (y * y).backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [3.0, 5.0]
    with pytest.raises(TargetError, match="'tpu'"):
        x.to("tpu")
    with pytest.raises(DtypeError, match="complex"):
        x.astype(complex)


def test_grad_attribute():
    x = lucid.ones(2, requires_grad=True)
    x.grad = [1.0, 2.0]
    assert x.grad.tolist() == [1.0, 2.0]
    x.grad = None
    assert x.grad is None
    with pytest.raises(ShapeError, match=r"shape \(3,\) for a tensor of shape \(2,\)"):
        x.grad = lucid.ones(3)


def test_requires_grad():
    x = lucid.ones(2)
    assert x.requires_grad_() is x
    assert (x * 2).requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad
    x.requires_grad = True
    y = x * 2
    assert y.requires_grad_() is y
    assert not y.is_leaf
    with pytest.raises(GraphError, match="detach"):
        y.requires_grad = False
    assert not y.detach().requires_grad
    assert y.clone().requires_grad


def test_contiguous():
    x = lucid.ones(2, 3)
    assert x.contiguous() is x
    assert x.T.contiguous().numpy().flags.c_contiguous
    assert x.reshape_as(lucid.ones(6)).shape == (6,)
    assert x.view_as(lucid.ones(3, 2)).shape == (3, 2)
    assert x[:1].expand_as(lucid.ones(4, 3)).shape == (4, 3)


def test_hash_and_equality():
    x, y = lucid.ones(2), lucid.ones(2)
    assert len({x, y, x}) == 2
    assert (x == y).all()
    assert (x != [1.0, 2.0]).tolist() == [False, True]


@pytest.mark.parametrize(
    "clone", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies(clone):
    x = lucid.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).backward()
    y = clone(x)
    assert type(y) is lucid.Tensor
    assert y.requires_grad
    assert y.tolist() == x.tolist()
    assert y.grad.tolist() == [3.0, 3.0]
    assert y is not x
    with pytest.raises(GraphError, match="detach"):
        clone(x * 2)


def test_deep_copies_are_apart():
    x = lucid.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).backward()
    pair = copy.deepcopy([x, x])
    assert pair[0] is pair[1]
    assert not np.shares_memory(pair[0].numpy(), x.numpy())
    assert not np.shares_memory(pair[0].grad.numpy(), x.grad.numpy())


class Named(lucid.Tensor):
    def __init__(self, data, name):
        super().__init__(data, requires_grad=True)
        self.name = name


@pytest.mark.parametrize("clone", [copy.deepcopy, copy.copy])
def test_subclasses(clone):
    x = Named([1.0], "weight")
    assert type(x * 2) is lucid.Tensor
    assert repr(x).startswith("Named([1.0]")
    y = clone(x)
    assert type(y) is Named
    assert y.name == "weight"


def test_package_and_function_of_one_name():
    from lucid.tensors import Tensor, tensor

    assert lucid.tensor is tensor
    assert lucid.Tensor is Tensor
