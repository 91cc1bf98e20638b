"""Memory of large arrays, in machine code: NumPy calls these functions to allocate and to free.

A block is what one array has, rounded up to one of eight sizes for each power of two. In front of
its first byte lies a head of 64 bytes. A freed block is kept on the stack of its size, so the next
array of that size gets the one freed last, which may still be in the processor's cache. If more is
kept than the limit allows, the block that was freed longest ago goes.

NumPy holds the interpreter's lock here, and where there is no such lock a word takes its place. Who
does not get that word does not wait: it takes fresh memory, or gives memory back to the system.

Written, like `launcher`, in the small part of Python that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.words import (
    atomic_add,
    atomic_store,
    call,
    compare_exchange,
    load,
    store,
)


def stack_of(heap: int, size: int) -> int:
    """Return where the top and the bottom of the free blocks of a size are kept."""
    step = step_of(size)
    power = 0
    while step >> power > 1:
        power += 1
    number = at.HEAP_STEPS * (power - at.HEAP_FIRST_POWER) + size // step - at.HEAP_STEPS
    return heap + at.HEAP_STACKS + 16 * number


def step_of(size: int) -> int:
    """Return the distance of the sizes of blocks about `size`, a power of two."""
    step = 1 << at.HEAP_FIRST_POWER
    while 2 * at.HEAP_STEPS * step <= size:
        step = 2 * step
    return step


def heap_malloc(heap: int, size: int) -> int:
    """Return memory for `size` bytes, used before or fresh; 0 if there is none."""
    wanted = max(size, at.HEAP_STEPS << at.HEAP_FIRST_POWER)
    if wanted > at.HEAP_MOST:
        return 0
    step = step_of(wanted)
    wanted = (wanted + step - 1) // step * step
    block = 0
    if compare_exchange(heap + at.HEAP_LOCK, 0, 1):
        stack = stack_of(heap, wanted)
        block = load(stack)
        if block != 0:
            take_out(heap, stack, block)
        atomic_store(heap + at.HEAP_LOCK, 0)
    if block == 0:
        block = fresh(heap, wanted)
        if block == 0:
            heap_clear(heap)
            block = fresh(heap, wanted)
        if block == 0:
            return 0
        atomic_add(heap + at.HEAP_FRESH, 1)
    else:
        atomic_add(heap + at.HEAP_REUSED, 1)
    atomic_add(heap + at.HEAP_IN_USE, wanted)
    return block + at.BLOCK_HEAD


def fresh(heap: int, size: int) -> int:
    """Return a block from the system, 0 if it has none."""
    whole = size + at.BLOCK_HEAD + at.BLOCK_ALIGNMENT
    raw = call(load(heap + at.HEAP_RAW_MALLOC), (whole,))
    if raw == 0:
        return 0
    block = (raw + at.BLOCK_ALIGNMENT - 1) // at.BLOCK_ALIGNMENT * at.BLOCK_ALIGNMENT
    store(block + at.BLOCK_RAW, raw)
    store(block + at.BLOCK_SIZE, size)
    if size >= at.HUGE and load(heap + at.HEAP_ADVISE) != 0:
        # Fewer page faults: 2 MiB at once where the system has them.
        page = (raw + at.PAGE - 1) // at.PAGE * at.PAGE
        call(load(heap + at.HEAP_ADVISE), (page, raw + whole - page, at.ADVICE))
    return block


def take_out(heap: int, stack: int, block: int) -> int:
    """Take a block off its stack, wherever it lies there."""
    above = load(block + at.BLOCK_ABOVE)
    below = load(block + at.BLOCK_BELOW)
    store(above + at.BLOCK_BELOW if above != 0 else stack, below)
    store(below + at.BLOCK_ABOVE if below != 0 else stack + 8, above)
    atomic_add(heap + at.HEAP_KEPT, -load(block + at.BLOCK_SIZE))
    return 0


def heap_free(heap: int, memory: int, size: int) -> int:
    """Keep memory for later."""
    if memory == 0:
        return 0
    block = memory - at.BLOCK_HEAD
    held = load(block + at.BLOCK_SIZE)
    atomic_add(heap + at.HEAP_IN_USE, -held)
    if held > load(heap + at.HEAP_LIMIT) or not compare_exchange(heap + at.HEAP_LOCK, 0, 1):
        call(load(heap + at.HEAP_RAW_FREE), (load(block + at.BLOCK_RAW),))
        return 0
    stack = stack_of(heap, held)
    top = load(stack)
    store(block + at.BLOCK_STAMP, atomic_add(heap + at.HEAP_COUNT, 1))
    store(block + at.BLOCK_ABOVE, 0)
    store(block + at.BLOCK_BELOW, top)
    store(top + at.BLOCK_ABOVE if top != 0 else stack + 8, block)
    store(stack, block)
    atomic_add(heap + at.HEAP_KEPT, held)
    while load(heap + at.HEAP_KEPT) > load(heap + at.HEAP_LIMIT):
        drop_oldest(heap)
    atomic_store(heap + at.HEAP_LOCK, 0)
    return 0


def drop_oldest(heap: int) -> int:
    """Give the block that was freed longest ago back to the system, if any is kept."""
    oldest = 0
    place = 0
    for i in range(at.HEAP_SIZES):
        stack = heap + at.HEAP_STACKS + 16 * i
        block = load(stack + 8)
        if block != 0 and (
            oldest == 0 or load(block + at.BLOCK_STAMP) < load(oldest + at.BLOCK_STAMP)
        ):
            oldest = block
            place = stack
    if oldest != 0:
        take_out(heap, place, oldest)
        call(load(heap + at.HEAP_RAW_FREE), (load(oldest + at.BLOCK_RAW),))
    return oldest


def heap_clear(heap: int) -> int:
    """Give all that is kept back to the system."""
    if compare_exchange(heap + at.HEAP_LOCK, 0, 1):
        while load(heap + at.HEAP_KEPT) != 0:
            drop_oldest(heap)
        atomic_store(heap + at.HEAP_LOCK, 0)
    return 0


def heap_calloc(heap: int, count: int, size: int) -> int:
    """Return memory of zeros."""
    memory = heap_malloc(heap, count * size)
    if memory != 0:
        for i in range((count * size + 7) // 8):
            store(memory + 8 * i, 0)
    return memory


def heap_realloc(heap: int, memory: int, size: int) -> int:
    """Return memory for `size` bytes that begins with what the old memory held, and free that."""
    made = heap_malloc(heap, size)
    if made != 0 and memory != 0:
        held = load(memory - at.BLOCK_HEAD + at.BLOCK_SIZE)
        for i in range((min(held, size) + 7) // 8):
            store(made + 8 * i, load(memory + 8 * i))
        heap_free(heap, memory, held)
    return made
