import json
import subprocess
import sys
import time

import pytest

from lucid.bench import busy as suite
from lucid.bench.busy import BUSY, IDLE, burners
from lucid.bench.suites import Request, run


def test_burners_occupy_cores_and_are_stopped():
    with burners(2) as programs:
        assert [program.poll() for program in programs] == [None, None]
    assert all(program.poll() is not None for program in programs)


def test_burners_are_stopped_after_an_error():
    held = []

    def fail():
        with burners(1) as programs:
            held.extend(programs)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert held[0].poll() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="a parent stays one there")
def test_a_burner_ends_with_the_process_that_started_it():
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    code = (
        "from lucid.bench.busy import burners\n"
        "with burners(1) as (program,):\n"
        f"    print(program.pid, flush=True); {killed}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid, end = int(done.stdout), time.monotonic() + 10
    while _runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()[:1] not in ("", "Z")


def test_each_case_is_measured_idle_and_busy(pace, monkeypatch):
    monkeypatch.setattr(suite, "SIZES", (1 << 10, 1 << 11))
    report, lines = run(Request(("busy",), peers=("numpy",), pace=pace))
    assert [line.name for line in lines] == [
        f"{name}, {size} K, {mode}"
        for name in ("exp", "gru_gates")
        for size in (1, 2)
        for mode in (IDLE, BUSY)
    ]
    assert all(set(line.seconds) == {"lucid", "cpu", "numpy"} for line in lines)
    assert json.loads(json.dumps(report)) == report
