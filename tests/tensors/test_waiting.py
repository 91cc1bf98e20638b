"""Tensors that wait: what makes their calls, and that nothing is read too late."""

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import lucid
from lucid import Tensor
from lucid.autograd import joining
from lucid.kernels.errors import DtypeError, GraphError, ShapeError
from lucid.tensors import WaitingTensor


@pytest.fixture(autouse=True)
def small_arrays_too(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(joining, "LEAST_ELEMENTS", 1)
    yield
    assert not joining._waiting
    assert joining._recording.depth == 0


def _numbers(*shape: int, seed: int = 0, dtype: Any = np.float32) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.25, 2.0, shape).astype(dtype)


# What makes the calls.


def test_shape_and_dtype_are_known_without_computing() -> None:
    with lucid.fuse():
        y = Tensor(_numbers(2, 3)) * Tensor(_numbers(4, 1, 1, dtype=np.float64))
        assert type(y) is WaitingTensor
        assert (y.shape, y.ndim, y.dtype, str(y.device)) == ((4, 2, 3), 3, np.float64, "cpu")
        assert type(y) is WaitingTensor
        assert y.size == 24
        assert type(y) is Tensor


@pytest.mark.parametrize(
    "look",
    [
        lambda y: y.numpy(),
        lambda y: y.data,
        lambda y: y.tolist(),
        lambda y: str(y),
        lambda y: y[0],
        lambda y: y.reshape(-1),
        lambda y: y @ y.T,
        lambda y: np.asarray(y),
        lambda y: y.requires_grad,
        lambda y: y.detach(),
        lambda y: y.to("float64"),
        lambda y: y.backward(),
        lambda y: hasattr(y, "no_such_thing"),
        lambda y: copy.deepcopy(y.detach()),
        lambda y: pickle.dumps(y.detach()),
        lambda y: y.register_hook(lambda gradient: None),
        lambda y: y.retain_grad(),
        lambda y: y.zero_grad(),
        lambda y: lucid.softmax(y),
        lambda y: y.max(),
        lambda y: setattr(y, "data", _numbers(3, 2)),
        lambda y: setattr(y, "grad", None),
        lambda y: y.requires_grad_(),
    ],
)
def test_whatever_is_asked_makes_the_call(look: Any) -> None:
    x = Tensor(_numbers(3, 2), requires_grad=True)
    with lucid.fuse():
        y = lucid.exp(x) + 1.0
        assert type(y) is WaitingTensor
        look(y)
        assert type(y) is Tensor
        assert y.shape == (3, 2)
        assert y.requires_grad


def test_nothing_waits_behind_a_block() -> None:
    x = Tensor(_numbers(5))
    with lucid.fuse():
        with lucid.fuse():
            y = x + 1.0
        assert type(y) is WaitingTensor
    assert type(y) is Tensor
    assert type(x + 1.0) is Tensor


def test_after_an_error_the_value_can_still_be_had() -> None:
    x = Tensor(_numbers(5))
    made = []

    @lucid.fuse
    def fail() -> None:
        made.append(x + 1.0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert type(made[0]) is WaitingTensor
    np.testing.assert_array_equal(made[0].numpy(), x.numpy() + 1)
    assert type(x * 2.0) is Tensor


def test_errors_are_raised_by_the_call() -> None:
    with lucid.fuse():
        with pytest.raises(ShapeError, match="do not broadcast"):
            Tensor(_numbers(3)) + Tensor(_numbers(4))
        with pytest.raises(DtypeError):
            lucid.bitwise_and(Tensor(_numbers(3)), Tensor(_numbers(3)))
        with pytest.raises(TypeError):
            lucid.exp(Tensor(_numbers(3)), 1, 2)


# Memory that changes.


def _changes() -> list[Any]:
    def optimiser(x: Tensor) -> None:
        x.grad = Tensor(_numbers(5))
        lucid.optim.SGD([x], lr=1.0).step()

    def through_numpy(x: Tensor) -> None:
        x.numpy()[:] = 7.0

    def through_data(x: Tensor) -> None:
        x.data[:] = 7.0

    def through_asarray(x: Tensor) -> None:
        np.asarray(x)[:] = 7.0

    def through_dlpack(x: Tensor) -> None:
        np.from_dlpack(x)[:] = 7.0

    def add(x: Tensor) -> None:
        x += 1.0

    def put(x: Tensor) -> None:
        x[0] = 7.0

    def fill_view(x: Tensor) -> None:
        view = x[1:]
        view += 1.0

    def out(x: Tensor) -> None:
        lucid.exp(x, out=x)

    def ufunc_out(x: Tensor) -> None:
        np.exp(x, out=x)

    return [
        optimiser,
        through_numpy,
        through_data,
        through_asarray,
        through_dlpack,
        add,
        put,
        fill_view,
        out,
        ufunc_out,
        lambda x: x.copy_(Tensor(_numbers(5, seed=4))),
        lambda x: setattr(x, "data", _numbers(5, seed=4)),
        lambda x: lucid.nn.init.zeros_(x),
        lambda x: lucid.nn.init.normal_(x),
    ]


@pytest.mark.parametrize("change", _changes())
def test_a_call_reads_what_was_there_when_it_was_written_down(change: Any) -> None:
    x = Tensor(_numbers(5))
    before = x.numpy().copy()
    with lucid.fuse():
        y = x * 2.0
        change(x)
        assert not np.array_equal(x._data, before)
        z = x * 2.0
    np.testing.assert_array_equal(y.numpy(), before * 2)
    np.testing.assert_array_equal(z.numpy(), x.numpy() * 2)


def test_arrays_that_may_be_written_to_are_read_at_once() -> None:
    array = _numbers(5)
    before = array.copy()
    with lucid.fuse():
        y = Tensor(np.ones(5, np.float32)) * array
        array[:] = 0.0
    np.testing.assert_array_equal(y.numpy(), before)


def test_a_change_in_place_of_a_result_that_waits() -> None:
    x = Tensor(_numbers(5))
    with lucid.fuse():
        y = x * 2.0
        z = y + 1.0
        y += 10.0
    np.testing.assert_array_equal(z.numpy(), x.numpy() * 2 + 1)
    np.testing.assert_array_equal(y.numpy(), x.numpy() * 2 + 10)


def test_backward_notices_changes_of_what_it_needs() -> None:
    x = Tensor(_numbers(5), requires_grad=True)
    w = Tensor(_numbers(5, seed=1))
    y = lucid.fuse(lambda: lucid.exp(x * w))()
    w += 1.0
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()
