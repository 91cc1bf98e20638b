import numpy as np
import pytest

import lucid
from lucid.kernels.errors import DtypeError, GraphError, ShapeError


@pytest.fixture
def x():
    return lucid.tensor([1.0, 2.0, 3.0], requires_grad=True)


def test_change_of_a_saved_value_raises(x):
    y = x * 2
    z = (y * y).sum()
    y += 1
    with pytest.raises(GraphError, match=r"'multiply' needs a value .* changed in place.*clone"):
        z.backward()


def test_change_of_a_saved_output_raises(x):
    y = lucid.exp(x)
    y *= 2
    with pytest.raises(GraphError, match="'exp'"):
        y.backward()


def test_change_of_a_value_that_is_not_needed(x):
    y = x + 1
    z = y + 2
    y += 10
    z.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1, 1, 1])


def test_change_through_no_grad_a_view_or_detach_is_seen(x):
    def saved():
        y = x * 2
        return y, (y * y).sum()

    y, z = saved()
    with lucid.no_grad():
        y *= 2
    with pytest.raises(GraphError, match="in place"):
        z.backward()
    y, z = saved()
    other = y.detach()
    other *= 2
    with pytest.raises(GraphError, match="in place"):
        z.backward()
    y, z = saved()
    with lucid.no_grad():
        view = y.reshape(3, 1)[1:]
        view.copy_(0.0)
    with pytest.raises(GraphError, match="in place"):
        z.backward()
    y, z = saved()
    y.data = np.zeros(3)
    with pytest.raises(GraphError, match="in place"):
        z.backward()
    y, z = saved()
    with lucid.no_grad():
        lucid.exp(lucid.zeros(3), out=y)
    with pytest.raises(GraphError, match="in place"):
        z.backward()


def test_change_of_what_matmul_saved():
    w = lucid.ones(2, 2, requires_grad=True)
    x = lucid.ones(2, 2)
    y = x @ w
    x += 1
    with pytest.raises(GraphError, match="'matmul'"):
        y.backward()


@pytest.mark.parametrize("operator", ["__iadd__", "__isub__", "__imul__", "__itruediv__"])
def test_the_tensor_stands_for_its_new_value(operator):
    start = lucid.tensor(np.array([1.0, 2.0]), requires_grad=True)
    other = lucid.tensor(np.array([3.0, 4.0]), requires_grad=True)

    def run(in_place):
        x, y = start.clone(), other
        if in_place:
            memory = x.data
            assert getattr(x, operator)(y) is x
            assert x.data is memory
        else:
            x = getattr(x, operator.replace("__i", "__"))(y)
        return x, lucid.grad(x.sum(), [start, other])

    value, gradients = run(False)
    if operator in ("__imul__", "__itruediv__"):
        # The gradient of y is read from the old x, which is gone.
        with pytest.raises(GraphError, match="in place"):
            run(True)
        return
    changed, found = run(True)
    np.testing.assert_array_equal(changed.detach().numpy(), value.detach().numpy())
    for g, f in zip(gradients, found, strict=True):
        np.testing.assert_allclose(f.numpy(), g.numpy())


def test_multiplying_in_place_by_a_number(x):
    y = x + 0
    y *= 3
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3, 3])


def test_leaf_that_requires_grad(x):
    with pytest.raises(GraphError, match=r"leaf tensor .*no_grad"):
        x += 1
    with lucid.no_grad():
        x += 1
    np.testing.assert_array_equal(x.numpy(), [2, 3, 4])
    assert x.is_leaf
    assert x.requires_grad


def test_plain_tensors_change_freely():
    x = lucid.tensor([1.0, 2.0])
    x += 1
    x[0] = 7
    x -= lucid.tensor([1.0, 1.0])
    assert x.tolist() == [6.0, 2.0]
    view = x[1:]
    view *= 10
    assert x.tolist() == [6.0, 20.0]


def test_change_through_a_view_while_recording(x):
    y = x * 2
    view = y.reshape(3, 1)
    with pytest.raises(GraphError, match="shares its memory"):
        view += x.reshape(3, 1)
    with pytest.raises(GraphError, match="shares its memory"):
        y += x
    z = view + x.reshape(3, 1)
    z.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3, 3])


def test_copy_(x):
    y = lucid.zeros(2, 3)
    y.copy_(x)
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 4 * x.numpy())
    z = lucid.zeros(3)
    assert z.copy_([1, 2, 3]) is z
    assert z.dtype == np.float32
    with pytest.raises(ShapeError, match=r"can't be broadcast to \(3,\)"):
        z.copy_(lucid.ones(4))
    double = lucid.zeros(3, dtype=np.float64)
    double.copy_(x)
    double.sum().backward()
    assert x.grad.dtype == np.float32


def test_results_that_do_not_fit_in_place(x):
    y = x * 2
    with pytest.raises(ShapeError, match="does not fit"):
        y += lucid.ones(2, 3)
    counts = lucid.tensor([1, 2, 3])
    with pytest.raises(DtypeError):
        counts += 0.5
    with pytest.raises(DtypeError, match="does not fit"):
        counts += x
    assert counts.tolist() == [1, 2, 3]


def test_out_takes_no_part_in_a_graph(x):
    target = lucid.zeros(3)
    with pytest.raises(GraphError, match="out="):
        lucid.exp(x, out=target)
    with lucid.no_grad():
        assert lucid.square(x, out=target) is target
    assert target.tolist() == [1.0, 4.0, 9.0]
