"""Calls joined by `lucid.fuse`: the same values in fewer kernels."""

import gc
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lucid
from lucid import Tensor
from lucid.autograd import joining
from lucid.kernels.errors import GraphError
from lucid.tensors import WaitingTensor


@pytest.fixture(autouse=True)
def small_arrays_too(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(joining, "LEAST_ELEMENTS", 1)
    yield
    assert not joining._waiting
    assert joining._recording.depth == 0


def _numbers(*shape: int, seed: int = 0, dtype: Any = np.float32) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.25, 2.0, shape).astype(dtype)


# What is joined.


def test_a_chain_of_temporaries_is_one_kernel_with_the_same_bits() -> None:
    def chain(x: Tensor, w: Tensor) -> Tensor:
        return lucid.tanh(x * w + 0.5)

    x, w = Tensor(_numbers(7, 5), requires_grad=True), Tensor(_numbers(5, seed=1))
    joined = lucid.fuse(chain)(x, w)
    assert type(joined) is Tensor
    assert joined.grad_fn == "multiply_add_tanh"
    apart = chain(x, w)
    np.testing.assert_array_equal(joined.numpy(), apart.numpy())


def test_a_result_that_somebody_holds_is_an_array_of_its_own() -> None:
    held = []

    @lucid.fuse
    def chain(x: Tensor) -> Tensor:
        middle = lucid.exp(x)
        held.append(middle)
        return lucid.sin(middle) * 2.0

    x = Tensor(_numbers(6), requires_grad=True)
    y = chain(x)
    assert y.grad_fn == "sin_multiply"
    assert held[0].grad_fn == "exp"
    (gradient,) = lucid.grad(y.sum(), held[0])
    np.testing.assert_allclose(gradient.numpy(), 2 * np.cos(np.exp(x.numpy())), rtol=1e-5)


def test_a_result_of_another_shape_is_computed_once_and_not_for_every_row() -> None:
    @lucid.fuse
    def chain(x: Tensor, scale: Tensor) -> Tensor:
        return x * lucid.exp(scale)

    y = chain(Tensor(_numbers(4, 3), requires_grad=True), Tensor(_numbers(3), requires_grad=True))
    assert y.grad_fn == "multiply"


def test_a_result_that_is_used_twice_is_one_step() -> None:
    @lucid.fuse
    def chain(x: Tensor) -> Tensor:
        middle = lucid.exp(x)
        return middle * middle + middle

    x = Tensor(_numbers(5), requires_grad=True)
    y = chain(x)
    assert y.grad_fn == "exp_multiply_add"
    y.backward()
    e = np.exp(x.numpy().astype(np.float64))
    np.testing.assert_allclose(x.grad.numpy(), 2 * e * e + e, rtol=1e-6)


def test_a_result_that_two_results_need_is_computed_once() -> None:
    @lucid.fuse
    def two(x: Tensor) -> tuple[Tensor, Tensor]:
        middle = lucid.exp(x)
        return middle + 1.0, middle * 2.0

    x = Tensor(_numbers(5), requires_grad=True)
    a, b = two(x)
    assert (a.grad_fn, b.grad_fn) == ("add", "multiply")
    (a + b).backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 * np.exp(x.numpy()), rtol=1e-6)


def test_long_chains_are_cut() -> None:
    @lucid.fuse
    def chain(x: Tensor) -> Tensor:
        for _ in range(3 * joining.MOST_STEPS):
            x = x + 1.0
        return x

    x = Tensor(_numbers(5), requires_grad=True)
    y = chain(x)
    np.testing.assert_allclose(y.numpy(), x.numpy() + 3 * joining.MOST_STEPS, rtol=1e-6)
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.ones(5))


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("axis", [None, 0, (0, 1), -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_sum_or_mean_becomes_part_of_the_kernel(mean: bool, axis: Any, keepdims: bool) -> None:
    reduce = lucid.mean if mean else lucid.sum

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return reduce(lucid.huber(x * 3.0, y), axis=axis, keepdims=keepdims)

    x, y = Tensor(_numbers(6, 5), requires_grad=True), Tensor(_numbers(6, 5, seed=1))
    joined = lucid.fuse(loss)(x, y)
    assert "huber and its" in str(joined.grad_fn)
    joined.backward()
    found, x.grad = x.grad, None
    apart = loss(x, y)
    apart.backward()
    assert joined.shape == apart.shape
    np.testing.assert_allclose(joined.numpy(), apart.numpy(), rtol=1e-6)
    np.testing.assert_allclose(found.numpy(), x.grad.numpy(), rtol=1e-6)


def test_a_sum_of_what_is_still_held_is_a_sum_like_any_other() -> None:
    held = []

    @lucid.fuse
    def loss(x: Tensor) -> Tensor:
        squares = x * x
        held.append(squares)
        return squares.sum()

    x = Tensor(_numbers(6), requires_grad=True)
    total = loss(x)
    np.testing.assert_allclose(total.item(), (x.numpy() ** 2).sum(), rtol=1e-6)
    np.testing.assert_array_equal(held[0].numpy(), x.numpy() ** 2)
    integers = Tensor(np.arange(5), dtype="int32")
    with lucid.fuse():
        assert (integers * 2).sum().item() == 20
        assert (integers * 2).mean().item() == 4.0


def test_guards_hold_across_calls() -> None:
    @lucid.fuse
    def guarded(x: Tensor) -> Tensor:
        return lucid.where(x > 0.0, lucid.sqrt(x), 0.0)

    x = Tensor([0.0, 4.0, -1.0], requires_grad=True)
    y = guarded(x)
    y.backward()
    np.testing.assert_array_equal(y.numpy(), np.array([0.0, 2.0, 0.0], np.float32))
    np.testing.assert_array_equal(x.grad.numpy(), np.array([0.0, 0.25, 0.0], np.float32))


def test_no_gradient_flows_through_flags() -> None:
    @lucid.fuse
    def masked(x: Tensor, y: Tensor) -> Tensor:
        return (x > 1.0) * y

    x, y = Tensor(_numbers(5), requires_grad=True), Tensor(_numbers(5, seed=1))
    product = masked(x, y)
    assert not product.requires_grad
    np.testing.assert_array_equal(product.numpy(), (x.numpy() > 1) * y.numpy())
    y.requires_grad_()
    product = masked(x, y)
    assert product.grad_fn == "greater_multiply"
    product.backward()
    assert x.grad is None
    np.testing.assert_array_equal(y.grad.numpy(), x.numpy() > 1)
    product = masked(x, y)
    with lucid.no_grad():
        x += 1.0
    with pytest.raises(GraphError, match="changed in place"):
        product.backward()


def test_dropout_is_a_step_like_others() -> None:
    def chain(x: Tensor) -> Tensor:
        return lucid.nn.functional.dropout(lucid.gelu(x), 0.5) + x

    x = Tensor(_numbers(40, 5), requires_grad=True)
    lucid.manual_seed(3)
    joined = lucid.fuse(chain)(x)
    lucid.manual_seed(3)
    np.testing.assert_array_equal(joined.numpy(), chain(x).numpy())
    assert joined.grad_fn == "gelu_random_dropout_add"


_UNARY = [lucid.exp, lucid.tanh, lucid.square, lambda x: 1.0 - x, lambda x: x > 1.0]
_BINARY = [lucid.add, lucid.multiply, lucid.maximum, lambda x, y: lucid.where(x > y, x, y * 0.5)]


@settings(max_examples=12)
@given(st.data())
def test_random_graphs_have_the_same_values_and_gradients(data: st.DataObject) -> None:
    dtypes = st.sampled_from([np.float32, np.float64, np.int32, np.bool_])
    shapes = st.sampled_from([(3, 4), (4,), (3, 1), ()])
    given_ = [
        Tensor((10 * _numbers(*data.draw(shapes), seed=k)).astype(data.draw(dtypes)) * 0.1)
        for k in range(2)
    ]
    base = Tensor(_numbers(3, 4, seed=9, dtype=np.float64), requires_grad=True)
    steps = data.draw(
        st.lists(
            st.tuples(st.integers(0, 8), st.integers(0, 9), st.integers(0, 9), st.booleans()),
            min_size=1,
            max_size=5,
        )
    )

    def graph() -> list[Tensor]:
        values = [base, *given_]
        kept = []
        for which, a, b, keep in steps:
            first, second = values[-1 - a % len(values)], values[-1 - b % len(values)]
            if which < len(_UNARY):
                made = _UNARY[which](first)
            else:
                made = _BINARY[which - len(_UNARY)](first, second)
            if made.dtype.kind == "f":
                made = made * 0.5
            values.append(made)
            if keep:
                kept.append(made)
        return [*kept, values[-1]]

    with np.errstate(all="ignore"):
        apart = graph()
        joined = lucid.fuse(graph)()
    for one, other in zip(apart, joined, strict=True):
        assert type(other) is Tensor
        assert one.dtype == other.dtype
        assert one.requires_grad == other.requires_grad
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    if apart[-1].requires_grad:
        (expected,) = lucid.grad(apart[-1].sum(), base)
        (found,) = lucid.grad(joined[-1].sum(), base)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12)


# Modes, dtypes, threads.


def test_a_call_belongs_to_the_mode_in_which_it_was_written_down() -> None:
    @lucid.fuse
    def mixed(x: Tensor) -> Tensor:
        with lucid.no_grad():
            constant = lucid.exp(x)
        return constant * x

    x = Tensor(_numbers(5), requires_grad=True)
    y = mixed(x)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp(x.numpy()), rtol=1e-6)
    with lucid.fuse():
        y = x * 2.0
        with lucid.no_grad():
            assert y.requires_grad
    with lucid.fuse(), lucid.no_grad():
        y = x * 2.0
        with lucid.enable_grad():
            assert not y.requires_grad


def test_float16_is_rounded_after_each_call() -> None:
    x = Tensor(_numbers(64, dtype=np.float16))

    def chain() -> Tensor:
        return lucid.exp(x * 1.1) + 0.3

    np.testing.assert_array_equal(lucid.fuse(chain)().numpy(), chain().numpy())


def test_second_gradients() -> None:
    x = Tensor(_numbers(5, dtype=np.float64), requires_grad=True)
    with lucid.fuse():
        y = lucid.sin(x * x).sum()
        (first,) = lucid.grad(y, x, create_graph=True)
        (second,) = lucid.grad(first.sum(), x)
    v = x.numpy()
    np.testing.assert_allclose(second.numpy(), 2 * np.cos(v * v) - 4 * v * v * np.sin(v * v))


def test_small_tensors_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "LEAST_ELEMENTS", 100)
    small, large = Tensor(_numbers(99)), Tensor(_numbers(100))
    with lucid.fuse():
        for _ in range(3):
            assert type(small + 1.0) is Tensor
            assert type(large + 1.0) is WaitingTensor


def test_a_result_that_nobody_needs_is_never_computed() -> None:
    x = Tensor(_numbers(5))
    with lucid.fuse():
        y = x + 1.0
        z = y * 2.0
        call = z._call
        del y, z
        gc.collect()
        assert not joining._waiting
    assert call.value is None


def test_blocks_belong_to_their_thread() -> None:
    x = Tensor(_numbers(5))
    kinds = []
    with lucid.fuse():
        thread = threading.Thread(target=lambda: kinds.append(type(x + 1.0)))
        thread.start()
        thread.join()
        assert type(x + 1.0) is WaitingTensor
    assert kinds == [Tensor]


def test_several_threads_may_ask_for_one_result() -> None:
    x = Tensor(_numbers(1000))
    expected = lucid.exp(x.data) * np.float32(2) + np.float32(1)
    wrong: list[object] = []
    for _ in range(20):
        with lucid.fuse():
            y = lucid.exp(x) * 2.0 + 1.0

            def look(y: Tensor = y) -> None:
                try:
                    if y.shape != (1000,) or not np.array_equal(y.numpy(), expected):
                        wrong.append(y)
                except BaseException as error:  # what a thread raises is lost otherwise
                    wrong.append(error)

            threads = [threading.Thread(target=look) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_can_ask_for_what_waits_while_a_thread_of_the_parent_does() -> None:
    x = Tensor(_numbers(1000))
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            with lucid.fuse():
                (x * 3.0).numpy()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(5):
            with lucid.fuse():
                y = x * 2.0
                child = os.fork()
                if child == 0:
                    os._exit(0 if np.array_equal(y.numpy(), x._data * 2) else 1)
                assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


def test_a_decorated_training_step_learns_the_same() -> None:
    def train(wrap: Any) -> list[float]:
        lucid.manual_seed(0)
        net = lucid.nn.Sequential(lucid.nn.Linear(4, 8), lucid.nn.GELU(), lucid.nn.Linear(8, 1))
        optimiser = lucid.optim.Adam(net.parameters(), lr=0.05)
        x, y = Tensor(_numbers(16, 4)), Tensor(_numbers(16, 1, seed=1))

        @wrap
        def step() -> Tensor:
            optimiser.zero_grad()
            loss = lucid.mean((net(x) - y) ** 2)
            loss.backward()
            optimiser.step()
            return loss

        return [step().item() for _ in range(8)]

    plain = train(lambda function: function)
    np.testing.assert_allclose(train(lucid.fuse), plain, rtol=1e-5)
    assert plain[-1] < plain[0]
