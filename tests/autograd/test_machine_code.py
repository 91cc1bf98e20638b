"""Calls that machine code records are those that Python records."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import lucid
from lucid.autograd import function
from lucid.autograd.pointwise import PointwiseNode, call_pointwise
from lucid.kernels.errors import GraphError

RNG = np.random.default_rng(8)


@lucid.pointwise
def mixed(x, y, z):
    """Two outputs, one of which is no floating-point number; reads inputs and an output."""
    return lucid.exp(x) * y + z, x > y


def in_python(operation, *values):
    return call_pointwise(operation, values, {})


def gradients(result, leaves, seed):
    found = lucid.grad(result, leaves, seed, allow_unused=True)
    return [None if g is None else g.numpy() for g in found]


@settings(max_examples=80, deadline=None)
@given(
    mutually_broadcastable_shapes(num_shapes=3, max_dims=3, min_side=1, max_side=9),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_nodes_are_those_of_python(shapes, needs):
    values = [
        lucid.tensor(RNG.standard_normal(shape).astype(np.float32), requires_grad=need)
        for shape, need in zip(shapes.input_shapes, needs, strict=True)
    ]
    (expected, flags) = in_python(mixed, *values)
    for _ in range(3):
        found, other = mixed(*values)
        assert other._node is None
        np.testing.assert_array_equal(other.numpy(), flags.numpy())
        np.testing.assert_array_equal(found.numpy(), expected.numpy())
        if not any(needs):
            assert found._node is expected._node is None
            continue
        a, b = expected._node, found._node
        assert type(a) is type(b) is PointwiseNode
        assert a.rule is b.rule
        assert list(a.parents) == list(b.parents)
        assert list(a.ports) == list(b.ports)
        assert (a.shapes is None) == (b.shapes is None)
        assert a.shapes is None or list(a.shapes) == list(b.shapes)
        assert (a.stamp, a.outputs, a.hooks) == (b.stamp, b.outputs, b.hooks)
        assert len(a.kept) == len(b.kept)
        assert a.order < b.order
        leaves = [value for value in values if value.requires_grad]
        seed = lucid.from_numpy(np.asarray(RNG.random(found.shape, np.float32)))
        for one, two in zip(
            gradients(in_python(mixed, *values)[0], leaves, seed),
            gradients(found, leaves, seed),
            strict=True,
        ):
            np.testing.assert_array_equal(one, two)


def test_second_derivatives():
    x = lucid.tensor([0.5, -1.0], requires_grad=True)
    for _ in range(3):
        (first,) = lucid.grad(lucid.tanh(x), x, create_graph=True)
        (second,) = lucid.grad(first, x)
        t = np.tanh(x.numpy())
        np.testing.assert_allclose(second.numpy(), -2 * t * (1 - t * t), rtol=1e-5)


def test_a_change_in_place_is_noticed():
    for _ in range(3):
        x = lucid.tensor([1.0, 2.0], requires_grad=True)
        y = lucid.tensor([3.0, 4.0])
        product = x * y
        y += 1
        with pytest.raises(GraphError, match="changed"):
            product.backward()
        exponential = lucid.exp(x)
        with lucid.no_grad():
            exponential += 1
        with pytest.raises(GraphError, match="changed"):
            exponential.backward()


def test_a_change_before_the_call_is_none():
    y = lucid.tensor([3.0, 4.0])
    for _ in range(3):
        y += 1
        x = lucid.tensor([1.0, 2.0], requires_grad=True)
        (x * y).backward()
        np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_new_data_of_a_kept_tensor_is_noticed():
    for _ in range(3):
        x = lucid.tensor([1.0, 2.0], requires_grad=True)
        y = lucid.tensor([3.0, 4.0])
        product = x * y
        y.data = np.ones(2, np.float32)
        with pytest.raises(GraphError, match="changed"):
            product.backward()


def test_each_thread_has_its_own_mode():
    x = lucid.tensor([1.0], requires_grad=True)
    _ = x * 2, x * 2
    found = []

    def work():
        found.append((x * 2).requires_grad)
        with lucid.no_grad():
            found.append((x * 2).requires_grad)

    with lucid.no_grad():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        found.append((x * 2).requires_grad)
    assert found == [True, False, False]


class Double(lucid.autograd.Function):
    """Twice the value, in the way that `form` says."""

    __slots__ = ("form",)

    def __init__(self, form="array"):
        self.form = form

    def forward(self, x, other=None):
        if self.form == "fails":
            raise ZeroDivisionError("on purpose")
        if self.form == "reads":
            self.save(inputs=(5,))
        if self.form == "lists":
            self.save(inputs=[0], outputs=[0])
        if self.form == "scalar":
            return np.float32(x.sum() * 2)
        if self.form == "several":
            return x * 2, x > 0
        if self.form == "integers":
            return (x * 2).astype(np.int64)
        return x * 2

    def backward(self, gradient, *_):
        if self.form == "lists":
            x, result = self.saved
            assert (np.asarray(result) == 2 * np.asarray(x)).all()
        if self.form == "scalar":
            return np.full(self.metas[0][0], gradient * 2), None
        return (gradient * 2, None) if len(self.needs) == 2 else gradient * 2


@pytest.fixture(params=["machine code", "python"])
def way(request, monkeypatch):
    _ = lucid.ones(3) + 1
    if request.param == "python":
        monkeypatch.setattr(function, "_apply", [function._in_python])
    return request.param


@pytest.mark.parametrize("form", ["array", "scalar", "several", "lists"])
def test_functions_in_all_forms(way, form):
    x = lucid.tensor([1.0, -2.0], requires_grad=True)
    for values in ((x,), (x, 3), (x, None), (x, np.ones(1)), (x, lucid.ones(1))):
        if form == "scalar" and len(values) == 1:
            continue
        x.grad = None
        found = Double.apply(*values, form=form)
        first = found[0] if form == "several" else found
        first.backward()
        np.testing.assert_array_equal(x.grad.numpy(), [2, 2])
        with lucid.no_grad():
            quiet = Double.apply(*values, form=form)
        assert not (quiet[0] if form == "several" else quiet).requires_grad
    assert type(Double.apply(np.ones(2), form="array")) is np.ndarray


def test_functions_that_go_wrong(way):
    x = lucid.tensor([1.0, -2.0], requires_grad=True)
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        Double.apply(x, form="fails")
    with pytest.raises(IndexError):
        Double.apply(x, form="reads")
    assert not Double.apply(x, form="integers").requires_grad


def test_views_share_their_count_of_changes(way):
    x = lucid.tensor([[1.0, 2.0], [3.0, 4.0]])
    for view in (x.reshape(4), x.T, x[0], x.reshape(2, 2)):
        assert view._version is x._version
        assert np.shares_memory(view.numpy(), x.numpy())
    assert x._version == [0, 1]
    copy = x.T.reshape(4)
    assert copy._version is not x._version
