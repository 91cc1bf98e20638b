import gc
import weakref

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import GraphError


@pytest.fixture
def x():
    return lucid.tensor([1.0, 2.0], requires_grad=True)


def test_hook_of_a_leaf_sees_the_whole_gradient_once(x):
    seen = []
    x.register_hook(lambda gradient: seen.append(gradient.tolist()))
    (x * 2 + x * 3).backward()
    assert seen == [[5.0, 5.0]]


def test_hook_inside_the_graph_replaces_the_gradient(x):
    y = x * 2
    y.register_hook(lambda gradient: gradient * 10)
    (y * 3 + y).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [80.0, 80.0])


def test_removed_hooks_are_not_called(x):
    first = x.register_hook(lambda gradient: gradient * 10)
    x.register_hook(lambda gradient: gradient + 1)
    first.remove()
    first.remove()
    (x * 1).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 2.0])


def test_hooks_take_part_in_higher_derivatives(x):
    y = x * x
    handle = y.register_hook(lambda gradient: gradient * y)
    (first,) = lucid.grad(y, x, create_graph=True)
    handle.remove()
    np.testing.assert_array_equal(first.detach().numpy(), 2 * x.numpy() ** 3)
    (second,) = lucid.grad(first, x)
    np.testing.assert_array_equal(second.numpy(), 6 * x.numpy() ** 2)


def test_hook_with_a_wrong_shape(x):
    x.register_hook(lambda gradient: gradient.sum())
    with pytest.raises(GraphError, match=r"returned shape \(\) for a gradient of shape \(2,\)"):
        (x * 2).backward()


def test_hook_without_a_gradient():
    with pytest.raises(GraphError, match="requires no gradient"):
        lucid.ones(2).register_hook(print)


def test_retain_grad(x):
    y = x * 2
    y.retain_grad()
    z = y * y
    z.backward(retain_graph=True)
    np.testing.assert_array_equal(y.grad.numpy(), 4 * x.numpy())
    z.backward()
    np.testing.assert_array_equal(y.grad.numpy(), 8 * x.numpy())
    assert z.grad is None
    x.retain_grad()


def test_retain_grad_keeps_no_tensor_alive(x):
    gc.collect()
    y = x * 2
    y.retain_grad()
    dead = weakref.ref(y)
    z = y + 1
    del y
    assert dead() is None
    z.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 2.0])
