import math

import numpy as np
import pytest

from lucid.kernels.errors import TraceError
from lucid.kernels.expression import apply, trace
from lucid.kernels.expression.node import constant, ordered


def traced(function, *names):
    return trace(function, "f", names or ("x",), (), {})


def test_equal_subexpressions_are_one_node():
    expression = traced(lambda x: (x + 1) * (x + 1))
    (product,) = expression.outputs
    assert product.arguments[0] is product.arguments[1]


def test_numbers_of_different_type_or_sign_stay_apart():
    assert constant(1) is not constant(1.0)
    assert constant(1) is not constant(True)
    assert constant(0.0) is not constant(-0.0)
    assert constant(math.nan) is constant(math.nan)


def test_several_outputs():
    expression = traced(lambda x, y: (x + y, x * y), "x", "y")
    assert len(expression.outputs) == 2


def test_numpy_functions_of_symbols_are_operations():
    assert traced(lambda x: np.exp(x)).outputs == traced(lambda x: apply("exp", x)).outputs
    assert traced(lambda x: np.arctan2(x, 1.0)).outputs[0].primitive.name == "atan2"


def test_powers_with_small_integers_are_products():
    names = {
        node.primitive.name
        for node in traced(lambda x: x**2 + x**3 + x**4).nodes()
        if node.primitive
    }
    assert names == {"square", "multiply", "add"}
    assert traced(lambda x: x**0.5).outputs[0].primitive.name == "sqrt"
    assert traced(lambda x: x**2.5).outputs[0].primitive.name == "pow"


@pytest.mark.parametrize(
    ("function", "mend"),
    [
        (lambda x: x if x > 0 else 0, "where"),
        (lambda x: min(x, 1), "minimum"),
        (lambda x: 0 < x < 1, "where"),
        (lambda x: math.exp(x), "lucid"),
        (lambda x: float(x), "lucid"),
        (lambda x: x[0], "element"),
        (lambda x: sum(x), "element"),
        (lambda x: np.add.reduce(x), "operations of lucid"),
        (lambda x: np.frexp(x)[0], "operations of lucid"),
        (lambda x: x + np.ones(3), "argument"),
        (lambda x: x + "a", "argument"),
        (lambda x: None, "returns a value"),
        (lambda x: {}["a"], "KeyError"),
        (lambda x: round(x, 2), "digits"),
    ],
)
def test_what_cannot_be_traced_says_what_to_write(function, mend):
    with pytest.raises(TraceError, match=mend):
        traced(function)


def test_error_names_the_line():
    def branching(x):
        return 1 if x > 0 else 0

    line = branching.__code__.co_firstlineno + 1
    with pytest.raises(TraceError, match=rf"test_trace\.py, line {line}, in branching"):
        traced(branching)


def test_a_symbol_of_another_trace_is_refused():
    leaked = []
    traced(lambda other: leaked.append(other) or other, "other")
    with pytest.raises(TraceError, match="another trace"):
        traced(lambda x: x + leaked[0])


def test_deep_expressions_need_no_recursion():
    def deep(x):
        for _ in range(20_000):
            x = x + 1.0
        return x

    expression = traced(deep)
    assert len(ordered(expression.outputs)) == 20_002
