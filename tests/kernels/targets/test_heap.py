import ctypes
from pathlib import Path

import numpy as np
from handwritten import finish, python

from lucid.kernels.targets import handler
from lucid.kernels.targets.pool import machine_code


def entry(name: str, words: int) -> "ctypes._FuncPointer":
    """Return an entry of the heap as NumPy calls it."""
    handler.capsule()
    return ctypes.PYFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * words)(machine_code()[name])


def test_zeros() -> None:
    heap = handler.WORDS.ctypes.data
    free = entry("heap_free", 3)
    for size in (1, 7, 300_001):
        memory = entry("heap_malloc", 2)(heap, 3 * size)
        ctypes.memset(memory, 1, 3 * size)
        free(heap, memory, 3 * size)
        again = entry("heap_calloc", 3)(heap, 3, size)
        assert again == memory
        assert not any(ctypes.string_at(again, 3 * size))
        free(heap, again, 3 * size)


def test_nothing_of_a_size_that_no_machine_has() -> None:
    assert entry("heap_malloc", 2)(handler.WORDS.ctypes.data, 1 << 60) == 0
    assert entry("heap_free", 3)(handler.WORDS.ctypes.data, 0, 0) == 0


def test_growing_and_shrinking() -> None:
    heap = handler.WORDS.ctypes.data
    memory = entry("heap_realloc", 3)(heap, 0, 300_000)
    ctypes.memset(memory, 7, 300_000)
    memory = entry("heap_realloc", 3)(heap, memory, 900_000)
    assert ctypes.string_at(memory, 300_000) == bytes([7]) * 300_000
    memory = entry("heap_realloc", 3)(heap, memory, 1000)
    assert ctypes.string_at(memory, 1000) == bytes([7]) * 1000
    entry("heap_free", 3)(heap, memory, 1000)


def test_the_name_of_the_handler() -> None:
    from lucid.kernels.launch.buffers import empty

    umath = np._core.multiarray
    assert umath.get_handler_name(empty((1 << 20,), np.dtype(np.float32))) == "lucid"
    assert umath.get_handler_name(np.empty(1 << 20)) == "default_allocator"


def test_arrays_may_outlive_the_modules(warm_cache: Path) -> None:
    code = (
        "import builtins, numpy as np\n"
        "from lucid.kernels.launch.buffers import empty\n"
        "class Late:\n"
        "    def __init__(self): self.array = empty((1 << 20,), np.dtype('f4')); self.me = self\n"
        "    def __del__(self): self.array = self.array.copy()\n"
        "builtins.late, here = Late(), Late()\n"
        "builtins.arrays = [empty((1 << 20,), np.dtype('f4')) for _ in range(3)]\n"
    )
    for process in [python(code, warm_cache) for _ in range(2)]:
        finish(process)
