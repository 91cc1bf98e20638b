import numpy as np
import pytest

from lucid.bench import copy_bandwidth
from lucid.bench.copying import APART, OFTEN, WAYS, copy_calls, copy_seconds


@pytest.mark.parametrize("threads", [1, 2])
def test_copying_has_a_plausible_speed(threads, pace):
    rate = copy_bandwidth(1 << 18, np.dtype(np.float32), threads, pace)
    assert 1e8 < rate < 1e13


@pytest.mark.parametrize("nbytes", [0, 3, 4096, 10_001])
def test_each_way_copies_the_whole(nbytes):
    with copy_calls(nbytes, 3) as calls:
        assert tuple(calls) == WAYS
        for call in calls.values():
            call()
        ours = calls["copy, Lucid"]()
    assert ours.dtype == np.float32
    assert ours.tolist() == [1.0] * max(1, nbytes // 4)


def test_the_fastest_way_counts():
    medians = dict.fromkeys(WAYS, 2.0)
    assert copy_seconds(medians) == 2.0 / APART
    assert copy_seconds({**medians, OFTEN: 100.0}) == 2.0
