from functools import partial

import numpy as np
import pytest

import lucid
from lucid.bench.case import BOTH, FORWARD, Case, Input
from lucid.bench.runner import far_off, run_case
from lucid.bench.sides.plain import NumPy

ONES = np.ones(100, np.float32)


@pytest.mark.parametrize(
    ("theirs", "word"),
    [
        (ONES, None),
        (ONES * np.float32(1 + 2e-5), None),
        (ONES * np.float32(1.001), "100.00%"),
        (ONES[:50], "shape"),
        (np.where(np.arange(100) == 7, np.nan, ONES), "1.00%"),
    ],
)
def test_results_are_compared(theirs, word):
    reason = far_off(ONES, theirs, "float32")
    assert reason is None if word is None else word in reason


def test_nan_and_infinities_agree_with_themselves():
    special = np.array([np.nan, np.inf, -np.inf, 0.0], np.float32)
    assert far_off(special, special.copy(), "float32") is None
    assert far_off(special, -special, "float32") is not None


def test_a_stray_element_at_a_jump_is_forgiven():
    many = np.zeros(100_000, np.float32)
    other = many.copy()
    other[3] = 1.0
    assert far_off(many, other, "float32") is None


class Peer(NumPy):
    """NumPy with a function that is asked for."""

    name = "peer"

    def __init__(self, function):
        super().__init__(1)
        self.function = function

    def find(self, operation):
        return self.function


def case(name="exp"):
    return Case(name, (Input(),), lambda side: side.find(name))


def fail(x):
    raise RuntimeError("no such kernel\nand a long story")


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (np.sin, "results differ"),
        (lambda x: (np.exp(x), x), "2 results, ours are 1"),
        (fail, "RuntimeError: no such kernel"),
    ],
)
def test_a_peer_with_other_results_is_left_out_with_the_reason(function, reason, sides, pace):
    line = run_case("s", case(), 64, "float32", FORWARD, [*sides, Peer(function)], pace)
    assert line is not None
    assert list(line.seconds) == ["lucid", "numpy"]
    assert reason in line.left_out["peer"]
    assert "\n" not in line.left_out["peer"]


def test_a_copy_takes_turns_with_what_goes_forward(sides, pace):
    line = run_case("s", case(), 1 << 12, "float32", FORWARD, sides, pace)
    assert line is not None
    assert line.copying > 0
    assert line.share == line.copying / line.seconds["lucid"]
    assert set(line.seconds) == set(line.quickest) == {"lucid", "numpy"}


class Derived(NumPy):
    """NumPy with the gradient of exp."""

    name = "derived"
    gradients = True

    def both(self, function, arguments, seed):
        def call():
            out = function(*arguments)
            return out, seed * out

        return call


def test_output_and_gradients_are_compared(sides, pace):
    line = run_case("s", case(), 64, "float32", BOTH, [sides[0], Derived(1)], pace)
    assert line is not None
    assert set(line.seconds) == {"lucid", "derived"}
    wrong = run_case("s", case("sinh"), 64, "float32", BOTH, [sides[0], Derived(1)], pace)
    assert wrong is not None
    assert "results differ" in wrong.left_out["derived"]


def test_the_leaves_keep_no_gradient(sides):
    ours = sides[0]
    (x,) = ours.load([ONES], [True])
    call = ours.both(lucid.exp, [x], ONES)
    for _ in range(2):
        out, gradient = call()
        np.testing.assert_allclose(gradient.numpy(), out.detach().numpy())
    assert x.grad is None


def double(m, x):
    return m.exp(x) * 2.0


def test_a_formula_becomes_one_kernel(sides, pace):
    shared = Case("double", (Input(),), lambda side: partial(double, side.formulas))
    line = run_case("s", shared, 64, "float32", FORWARD, sides, pace)
    assert line is not None
    assert line.cost > 0
    assert set(line.seconds) == {"lucid", "numpy"}
