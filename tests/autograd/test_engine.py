import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import DtypeError, GraphError, ShapeError


def leaf(*values, dtype=np.float64):
    return lucid.tensor(np.array(values, dtype), requires_grad=True)


def test_backward_seeds_with_ones():
    x = leaf([1.0, 2.0], [3.0, 4.0])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * x.numpy())


def test_backward_with_a_gradient():
    x = leaf(1.0, 2.0)
    (x * 3).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad.numpy(), [3.0, 30.0])


def test_gradients_add_up():
    x = leaf(1.0, 2.0)
    for _ in range(3):
        (x * 2).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [6.0, 6.0])
    x.zero_grad()
    assert x.grad is None


def test_adding_up_leaves_an_old_gradient_alone():
    x = leaf(1.0, 2.0)
    (x * 2).backward()
    old = x.grad
    (x * 2).backward()
    np.testing.assert_array_equal(old.numpy(), [2.0, 2.0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("target", ["cpu", "parallel"])
def test_large_leaves_have_gradients_of_their_own(dtype, target):
    with lucid.target(target):
        x = lucid.Tensor(np.ones((600, 500), dtype), requires_grad=True)
        y = lucid.Tensor(np.ones((600, 500), dtype), requires_grad=True)
        seed = (np.arange(300_000) % 1000).reshape(600, 500).astype(dtype)
        (x.sum(axis=0) * 3.0).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), np.full((600, 500), 3, dtype))
        assert x.grad.numpy().flags.writeable
        x.grad = None
        x.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), np.ones((600, 500), dtype))
        x.grad = None
        (x + y).backward(seed)
        for one in (x, y):
            np.testing.assert_array_equal(one.grad.numpy(), seed)
        assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())
        assert not np.shares_memory(x.grad.numpy(), seed)


def test_leaves_of_one_sum_have_gradients_of_their_own():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    seed = np.ones(2)
    (x + y).backward(seed)
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())
    assert not np.shares_memory(x.grad.numpy(), seed)


def test_a_diamond():
    x = leaf(2.0)
    y = x * x
    z = y * y + y
    (z + z).backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * (4 * 8 + 2 * 2))


def test_one_operand_twice():
    x = leaf(3.0)
    (x * x + x - x).backward()
    np.testing.assert_allclose(x.grad.numpy(), [6.0])


@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    name=st.sampled_from(["add", "subtract", "multiply", "maximum"]),
)
def test_gradients_have_the_operands_shape(shapes, name):
    rng = np.random.default_rng(0)
    x, y = (lucid.tensor(rng.normal(size=s), requires_grad=True) for s in shapes.input_shapes)
    result = getattr(lucid, name)(x, y)
    assert result.shape == shapes.result_shape
    weights = rng.normal(size=result.shape)
    result.backward(weights)
    a, b = np.broadcast_arrays(x.numpy(), y.numpy())
    slopes = {
        "add": (1, 1),
        "subtract": (1, -1),
        "multiply": (b, a),
        "maximum": (a > b, b > a),
    }[name]
    for t, slope in zip((x, y), slopes, strict=True):
        assert t.grad.shape == t.shape
        full = np.broadcast_to(weights * slope, result.shape)
        extra = tuple(range(full.ndim - t.ndim))
        kept = full.sum(extra)
        ones = tuple(a for a, n in enumerate(t.shape) if n == 1)
        np.testing.assert_allclose(t.grad.numpy(), kept.sum(ones, keepdims=True), atol=1e-12)


def test_gradients_have_the_operands_dtype():
    x, y = leaf(1.0, 2.0, dtype=np.float32), leaf(3.0, 4.0)
    ((x + y) * x).backward()
    assert x.grad.dtype == np.float32
    assert y.grad.dtype == np.float64
    np.testing.assert_allclose(x.grad.numpy(), [5.0, 8.0])


def test_an_operation_without_slope_gives_zeros():
    x = leaf([0.5, 1.5])
    lucid.floor(x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0.0, 0.0]])
    (x + lucid.floor(x)).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[1.0, 1.0]])


def test_second_backward_through_a_freed_graph():
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(GraphError, match="retain_graph=True"):
        y.backward()
    with pytest.raises(GraphError, match="freed"):
        lucid.grad(y, x)


def test_retained_graph():
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [4.0, 8.0])


def test_no_graph():
    with pytest.raises(GraphError, match="has no graph"):
        lucid.ones(2).backward()
    x = leaf(1.0)
    with lucid.no_grad():
        y = x * 2
    with pytest.raises(GraphError, match="has no graph"):
        y.backward()
    with pytest.raises(GraphError, match="has no graph"):
        (x > 0).backward()


def test_wrong_seeds():
    x = leaf(1.0, 2.0)
    with pytest.raises(ShapeError, match=r"shape \(3,\), the output \(2,\)"):
        (x * 2).backward(np.ones(3))
    with pytest.raises(DtypeError, match="complex"):
        (x * 2).backward(np.ones(2, complex))
    with pytest.raises(ShapeError, match="1 gradients for 2 outputs"):
        lucid.autograd.backward([x * 2, x * 3], [None])
    with pytest.raises(GraphError, match="output 0 is float"):
        lucid.autograd.backward([1.0])


def test_long_chains_need_no_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(10_000):
        y = y + 1.0
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0])
    z = x
    for _ in range(10_000):
        z = z + 1.0
    del z


def test_saved_values_are_freed_as_backward_goes():
    x = leaf(1.0, 2.0)
    y = x * 1.5
    inner = weakref.ref(y)
    z = (y * y).sum()
    del y
    gc.collect()
    assert inner() is not None
    z.backward()
    assert inner() is None


def test_what_backward_does_not_read_is_not_kept():
    x = leaf(1.0, 2.0)
    y = x * 1.5
    inner = weakref.ref(y)
    z = y + 1.0
    del y
    assert inner() is None
    z.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.5, 1.5])


def test_results_close_no_cycles():
    gc.collect()
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        y = lucid.sigmoid(x).softmax(0)
        dead = weakref.ref(y)
        del y
        assert dead() is None
    finally:
        gc.enable()


def test_threads_with_graphs_of_their_own():
    weight = leaf(1.0, 2.0)
    failures = []

    def work():
        try:
            for _ in range(50):
                (weight * weight).backward()
                with lucid.no_grad():
                    assert not (weight * 2).requires_grad
                assert (weight * 2).requires_grad
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    np.testing.assert_array_equal(weight.grad.numpy(), 200 * 2 * weight.numpy())


def test_integers_take_no_part():
    x = leaf(1.0, 2.0)
    mask = x > 1
    assert not mask.requires_grad
    assert not x.argmax().requires_grad
    (x * mask).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 1.0])
    with pytest.raises(DtypeError, match="only floating-point"):
        lucid.tensor([1, 2], requires_grad=True)
    with pytest.raises(DtypeError, match="only floating-point"):
        lucid.tensor([1, 2]).requires_grad_()


def test_parameters_of_an_operation_get_gradients_too():
    x, slope = leaf(0.5, -0.5), leaf(0.2)
    lucid.hard_sigmoid(x, slope=slope).backward()
    np.testing.assert_allclose(x.grad.numpy(), [0.2, 0.2])
    np.testing.assert_allclose(slope.grad.numpy(), [0.0])
