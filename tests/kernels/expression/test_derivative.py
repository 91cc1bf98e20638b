"""Derivatives of the expression language, held against differences of the plain evaluator."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lucid.kernels.expression import PRIMITIVES, apply, differentiate, evaluate_array, trace

#: Intervals in which the primitive is smooth (away from kinks, poles and the ends of its domain).
SMOOTH = {
    "log": (0.1, 20), "log2": (0.1, 20), "log10": (0.1, 20), "log1p": (-0.9, 20),
    "sqrt": (0.1, 20), "rsqrt": (0.1, 20), "cbrt": (0.1, 20), "pow": (0.2, 4),
    "asin": (-0.9, 0.9), "acos": (-0.9, 0.9), "atanh": (-0.9, 0.9), "acosh": (1.1, 9),
    "erfinv": (-0.9, 0.9), "lgamma": (0.2, 9), "digamma": (0.2, 9), "tan": (-1.4, 1.4),
    "exp10": (-3, 3), "abs": (0.1, 3), "sign": (0.1, 3), "hypot": (0.2, 3), "atan2": (0.2, 3),
    "copysign": (0.2, 3),
}  # fmt: skip
#: Steps, whose derivative is zero, and what has no number as result, are not differentiated.
FLAT = {name for name, primitive in PRIMITIVES.items() if primitive.derivative is None}
#: Choices have kinks where their arguments meet; nextafter and the remainders jump.
SPECIAL = {"where", "maximum", "minimum", "fmax", "fmin", "clip", "nextafter", "remainder",
           "fmod", "trigamma"}  # fmt: skip
DIFFERENTIABLE = sorted(set(PRIMITIVES) - FLAT - SPECIAL)


def expression_of(name):
    names = ["x", "y", "z"][: PRIMITIVES[name].arity]
    return trace(lambda *symbols: apply(name, *symbols), name, names, (), {})


def gradients(expression, values, gradient=1.0):
    derived = differentiate(expression, (True,) * len(values))
    arrays = [np.asarray(value, np.float64) for value in values]
    outputs = evaluate_array(expression, arrays)
    sources = {
        "input": arrays,
        "output": outputs,
        "gradient": [np.full(arrays[0].shape, gradient)],
    }
    return evaluate_array(derived.expression, [sources[kind][i] for kind, i in derived.reads])


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
def test_primitive_against_differences(name, data):
    low, high = SMOOTH.get(name, (-3.0, 3.0))
    expression = expression_of(name)
    values = [data.draw(st.floats(low, high)) for _ in expression.inputs]
    if name == "divide":
        assume(abs(values[1]) > 0.1)
    found = gradients(expression, values, 1.5)
    for k, value in enumerate(values):
        step = 1e-5
        below, above = (
            evaluate_array(
                expression,
                [np.asarray(v + sign * step * (j == k)) for j, v in enumerate(values)],
            )[0]
            for sign in (-1, 1)
        )
        expected = 1.5 * (above - below) / (2 * step)
        np.testing.assert_allclose(found[k], expected, rtol=2e-5, atol=1e-6 * max(1, abs(value)))


def test_ties_share_the_gradient():
    for name in ("maximum", "minimum", "fmax", "fmin"):
        assert gradients(expression_of(name), [2.0, 2.0]) == (0.5, 0.5)
    assert gradients(expression_of("maximum"), [3.0, 2.0]) == (1.0, 0.0)
    assert gradients(expression_of("minimum"), [3.0, 2.0]) == (0.0, 1.0)


def test_clip_is_inclusive_at_its_bounds():
    expression = trace(lambda x: apply("clip", x, -1.0, 1.0), "clip", ["x"], (), {})
    (found,) = gradients(expression, [np.array([-1.5, -1.0, 0.0, 1.0, 1.5])])
    assert found.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_abs_at_zero():
    assert gradients(expression_of("abs"), [0.0]) == (0.0,)
    assert gradients(expression_of("hypot"), [0.0, 0.0]) == (0.0, 0.0)


def test_an_unused_branch_gives_no_nan():
    def where(c, a, b):
        return apply("where", c, a, b)

    guarded = {
        "sqrt": lambda x: where(x > 0, apply("sqrt", x), 0.0),
        "sinc": lambda x: where(x != 0, apply("sin", x) / x, 1.0),
        "log": lambda x: where(x > 0, apply("log", x) * x, 0.0),
        "nested": lambda x: where(x > 0, where(x > 1, 1 / (x - 1), apply("log", x)), x),
        "maximum": lambda x: apply("sqrt", apply("maximum", x, 0.0)) * 0.0 + x,
    }
    points = np.array([-1.0, 0.0, 1.0, 2.0])
    for name in ("sqrt", "sinc", "log", "nested"):
        expression = trace(guarded[name], name, ["x"], (), {})
        (found,) = gradients(expression, [points])
        assert np.isfinite(found).all(), (name, found)
    assert gradients(trace(guarded["sqrt"], "f", ["x"], (), {}), [points])[0].tolist() == [
        0.0, 0.0, 0.5, 0.5 / np.sqrt(2)
    ]  # fmt: skip


def test_nested_guards_grow_linearly():
    def nested(depth):
        def function(x):
            for k in range(depth):
                x = apply("where", x > k, apply("sqrt", x), x / (x - k))
            return x

        derived = differentiate(trace(function, "f", ["x"], (), {}), (True,))
        return len(derived.expression.nodes())

    small, large = nested(4), nested(8)
    assert nested(16) - large <= 2 * (large - small) + 8


def test_reads_only_what_it_needs():
    tanh = differentiate(expression_of("exp"), (True,))
    assert tanh.reads == (("output", 0), ("gradient", 0))
    add = differentiate(expression_of("add"), (True, True))
    assert add.reads == (("gradient", 0),)
    assert add.forwards == (0, 0)
    multiply = differentiate(expression_of("multiply"), (True, False))
    assert multiply.reads == (("input", 1), ("gradient", 0))


def test_unused_input_has_zero_gradient():
    expression = trace(lambda x, y: x + 0.0 * x, "f", ["x", "y"], (), {})
    assert gradients(expression, [2.0, 3.0]) == (1.0, 0.0)


@given(st.floats(-3, 3), st.floats(0.5, 2))
def test_second_derivative_is_the_derivative_of_the_first(x, y):
    expression = trace(lambda x, y: apply("tanh", x * y) * apply("exp", y), "f", ["x", "y"], (), {})
    first = differentiate(expression, (True, True))

    def flat(x, y, g):
        sources = {"input": [x, y], "gradient": [g]}
        nodes = [sources[kind][i].node for kind, i in first.reads]
        from lucid.kernels.expression import Symbol

        return Symbol(first.expression.substitute(nodes)[0])

    again = trace(flat, "first", ["x", "y", "g"], (), {})
    found = gradients(again, [x, y, 1.0])
    t = np.tanh(x * y)
    expected = np.exp(y) * (1 - t * t) * (1 + y - 2 * x * y * t)
    np.testing.assert_allclose(found[1], expected, rtol=1e-9, atol=1e-12)
