from typing import Any

import numpy as np
import pytest
from mpmath import mp

from tools.accuracy.registry import FUNCTIONS
from tools.accuracy.samples import measure_sample, sample
from tools.accuracy.ulp import error_in_ulp, measure


def one(y: float, reference: float, x: float = 1.0, zeros: bool = False) -> tuple[Any, ...]:
    single = np.array([y], np.float32), np.array([reference])
    return tuple(measure(np.array([x], np.float32), *single, zeros))


@pytest.mark.parametrize(
    ("y", "reference", "error"),
    [
        (1.0, 1.0, 0.0),
        (1.0, 1.0 + 2.0**-24, 0.5),
        (1.0, 1.0 - 2.0**-24, 1.0),  # below 1 an ulp is half as large
        (-2.0, -2.0 - 3 * 2.0**-22, 3.0),
        (2.0**-149, 2.0**-151, 0.75),
        (0.0, 2.0**-200, 2.0**-51),
        (np.inf, 2.0**128, 0.0),
        (np.inf, 2.0**128 - 2.0**103, 0.5),
        (np.inf, 2.0**127, 2.0**23),
        (np.inf, np.inf, 0.0),
        (-np.inf, np.inf, np.inf),
        (np.nan, np.nan, 0.0),
        (np.nan, 1.0, np.inf),
        (1.0, np.nan, np.inf),
    ],
)
def test_errors_of_both_measures(y: float, reference: float, error: float) -> None:
    assert one(y, reference)[0] == error
    if np.isfinite(reference):
        assert error_in_ulp(np.float32(y), mp.mpf(reference)) == error


def test_place_and_share() -> None:
    x = np.arange(1, 101, dtype=np.float32)
    y = x.copy()
    y[41] = np.nextafter(y[41], np.float32(0))
    worst, place, right, count = measure(x, y, x.astype(float), False)
    assert (worst, place, right, count) == (1.0, 41, 99, 100)


def test_results_near_zeros_are_left_out_where_asked() -> None:
    assert one(0.1, 0.2, x=-2.5, zeros=True)[3] == 0
    assert one(0.1, 0.2, x=-2.5)[3] == 1
    assert one(0.1, 0.2, x=2.5, zeros=True)[3] == 1


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_lie_in_the_domain(name: str, dtype: Any) -> None:
    function = FUNCTIONS[name]
    arrays = sample(function, dtype, 400)
    assert len(arrays) == function.arity
    x = arrays[0]
    assert x.dtype == dtype
    assert x.size > 150
    assert ((x >= function.domain[0]) & (x <= function.domain[1])).all()
    magnitudes = np.abs(x[x != 0])
    assert magnitudes.min() < np.finfo(dtype).tiny or function.domain[0] == 1


def test_a_bad_function_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    function = FUNCTIONS["atan"]

    monkeypatch.setattr(type(function), "ours", lambda self, *arguments: arguments[0])
    result = measure_sample(function, np.float64, 400)
    assert result["lucid"]["max_ulp"] > 1e6
    assert result["numpy"]["max_ulp"] < 4


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_function_is_there(name: str, dtype: Any) -> None:
    function = FUNCTIONS[name]
    arguments = [np.full(3, sum(function.bench) / 2, dtype)] * function.arity
    assert function.ours(*arguments).dtype == dtype
