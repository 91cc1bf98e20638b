"""Calls that look alike are told apart: what machine code learned from one answers no other."""

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import DtypeError, GraphError, ShapeError
from lucid.nn import functional

RNG = np.random.default_rng(11)


def test_options_are_told_apart():
    x = lucid.tensor(RNG.normal(size=(3, 4, 5)))
    for _ in range(3):
        for axis in (0, 1, 2, -1, None, (0, 2), (*[1, 2],), [0, 1]):
            for keep in (False, True):
                wanted = x.numpy().sum(tuple(axis) if type(axis) is list else axis, keepdims=keep)
                np.testing.assert_allclose(lucid.sum(x, axis, keep).numpy(), wanted)
                np.testing.assert_allclose(x.sum(dim=axis, keepdim=keep).numpy(), wanted)
        with pytest.raises(ShapeError):
            lucid.sum(x, 3)
        with pytest.raises(TypeError):
            lucid.sum(x, 0, False, 1)
    y = lucid.tensor([[1.0, 3.0]])
    for _ in range(3):
        for eps in (0.0, 1.0, 3.0, 1):
            found = lucid.layer_norm(y, 2, eps=eps).numpy()
            np.testing.assert_allclose(found, [[-1, 1]] / np.sqrt(1 + eps), rtol=1e-6)
        # An integer that is no small one, and texts, are other objects every time.
        long = lucid.ones(1, 1000)
        assert lucid.layer_norm(long, int("1000")).shape == (1, 1000)
        kind = "".join(["su", "m"])
        assert lucid.nll_loss(y, lucid.tensor([1]), reduction=kind).item() == -3.0
        with pytest.raises(ShapeError):
            lucid.layer_norm(long, 999)


def test_arguments_that_are_one_object(same):
    x = lucid.tensor(RNG.normal(size=(3, 4)))
    w, b = (lucid.tensor(RNG.normal(size=4)) for _ in range(2))
    plain = lucid.layer_norm.__wrapped__
    for first, second in [(w, w), (w, b), (b, b), (b, w)] * 2:
        same(lucid.layer_norm(x, 4, first, second), plain(x, 4, first, second))
    # Two tensors of one array, after calls with two of two, and before.
    for pair in [(w, w.detach()), (w, b), (w, w.detach())]:
        same(functional.mse_loss(*pair), functional.mse_loss.__wrapped__(*pair))


def test_dimensions_that_are_few_or_empty(same):
    for _ in range(3):
        same(lucid.sum(lucid.tensor(2.5)), lucid.tensor(2.5))
        same(lucid.amax(lucid.tensor(2.5)), lucid.tensor(2.5))
        empty = lucid.zeros(0, 3)
        same(lucid.sum(empty, 0), lucid.zeros(3))
        assert np.isnan(lucid.mean(empty).numpy())
        with pytest.raises(ShapeError):
            lucid.amax(empty)
        assert lucid.softmax(empty).shape == (0, 3)
        same(lucid.sum(np.ones(3, np.int8)), np.asarray(3))
        same(lucid.mean(np.array([True, False])), np.asarray(0.5))
        with pytest.raises(DtypeError):
            lucid.softmax(np.ones(3, np.int8))


def test_an_array_that_is_not_aligned():
    x = np.frombuffer(b"\0" + np.arange(4, dtype="f8").tobytes(), "f8", offset=1, count=4)
    for _ in range(3):
        assert lucid.sum(np.arange(4.0)) == lucid.sum(x) == 6


def test_classes_out_of_range_after_a_call_that_went_well(same):
    scores = lucid.tensor(RNG.normal(size=(4, 3)), requires_grad=True)
    good = np.array([0, 2, 1, 1])
    for kind in ("i8", "i4", "u4", "i2"):
        for _ in range(3):
            expected = lucid.cross_entropy.__wrapped__(scores, good.astype(kind))
            same(lucid.cross_entropy(scores, good.astype(kind)), expected)
            turned = good[::-1].astype(kind)
            expected = lucid.cross_entropy.__wrapped__(scores, turned)
            same(lucid.cross_entropy(scores, turned), expected)
            for wrong in (3, 100):
                with pytest.raises(ShapeError, match=f"class {wrong}"):
                    lucid.cross_entropy(scores, np.array([0, wrong, 1, 1], kind))
        if kind[0] == "i":
            ignored = np.array([0, -100, 1, 1], kind)
            found = lucid.cross_entropy(scores, ignored)
            expected = lucid.cross_entropy(scores[[0, 2, 3]], ignored[[0, 2, 3]])
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)
    for _ in range(3):
        found = lucid.cross_entropy(scores, good, ignore_index=1)
        expected = lucid.cross_entropy(scores[[0, 1]], good[:2])
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)


def test_the_first_call_may_be_the_unusual_one():
    for shape in ((2, 6), (3, 6)):
        scores = lucid.tensor(RNG.normal(size=shape).astype("f4"), requires_grad=True)
        with pytest.raises(ShapeError):
            lucid.nll_loss(scores, np.full(shape[0], 6))
        lucid.nll_loss(scores, np.array([-100] + [1] * (shape[0] - 1)))
        for _ in range(3):
            lucid.nll_loss(scores, np.full(shape[0], 5)).backward()
        np.testing.assert_allclose(scores.grad.numpy()[:, 5], np.full(shape[0], -3 / shape[0]))


def test_a_change_in_place_is_noticed():
    for _ in range(3):
        x = lucid.tensor(RNG.normal(size=(2, 3)), requires_grad=True)
        w = lucid.ones(3, dtype="float64")
        result = lucid.layer_norm(x, 3, w)
        w += 1
        with pytest.raises(GraphError, match="changed"):
            result.backward()
        result = lucid.softmax(x)
        with lucid.no_grad():
            result += 1
        with pytest.raises(GraphError, match="changed"):
            result.backward()
        lucid.layer_norm(x, 3, w).backward()
        freed = lucid.sum(x * x)
        freed.backward()
        with pytest.raises(GraphError, match="retain_graph"):
            freed.backward()


def test_second_derivatives():
    x = lucid.tensor([0.5, -1.0, 2.0], requires_grad=True)
    for _ in range(3):
        (first,) = lucid.grad(lucid.norm(x), x, create_graph=True)
        (second,) = lucid.grad(first.sum(), x)
        v = x.numpy().astype("f8")
        n = np.sqrt((v * v).sum())
        np.testing.assert_allclose(second.numpy(), (1 - v * v.sum() / n**2) / n, rtol=1e-5)
        for function in (lucid.var, lucid.std, lucid.logsumexp):
            (first,) = lucid.grad(function(x), x, create_graph=True)
            weights = lucid.tensor([1.0, -2.0, 0.5])
            (second,) = lucid.grad((first * weights).sum(), x)
            step = 1e-3

            def slope(at, function=function):
                y = lucid.tensor(at, requires_grad=True)
                return lucid.grad(function(y), y)[0].numpy()

            numeric = [
                (slope(v + step * e) - slope(v - step * e)) @ weights.numpy() / (2 * step)
                for e in np.eye(3)
            ]
            np.testing.assert_allclose(second.numpy(), numeric, rtol=1e-3, atol=1e-4)


def test_nodes_have_hooks_of_their_own():
    x = lucid.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    for k in range(4):
        total = lucid.sum(x)
        total.register_hook(lambda g, k=k: seen.append(k))
        total.backward()
    assert seen == [0, 1, 2, 3]
