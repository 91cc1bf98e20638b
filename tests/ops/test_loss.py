import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid.kernels.errors import DtypeError, ShapeError, StateError


def reference(x, target, weight=None, ignore=-100, smoothing=0.0, reduction="mean"):
    """Cross entropy of rows of scores, written out element by element."""
    rows, classes = x.shape
    weight = np.ones(classes) if weight is None else weight
    logs = scipy.special.log_softmax(x, axis=1)
    losses, counted = np.zeros(rows), np.zeros(rows)
    for i in range(rows):
        if target[i] == ignore:
            continue
        smooth = sum(weight[j] * logs[i, j] for j in range(classes)) / classes
        losses[i] = -(1 - smoothing) * weight[target[i]] * logs[i, target[i]] - smoothing * smooth
        counted[i] = weight[target[i]]
    if reduction == "none":
        return losses
    return losses.sum() / (counted.sum() if reduction == "mean" else 1)


@st.composite
def problems(draw):
    rows, classes = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    options = {
        "weight": draw(st.sampled_from([None, rng.uniform(0.5, 2, classes)])),
        "ignore": draw(st.sampled_from([-100, 0])),
        "smoothing": draw(st.sampled_from([0.0, 0.1, 1.0])),
        "reduction": draw(st.sampled_from(["mean", "sum", "none"])),
    }
    target = rng.integers(0, classes, rows)
    if draw(st.booleans()):
        target[rng.random(rows) < 0.3] = options["ignore"]
    if (target == options["ignore"]).all():
        target[0], options["ignore"] = 0, -100
        target[target < 0] = 0
    return rng.normal(size=(rows, classes)) * 5, target, options


def _call(x, target, options):
    return lucid.cross_entropy(
        x,
        target,
        weight=options["weight"],
        ignore_index=options["ignore"],
        label_smoothing=options["smoothing"],
        reduction=options["reduction"],
    )


@given(problem=problems())
def test_cross_entropy_is_the_sum_written_out(problem):
    x, target, options = problem
    got = _call(lucid.tensor(x), lucid.tensor(target), options).numpy()
    np.testing.assert_allclose(got, reference(x, target, **options), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore", [-100, 1])
def test_cross_entropy_gradients(check_gradient, reduction, smoothing, weighted, ignore):
    rng = np.random.default_rng(0)
    target = np.array([0, 1, 2, 2])
    options = {
        "weight": rng.uniform(0.5, 2, 3) if weighted else None,
        "ignore": ignore,
        "smoothing": smoothing,
        "reduction": reduction,
    }
    check_gradient(lambda x: _call(x, target, options), rng.normal(size=(4, 3)))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_probabilities(check_gradient, reduction):
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(4), 3)
    weight = rng.uniform(0.5, 2, 4)

    def both(scores, goal):
        return lucid.cross_entropy(
            scores, goal, weight=weight, label_smoothing=0.1, reduction=reduction
        )

    mixed = (target * 0.9 + 0.1 / 4) * weight
    losses = -(mixed * scipy.special.log_softmax(x, 1)).sum(1)
    expected = {"mean": losses.mean(), "sum": losses.sum(), "none": losses}[reduction]
    np.testing.assert_allclose(both(lucid.tensor(x), lucid.tensor(target)).numpy(), expected)
    check_gradient(lambda scores: both(scores, target), x)
    check_gradient(both, x, target)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (2, 3, 2, 2)])
def test_classes_lie_along_axis_one(check_gradient, shape):
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape)
    target = rng.integers(0, 3, (shape[0], *shape[2:]) if len(shape) > 1 else ())
    rows = np.moveaxis(x, 1, -1).reshape(-1, 3) if len(shape) > 1 else x[None]
    losses = reference(rows, target.reshape(-1), reduction="none").reshape(target.shape)
    got = lucid.cross_entropy(lucid.tensor(x), target, reduction="none")
    np.testing.assert_allclose(got.numpy(), losses)
    check_gradient(lambda t: lucid.cross_entropy(t, target), x)


def test_nll_loss_after_log_softmax_is_cross_entropy(check_gradient):
    rng = np.random.default_rng(3)
    x, target, weight = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1]), rng.uniform(1, 2, 3)
    for reduction in ("mean", "sum", "none"):

        def both(t, reduction=reduction):
            return lucid.nll_loss(
                t.log_softmax(1), target, weight=weight, ignore_index=2, reduction=reduction
            )

        expected = reference(x, target, weight, ignore=2, reduction=reduction)
        np.testing.assert_allclose(both(lucid.tensor(x)).numpy(), expected)
        check_gradient(both, x)


def test_extreme_scores_are_stable():
    x = lucid.tensor([[1e4, -1e4], [1e30, 0.0]], requires_grad=True)
    loss = lucid.cross_entropy(x, lucid.tensor([1, 0]), reduction="none")
    np.testing.assert_allclose(loss.detach().numpy(), [2e4, 0.0])
    loss.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[1, -1], [0, 0]])


def test_a_class_without_probability():
    x = lucid.tensor([[-np.inf, 0.0]], requires_grad=True)
    assert lucid.cross_entropy(x, lucid.tensor([0])).item() == np.inf
    loss = lucid.cross_entropy(x, lucid.tensor([[0.0, 1.0]]))
    loss.backward()
    assert loss.item() == 0.0
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 0]])


def test_mean_of_nothing_is_nan():
    x = lucid.ones(2, 3)
    assert np.isnan(lucid.cross_entropy(x, lucid.tensor([-100, -100])).item())


def test_the_graph_may_be_used_twice():
    x = lucid.tensor([[1.0, 2.0]], requires_grad=True)
    loss = lucid.cross_entropy(x, lucid.tensor([0]))
    loss.backward(retain_graph=True)
    first = x.grad.numpy().copy()
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * first)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: lucid.cross_entropy(x, [0, 3]), ShapeError, "class 3"),
        (lambda x: lucid.cross_entropy(x, [0, -1]), ShapeError, "class -1"),
        (lambda x: lucid.cross_entropy(x, [0]), ShapeError, r"expected \(2,\)"),
        (lambda x: lucid.cross_entropy(x, lucid.ones(2, 2)), ShapeError, "probabilities"),
        (lambda x: lucid.cross_entropy(x, [True, False]), DtypeError, "bool"),
        (lambda x: lucid.cross_entropy(x.long(), [0, 1]), DtypeError, "int64"),
        (lambda x: lucid.cross_entropy(lucid.tensor(1.0), 0), ShapeError, "no axes"),
        (lambda x: lucid.cross_entropy(x, [0, 1], weight=[1.0]), ShapeError, "3 classes"),
        (lambda x: lucid.cross_entropy(x, [0, 1], reduction="all"), StateError, "'all'"),
        (lambda x: lucid.cross_entropy(x, [0, 1], label_smoothing=2), StateError, "2"),
        (lambda x: lucid.nll_loss(x, lucid.ones(2)), DtypeError, "float32"),
        (lambda x: lucid.nll_loss(x, [0, 5]), ShapeError, "class 5"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(lucid.ones(2, 3))


@pytest.mark.parametrize("score", [np.inf, -np.inf, np.nan, 3e38])
def test_special_scores_warn_of_nothing(score):
    x = lucid.tensor([[score, 0.0], [score, score]], requires_grad=True)
    for loss in (
        lucid.cross_entropy(x, [0, 1]),
        lucid.cross_entropy(x, [1, 0], label_smoothing=0.1),
        lucid.nll_loss(x.log_softmax(1), [0, 1]),
        x.softmax(1).sum(),
        x.logsumexp(1).sum(),
    ):
        loss.backward()
    assert x.grad.shape == (2, 2)


def test_a_row_that_is_ignored_has_no_gradient_whatever_its_scores():
    scores = lucid.tensor([[np.nan, 1.0], [0.0, np.inf], [0.0, 0.0]], requires_grad=True)
    loss = lucid.cross_entropy(scores, lucid.tensor([-1, -1, 0]), ignore_index=-1)
    assert loss.item() == pytest.approx(np.log(2.0))
    loss.backward()
    np.testing.assert_allclose(scores.grad.numpy(), [[0, 0], [0, 0], [-0.5, 0.5]])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_targets_of_any_integer_dtype(dtype):
    scores = np.random.default_rng(0).normal(size=(5, 200)).astype(np.float32)
    target = np.array([0, 9, 100, 127, 3])
    expected = -scipy.special.log_softmax(scores.astype(np.float64), -1)[np.arange(5), target]
    wide = np.repeat(target.astype(dtype), 2)[::2]
    got = lucid.cross_entropy(scores, wide, reduction="none")
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    with pytest.raises(lucid.kernels.errors.ShapeError, match="class 127 in the target"):
        lucid.cross_entropy(scores[:, :120], wide)


def test_many_rows_in_float32():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(5000, 30)).astype(np.float32)
    target = rng.integers(0, 30, 5000)
    logs = scipy.special.log_softmax(scores.astype(np.float64), -1)
    tensor = lucid.tensor(scores, requires_grad=True)
    loss = lucid.cross_entropy(tensor, lucid.tensor(target))
    np.testing.assert_allclose(loss.item(), -logs[np.arange(5000), target].mean(), rtol=1e-6)
    loss.backward()
    expected = np.exp(logs)
    expected[np.arange(5000), target] -= 1.0
    np.testing.assert_allclose(tensor.grad.numpy(), expected / 5000, rtol=2e-6, atol=1e-10)
