import json

import numpy as np
import pytest

import lucid
from lucid.bench import Pace, Request, run, training
from lucid.bench import startup as startup_suite
from lucid.bench.case import BOTH, FORWARD
from lucid.bench.fused import EXPRESSIONS, fused
from lucid.bench.runner import run_case
from lucid.bench.sides import open_sides
from lucid.bench.sides.base import load_module
from lucid.bench.sides.ours import Ours
from lucid.kernels.errors import DataError

FUSED = {case.name: case for case in fused()}


@pytest.mark.parametrize("name", FUSED)
def test_fused_functions_agree_with_numpy(name, sides, pace):
    pytest.importorskip("scipy")
    line = run_case("fused", FUSED[name], 1024, "float64", FORWARD, sides, pace)
    assert line is not None
    assert line.left_out == {}
    assert set(line.seconds) == {"lucid", "numpy"}


@pytest.mark.parametrize("name", [name for name, case in FUSED.items() if case.backward])
def test_fused_functions_have_finite_gradients(name, sides, single):
    from lucid.bench.case import draw, seed_for

    case, ours = FUSED[name], sides[0]
    arrays = draw(case, 1024, single)
    made = case.make(ours)
    assert made is not None
    function = ours.prepare(made)
    seed = seed_for(function(*arrays))
    grads = [given.grad for given in case.inputs]
    results = ours.arrays(ours.both(function, ours.load(arrays, grads), seed)())
    assert len(results) == 1 + sum(grads)
    assert all(np.isfinite(result).all() for result in results)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_of_numexpr_say_the_same(name, sides):
    """Their text is Python too: NumPy evaluates it."""
    from lucid.bench.case import draw

    case = FUSED[name]
    arrays = draw(case, 512, np.dtype(np.float64))
    text, names = EXPRESSIONS[name]
    functions = {key: getattr(np, key) for key in ("exp", "log1p", "tanh", "where", "abs")}
    found = eval(text, functions | dict(zip(names, arrays, strict=True)))
    made = case.make(sides[0])
    assert made is not None
    np.testing.assert_allclose(found, sides[0].prepare(made)(*arrays), rtol=1e-10, atol=1e-12)


def test_training_measures_each_network(pace, monkeypatch, sides):
    small = training.Network("tiny", training._mlp(4, 8, 3), 4, 3, 16, "Adam")
    numbers = training.Network("tiny normed", training._normed, 32, 8, 4, "AdamW", False)
    monkeypatch.setattr(training, "NETWORKS", (small, numbers))
    told = []
    lines = training.training(sides, pace, told.append)
    assert lines == told
    assert [(line.name, list(line.seconds)) for line in lines] == [
        ("tiny", ["lucid"]),
        ("tiny normed", ["lucid"]),
    ]


def test_a_step_learns():
    network = training.Network("tiny", training._mlp(4, 32, 3), 4, 3, 64, "Adam")
    step = training._steps(network, [Ours(lucid.get_num_threads())])["lucid"]
    (batch,) = training.draw_batches(network, 1)
    losses = [step(batch) for _ in range(60)]
    assert losses[-1] < 0.8 * losses[0]


def test_startup_runs_fresh_processes(pace, monkeypatch):
    # A kernel takes seconds to compile on a busy machine; the import is a library at work, too.
    monkeypatch.setattr(startup_suite, "FIRST", startup_suite.LUCID)
    told = []
    lines = startup_suite.startup(["numpy", "a_library_that_is_not_there"], pace, told.append)
    assert [line.name for line in told] == [line.name for line in lines]
    for line in lines:
        assert line.seconds["lucid"] > line.seconds["python"] > 0
    assert set(lines[0].seconds) == {"lucid", "numpy", "python"}


def test_a_report_is_json(pace):
    request = Request(("operations",), (64, 128), peers=("numpy",), only=("exp", "add"), pace=pace)
    before = lucid.get_num_threads()
    told = []
    report, lines = run(request, told.append)
    assert lucid.get_num_threads() == before
    assert told == lines
    assert json.loads(json.dumps(report)) == report
    assert [(line["name"], line["size"], line["mode"]) for line in report["lines"]] == [
        (name, size, FORWARD) for name in ("add", "exp") for size in (64, 128)
    ]
    assert report["settings"] == {"dtype": "float32", "threads": before, "rounds": 1}
    assert set(report["bandwidth"]) == {"64", "128"}
    assert {"numpy", "numba", "python"} <= set(report["machine"]["versions"])
    assert BOTH not in {line.mode for line in lines}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request(("operation",)), "unknown suite operation; known are operations, fused"),
        (Request(peers=("tensorflow",)), "unknown peer tensorflow; known are numpy"),
        (Request(("fused",), only=("exp",)), "unknown case exp; known are swiglu_bias"),
        (Request(dtype="float16"), "unknown dtype float16; known are float32, float64"),
    ],
)
def test_unknown_names_are_refused(request_, message):
    with pytest.raises(DataError, match=message):
        run(request_)


def test_a_missing_peer_is_named(monkeypatch, sides):
    from lucid.bench import sides as package
    from lucid.bench.sides.base import Side

    class Absent(Side):
        def __init__(self, threads):
            load_module("a_library_that_is_not_there")

    monkeypatch.setitem(package.PEERS, "absent", Absent)
    opened, missing = open_sides(["absent", "numpy"], 1)
    assert [side.name for side in opened] == ["lucid", "numpy"]
    assert "a_library_that_is_not_there" in missing["absent"]
    assert 'pip install "lucid-kernels[bench]"' in missing["absent"]


def test_pace_has_defaults():
    assert Request().pace.rounds == Pace().rounds > 1
