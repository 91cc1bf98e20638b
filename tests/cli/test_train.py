import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lucid.cli.modelfile import read_model, write_model

FAST = ("--hidden", "16", "--batch-size", "32")


def parameters(path):
    return {name: array.tobytes() for name, array in read_model(path)["state"]["model"].items()}


def test_the_digits_reach_97_percent(lucid, tmp_path):
    picture = tmp_path / "curves.png"
    result = lucid("train", "--json", "--plot", picture)
    report = json.loads(result.out)
    assert result.code == 0
    assert report["test"]["accuracy"] >= 0.97
    assert report["activation"] == "HardSigmoid"
    assert report["rows"] == {"train": 1438, "test": 359}
    assert sum(held["rows"] for held in report["test"]["classes"]) == 359
    assert len(report["history"]) == report["epochs"] == 30
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_table_with_classes(lucid, tables):
    result = lucid("train", tables / "classes.csv", "--target", "kind", *FAST)
    assert result.code == 0
    assert "test accuracy" in result.out
    assert all(label in result.out for label in ("high", "mid", "low"))
    assert "one value only: 'same'" in result.err
    assert "taken as the median" in result.err
    assert "epoch 30/30" in result.err


def test_a_table_with_values(lucid, tables):
    result = lucid("train", tables / "values.csv", "--target", "value", "--json", *FAST)
    report = json.loads(result.out)
    assert report["task"] == "regression"
    assert report["test"]["r2"] > 0.95
    assert report["test"]["mae"] < 0.3 * report["test"]["baseline"]


def test_quiet_says_one_line(lucid, tables):
    result = lucid(
        "train", tables / "classes.csv", "--target", "kind", "--epochs", 1, "--quiet", *FAST
    )
    assert result.err == ""
    assert len(result.out.splitlines()) == 1
    assert "test accuracy" in result.out


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_same_seed_same_bits_and_another_seed_others(lucid, tables, tmp_path, optimizer):
    files = [tmp_path / f"{name}.safetensors" for name in "abc"]
    for path, seed in zip(files, (1, 1, 2), strict=True):
        result = lucid(
            *("train", tables / "classes.csv", "--target", "kind", "--target", "cpu", *FAST),
            *("--epochs", 2, "--optimizer", optimizer, "--seed", seed, "--save", path),
        )
        assert result.code == 0
    first, again, other = map(parameters, files)
    assert first == again
    assert first != other


class StopAfter:
    """Stands in for the signal: asks the loop to stop after some steps."""

    code = 130

    def __init__(self, steps):
        self.steps = steps

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def requested(self):
        self.steps -= 1
        return self.steps < 0


@pytest.mark.parametrize("activation", ["hard_sigmoid", "RReLU"])
@pytest.mark.parametrize("steps", [0, 5, 11])
def test_resumed_is_equal_to_uninterrupted(lucid, tables, tmp_path, monkeypatch, steps, activation):
    whole, part = tmp_path / "whole.safetensors", tmp_path / "part.safetensors"
    command = ("train", tables / "classes.csv", "--target", "kind", "--device", "cpu", *FAST)
    command += ("--epochs", 4, "--activation", activation)
    assert lucid(*command, "--save", whole).code == 0
    with monkeypatch.context() as patched:
        patched.setattr("lucid.cli.interrupt.Interrupt", lambda: StopAfter(steps))
        stopped = lucid(*command, "--save", part)
    assert stopped.code == 130
    assert f"saved to {part}" in stopped.err
    assert read_model(part)["progress"]["epochs_done"] < 4
    resumed = lucid("train", "--resume", part, "--device", "cpu")
    assert resumed.code == 0
    assert parameters(part) == parameters(whole)
    assert read_model(part)["progress"] == read_model(whole)["progress"]


def test_training_on_after_the_end(lucid, tables, tmp_path):
    path = tmp_path / "m.safetensors"
    command = ("train", tables / "values.csv", "--target", "value", *FAST, "--save", path)
    assert lucid(*command, "--epochs", 1).code == 0
    done = lucid("train", "--resume", path)
    assert done.code == 1
    assert "has finished its 1 epochs" in done.err
    assert lucid("train", "--resume", path, "--epochs", 3).code == 0
    content = read_model(path)
    assert content["progress"]["epochs_done"] == 3
    assert content["settings"]["phases"] == [1, 3]
    assert lucid("train", "--resume", path, "--epochs", 2).code == 1


def test_resume_refuses_other_settings_and_tells_of_other_data(lucid, tables, tmp_path):
    path = tmp_path / "m.safetensors"
    table = tables / "values.csv"
    lucid("train", table, "--target", "value", "--epochs", 1, *FAST, "--save", path)
    before = path.read_bytes()
    assert "--hidden" in lucid("train", "--resume", path, "--hidden", "8").err
    assert "--target" in lucid("train", table, "--resume", path, "--target", "x", "--epochs", 2).err
    assert path.read_bytes() == before
    lines = table.read_text().splitlines()
    (tmp_path / "changed.csv").write_text("\n".join(lines[:-20]) + "\n")
    changed = lucid("train", tmp_path / "changed.csv", "--resume", path, "--epochs", 2)
    assert changed.code == 0
    assert "does not hold the data that this run began with" in changed.err


def test_ctrl_c_saves_what_is_there(tmp_path):
    path = tmp_path / "m.safetensors"
    command = [sys.executable, "-m", "lucid", "train", "--epochs", "100000", "--save", str(path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        # What is said about the data is said once the signal is heeded.
        assert process.stderr.readline().startswith("note: left out 3 columns")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "stopped in epoch" in err
    assert f"lucid train --resume {path}" in err
    assert read_model(path)["progress"]["batch"] >= 0
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_diverging_training_is_an_error_and_the_old_model_stays(lucid, tables, tmp_path):
    path = tmp_path / "m.safetensors"
    command = ("train", tables / "values.csv", "--target", "value", "--save", path, *FAST)
    assert lucid(*command, "--epochs", 1).code == 0
    before = path.read_bytes()
    result = lucid(*command, "--optimizer", "sgd", "--lr", 1e30, "--activation", "relu")
    assert result.code == 1
    assert "diverged" in result.err
    assert path.read_bytes() == before


def test_a_model_of_a_wrong_shape_is_damaged(lucid, tables, tmp_path):
    path = tmp_path / "m.safetensors"
    lucid("train", tables / "values.csv", "--target", "value", "--epochs", 1, "--save", path)
    content = read_model(path)
    name = next(iter(content["state"]["model"]))
    content["state"]["model"][name] = np.zeros((1, 1), np.float32)
    content.pop("format")
    write_model(path, content)
    for command in (
        ("train", "--resume", path, "--epochs", 99),
        ("predict", path, tables / "values_new.csv"),
    ):
        result = lucid(*command)
        assert result.code == 1
        assert name in result.err
        assert "unexpected" not in result.err
