import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handwritten import F4, finish, polynomial_plan, python

from lucid.kernels.targets import jobs, layout, native, pool

PLAN = polynomial_plan(grain=500)
X = np.random.default_rng(3).random(40_000, np.float32)
EXPECTED = np.empty_like(X)
assert native.flat(PLAN, 1, None, X, EXPECTED)

fork_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
#: Python warns that a fork copies locks which other threads hold; ours are taken care of.
may_fork = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def launch(threads: int = 3) -> bool:
    out = np.empty_like(X)
    return native.flat(PLAN, threads, None, X, out) and np.array_equal(out, EXPECTED)


@pytest.mark.parametrize("threads", [1, 2, 3, 8, 40])
def test_results_do_not_depend_on_the_number_of_threads(threads: int) -> None:
    for _ in range(20):
        assert launch(threads)
    assert pool.pool().helpers >= threads - 1


def test_python_threads_that_launch_at_once() -> None:
    good: list[bool] = []

    def work() -> None:
        good.extend(launch() for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert good == [True] * 600


def test_helpers_that_slept_come_back() -> None:
    assert launch()
    for _ in range(5):
        time.sleep(0.02)
        assert launch()


def test_the_interpreter_goes_on_during_a_launch() -> None:
    big = np.random.default_rng(5).random(4_000_000, np.float32)
    out = np.empty_like(big)
    ticks: list[float] = []
    stop = threading.Event()

    def tick() -> None:
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0)

    other = threading.Thread(target=tick)
    other.start()
    spans = []
    for _ in range(5):
        start = time.perf_counter()
        assert native.flat(PLAN, 1, None, big, out)
        spans.append((start, time.perf_counter()))
    stop.set()
    other.join()
    inside = [t for t in ticks for start, end in spans if start < t < end]
    assert inside


def in_child(work: Any) -> int:
    """Run `work` in a forked child; return its exit status, killing it if it hangs."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if work() else 1
        finally:
            os._exit(code)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


@fork_only
@may_fork
def test_a_forked_child_starts_helpers_of_its_own() -> None:
    assert launch()

    def work() -> bool:
        return pool.pool().helpers == 0 and launch() and pool.pool().helpers == 2

    assert in_child(work) == 0
    assert launch()


@fork_only
@may_fork
def test_fork_while_other_threads_launch() -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            assert launch()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        assert [in_child(launch) for _ in range(10)] == [0] * 10
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@may_fork
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing(method: str, warm_cache: Path) -> None:
    code = (
        "import multiprocessing, numpy as np, warnings\n"
        "from handwritten import native, polynomial_plan\n"
        "def work(n):\n"
        "    x = np.ones(n, np.float32); out = np.empty_like(x)\n"
        "    assert native.flat(polynomial_plan(500), 2, None, x, out)\n"
        "    return float(out[-1])\n"
        "if __name__ == '__main__':\n"
        "    warnings.filterwarnings('ignore', '.*fork', DeprecationWarning)\n"
        "    here = work(30000)\n"
        f"    with multiprocessing.get_context({method!r}).Pool(2) as workers:\n"
        "        assert workers.map(work, [20000, 30000, 40000]) == [here] * 3\n"
        "        workers.close(); workers.join()\n"
    )
    script = warm_cache / f"{method}.py"
    script.write_text(code)
    run = f"import runpy\nrunpy.run_path({str(script)!r}, run_name='__main__')"
    finish(python(run, warm_cache))


def test_the_default_number_of_threads_is_used(warm_cache: Path) -> None:
    code = (
        "import numpy as np\n"
        "from handwritten import native, polynomial_plan\n"
        "x = np.ones(30000, np.float32)\n"
        "native.flat(polynomial_plan(500), 0, None, x, None)\n"
        "print(native.pool().helpers)"
    )
    assert finish(python(code, warm_cache, LUCID_NUM_THREADS="4")) == "3\n"
    assert finish(python(code, warm_cache, LUCID_NUM_THREADS="1")) == "0\n"


EXITS = {
    "at the end": "",
    "through an exception": "import sys; sys.exit(0)",
    "while a thread launches": (
        "import threading, time\n"
        "def work():\n"
        "    while True: native.flat(plan, 3, None, x, out)\n"
        "threading.Thread(target=work, daemon=True).start(); time.sleep(0.02)\n"
    ),
    "in an exit handler": "import atexit; atexit.register(native.flat, plan, 5, None, x, out)",
}


@pytest.mark.parametrize("way", EXITS)
def test_the_process_ends_cleanly(way: str, warm_cache: Path) -> None:
    code = (
        "import numpy as np\n"
        "from handwritten import native, polynomial_plan\n"
        "x = np.ones(50000, np.float32); out = np.empty_like(x); plan = polynomial_plan(500)\n"
        "assert native.flat(plan, 3, None, x, out)\n" + EXITS[way]
    )
    for process in [python(code, warm_cache) for _ in range(3)]:
        finish(process)


masks_only = pytest.mark.skipif(sys.platform != "linux", reason="needs masks of cores for threads")


def words_of_helper(number: int) -> Any:
    """Return what the pool knows of a helper."""
    start = (layout.POOL_HELPERS + number * layout.LINE) // 8
    return pool.pool()._words[start : start + layout.LINE // 8]


def mask_of_helper(number: int) -> set[int]:
    return os.sched_getaffinity(int(words_of_helper(number)[layout.HELPER_THREAD // 8]))


@masks_only
@pytest.mark.skipif(pool._affinity() < 2, reason="needs two cores")
def test_helpers_keep_off_the_core_that_launches() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        for core in 2 * sorted(allowed)[:3]:
            os.sched_setaffinity(0, {core})
            assert launch()
            assert mask_of_helper(0) == allowed - {core}
    finally:
        os.sched_setaffinity(0, allowed)


@masks_only
@pytest.mark.skipif(pool._affinity() < 2, reason="needs two cores")
def test_the_mask_that_somebody_else_gave_a_helper_is_respected() -> None:
    allowed = os.sched_getaffinity(0)
    first, second = sorted(allowed)[:2]
    os.sched_setaffinity(0, {first})
    assert launch()
    thread = int(words_of_helper(0)[layout.HELPER_THREAD // 8])
    before = os.sched_getaffinity(thread)
    try:
        os.sched_setaffinity(thread, {first})
        for core in (first, second, first):
            os.sched_setaffinity(0, {core})
            assert launch()
            assert mask_of_helper(0) == {first}
    finally:
        os.sched_setaffinity(0, allowed)
        os.sched_setaffinity(thread, before)


def test_short_launches_wake_nobody_but_now_and_then() -> None:
    short = polynomial_plan(grain=30_000)
    assert launch()
    missed = pool.pool()._words[layout.POOL_MISSED // 8 :][:1]
    asleep = words_of_helper(0)[layout.HELPER_ASLEEP // 8 :][:1]
    out = np.empty_like(X)
    woken = 0
    for i in range(2 * jobs.MISSES):
        end = time.monotonic() + 20
        while not asleep[0] and time.monotonic() < end:
            time.sleep(0.001)
        before = int(missed[0])
        assert native.flat(short, 2, None, X, out)
        woken += before % jobs.MISSES == 0
        assert int(missed[0]) == before + 1, i
        np.testing.assert_array_equal(out, EXPECTED)
    assert woken == 2


@pytest.mark.parametrize("chunks", [1, 2, 7, 8, 9, 16, 31])
def test_the_order_of_a_launch(chunks: int) -> None:
    for generation in (4, 5):
        state = generation << layout.GENERATION
        order = [jobs.turned(chunks, state, place) for place in range(chunks)]
        assert sorted(order) == list(range(chunks))
        turns = chunks >= jobs.TURN_FROM and generation % 2 == 1
        assert (order[0] == chunks // 2 - 1) == (turns or chunks // 2 == 1)
        # Both ways the first half of the places is the first half of the array.
        assert set(order[: chunks // 2]) == set(range(chunks // 2))


def test_helpers_sleep_when_there_is_nothing_to_do() -> None:
    assert launch()
    time.sleep(0.05)
    before = time.process_time()
    time.sleep(0.2)
    assert time.process_time() - before < 0.05


def test_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pool.get_num_threads()
    try:
        pool.set_num_threads(3)
        assert pool.get_num_threads() == 3
        assert launch(0)
        assert pool.pool().helpers >= 2
        for wrong in (0, -1, 257):
            with pytest.raises(ValueError, match="expected a number from 1 to 256"):
                pool.set_num_threads(wrong)
    finally:
        pool.set_num_threads(before)


def test_default_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "5,2")
    assert pool._default() == 5
    monkeypatch.setenv("LUCID_NUM_THREADS", "3")
    assert pool._default() == 3
    monkeypatch.setenv("LUCID_NUM_THREADS", "many")
    with pytest.raises(ValueError, match="'many'"):
        pool._default()
    monkeypatch.delenv("LUCID_NUM_THREADS")
    monkeypatch.setenv("OMP_NUM_THREADS", "nonsense")
    assert 1 <= pool._default() <= pool._affinity()
    monkeypatch.setattr(pool, "_quota", lambda: 0.5)
    assert pool._default() == 1
    monkeypatch.setattr(pool, "_quota", lambda: math.inf)
    assert pool._default() == pool._affinity()


def test_no_more_threads_means_fewer_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = pool.Pool(np.zeros_like(pool.pool().table))

    def refuse(*arguments: Any, **keywords: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading, "Thread", refuse)
    mine._words[pool.layout.POOL_WANTED // 8] = 4
    mine.start()
    assert mine.helpers == 0


def test_two_dimensions_share_rows() -> None:
    rows = X.reshape(400, 100)
    wide = np.zeros((400, 200), F4)
    out = wide[:, :100]
    geometry = native.geometry((400,), 100, [rows.strides[:1], out.strides[:1]])
    for _ in range(20):
        out[:] = 0
        assert native.nested(PLAN, 3, None, geometry, rows, out)
        np.testing.assert_array_equal(out.ravel(), EXPECTED)
    assert not wide[:, 100:].any()
