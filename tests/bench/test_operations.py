import numpy as np
import pytest

import lucid
from lucid.bench.case import BOTH, FORWARD, Input, draw, seed_for
from lucid.bench.operations import operations
from lucid.bench.runner import run_case
from lucid.kernels import Pointwise

CASES = {case.name: case for case in operations()}
#: Each stands for a way in which inputs, names or options are found.
CHOSEN = ("exp", "clip", "where", "bitwise_invert", "sigmoid", "add a row", "var", "softmax", "log")


def test_every_operation_is_there_once():
    names = [case.name for case in operations()]
    assert len(names) == len(set(names))
    for name in lucid.kernels.__all__:
        operation = getattr(lucid.kernels, name)
        if isinstance(operation, Pointwise) and not name.startswith("random_"):
            assert operation.name in names


@pytest.mark.parametrize("name", CHOSEN)
def test_results_agree_with_numpy(name, sides, pace):
    if name in ("sigmoid", "softmax"):
        pytest.importorskip("scipy")
    line = run_case("operations", CASES[name], 512, "float32", FORWARD, sides, pace)
    assert line is not None
    assert line.left_out == {}
    assert set(line.seconds) == {"lucid", "numpy"}
    assert line.ratio("numpy") == line.seconds["numpy"] / line.seconds["lucid"]
    assert line.ratio("jax") is None


def test_bytes_and_work(sides, pace):
    add = run_case("operations", CASES["add"], 512, "float64", FORWARD, sides, pace)
    exp = run_case("operations", CASES["exp"], 512, "float64", FORWARD, sides, pace)
    assert add is not None
    assert exp is not None
    assert (add.moved, exp.moved) == (3 * 512 * 8, 2 * 512 * 8)
    assert 0 < add.cost < exp.cost


def test_without_a_peer_there_is_no_line(sides, pace):
    assert run_case("operations", CASES["mish"], 64, "float32", FORWARD, sides, pace) is None
    assert run_case("operations", CASES["exp"], 64, "float32", BOTH, sides, pace) is None


def test_what_has_a_gradient_is_measured_backward():
    assert CASES["exp"].modes == (FORWARD, BOTH)
    assert CASES["less"].modes == CASES["bitwise_and"].modes == (FORWARD,)
    assert CASES["trigamma"].modes == (FORWARD,)
    assert [given.grad for given in CASES["mse"].inputs] == [True, False]


@pytest.mark.parametrize("name", ["log", "acos", "atanh", "lgamma", "log1p", "logit", "acosh"])
def test_inputs_stay_in_the_domain(name, single):
    (x,) = draw(CASES[name], 4096, single)
    assert np.isfinite(getattr(lucid.kernels, name)(x)).all()


@pytest.mark.parametrize(
    ("given", "shape", "kind"),
    [
        (Input(), (1024,), "f"),
        (Input(shape="rows"), (4, 256), "f"),
        (Input(shape="row"), (256,), "f"),
        (Input(shape="column"), (4, 1), "f"),
        (Input(shape="one"), (1,), "f"),
        (Input(0, 8, kind="i"), (1024,), "i"),
        (Input(kind="b"), (1024,), "b"),
        (Input(kind="s"), (1024,), "f"),
    ],
)
def test_shapes_and_kinds(given, shape, kind, single):
    array = given.draw(np.random.default_rng(0), 1024, single)
    assert array.shape == shape
    assert array.dtype.kind == kind
    if given.kind == "s":
        assert set(array) == {-1.0, 1.0}
    if given.kind == "i":
        assert array.min() == 0
        assert array.max() == 7


def test_seeds_have_the_form_of_the_output():
    seed = seed_for(np.zeros((3, 2), np.float32))
    assert seed.shape == (3, 2)
    assert seed.dtype == np.float32
    assert seed_for(np.float64(1.0)).shape == ()
