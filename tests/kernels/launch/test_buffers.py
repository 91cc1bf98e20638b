import gc
import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucid.kernels.launch.buffers import SMALLEST, empty, empty_cache, memory_stats
from lucid.kernels.targets import handler, layout

F4 = np.dtype(np.float32)
LARGE = (300, 1000)


def set_word(place: int, value: int) -> None:
    handler.WORDS[place // 8] = value


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Begin with nothing kept, no large array alive, and a limit of 64 MiB."""
    gc.collect()
    empty_cache()
    before = memory_stats()
    for place in (layout.HEAP_IN_USE, layout.HEAP_FRESH, layout.HEAP_REUSED):
        set_word(place, 0)
    set_word(layout.HEAP_LIMIT, 64 << 20)
    yield
    empty_cache()
    set_word(layout.HEAP_IN_USE, before["in_use"])
    set_word(layout.HEAP_LIMIT, before["limit"])


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


@settings(deadline=None, max_examples=30)
@given(st.integers(SMALLEST, 40 << 20))
def test_a_block_is_little_larger_than_the_array(size: int) -> None:
    before = memory_stats()["in_use"]
    array = empty((size,), np.dtype(np.uint8))
    block = memory_stats()["in_use"] - before
    assert size <= block <= size * 1.125
    array[0] = array[-1] = 1
    whole = empty((block,), np.dtype(np.uint8))
    assert memory_stats()["in_use"] - before == 2 * block
    whole[-1] = 1
    assert array[-1] == 1


def test_the_last_freed_of_a_size_comes_first() -> None:
    arrays = [empty(LARGE, F4) for _ in range(4)]
    places = [address(array) for array in arrays]
    while arrays:
        del arrays[0]
    again = [empty(LARGE, F4) for _ in range(4)]
    assert [address(array) for array in again] == places[::-1]


def test_an_array_can_be_resized() -> None:
    array = empty(LARGE, F4)
    array[...] = 3
    array.resize((600, 1000), refcheck=False)
    assert (array[:300] == 3).all()
    assert not array[300:].any()
    array.resize((5,), refcheck=False)
    assert array.tolist() == [3] * 5


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


def test_nobody_waits_for_the_lock() -> None:
    kept, array = empty(LARGE, F4), empty(LARGE, F4)
    del kept
    before = memory_stats()
    set_word(layout.HEAP_LOCK, 1)
    try:
        del array
        array = empty(LARGE, F4)
        array[...] = 1
        empty_cache()
    finally:
        set_word(layout.HEAP_LOCK, 0)
    after = memory_stats()
    assert after["in_use"] == before["in_use"]
    assert after["kept"] == before["kept"] > 0
    assert after["fresh"] == before["fresh"] + 1
    assert (array == 1).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_goes_on() -> None:
    array = empty(LARGE, F4)
    array[...] = 1
    child = os.fork()
    if child == 0:
        other = empty(LARGE, F4)
        other[...] = 2
        os._exit(0 if (array == 1).all() and (other == 2).all() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_memory_errors_come_through() -> None:
    with pytest.raises(MemoryError):
        empty((1 << 58,), F4)
    assert memory_stats()["in_use"] == 0
