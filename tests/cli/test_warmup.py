"""The command ``lucid warmup``."""

import re
import sys
from pathlib import Path

import pytest

from lucid.cli import warmup
from lucid.cli.warmjobs import LAYERS, Job, catalogue, run_job

SCRIPT = """
import sys

import lucid
import neighbour

print("arguments", sys.argv[1:], __name__, file=sys.stderr)
lucid.exp(lucid.tensor([1.0, 2.0]))
if "--fail" in sys.argv:
    raise SystemExit(3)
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "kernels"
    monkeypatch.setenv("LUCID_CACHE_DIR", str(folder))
    # The children find this lucid, wherever the tests run.
    monkeypatch.setenv("PYTHONPATH", str(Path(warmup.__file__).parents[2]))
    return folder


@pytest.fixture
def script(tmp_path):
    (tmp_path / "neighbour.py").write_text("")
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


def counts(text):
    found = re.search(r"compiled (\d+) kernels in [\d.]+ s; (\d+) were there", text)
    assert found
    return tuple(map(int, found.groups()))


def test_a_script_finds_its_kernels_the_second_time(lucid, cache, script):
    first = lucid("warmup", script, "--quiet", "-x", "word")
    assert (first.code, first.err) == (0, "")
    compiled, loaded = counts(first.out)
    assert compiled == len(list(cache.rglob("*.o"))) == 2  # exp, and the launcher
    assert loaded == 0
    assert counts(lucid("warmup", script).out) == (0, 2)


def test_a_script_that_fails_is_shown(lucid, cache, script):
    result = lucid("warmup", script, "--fail", "-q")
    assert result.code == 1
    assert "ended with exit code 3" in result.err
    assert "arguments ['--fail', '-q'] __main__" in result.err
    assert counts(result.out) == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.py"], "nowhere.py is no file; give a Python script"),
        (["--model", "m.safetensors", "nowhere.py"], "not both"),
        (["--model", "m.safetensors"], "m.safetensors does not exist"),
    ],
)
def test_one_clear_message(lucid, cache, arguments, message):
    result = lucid("warmup", *arguments)
    assert result.code == 1
    assert message in result.err
    assert "Traceback" not in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_a_cache_that_keeps_nothing_is_refused(lucid, cache, script):
    cache.write_text("a file")
    result = lucid("warmup", script)
    assert result.code == 1
    assert "compiled kernels can't be kept" in result.err


def test_processes_share_the_work(lucid, cache, monkeypatch):
    jobs = [Job("operation", "exp"), Job("loss", "MSELoss"), Job("operation", "no such thing")]
    monkeypatch.setattr(warmup, "catalogue", lambda dtype: jobs)
    result = lucid("warmup", "--processes", "2", "--quiet")
    assert result.code == 0
    compiled, _ = counts(result.out)
    assert compiled >= len(list(cache.rglob("*.o"))) > 3
    assert "note: no such thing: KeyError" in result.err


def test_a_model_warms_its_training_and_its_use(lucid, tmp_path):
    model = tmp_path / "digits.safetensors"
    lucid("train", "--epochs", "1", "--hidden", "16", "--save", model, "-q")
    done = run_job(Job("model", str(model)))
    assert done.problem is None


def test_every_job_of_the_catalogue_has_something_to_run():
    jobs = catalogue("float32")
    assert len(set(jobs)) == len(jobs) > 150
    assert {job.kind for job in jobs} == {"operation", "random", "layer", "loss", "train"}


@pytest.mark.parametrize(
    "job",
    [
        Job("operation", "add", "float64"),
        Job("operation", "adam_step"),
        Job("operation", "where"),
        Job("operation", "layer_norm"),
        Job("random", "randn"),
        *(Job("layer", name) for name in LAYERS),
        *(job for job in catalogue("float32") if job.kind in ("loss", "train")),
    ],
    ids=str,
)
def test_jobs_run(job):
    done = run_job(job)
    assert done.problem is None
