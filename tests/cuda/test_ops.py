"""Operations that are not pointwise: on the GPU they give what they give on the CPU."""

import numpy as np
import pytest

import lucid

RANDOM = np.random.default_rng(0)
A = RANDOM.standard_normal((3, 4)).astype(np.float32)
B = RANDOM.standard_normal((4, 2)).astype(np.float32)
C = RANDOM.standard_normal((2, 3, 4)).astype(np.float32)
V = RANDOM.standard_normal(4).astype(np.float32)
FLAGS = A > 0
INDEX = np.array([[0, 3, 1, 3], [2, 2, 0, 1], [1, 0, 3, 2]])
CLASSES = np.array([1, 0, 3])

CASES = {
    "matmul": (lucid.matmul, A, B),
    "matmul of stacks": (lucid.matmul, C, B),
    "matmul of a stack and a stack": (lambda x, y: x @ y.mT, C, C),
    "matmul with a vector": (lucid.matmul, A, V),
    "linear": (lucid.linear, A, B.T.copy(), B[0]),
    "linear of a stack": (lucid.linear, C, B.T.copy()),
    "outer": (lucid.outer, V, A),
    "einsum": (lambda x, y: lucid.einsum("ij,jk->ki", x, y), A, B),
    "einsum of a diagonal": (lambda x: lucid.einsum("ii->i", x[:, :3]), A),
    "einsum with dots": (lambda x, y: lucid.einsum("...j,jk->...k", x, y), C, B),
    "sum": (lambda x: lucid.sum(x, (0, 2)), C),
    "sum of all": (lucid.sum, A),
    "sum of integers": (lambda x: lucid.sum(x, 0), INDEX),
    "mean": (lambda x: lucid.mean(x, 1, keepdims=True), A),
    "mean of integers": (lambda x: lucid.mean(x, 1), INDEX),
    "prod": (lambda x: lucid.prod(x, 0), A),
    "cumsum": (lambda x: lucid.cumsum(x, 1), A),
    "cumprod": (lambda x: lucid.cumprod(x, 0), A),
    "cummax": (lambda x: lucid.cummax(x, 1).values, A),
    "cummin": (lambda x: lucid.cummin(x, 0).values, A),
    "places of cummax": (lambda x: lucid.cummax(x, 1).indices, A),
    "logcumsumexp": (lambda x: lucid.logcumsumexp(x, 1), A),
    "max": (lambda x: lucid.max(x, 1), A),
    "min": (lambda x: lucid.min(x), np.float32([[1, 2], [1, 3]])),
    "argmax": (lambda x: lucid.argmax(x, 1), A),
    "argmin": (lucid.argmin, A),
    "var": (lambda x: lucid.var(x, 1), A),
    "std": (lambda x: lucid.std(x, 0, correction=0), A),
    "norm": (lambda x: lucid.norm(x, 2, 1), A),
    "softmax": (lambda x: lucid.softmax(x, 1), A),
    "log_softmax": (lambda x: lucid.log_softmax(x, 0), A),
    "logsumexp": (lambda x: lucid.logsumexp(x, 1), A),
    "layer_norm": (lambda x, w, b: lucid.layer_norm(x, (4,), w, b), A, V, V[::-1].copy()),
    "all": (lambda x: lucid.all(x, 1), FLAGS),
    "any": (lucid.any, FLAGS),
    "count_nonzero": (lambda x: lucid.count_nonzero(x, 1, keepdims=True), FLAGS),
    "reshape": (lambda x: lucid.reshape(x, (2, -1)), A),
    "transpose": (lambda x: lucid.transpose(x).reshape(-1), A),
    "moveaxis": (lambda x: lucid.moveaxis(x, 0, -1), C),
    "squeeze": (lambda x: lucid.squeeze(lucid.expand_dims(x, 1), 1), A),
    "broadcast_to": (lambda x: lucid.broadcast_to(x, (3, 4)), V),
    "flip": (lambda x: lucid.flip(x, (0, 1)), A),
    "roll": (lambda x: lucid.roll(x, (1, -1), (0, 1)), A),
    "repeat": (lambda x: lucid.repeat(x, 2, 1), A),
    "tile": (lambda x: lucid.tile(x, 2, 1), A),
    "tril": (lambda x: lucid.tril(x, -1), A),
    "triu": (lucid.triu, A),
    "concatenate": (lambda x, y: lucid.concatenate([x, y], 1), A, A + 1),
    "stack": (lambda x, y: lucid.stack([x, y], 1), A, A + 1),
    "split": (lambda x: lucid.split(x, 2, 1), A),
    "unbind": (lambda x: lucid.unbind(x, 0), A),
    "index by slices": (lambda x: x[1:, ::2], A),
    "index by integers": (lambda x: x[1, -1], A),
    "index by rows": (lambda x: x[[0, 2, 0]], A),
    "index by arrays": (lambda x: x[[0, 2, 0], [1, 1, 1]], A),
    "index by flags": (lambda x, f: x[f], A, FLAGS),
    "index with a new axis": (lambda x: x[:, None, [3, 3]], A),
    "gather": (lambda x, i: lucid.gather(x, 1, i), A, INDEX),
    "scatter_add": (lambda x, i, s: lucid.scatter_add(x, 1, i, s), A, INDEX, A + 1),
    "scatter_add of integers": (
        lambda x, i: lucid.scatter_add(x, 1, i, lucid.ones_like(i)),
        INDEX,
        INDEX,
    ),
    "scatter_add of bytes": (
        lambda x, i: lucid.scatter_add(x, 1, i, lucid.full_like(x, 100)),
        INDEX.astype(np.int8),
        INDEX,
    ),
    "take": (lambda x, i: lucid.take(x, i, 1), A, CLASSES),
    "take_along_axis": (lambda x, i: lucid.take_along_axis(x, i, 1), A, INDEX),
    "embedding": (lambda i, w: lucid.embedding(i, w, padding_idx=0), CLASSES, B),
    "one_hot": (lucid.one_hot, CLASSES),
    "masked_fill": (lambda x, f: lucid.masked_fill(x, f, 2.0), A, FLAGS),
    "masked_select": (lucid.masked_select, A, FLAGS),
    "argsort": (lambda x: lucid.argsort(x, 1), A),
    "sort": (lambda x: lucid.sort(x, 1, descending=True), A),
    "topk": (lambda x: lucid.topk(x, 2, 1)[0], A),
    "cross_entropy": (lucid.cross_entropy, A, CLASSES),
    "cross_entropy, smoothed": (
        lambda x, t: lucid.cross_entropy(x, t, label_smoothing=0.1, reduction="sum"),
        A,
        CLASSES,
    ),
    "cross_entropy, weighted": (
        lambda x, t, w: lucid.cross_entropy(x, t, weight=w.detach() + 3, ignore_index=0),
        A,
        CLASSES,
        V,
    ),
    "cross_entropy with probabilities": (
        lambda x, t: lucid.cross_entropy(x, lucid.softmax(t, 1).detach(), reduction="none"),
        A,
        A[::-1].copy(),
    ),
    "nll_loss": (lambda x, t: lucid.nll_loss(lucid.log_softmax(x, 1), t), A, CLASSES),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_as_on_the_cpu(name, same_on_gpu):
    function, *arrays = CASES[name]
    without_gradient = name == "cross_entropy with probabilities" or "weighted" in name
    if without_gradient:
        first, *rest = arrays
        constants = [lucid.tensor(array) for array in rest]
        same_on_gpu(lambda x: function(x, *[c.to(x.device) for c in constants]), first)
    else:
        same_on_gpu(function, *arrays)


@pytest.mark.parametrize(
    "name",
    ["matmul", "softmax", "mean", "index by rows", "cumsum", "cumprod", "logcumsumexp", "einsum"],
)
def test_second_derivatives(name):
    function, *arrays = CASES[name]
    found = []
    for device in ("cpu", "cuda"):
        x, *rest = [lucid.tensor(array, requires_grad=True, device=device) for array in arrays]
        y = function(x, *rest)
        (first,) = lucid.grad((y * y * y).sum(), x, create_graph=True)
        (second,) = lucid.grad((first * first).sum(), x)
        assert second.device.type == device
        found.append(second.cpu().numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4, atol=1e-5)
