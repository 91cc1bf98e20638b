"""Calls that machine code plays again are those that Python makes, to the bit."""

import gc
import inspect
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lucid
from lucid.kernels.launch.prepared import Prepared
from lucid.kernels.launch.taping import Recorder, recording
from lucid.kernels.targets import layout
from lucid.nn import functional

#: Values, weight and bias of the last axis, classes, and values to compare with.
CALLS = {
    "sum": lambda x, w, b, c, y: lucid.sum(x),
    "sum over rows": lambda x, w, b, c, y: lucid.sum(x, axis=0),
    "mean": lambda x, w, b, c, y: lucid.mean(x, (0, 1)),
    "mean of a row": lambda x, w, b, c, y: lucid.mean(x, -1, keepdims=True),
    "amax": lambda x, w, b, c, y: lucid.amax(x, dim=1),
    "min": lambda x, w, b, c, y: lucid.min(x),
    "var": lambda x, w, b, c, y: lucid.var(x, correction=1),
    "std": lambda x, w, b, c, y: lucid.std(x, 1),
    "norm": lambda x, w, b, c, y: lucid.norm(x, axis=0),
    "softmax": lambda x, w, b, c, y: lucid.softmax(x),
    "log_softmax": lambda x, w, b, c, y: lucid.log_softmax(x, dim=-1),
    "logsumexp": lambda x, w, b, c, y: lucid.logsumexp(x, -1),
    "layer_norm": lambda x, w, b, c, y: lucid.layer_norm(x, (x.shape[-1],), w, b),
    "layer_norm, one parameter": lambda x, w, b, c, y: lucid.layer_norm(x, x.shape[-1], w, w),
    "rms_norm": lambda x, w, b, c, y: lucid.rms_norm(x, (x.shape[-1],), w, 1e-3),
    "cross_entropy": lambda x, w, b, c, y: lucid.cross_entropy(x, c),
    "smooth": lambda x, w, b, c, y: lucid.cross_entropy(x, c, label_smoothing=0.1),
    "nll_loss": lambda x, w, b, c, y: lucid.nll_loss(x, c, reduction="sum"),
    "losses": lambda x, w, b, c, y: lucid.nll_loss(x, c, reduction="none"),
    "mse_loss": lambda x, w, b, c, y: functional.mse_loss(x, y),
    "huber_loss": lambda x, w, b, c, y: functional.huber_loss(x, y, "sum", delta=0.5),
}
FUNCTIONS = (lucid.sum, lucid.mean, lucid.softmax, lucid.cross_entropy, functional.mse_loss)


@contextmanager
def in_python():
    """Let Python make all calls inside: a recorder that listens is told of every launch."""
    recording.recorder = Recorder([])
    answers = []
    for thing in vars(lucid).values(), vars(functional).values():
        for function in thing:
            calls = _calls_of(function)
            if calls is not None:
                answers.append((calls, calls.answer))
                calls.answer = calls._function
    try:
        yield
    finally:
        recording.recorder = None
        for calls, answer in reversed(answers):
            calls.answer = answer


def _calls_of(function):
    if not inspect.isfunction(function) or function.__closure__ is None:
        return None
    cells = [cell.cell_contents for cell in function.__closure__]
    return next((thing for thing in cells if type(thing).__name__ == "_Calls"), None)


@contextmanager
def forbidden(monkeypatch):
    """Forbid launches by Python."""

    def refuse(*_, **__):
        raise AssertionError("this call should be made by machine code")

    with monkeypatch.context() as patch:
        patch.setattr(Prepared, "launch", refuse)
        yield


def operands(shape=(5, 7), dtype="f4", needs=True, special=False, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape).astype(dtype)
    if special:
        x.flat[[0, 9, 20]] = [np.nan, np.inf, -np.inf]
    rest = [rng.normal(size=shape[-1:]).astype(dtype) for _ in range(2)]
    classes = rng.integers(0, shape[-1], shape[:-1])
    tensors = [lucid.tensor(a, requires_grad=needs) for a in (x, *rest)]
    y = lucid.from_numpy(rng.normal(size=shape).astype(dtype))
    return [*tensors, lucid.from_numpy(classes), y]


def gradients(result, values):
    leaves = [value for value in values if value.requires_grad]
    seed = np.asarray(np.arange(result.numpy().size).reshape(result.shape) + 1, result.dtype)
    found = lucid.grad(result, leaves, lucid.from_numpy(seed), allow_unused=True)
    return [None if g is None else g.numpy() for g in found]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
@pytest.mark.parametrize("special", [False, True])
def test_as_python(name, dtype, special, same):
    run = CALLS[name]
    values = operands(dtype=dtype, special=special)
    with in_python():
        expected = run(*values)
        back = gradients(run(*values), values)
    for _ in range(3):
        found = run(*values)
        same(found, expected)
        a, b = expected._node, found._node
        assert type(a) is type(b)
        assert list(a.parents) == list(b.parents)
        assert list(a.ports) == list(b.ports)
        assert (a.needs, a.reads, list(a.metas)) == (b.needs, b.reads, list(b.metas))
        assert (a.stamp, a.outputs, a.hooks, a.results) == (b.stamp, b.outputs, b.hooks, b.results)
        assert a.order < b.order
        assert len(a.kept) == len(b.kept)
        for one, two in zip(back, gradients(found, values), strict=True):
            same(two, one)
        with lucid.no_grad():
            quiet = run(*values)
        assert not quiet.requires_grad
        same(quiet, expected)


@pytest.mark.parametrize("name", CALLS)
def test_machine_code_makes_the_calls(name, monkeypatch):
    run = CALLS[name]
    values = operands(shape=(4, 9))
    plain = [value.detach() for value in values]
    arrays = [value.numpy() for value in values]
    for _ in range(3):
        gradients(run(*values), values)
        run(*plain), run(*arrays)
    with forbidden(monkeypatch):
        result = run(*values)
        assert result.requires_grad
        assert not run(*plain).requires_grad
        assert isinstance(run(*arrays), np.ndarray | np.float32)
        gradients(result, values)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(CALLS)),
    st.lists(st.integers(1, 6), min_size=2, max_size=2).map(tuple),
    st.sampled_from(["f4", "f8"]),
    st.sampled_from(["C", "F", "reversed", "wide"]),
    st.tuples(*[st.booleans()] * 3),
    st.integers(0, 5),
)
def test_whatever_came_before(same, name, shape, dtype, order, needs, seed):
    if name == "var" and shape == (1, 1):
        return
    values = operands(shape, dtype, seed=seed)
    x = values[0].numpy()
    if order == "F":
        x = np.asfortranarray(x)
    elif order == "reversed":
        x = np.ascontiguousarray(x[::-1])[::-1]
    elif order == "wide":
        x = np.repeat(x, 2, axis=-1)[..., ::2]
    values[0] = lucid.from_numpy(x)
    for value, need in zip(values, needs, strict=False):
        value.requires_grad_(need)
    run = CALLS[name]
    with in_python():
        expected = run(*values)
    for _ in range(2):
        found = run(*values)
        same(found, expected)
        assert found.requires_grad == expected.requires_grad
        if found.requires_grad:
            with in_python():
                back = gradients(run(*values), values)
            for one, two in zip(back, gradients(found, values), strict=True):
                same(two, one)


def test_threads_learn_and_play():
    values = operands((6, 11), seed=5)
    expected = {name: run(*values).numpy() for name, run in CALLS.items()}
    wrong = []

    def work(shift):
        names = sorted(CALLS)
        for k in range(200):
            name = names[(k + shift) % len(names)]
            needs = operands((6, 11), needs=k % 2 == 0, seed=5)
            found = CALLS[name](*needs)
            if not np.array_equal(found.numpy(), expected[name]):
                wrong.append(name)
            with lucid.target("cpu" if k % 3 else "parallel"):
                CALLS[name](*operands((2 + k % 5, 3), seed=k))

    threads = [threading.Thread(target=work, args=(7 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("name", ["mean", "var", "layer_norm", "cross_entropy", "mse_loss"])
def test_nothing_is_kept_alive(name):
    run = CALLS[name]
    values = operands((3, 8), seed=6)
    for _ in range(3):
        gradients(run(*values), values)
    held = (*values, values[0]._data, values[0].dtype, None, values[0]._data.dtype)
    gc.collect()
    before = [sys.getrefcount(thing) for thing in held]
    objects = len(gc.get_objects())
    for _ in range(200):
        gradients(run(*values), values)
        with lucid.no_grad():
            run(*values)
    gc.collect()
    after = [sys.getrefcount(thing) for thing in held]
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 50
    assert len(gc.get_objects()) < objects + 100


def test_more_forms_than_there_is_room_for(monkeypatch):
    calls = _calls_of(lucid.norm)
    full = int(calls._tapes.words[layout.CALLS_COUNT // 8])
    monkeypatch.setattr(layout, "MAX_TAPES", full + 3)
    for _ in range(2):
        for size in range(20, 30):
            x = np.ones(size * size, np.float32)
            assert lucid.norm(x) == size
    assert calls._tapes.words[layout.CALLS_COUNT // 8] == full + 3


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_stays_one(function):
    assert inspect.isfunction(function)
    assert "Examples" in function.__doc__
    assert "*arguments" not in str(inspect.signature(function))
    assert lucid.Tensor.sum is lucid.sum
