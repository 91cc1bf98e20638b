"""The command ``lucid`` with ``--target cuda``."""

import json

import numpy as np
import pytest

pytest.importorskip("typer")
pl = pytest.importorskip("polars")

TINY = ("--hidden", "3", "--batch-size", "8", "--epochs", "2", "--json")


@pytest.fixture
def lucid(capsys):
    """Run the command in this process; give the exit code and what it wrote."""
    from lucid.cli.app import app

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            app([str(argument) for argument in arguments], prog_name="lucid")
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    random = np.random.default_rng(0)
    x = random.standard_normal(20)
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    columns = {"x": x, "y": random.standard_normal(20), "kind": np.where(x > 0, "high", "low")}
    pl.DataFrame(columns).write_csv(path)
    return path


def test_training_gives_what_it_gives_on_the_cpu(lucid, table, tmp_path):
    histories = []
    for target in ("parallel", "cuda"):
        model = tmp_path / f"{target}.safetensors"
        options = ("--target", "kind", "--target", target, "--save", model)
        code, out, err = lucid("train", table, *options, *TINY)
        assert code == 0, err
        histories.append(json.loads(out)["history"])
    for here, there in zip(*histories, strict=True):
        assert here.keys() == there.keys()
        for name, value in here.items():
            np.testing.assert_allclose(there[name], value, rtol=1e-4)


def test_a_model_of_the_gpu_is_used_and_trained_on_anywhere(lucid, table, tmp_path):
    model = tmp_path / "model.safetensors"
    options = ("--target", "kind", "--device", "cuda", "--save", model)
    assert lucid("train", table, *options, *TINY)[0] == 0
    code, out, err = lucid("predict", model, table)
    assert code == 0, err
    assert len(out.splitlines()) == 21
    for device, epochs in (("parallel", 3), ("cuda", 4)):
        resumed = ("--resume", model, "--epochs", epochs, "--device", device)
        assert lucid("train", *resumed, "--json")[0] == 0


def test_check_and_info_and_bench(lucid, tmp_path):
    code, out, err = lucid("check", "hard_sigmoid", "--target", "cuda", "--points", "8")
    assert code == 0, err
    assert "target cuda" in out
    assert "ulp (float32 on cuda)" in out
    assert "of a copy's bandwidth" in out
    code, out, err = lucid("info", "--json")
    assert json.loads(out)["targets"]["cuda"].startswith("available")
    path, page = tmp_path / "found.json", tmp_path / "found.md"
    only = ("--only", "exp,hard_sigmoid", "--size", "16", "--rounds", "1", "--json", path)
    code, out, err = lucid(
        "bench", "operations", "--target", "cuda", *only, "--peers", "cupy", "--docs", page
    )
    assert code == 0, err
    assert "All of it on the GPU" in page.read_text()
    report = json.loads(path.read_text())
    assert report["machine"]["gpu"]["multiprocessors"] >= 1
    assert [sorted(line["seconds"]) for line in report["lines"]] == [["cupy", "lucid"]]
    code, out, err = lucid("bench", "startup", "--target", "cuda")
    assert code == 1
    assert "operations, fused, training" in err


def test_the_training_suite_runs_on_the_gpu(monkeypatch):
    from lucid.bench import Pace, training
    from lucid.bench.sides.gpu import OursOnGpu
    from lucid.kernels import get_num_threads

    tiny = training.Network("tiny", training._mlp(3, 2, 2), 3, 2, 4, "Adam")
    monkeypatch.setattr(training, "NETWORKS", (tiny,))
    pace = Pace(rounds=1, batch=0.0, settle=0.0)
    (line,) = training.training([OursOnGpu(get_num_threads())], pace, lambda line: None)
    assert line.seconds["lucid"] > 0
