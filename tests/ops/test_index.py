import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import DtypeError, GraphError, ShapeError


@st.composite
def arrays_with_index(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    x = np.arange(float(np.prod(shape))).reshape(shape)
    kind = draw(st.sampled_from(["basic", "integers", "mask", "mixed"]))
    if kind == "basic":
        key = draw(hnp.basic_indices(shape, allow_newaxis=True))
    elif kind == "integers":
        key = draw(hnp.integer_array_indices(shape))
    elif kind == "mask":
        key = draw(hnp.arrays(bool, shape[: draw(st.integers(1, len(shape)))]))
    else:
        key = (..., draw(hnp.arrays(np.int64, 3, elements=st.integers(0, shape[-1] - 1))))
    return x, key


@given(case=arrays_with_index())
def test_values_and_gradients_as_in_numpy(case):
    x, key = case
    t = lucid.tensor(x, requires_grad=True)
    taken = t[key]
    np.testing.assert_array_equal(taken.detach().numpy(), x[key])
    weights = np.random.default_rng(0).normal(size=taken.shape)
    taken.backward(weights)
    expected = np.zeros_like(x)
    np.add.at(expected, key, weights)
    np.testing.assert_allclose(t.grad.numpy(), expected)


@given(case=arrays_with_index())
def test_assignment_as_in_numpy(case):
    x, key = case
    value = np.random.default_rng(0).normal(size=x[key].shape)
    t = lucid.tensor(x)
    t[key] = value
    x[key] = value
    np.testing.assert_array_equal(t.numpy(), x)


KEYS = {
    "int": 1,
    "slice": slice(0, 2),
    "step": (slice(None), slice(None, None, -2)),
    "new axis": (None, 0, ..., None),
    "rows": [0, 2, 0, 0],
    "negative rows": np.array([-1, 2, 0]),
    "pairs": (np.array([0, 0, 2]), np.array([1, 1, 3])),
    "mixed": (slice(1, 3), np.array([0, 0, 3])),
    "grid": (np.array([[0], [2]]), np.array([1, 1])),
    "mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "row mask": np.array([True, False, True]),
    "tensor": lucid.tensor([[0, 1], [1, 1]]),
    "0-d tensor": lucid.tensor(2),
}


@pytest.mark.parametrize("name", KEYS)
def test_gradients(check_gradient, name):
    x = np.random.default_rng(1).normal(size=(3, 4))
    check_gradient(lambda t: t[KEYS[name]] ** 2, x)


def _assigned(key):
    def function(x, value):
        y = x * x
        y[key] = value * value
        return y * y

    return function


@pytest.mark.parametrize("name", ["int", "slice", "step", "mixed", "mask", "row mask"])
def test_assignment_gradients(check_gradient, name):
    key = KEYS[name]
    x = np.random.default_rng(2).normal(size=(3, 4))
    for shape in {np.shape(x[key]), ()}:
        check_gradient(_assigned(key), x, np.random.default_rng(3).uniform(1, 2, shape))
    check_gradient(_assigned(slice(None)), x, np.random.default_rng(3).uniform(1, 2, (1, 1, 4)))


def test_assignment_makes_a_plain_tensor_part_of_the_graph():
    buffer = lucid.zeros(3)
    x = lucid.tensor([2.0, 3.0], requires_grad=True)
    buffer[:2] = x
    (buffer * buffer).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [4.0, 6.0])
    np.testing.assert_array_equal(buffer.detach().numpy(), [2.0, 3.0, 0.0])


def test_assignment_rules():
    leaf = lucid.zeros(3, requires_grad=True)
    with pytest.raises(GraphError, match="leaf"):
        leaf[0] = 1.0
    with lucid.no_grad():
        leaf[0] = 1.0
    assert leaf.tolist() == [1.0, 0.0, 0.0]
    y = leaf * 2
    part = y[:2]
    with pytest.raises(GraphError, match="shares its memory"):
        part[0] = 5.0
    with pytest.raises(GraphError, match="shares its memory"):
        y[0] = 5.0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda t: t[5], ShapeError, "out of bounds"),
        (lambda t: t[0, 0, 0], ShapeError, "too many indices"),
        (lambda t: t[lucid.tensor([0.5])], DtypeError, "float32"),
        (lambda t: t[np.array([True])], ShapeError, "index"),
        (lambda t: t["a"], ShapeError, "index"),
        (lambda t: t.__setitem__(9, 0.0), ShapeError, "out of bounds"),
        (lambda t: t.__setitem__(0, lucid.ones(5)), ShapeError, r"shape \(5,\) does not fit"),
        (lambda t: t.gather(0, lucid.tensor([[4]])), ShapeError, "index 4 is out of range"),
        (lambda t: t.gather(0, lucid.tensor([0])), ShapeError, "as many axes"),
        (lambda t: t.take(lucid.tensor([0.5]), 0), DtypeError, "integers"),
        (lambda t: t.take_along_axis(np.zeros((1, 3), int), 0), ShapeError, "do not fit"),
        (lambda t: t.scatter_add(0, np.zeros((1, 2), int), lucid.ones(1)), ShapeError, "src"),
        (lambda t: lucid.one_hot(lucid.tensor([-1])), ShapeError, "-1 is out of range"),
        (lambda t: lucid.one_hot(lucid.tensor([3]), 3), ShapeError, "index 3"),
        (lambda t: lucid.embedding(lucid.tensor([7]), t), ShapeError, "index 7"),
        (lambda t: lucid.embedding(lucid.tensor([-1]), t), ShapeError, "index -1"),
        (lambda t: lucid.embedding(lucid.tensor([0]), t[0]), ShapeError, "number of rows"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(lucid.ones(3, 2))


def test_looking_up(check_gradient):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3, 4))
    index = np.array([[0, 2, 2], [1, 1, 1]])
    np.testing.assert_array_equal(
        lucid.gather(lucid.tensor(x), 1, index).numpy(), np.take_along_axis(x[:2], index, 1)
    )
    check_gradient(lambda t: t.gather(1, index) ** 2, x)
    check_gradient(lambda t: t.gather(0, np.array([[0, 2, 2, 0]])), x)
    check_gradient(lambda t: t.take_along_axis(np.array([[1, 1]]), 1) ** 2, x)
    check_gradient(lambda t: t.take(np.array([2, 2, 0]), 1) ** 2, x)
    check_gradient(lambda t: t.take(np.array([2, 2, 7])) ** 2, x)
    check_gradient(lambda t: t.index_select(0, np.array([2, 2])), x)
    check_gradient(lambda t: t.masked_select(x > 0) ** 2, x)
    check_gradient(lambda t: t.masked_fill(x > 0, 3.0) ** 2, x)
    check_gradient(lambda t, s: t.scatter_add(1, index, s) ** 2, x, rng.normal(size=(2, 3)))
    check_gradient(lambda t: lucid.embedding(np.array([[0, 2], [2, 2]]), t) ** 2, x)


def test_embedding_leaves_the_padding_row_alone():
    table = lucid.ones(3, 2, requires_grad=True)
    lucid.embedding(lucid.tensor([0, 2, 2, 1]), table, padding_idx=-1).backward()
    np.testing.assert_array_equal(table.grad.numpy(), [[1, 1], [1, 1], [0, 0]])
    assert lucid.embedding(1, table).shape == (2,)


@given(
    indices=hnp.arrays(np.int64, hnp.array_shapes(min_dims=0), elements=st.integers(0, 5)),
    more=st.integers(0, 3),
)
def test_one_hot(indices, more):
    classes = int(indices.max()) + 1 + more
    hot = lucid.one_hot(lucid.from_numpy(indices), classes).numpy()
    assert hot.shape == (*indices.shape, classes)
    np.testing.assert_array_equal(hot.sum(-1), np.ones(indices.shape))
    np.testing.assert_array_equal(hot.argmax(-1), indices)


@given(
    x=hnp.arrays(
        np.float32,
        hnp.array_shapes(max_dims=3, max_side=6),
        elements=st.floats(width=32, allow_infinity=True, allow_nan=True),
    ),
    data=st.data(),
)
def test_order(x, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    t = lucid.from_numpy(x)
    np.testing.assert_array_equal(t.sort(axis).numpy(), np.sort(x, axis))
    np.testing.assert_array_equal(
        t.sort(axis, descending=True).numpy(), np.flip(np.sort(x, axis), axis)
    )
    order = t.argsort(axis).numpy()
    np.testing.assert_array_equal(order, np.argsort(x, axis, kind="stable"))
    k = data.draw(st.integers(0, x.shape[axis]))
    best = t.topk(k, axis)
    np.testing.assert_array_equal(
        best.values.numpy(), np.flip(np.sort(x, axis), axis).take(range(k), axis)
    )
    np.testing.assert_array_equal(
        np.take_along_axis(x, best.indices.numpy(), axis), best.values.numpy()
    )


def test_equal_elements_keep_their_order_downwards_too():
    assert lucid.tensor([1, 2, 1, 2]).argsort(descending=True).tolist() == [1, 3, 0, 2]
