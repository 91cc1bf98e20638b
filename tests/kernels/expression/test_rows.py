"""Functions of a row: what is uniform, derivatives, and what a forward kernel hands over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels.errors import ShapeError, TraceError
from lucid.kernels.expression import Symbol, apply, differentiate, evaluate_rows, trace
from lucid.kernels.expression.node import bare
from lucid.kernels.expression.primitives.rows import (
    detach,
    row_index,
    row_length,
    row_max,
    row_min,
    row_sum,
)
from lucid.kernels.expression.row_total import row_total
from lucid.kernels.expression.saving import save_uniform
from lucid.kernels.stated import with_rule


def expression_of(function, *names, uniform=()):
    return trace(function, "function", names, (), {}, uniform)


def softmax(x):
    powers = apply("exp", x - detach(row_max(x)))
    return powers / row_sum(powers)


def normal(x, weight, bias):
    centred = x - row_sum(x) / row_length()
    return centred * apply("rsqrt", row_sum(centred * centred) / row_length() + 0.1) * weight + bias


def picked(x, k):
    return row_sum(apply("where", row_index() == k, x * x, 0.0)) - apply("log", row_sum(x * x))


def guarded(x, scale):
    size = row_sum(x * x)
    return apply("where", x > 0, apply("sqrt", size) * x, scale * x), size * scale


def extremes(x):
    return row_max(x * x) * row_min(x)


def mean(x):
    return row_sum(x) / row_length()


def ranked(x):
    return x * row_index() + row_length()


FUNCTIONS = {
    "softmax": (softmax, ["row"], ()),
    "normal": (normal, ["row", "columns", "columns"], ()),
    "normal by rows": (normal, ["row", "one", "columns"], ()),
    "picked": (picked, ["row", "class"], ()),
    "guarded": (guarded, ["row", "one"], ("scale",)),
    "guarded by a number": (guarded, ["row", "single"], ("scale",)),
    "extremes": (extremes, ["row"], ()),
    "mean": (mean, ["row"], ()),
    "ranked": (ranked, ["row"], ()),
}
SHAPES = {"row": (3, 4), "columns": (4,), "one": (3, 1), "single": (1,)}


def prepared(name):
    function, kinds, uniform = FUNCTIONS[name]
    names = function.__code__.co_varnames[: len(kinds)]
    rng = np.random.default_rng(3)
    arrays = [
        np.array([[1], [0], [3]]) if kind == "class" else rng.uniform(-2, 2, SHAPES[kind])
        for kind in kinds
    ]
    return expression_of(function, *names, uniform=uniform), arrays


def gradients(derived, sources):
    return evaluate_rows(derived.expression, [sources[kind][i] for kind, i in derived.reads])


def folded(gradient, shape):
    gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1)
    return gradient.sum(axes, keepdims=True)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_against_differences(name):
    expression, arrays = prepared(name)
    needs = tuple(array.dtype.kind == "f" for array in arrays)
    outputs = evaluate_rows(expression, arrays)
    rng = np.random.default_rng(1)
    seeds = [rng.uniform(0.5, 1.5, output.shape) for output in outputs]

    def total(values):
        made = evaluate_rows(expression, values)
        return sum(float((a * b).sum()) for a, b in zip(made, seeds, strict=True))

    derived = differentiate(expression, needs)
    sources = {"input": arrays, "output": outputs, "gradient": seeds}
    found = iter(gradients(derived, sources))
    for k, (array, need) in enumerate(zip(arrays, needs, strict=True)):
        if not need:
            continue
        expected = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            values = []
            for step in (1e-6, -1e-6):
                moved = [value.copy() for value in arrays]
                moved[k][place] += step
                values.append(total(moved))
            expected[place] = (values[0] - values[1]) / 2e-6
        np.testing.assert_allclose(folded(next(found), array.shape), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"mean", "ranked"}))
def test_saved_values_give_the_same_gradients(name):
    expression, arrays = prepared(name)
    needs = tuple(array.dtype.kind == "f" for array in arrays)
    derived = differentiate(expression, needs)
    made = save_uniform(expression, derived)
    assert made is not None
    forward, backward = made
    outputs = evaluate_rows(forward, arrays)
    count = len(expression.outputs)
    assert all(output.shape == (3, 1) for output in outputs[count:])
    seeds = [np.full(output.shape, 1.5) for output in outputs[:count]]
    sources = {
        "input": arrays,
        "output": outputs[:count],
        "saved": outputs[count:],
        "gradient": seeds,
    }
    expected = gradients(derived, sources)
    assert any(kind == "saved" for kind, _ in backward.reads)
    for a, b in zip(gradients(backward, sources), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def depth(node):
    inner = max((depth(argument) for argument in node.arguments), default=0)
    return inner + (node.primitive is not None and node.primitive.settled is not None)


def test_gradient_of_a_norm_needs_two_loops_of_sums():
    expression, _ = prepared("normal")
    _, backward = save_uniform(expression, differentiate(expression, (True, True, True)))
    assert max(map(depth, backward.expression.outputs)) == 1


def test_nothing_is_saved_where_no_fold_is_needed():
    expression = expression_of(mean, "x")
    assert save_uniform(expression, differentiate(expression, (True,))) is None


@given(hnp.arrays(np.float64, (2, 5), elements=st.floats(-8, 8)), st.floats(-3, 3))
def test_row_total_is_the_sum(x, factor):
    def parts(x, u):
        u = row_max(x) * u
        terms = (x * u - x / (u * u + 1.0)) + (-(u * (x * x)))
        return row_sum(terms), row_total(terms)

    direct, other = evaluate_rows(expression_of(parts, "x", "u", uniform=("u",)), [x, factor])
    np.testing.assert_allclose(other, direct, rtol=1e-10, atol=1e-9)


def test_what_is_uniform():
    expression = expression_of(
        lambda x, u: (row_sum(x) * u + 1.0, x * u, row_index(), row_length(), row_max(u), u),
        "x",
        "u",
        uniform=("u",),
    )
    assert [output.uniform for output in expression.outputs] == [
        True, False, False, True, True, True
    ]  # fmt: skip
    # No fold of what is one value a row already.
    assert expression.outputs[4] is expression.outputs[5]
    total = expression_of(lambda u: row_sum(u), "u", uniform=("u",))
    assert evaluate_rows(total, [np.full((2, 1), 3.0)])[0].tolist() == [[3.0], [3.0]]


def test_gradient_of_a_fold_has_the_shape_of_the_row():
    derived = differentiate(expression_of(row_sum, "x"), (True,))
    assert derived.reads == (("input", 0), ("gradient", 0))
    x, seed = np.zeros((2, 3)), np.array([[1.0], [2.0]])
    (found,) = gradients(derived, {"input": [x], "gradient": [seed]})
    assert found.tolist() == [[1.0] * 3, [2.0] * 3]


def test_ties_share_the_gradient_and_nan_takes_it():
    nan = np.nan
    x = np.array([[1.0, 3.0, 3.0], [nan, 1.0, nan], [-np.inf, -np.inf, -np.inf]])
    expression = expression_of(row_max, "x")
    derived = differentiate(expression, (True,))
    outputs = evaluate_rows(expression, [x])
    seeds = [np.ones((3, 1))]
    (found,) = gradients(derived, {"input": [x], "output": outputs, "gradient": seeds})
    assert found.tolist() == [[0, 0.5, 0.5], [0.5, 0, 0.5], [1 / 3] * 3]


def test_an_unused_branch_gives_no_nan():
    def function(x):
        return apply("where", row_sum(x) > 0, apply("sqrt", row_sum(x)), 0.0)

    expression = expression_of(function, "x")
    x = np.array([[-1.0, 0.5], [0.0, 0.0], [2.0, 2.0]])
    derived = differentiate(expression, (True,))
    outputs = evaluate_rows(expression, [x])
    sources = {"input": [x], "output": outputs, "gradient": [np.ones((3, 1))]}
    assert gradients(derived, sources)[0].tolist() == [[0, 0], [0, 0], [0.25, 0.25]]


def test_dtypes():
    x = np.ones((2, 3), np.int8)
    total, ranks, share = evaluate_rows(
        expression_of(lambda x: (row_sum(x), row_index() + x, x / row_sum(x)), "x"), [x]
    )
    assert (total.dtype, ranks.dtype, share.dtype) == (np.int64, np.int8, np.float64)
    half = np.full((1, 4096), 1.0, np.float16)
    (total,) = evaluate_rows(expression_of(lambda x: row_sum(x) / 4096, "x"), [half])
    assert total.dtype == np.float16
    assert total.item() == 1.0


def test_errors():
    with pytest.raises(TraceError, match=r"row_sum, which looks at a whole row.*rowwise"):
        trace(lambda x: x / row_sum(x), "f", ("x",), (), {})
    expression, _ = prepared("guarded")
    with pytest.raises(ShapeError, match="scale is one value a row"):
        evaluate_rows(expression, [np.ones((2, 3)), np.ones((1, 3))])
    with pytest.raises(ShapeError, match="do not broadcast"):
        evaluate_rows(expression, [np.ones((2, 3)), np.ones((4, 1))])
    with pytest.raises(ShapeError, match="got the shape"):
        evaluate_rows(expression, [np.array(1.0), 2.0])


def test_bare_expressions_have_no_stated_derivatives():
    traced = expression_of(lambda x: x * row_sum(x), "x")
    symbols = [Symbol(node) for node in traced.inputs]
    wrapped = with_rule("f", lambda g, out, x: g, traced.outputs, symbols)
    assert wrapped is not traced.outputs[0]
    assert bare((wrapped,)) == traced.outputs
