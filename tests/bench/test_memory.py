import sys

import numpy as np
import pytest

from lucid.bench import memory
from lucid.bench.memory import LARGE_BATCHES, Peak, peak_memory
from lucid.bench.training import NETWORKS
from lucid.kernels import get_num_threads

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the account of memory is Linux's")


@linux_only
def test_the_summit_is_that_of_the_work_alone():
    np.ones(100 << 17).sum()  # 100 MiB, given back before the work

    def work() -> None:
        np.ones(30 << 17).sum()

    before, most = memory.summit(work)
    assert 25 < most - before < 60


@linux_only
def test_a_training_in_a_fresh_process():
    needed = memory.child("lucid", NETWORKS[0].name, 64, get_num_threads())["needed"]
    assert 0 <= needed < 1000
    assert memory._imported("lucid") > 20


def test_every_network_in_two_batches(monkeypatch):
    asked = []

    def measure(side, network, batch, threads):
        asked.append((side, batch))
        if side == "torch" and batch == LARGE_BATCHES[0]:
            raise OSError("killed")
        return {"lucid": 10.0, "torch": 25.0}[side]

    monkeypatch.setattr(memory, "_measure", measure)
    monkeypatch.setattr(memory, "_imported", lambda side: 100.0)
    peaks = peak_memory(["lucid", "numpy", "torch"], 2)
    assert [(peak.network, peak.batch) for peak in peaks] == [
        (network.name, batch)
        for network, large in zip(NETWORKS, LARGE_BATCHES, strict=True)
        for batch in (network.batch, large)
    ]
    assert {side for side, _ in asked} == {"lucid", "torch"}
    assert peaks[0].ratio("torch") == 2.5
    assert peaks[0].whole == {"lucid": 110.0, "torch": 125.0}
    assert (peaks[1].ratio("torch"), peaks[1].left_out) == (None, {"torch": "killed"})


def test_a_process_that_fails_is_told(monkeypatch):
    with pytest.raises(OSError, match="No module named 'no_such_library'"):
        memory._python("import no_such_library")
    monkeypatch.setitem(memory.MODULES, "lucid", "no_such_library")
    (first, *_) = peak_memory([], 1)
    assert first == Peak(
        NETWORKS[0].name,
        64,
        left_out={"lucid": "ModuleNotFoundError: No module named 'no_such_library'"},
    )
