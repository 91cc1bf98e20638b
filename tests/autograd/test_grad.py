import numpy as np
import pytest

import lucid
from lucid.kernels.errors import GraphError


def leaf(*values):
    return lucid.tensor(np.array(values, np.float64), requires_grad=True)


def test_grad_touches_no_leaf():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    gx, gy = lucid.grad((x * y).sum(), [x, y])
    np.testing.assert_array_equal(gx.numpy(), y.numpy())
    np.testing.assert_array_equal(gy.numpy(), x.numpy())
    assert x.grad is None
    assert y.grad is None
    assert not gx.requires_grad


def test_grad_by_a_tensor_inside_the_graph():
    x = leaf(2.0)
    y = x * x
    z = y * y * y
    gy, gx = lucid.grad(z, [y, x])
    np.testing.assert_allclose(gy.numpy(), [48.0])
    np.testing.assert_allclose(gx.numpy(), [192.0])


def test_grad_by_the_output_itself():
    x = leaf(2.0)
    y = x * 3
    (g,) = lucid.grad(y, y)
    np.testing.assert_array_equal(g.numpy(), [1.0])


def test_nodes_beside_the_way_are_left_alone():
    x, y = leaf(2.0), leaf(3.0)
    part = y * y
    z = x * 2 + part
    lucid.grad(z, x)
    part.backward()
    np.testing.assert_array_equal(y.grad.numpy(), [6.0])


def test_unused_inputs():
    x, y = leaf(1.0), leaf(1.0)
    with pytest.raises(GraphError, match="no output depends on input 1"):
        lucid.grad(x * 2, [x, y])
    gx, gy = lucid.grad(x * 2, [x, y], allow_unused=True)
    assert gy is None
    np.testing.assert_array_equal(gx.numpy(), [2.0])


def test_inputs_that_require_nothing():
    with pytest.raises(GraphError, match="input 0"):
        lucid.grad(leaf(1.0) * 2, lucid.ones(1))


def test_several_outputs_are_summed():
    x = leaf(1.0, 2.0)
    (g,) = lucid.grad([x * 2, x * x], x, [np.array([1.0, 0.0]), None])
    np.testing.assert_array_equal(g.numpy(), [2.0 + 2.0, 4.0])


def test_results_do_not_share_memory():
    x, y = leaf(1.0), leaf(1.0)
    gx, gy = lucid.grad(x + y, [x, y])
    assert not np.shares_memory(gx.numpy(), gy.numpy())


@pytest.mark.parametrize(
    ("function", "derivatives"),
    [
        (lambda x: x * x * x, [lambda v: 3 * v**2, lambda v: 6 * v, lambda v: 6 + 0 * v]),
        (lambda x: lucid.exp(x), [np.exp] * 3),
        (
            lambda x: lucid.sigmoid(x),
            [
                lambda v: _s(v) * (1 - _s(v)),
                lambda v: _s(v) * (1 - _s(v)) * (1 - 2 * _s(v)),
                lambda v: _s(v) * (1 - _s(v)) * (1 - 6 * _s(v) + 6 * _s(v) ** 2),
            ],
        ),
        (lambda x: 1 / x, [lambda v: -(v**-2), lambda v: 2 * v**-3, lambda v: -6 * v**-4]),
    ],
)
def test_higher_derivatives(function, derivatives):
    x = leaf(0.5, 1.5, -2.0)
    current = function(x)
    for derivative in derivatives:
        (current,) = lucid.grad(current, x, create_graph=True)
        np.testing.assert_allclose(current.detach().numpy(), derivative(x.numpy()), rtol=1e-10)


def _s(v):
    return 1 / (1 + np.exp(-v))


def test_backward_with_create_graph_gives_a_gradient_with_a_graph():
    x = leaf(2.0)
    (x * x * x).backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    x.zero_grad()
    first.backward()
    np.testing.assert_allclose(x.grad.numpy(), [12.0])


def test_second_derivative_through_broadcasting():
    x, y = leaf([1.0, 2.0, 3.0]), leaf(2.0)
    (gx,) = lucid.grad((x * y * y).sum(), x, create_graph=True)
    (gy,) = lucid.grad(gx.sum(), y)
    np.testing.assert_allclose(gy.numpy(), [12.0])


def test_gradient_of_a_gradient_penalty():
    w = leaf([1.0, -2.0], [0.5, 1.0])
    x = leaf([1.0, 2.0])
    (gx,) = lucid.grad(lucid.sigmoid(x @ w).sum(), x, create_graph=True)
    penalty = (gx * gx).sum()
    penalty.backward()
    step = 1e-6

    def value(matrix):
        s = _s(np.array([[1.0, 2.0]]) @ matrix)
        return float((((s * (1 - s)) @ matrix.T) ** 2).sum())

    for place in np.ndindex(2, 2):
        moved = [w.numpy().copy() for _ in range(2)]
        moved[0][place] += step
        moved[1][place] -= step
        expected = (value(moved[0]) - value(moved[1])) / (2 * step)
        np.testing.assert_allclose(w.grad.numpy()[place], expected, rtol=1e-6)


def test_create_graph_keeps_the_graph():
    x = leaf(2.0)
    y = x * x
    lucid.grad(y, x, create_graph=True)
    lucid.grad(y, x)
    with pytest.raises(GraphError, match="freed"):
        lucid.grad(y, x)


def test_seed_with_a_graph():
    x, v = leaf(2.0), leaf(3.0)
    (g,) = lucid.grad(x * x, x, v, create_graph=True)
    (gv,) = lucid.grad(g, v)
    np.testing.assert_array_equal(gv.numpy(), [4.0])
