import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucid.kernels.launch import buffers
from lucid.kernels.launch.buffers import empty, empty_cache, memory_stats

F4 = np.dtype(np.float32)
LARGE = (300, 1000)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "_pool", buffers._Pool(64 << 20))


def address(array: np.ndarray) -> int:
    return array.ctypes.data


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 1 << 20), (5,), LARGE, (2, 70_000)])
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "?", "i8"])
def test_arrays_are_plain_arrays(shape: tuple[int, ...], dtype: str) -> None:
    array = empty(shape, np.dtype(dtype))
    assert type(array) is np.ndarray
    assert array.shape == shape
    assert array.dtype is np.dtype(dtype)
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert array.flags.aligned
    array[...] = 1
    assert (array == 1).all()


def test_large_arrays_are_aligned() -> None:
    assert all(address(empty((100_000 + i,), F4)) % 64 == 0 for i in range(20))


def test_memory_of_a_dead_array_is_taken_over() -> None:
    first = empty(LARGE, F4)
    place = address(first)
    del first
    second = empty((1000, 300), F4)
    assert address(second) == place
    assert memory_stats()["reused"] == 1


def test_memory_of_a_living_array_is_not() -> None:
    arrays = [empty(LARGE, F4) for _ in range(5)]
    for i, array in enumerate(arrays):
        array[...] = i
    assert len(set(map(address, arrays))) == 5
    assert all((array == i).all() for i, array in enumerate(arrays))


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[5:],
        lambda a: a.T[3],
        lambda a: a.view(np.int32)[::2],
        lambda a: a.reshape(-1)[7:8],
        lambda a: memoryview(a),
        lambda a: np.frombuffer(a, np.uint8)[9:],
        lambda a: np.broadcast_to(a, (2, *a.shape)),
        lambda a: a[1:][1:].real,
    ],
)
def test_views_keep_the_memory(view) -> None:  # type: ignore[no-untyped-def]
    array = empty(LARGE, F4)
    array[...] = 3
    kept = view(array)
    before = bytes(kept)
    place = address(array)
    del array
    other = empty(LARGE, F4)
    assert address(other) != place
    other[...] = 7
    assert bytes(kept) == before
    del kept
    assert address(empty(LARGE, F4)) == place


def test_small_and_object_arrays_have_nothing_to_do_with_it() -> None:
    small, objects = empty((10,), F4), empty((100_000,), np.dtype(object))
    assert small.base is None
    assert objects.base is None
    assert memory_stats()["fresh"] == 0


def test_no_more_is_kept_than_the_limit() -> None:
    arrays = [empty((2 << 20,), F4) for _ in range(12)]
    arrays.clear()
    stats = memory_stats()
    assert stats["in_use"] == 0
    assert 56 << 20 <= stats["kept"] <= stats["limit"] == 64 << 20


def test_the_oldest_is_given_up_first() -> None:
    old, *rest = [empty((4 << 20,), F4) for _ in range(5)]
    places = [address(array) for array in (old, *rest)]
    del old
    rest.clear()
    again = [empty((4 << 20,), F4) for _ in range(4)]
    assert set(map(address, again)) == set(places[1:])


def test_empty_cache() -> None:
    array = empty(LARGE, F4)
    del array
    assert memory_stats()["kept"] > 0
    empty_cache()
    assert memory_stats()["kept"] == 0


@settings(deadline=None)
@given(st.integers(buffers.SMALLEST, 1 << 40))
def test_a_block_is_little_larger_than_the_array(size: int) -> None:
    block = buffers._round_up(size)
    assert size <= block <= size * 1.125
    assert buffers._round_up(block) == block


def test_threads_never_share_a_block() -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        for i in range(60):
            array = empty((70_000 + 10_000 * (i % 3),), F4)
            array[...] = number
            other = array[::100]
            del array
            if not (other == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert memory_stats()["in_use"] == 0


def test_a_block_that_dies_inside_of_the_pool_is_not_lost() -> None:
    array = empty(LARGE, F4)
    with buffers._pool._lock:
        del array  # as when the garbage collector runs there
    stats = memory_stats()
    assert stats["in_use"] == 0
    assert stats["kept"] > 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_fork_while_the_pool_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    os.register_at_fork(after_in_child=lambda: buffers._pool.renew_lock())
    with buffers._pool._lock:
        child = os.fork()
        if child == 0:
            array = empty(LARGE, F4)
            array[...] = 1
            os._exit(0 if (array == 1).all() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_memory_errors_come_through() -> None:
    with pytest.raises(MemoryError):
        empty((1 << 58,), F4)
    assert memory_stats()["in_use"] == 0
