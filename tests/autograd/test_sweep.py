"""The backward pass in machine code: the same gradients as in Python, whatever the graph."""

import gc
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lucid
from lucid import Tensor
from lucid.autograd import Function, engine
from lucid.kernels.errors import GraphError

UNARY = (lucid.exp, lucid.sin, lambda x: x * 0.5, lambda x: x.reshape(-1).reshape(x.shape))
BINARY = (lucid.add, lucid.multiply, lucid.subtract, lucid.maximum)


@contextmanager
def in_python() -> Iterator[None]:
    engine._sweep.append(engine._leave_all)
    try:
        yield
    finally:
        engine._sweep.pop()


def leaf(*shape: int, seed: int = 0) -> Tensor:
    numbers = np.random.default_rng(seed).uniform(0.25, 1.0, shape).astype(np.float32)
    return Tensor(numbers, requires_grad=True)


class Same(Function):
    """Its gradients are those that came; ``warns`` and ``fresh`` are the defaults."""

    def forward(self, x: Any, y: Any) -> Any:
        return x + y

    def backward(self, gradient: Any) -> Any:
        return gradient, gradient


class Fails(Function):
    warns = False

    def forward(self, x: Any) -> Any:
        return x * 2

    def backward(self, gradient: Any) -> Any:
        raise ZeroDivisionError("no gradient here")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 99), st.integers(0, 99)), max_size=9))
def test_the_gradients_are_those_of_python(steps: list[tuple[int, int, int]]) -> None:
    leaves = [leaf(4, 3, seed=k) for k in range(3)]

    def result() -> Tensor:
        values: list[Any] = list(leaves)
        for kind, i, j in steps:
            x, y = values[i % len(values)], values[j % len(values)]
            if kind < 4:
                values.append(UNARY[kind](x))
            elif kind < 8:
                values.append(BINARY[kind - 4](x, y))
            else:
                values.append(Same.apply(x, y))
        return values[-1] + leaves[0] * lucid.sum(values[-2])

    with in_python():
        result().backward()
    expected = [x.grad for x in leaves]
    for _ in range(2):
        for x in leaves:
            x.grad = None
        result().backward()
        for x, gradient in zip(leaves, expected, strict=True):
            assert (x.grad is None) == (gradient is None)
            if gradient is not None:
                np.testing.assert_array_equal(x.grad.numpy(), gradient.numpy())
    # Nobody shares memory, so adding to one gradient in place changes no other.
    made = [x.grad.numpy() for x in leaves if x.grad is not None]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(made) for b in made[:k])


@pytest.mark.parametrize("count", [3, 63, 64, 65, 191, 193, 400])
def test_a_graph_of_any_width(count: int) -> None:
    leaves = [leaf(2, seed=k) for k in range(count)]
    lucid.sum(lucid.stack([lucid.exp(x) for x in leaves])).backward()
    for x in leaves:
        np.testing.assert_allclose(x.grad.numpy(), np.exp(x.numpy()), rtol=1e-6)


def test_gradients_are_added_to_those_that_are_there() -> None:
    x = leaf(5)
    for _ in range(3):
        (x * 2.0).backward()
    held = x.grad
    np.testing.assert_array_equal(held.numpy(), np.full(5, 6.0))
    (x * 2.0).backward()
    np.testing.assert_array_equal(held.numpy(), np.full(5, 6.0))


def test_the_seed_is_not_handed_out() -> None:
    x, y, seed = leaf(5), leaf(5), np.ones(5, np.float32)
    (x + y).backward(seed)
    (x + y).reshape(1, 5).backward()
    assert not np.shares_memory(x.grad.numpy(), seed)
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())
    x.grad = None
    x.reshape(5).backward()
    x.grad.data[0] = 7.0
    y.grad = None
    y.reshape(5).backward()
    np.testing.assert_array_equal(y.grad.numpy(), np.ones(5))


def test_hooks_in_the_middle_and_at_leaves() -> None:
    x = leaf(3)
    y = lucid.exp(x)
    y.register_hook(lambda gradient: gradient * 3.0)
    x.register_hook(lambda gradient: gradient * 5.0)
    (y * 2.0).backward()
    np.testing.assert_allclose(x.grad.numpy(), 30 * np.exp(x.numpy()), rtol=1e-6)


def test_a_graph_is_freed_unless_it_is_retained() -> None:
    x = leaf(3)
    y = lucid.exp(x) * 2.0
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), 4 * np.exp(x.numpy()), rtol=1e-6)
    with pytest.raises(GraphError, match="retain_graph=True"):
        y.backward()


def test_a_change_in_place_is_noticed() -> None:
    x = leaf(3)
    y = lucid.exp(x)
    z = y * y
    with lucid.no_grad():
        y += 1.0
    with pytest.raises(GraphError, match="changed in place"):
        z.backward()
    assert x.grad is None


def test_an_error_in_a_rule_comes_through_and_leaves_nothing_behind() -> None:
    x, y = leaf(3), leaf(3)
    middle = lucid.sin(y)
    watched = weakref.ref(middle._node) if type(middle._node).__weakrefoffset__ else None
    result = lucid.exp(Fails.apply(x)) + middle
    with pytest.raises(ZeroDivisionError, match="no gradient here"):
        result.backward()
    assert x.grad is None
    assert y.grad is None
    assert lucid.is_grad_enabled()
    data = weakref.ref(y)
    del middle, result, y
    gc.collect()
    assert data() is None
    assert watched is None or watched() is None


def test_nothing_is_held_after_the_pass() -> None:
    x = leaf(1000)
    gone = []
    for _ in range(3):
        x.grad = None
        y = lucid.exp(x)
        z = Same.apply(y, y * y)
        gone += [weakref.ref(y), weakref.ref(z)]
        z.backward()
        gone.append(weakref.ref(x.grad))
    del y, z
    x.grad = None
    assert all(reference() is None for reference in gone)


def test_a_gradient_of_one_number_runs_the_kernel_without_a_copy() -> None:
    x = leaf(8, 8)
    for _ in range(3):
        x.grad = None
        lucid.mean(lucid.exp(x)).backward()
        np.testing.assert_allclose(x.grad.numpy(), np.exp(x.numpy()) / 64, rtol=1e-6)
    one = np.broadcast_to(np.float32(0.5), (8, 8))
    made = lucid.kernels.exp(one)
    assert made.flags.c_contiguous
    np.testing.assert_array_equal(made, np.full((8, 8), lucid.kernels.exp(np.float32(0.5))))


def test_threads_that_end_in_one_leaf_lose_nothing() -> None:
    x = leaf(64)

    def work() -> None:
        for _ in range(200):
            (x * 1.0).backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(x.grad.numpy(), np.full(64, 800.0))
