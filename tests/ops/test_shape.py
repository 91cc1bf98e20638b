import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import ShapeError

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@given(shape=SHAPES, data=st.data())
def test_axes_as_in_numpy(shape, data):
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    t = lucid.from_numpy(x)
    order = data.draw(st.permutations(range(x.ndim)))
    np.testing.assert_array_equal(t.permute(*order).numpy(), x.transpose(order))
    np.testing.assert_array_equal(lucid.permute_dims(t, order).numpy(), x.transpose(order))
    np.testing.assert_array_equal(t.T.numpy(), x.T)
    np.testing.assert_array_equal(t.squeeze().numpy(), x.squeeze())
    np.testing.assert_array_equal(t.reshape(-1).numpy(), x.ravel())
    np.testing.assert_array_equal(t.flatten().numpy(), x.ravel())
    np.testing.assert_array_equal(t.flip().numpy(), np.flip(x))
    place = data.draw(st.integers(-x.ndim - 1, x.ndim))
    np.testing.assert_array_equal(t.unsqueeze(place).numpy(), np.expand_dims(x, place))
    if x.ndim:
        a, b = data.draw(st.tuples(*[st.integers(-x.ndim, x.ndim - 1)] * 2))
        np.testing.assert_array_equal(t.swapaxes(a, b).numpy(), x.swapaxes(a, b))
        np.testing.assert_array_equal(t.transpose(a, b).numpy(), x.swapaxes(a, b))
        np.testing.assert_array_equal(t.moveaxis(a, b).numpy(), np.moveaxis(x, a, b))
        np.testing.assert_array_equal(t.roll(3, a).numpy(), np.roll(x, 3, a))
        np.testing.assert_array_equal(t.repeat(2, a).numpy(), np.repeat(x, 2, a))
    reps = data.draw(st.lists(st.integers(0, 2), max_size=5))
    np.testing.assert_array_equal(t.tile(reps).numpy(), np.tile(x, reps))
    np.testing.assert_array_equal(t.roll(2).numpy(), np.roll(x, 2))
    if x.ndim > 1:
        k = data.draw(st.integers(-3, 3))
        np.testing.assert_array_equal(t.tril(k).numpy(), np.tril(x, k))
        np.testing.assert_array_equal(t.triu(k).numpy(), np.triu(x, k))


LINEAR = {
    "reshape": lambda t: t.reshape(3, -1),
    "view": lambda t: t.view(6, 2),
    "flatten": lambda t: t.flatten(1),
    "permute": lambda t: t.permute(2, 0, 1),
    "transpose": lambda t: t.transpose(0, 2),
    "T": lambda t: t.T,
    "mT": lambda t: t.mT,
    "moveaxis": lambda t: t.moveaxis((0, 1), (-1, 0)),
    "squeeze": lambda t: t.unsqueeze(1).squeeze(1),
    "expand": lambda t: t[:, :1].expand(-1, 4, -1),
    "broadcast_to": lambda t: t.broadcast_to((2, 2, 3, 2)),
    "flip": lambda t: t.flip((0, 2)),
    "roll": lambda t: t.roll((1, -1), (0, 1)),
    "tile": lambda t: t.tile(2, 1, 3),
    "repeat": lambda t: t.repeat(3, 1),
    "tril": lambda t: t.tril(),
    "triu": lambda t: t.triu(1),
    "clone": lambda t: t.clone(),
    "concatenate": lambda t: lucid.concatenate([t, t * 2, t[:1]], axis=0),
    "stack": lambda t: lucid.stack([t, t * t], axis=-1),
    "split": lambda t: t.split([1, 2], axis=1),
    "one of a split": lambda t: t.split(2, axis=1)[1],
    "chunk": lambda t: t.chunk(2, axis=1),
    "unbind": lambda t: t.unbind(1),
    "sort": lambda t: t.sort(1, descending=True),
    "topk": lambda t: t.topk(2, 1).values,
}


@pytest.mark.parametrize("name", LINEAR)
def test_gradients(check_gradient, name):
    x = np.random.default_rng(0).permutation(12.0 - np.arange(12)).reshape(2, 3, 2)
    check_gradient(LINEAR[name], x)


@pytest.mark.parametrize(
    "view",
    [
        lambda t: t.reshape(6),
        lambda t: t.T,
        lambda t: t[1:],
        lambda t: t.flip(),
        lambda t: t.unsqueeze(0),
        lambda t: t.split(1)[1],
        lambda t: t.detach(),
    ],
)
def test_views_share_memory(view):
    t = lucid.zeros(2, 3)
    t.data[...] = 7
    assert np.shares_memory(view(t).numpy(), t.numpy())


@given(
    parts=st.lists(st.integers(0, 3), min_size=1, max_size=4),
    axis=st.integers(-2, 1),
)
def test_split_undoes_concatenate(parts, axis):
    shapes = [(n, 2) if axis % 2 == 0 else (2, n) for n in parts]
    arrays = [np.random.default_rng(n).normal(size=s) for n, s in enumerate(shapes)]
    joined = lucid.concatenate([lucid.tensor(a) for a in arrays], axis)
    np.testing.assert_array_equal(joined.numpy(), np.concatenate(arrays, axis))
    for piece, array in zip(joined.split(parts, axis), arrays, strict=True):
        np.testing.assert_array_equal(piece.numpy(), array)


def test_chunk_sizes():
    assert [c.shape[0] for c in lucid.arange(7).chunk(3)] == [3, 3, 1]
    assert [c.shape[0] for c in lucid.arange(2).chunk(3)] == [1, 1]
    assert lucid.zeros(0, 2).unbind() == ()


def test_broadcast_view_is_read_only():
    wide = lucid.ones(1, 3).expand(2, 3)
    with pytest.raises(lucid.kernels.errors.GraphError, match="read-only"):
        wide += 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: t.reshape(4, 2), r"shape \(2, 3\) with 6 elements"),
        (lambda t: t.reshape(-1, -1), "one of them may be -1"),
        (lambda t: t.reshape(-2, 3), "product"),
        (lambda t: t.T.view(6), "contiguous"),
        (lambda t: t.permute(0, 0), "no permutation"),
        (lambda t: t.permute(0), "no permutation"),
        (lambda t: t.transpose(0, 5), "axis 5"),
        (lambda t: t.transpose(0, 1, 2), "got 3 axes"),
        (lambda t: t[0].mT, "no two axes"),
        (lambda t: t.squeeze(0), "length 2"),
        (lambda t: t.unsqueeze(4), "axis 4"),
        (lambda t: t.flatten(1, 0), "behind"),
        (lambda t: t.expand(4, 3), "can't be broadcast"),
        (lambda t: t.broadcast_to((2, -1)), "negative"),
        (lambda t: t.moveaxis((0, 1), 0), "2 axes"),
        (lambda t: t.roll((1, 2), 0), "2 shifts"),
        (lambda t: t.tile(-1), "negative"),
        (lambda t: t.repeat(-1), "negative"),
        (lambda t: t[0].tril(), "rows and columns"),
        (lambda t: lucid.concatenate([]), "no tensors"),
        (lambda t: lucid.concatenate([t, t.T]), r"tensor 1 has shape \(3, 2\)"),
        (lambda t: lucid.stack([]), "no tensors"),
        (lambda t: lucid.stack([t, t[0]]), "tensor 1"),
        (lambda t: t.split(0), "cuts nothing"),
        (lambda t: t.split([1, 2]), "add up to 3"),
        (lambda t: t.chunk(0), "positive"),
        (lambda t: t.topk(4), "k=4"),
        (lambda t: lucid.zeros("a"), "no shape"),
        (lambda t: lucid.zeros(-1), "negative"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ShapeError, match=words):
        call(lucid.ones(2, 3))
