import json

import pytest

from lucid.cli.settings import Settings
from lucid.kernels.errors import DataError


def test_round_trip_through_json():
    settings = Settings(hidden=(3, 4), drop=("a",), phases=(2, 5), lr=0.5)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("rows", "size"), [(10, 16), (1437, 32), (10_000, 256), (10_000_000, 1024)]
)
def test_batch_size_grows_with_the_table(rows, size):
    assert Settings().completed(rows).batch_size == size
    assert Settings(batch_size=7).completed(rows).batch_size == 7


def test_learning_rate_of_the_optimizer():
    assert Settings(optimizer="sgd").completed(100).lr == 0.1
    assert Settings(optimizer="sgd", lr=0.3).completed(100).lr == 0.3


@pytest.mark.parametrize(
    "wrong",
    [
        {"optimizer": "lion"},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"phases": (0,)},
        {"test_size": 1.0},
        {"test_size": 0.0},
    ],
)
def test_out_of_range(wrong):
    with pytest.raises(DataError, match="--"):
        Settings(**wrong).checked()


def test_a_resumed_run_keeps_its_settings():
    settings = Settings(lr=0.5, hidden=(8,))
    assert settings.merged({"lr": 0.5}) == settings
    with pytest.raises(DataError, match="--hidden"):
        settings.merged({"hidden": (9,)})
