"""Jobs: a kernel, its operands and an iteration space, run on one thread or on several.

Written, like `launcher`, in the small part of Python that `translate` compiles: everything is an
integer of 64 bits. `pool` runs ``helper`` on its threads.

How threads share a job
-----------------------
The pool's state is one word: the number of the job and the range of chunks that nobody has taken.
A chunk is taken from an end of the range in a compare-and-exchange. It fails if anything about the
job has changed, so a helper that was asleep for long can't take from a job that is not there any
more, and what it read about the job before is right if the exchange succeeds. The launching thread
takes chunks from the front, helpers take them from the back: in the next launch each finds what it
wrote in the cache of its own core. In the end the launching thread waits for chunks that were taken
and not finished, never for a helper that did not come.

Where helpers run
-----------------
A scheduler may wake a thread on the core of the one that woke it, and do so every time: Linux does
where the other core has anything else to run, of however low a priority, and at times where it has
nothing. There the helper can only take turns with the thread that launched. So helpers are told to
keep off that thread's core.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.words import (
    atomic_add,
    atomic_load,
    atomic_store,
    call,
    compare_exchange,
    load,
    pause,
    scratch,
    store,
)

#: Pauses (10 to 40 ns each) that a helper without work waits for the next job before it sleeps.
#: A training step launches one kernel after the other; waking a sleeping thread takes longer.
IDLE_PAUSES = 1000
#: Pauses that the launching thread waits for a chunk in another thread's hands before it sleeps
#: and so gives its core to that thread, which may well be waiting for one.
FINISH_PAUSES = 1000
#: Chunks for each thread: a thread that comes late or is slow leaves its share to the others.
CHUNKS_PER_THREAD = 8
#: From so many chunks on every second launch goes through them the other way round. Fewer are of
#: arrays that a core's own cache holds as a whole.
TURN_FROM = 8
#: Elements: chunks of an array start at cache lines, whatever the dtype.
CHUNK_MULTIPLE = 64
#: A launch that is too short for waking a helper is shared with one that is awake. Of such launches
#: that found it asleep, one in so many wakes it: the next may come soon.
MISSES = 8


def run(job: int, start: int, stop: int) -> int:
    """Call the kernel for the elements from `start` to `stop`, in C order of the whole space."""
    operands = load(job + at.JOB_OPERANDS)
    bases = load(job + at.JOB_BASES)
    steps = load(job + at.JOB_STEPS)
    dims = load(job + at.JOB_DIMS)
    inner = load(job + at.JOB_INNER)
    shape = load(job + at.JOB_SHAPE)
    strides = load(job + at.JOB_STRIDES)
    rows = scratch(at.MAX_OPERANDS)
    pointers = scratch(at.MAX_OPERANDS)
    index = scratch(at.MAX_DIMS)
    for i in range(operands):
        store(rows + 8 * i, load(bases + 8 * i))
    rest = start // inner
    offset = start - rest * inner
    for k in range(dims):
        d = dims - 1 - k
        extent = load(shape + 8 * d)
        quotient = rest // extent
        digit = rest - quotient * extent
        rest = quotient
        store(index + 8 * d, digit)
        for i in range(operands):
            stride = load(strides + 8 * (i * dims + d))
            store(rows + 8 * i, load(rows + 8 * i) + digit * stride)
    position = start
    while position < stop:
        count = min(inner - offset, stop - position)
        for i in range(operands):
            store(pointers + 8 * i, load(rows + 8 * i) + offset * load(steps + at.ENTRY * i))
        signed = count * load(job + at.JOB_SIGN)
        call(load(job + at.JOB_KERNEL), (pointers, load(job + at.JOB_SCALARS), signed))
        position += count
        offset = 0
        d = dims - 1
        while d >= 0:
            digit = load(index + 8 * d) + 1
            extent = load(shape + 8 * d)
            jump = 1
            if digit == extent:
                digit = 0
                jump = 1 - extent
            store(index + 8 * d, digit)
            for i in range(operands):
                stride = load(strides + 8 * (i * dims + d))
                store(rows + 8 * i, load(rows + 8 * i) + jump * stride)
            d = d - 1 if digit == 0 else -1
    return 0


def is_taken(state: int) -> int:
    """Whether nothing is left of the job of a state."""
    return (state >> at.FRONT) & at.CHUNK_BITS == state & at.CHUNK_BITS


def turned(chunks: int, state: int, place: int) -> int:
    """Return the chunk at a place in the order of a launch.

    Every second launch goes through both halves the other way round, so it begins with what the
    one before it touched last, which is still in the core's cache.
    """
    if chunks < TURN_FROM or (state >> at.GENERATION) & 1 == 0:
        return place
    number = chunks // 2 - 1 - place
    return number + chunks if number < 0 else number


def run_chunk(job: int, number: int) -> int:
    """Run one chunk of a job."""
    chunk = load(job + at.JOB_CHUNK)
    start = number * chunk
    return run(job, start, min(start + chunk, load(job + at.JOB_TOTAL)))


def core(pool: int) -> int:
    """Return the number of the core that this thread runs on; a new number if nobody knows."""
    where = load(pool + at.POOL_WHERE)
    return call(where, (0,)) & 0xFFFF if where != 0 else atomic_add(pool + at.POOL_OWNER + 8, 1)


def keep_off(pool: int, line: int, avoided: int) -> int:
    """Tell a helper to run on any core but `avoided`, the number of one.

    What somebody else has done to its mask of cores is respected: only the bit that was cleared
    here is set again, and only if the mask is still the one that was made here.
    """
    thread = load(line + at.HELPER_THREAD)
    if load(pool + at.POOL_SET_AFFINITY) == 0 or thread == 0 or avoided >= 64 * at.MASK_WORDS:
        return 0
    before = load(line + at.HELPER_AVOIDS)
    store(line + at.HELPER_AVOIDS, avoided + 1)
    mask = scratch(at.MASK_WORDS)
    size = 8 * at.MASK_WORDS
    for i in range(at.MASK_WORDS):
        store(mask + 8 * i, 0)
    # A negative C integer is an error, among them that the system has more cores than bits here.
    if call(load(pool + at.POOL_GET_AFFINITY), (thread, size, mask)) & 0x8000_0000 != 0:
        return 0
    changed = 0
    if before != 0 and digest(mask) == load(line + at.HELPER_MASK):
        word = mask + 8 * ((before - 1) // 64)
        store(word, load(word) | (1 << ((before - 1) & 63)))
        changed = 1
    store(line + at.HELPER_MASK, 0)
    word = mask + 8 * (avoided // 64)
    bit = 1 << (avoided & 63)
    if load(word) & bit != 0:
        store(word, load(word) - bit)
        if digest(mask) != 0:
            store(line + at.HELPER_MASK, digest(mask))
            changed = 1
        else:
            # There is no other core for it.
            store(word, bit)
    if changed != 0:
        call(load(pool + at.POOL_SET_AFFINITY), (thread, size, mask))
    return 0


def digest(mask: int) -> int:
    """Return a number that tells masks of cores apart; 0 for none at all."""
    value = 0
    for i in range(at.MASK_WORDS):
        value = 31 * value + load(mask + 8 * i)
    return value


def wake(pool: int, number: int) -> int:
    """Wake helper `number` if it sleeps. Who sets the mark back owes the semaphore one signal."""
    line = pool + at.POOL_HELPERS + number * at.LINE
    avoided = atomic_load(pool + at.POOL_CORE)
    if load(line + at.HELPER_AVOIDS) != avoided + 1:
        keep_off(pool, line, avoided)
    if atomic_load(line + at.HELPER_ASLEEP) == 1 and compare_exchange(
        line + at.HELPER_ASLEEP, 1, 0
    ):
        call(load(pool + at.POOL_POST), (load(line + at.HELPER_SEMAPHORE), 1, 0))
    return 0


def share(pool: int, job: int, helpers: int) -> int:
    """Run a job together with `helpers` helpers. The pool belongs to this thread."""
    chunks = load(job + at.JOB_CHUNKS)
    atomic_store(pool + at.POOL_DONE, 0)
    atomic_store(pool + at.POOL_LIMIT, helpers)
    atomic_store(pool + at.POOL_CORE, core(pool))
    atomic_store(pool + at.POOL_JOB, job)
    number = (atomic_load(pool + at.POOL_STATE) >> at.GENERATION) + 1
    atomic_store(pool + at.POOL_STATE, ((number & 0x7FFF_FFFF) << at.GENERATION) | chunks)
    # One signal, whatever the number of helpers: they wake each other. See `helper`.
    wake(pool, 0)
    done = 0
    while True:
        state = atomic_load(pool + at.POOL_STATE)
        if is_taken(state):
            break
        if compare_exchange(pool + at.POOL_STATE, state, state + (1 << at.FRONT)):
            run_chunk(job, turned(chunks, state, (state >> at.FRONT) & at.CHUNK_BITS))
            done = atomic_add(pool + at.POOL_DONE, 1) + 1
    pauses = 0
    while done != chunks and pauses < FINISH_PAUSES:
        pause()
        pauses += 1
        done = atomic_load(pool + at.POOL_DONE)
    if done != chunks:
        atomic_store(pool + at.POOL_WAITING, 1)
        # Finished meanwhile? Then nobody signals, unless the mark is gone already.
        if atomic_load(pool + at.POOL_DONE) != chunks or not compare_exchange(
            pool + at.POOL_WAITING, 1, 0
        ):
            while True:
                call(load(pool + at.POOL_WAIT), (load(pool + at.POOL_SEMAPHORE), -1, 0))
                if atomic_load(pool + at.POOL_WAITING) == 0:
                    break
    return 0


def helper(pool: int, number: int) -> int:
    """Take chunks, wait a little for the next job, sleep; the whole life of a helper thread."""
    line = pool + at.POOL_HELPERS + number * at.LINE
    pauses = 0
    last = -1
    while True:
        state = atomic_load(pool + at.POOL_STATE)
        if not is_taken(state) and number < atomic_load(pool + at.POOL_LIMIT):
            job = atomic_load(pool + at.POOL_JOB)
            limit = atomic_load(pool + at.POOL_LIMIT)
            if compare_exchange(pool + at.POOL_STATE, state, state - 1):
                if state >> at.GENERATION != last:
                    last = state >> at.GENERATION
                    for child in range(2 * number + 1, min(2 * number + 3, limit)):
                        wake(pool, child)
                chunks = load(job + at.JOB_CHUNKS)
                run_chunk(job, turned(chunks, state, (state & at.CHUNK_BITS) - 1))
                # From this addition on the job may be gone.
                if atomic_add(pool + at.POOL_DONE, 1) + 1 == chunks and compare_exchange(
                    pool + at.POOL_WAITING, 1, 0
                ):
                    call(load(pool + at.POOL_POST), (load(pool + at.POOL_SEMAPHORE), 1, 0))
            # On a busy machine it may have been woken on the very core of the thread that launched,
            # which then waits for this one to get out of the way.
            pauses = IDLE_PAUSES if core(pool) == atomic_load(pool + at.POOL_CORE) else 0
        elif pauses < IDLE_PAUSES:
            pause()
            pauses += 1
        else:
            pauses = 0
            atomic_store(line + at.HELPER_ASLEEP, 1)
            # A job that came before the mark was seen gave no signal.
            if (
                is_taken(atomic_load(pool + at.POOL_STATE))
                or number >= atomic_load(pool + at.POOL_LIMIT)
                or not compare_exchange(line + at.HELPER_ASLEEP, 1, 0)
            ):
                while True:
                    call(load(pool + at.POOL_WAIT), (load(line + at.HELPER_SEMAPHORE), -1, 0))
                    if atomic_load(line + at.HELPER_ASLEEP) == 0:
                        break


def is_streamed(job: int) -> int:
    """Whether the outputs are large enough to be written past the caches, see `streaming`."""
    if load(job + at.JOB_DIMS) != 0:
        return 0
    steps = load(job + at.JOB_STEPS)
    plan = steps - at.ENTRY_STEP - at.PLAN_ENTRIES
    written = load(plan + at.PLAN_STREAMS) * load(job + at.JOB_TOTAL)
    if written < at.STREAM_FROM:
        return 0
    for i in range(load(job + at.JOB_OPERANDS)):
        entry = plan + at.PLAN_ENTRIES + at.ENTRY * i
        if load(entry + at.ENTRY_OUTPUT) != 0 and load(load(job + at.JOB_BASES) + 8 * i) & 63 != 0:
            return 0
    return 1


def launch(table: int, job: int, grain: int, threads: int) -> int:
    """Run a job: tiny ones at once, larger ones without the interpreter's lock and shared."""
    total = load(job + at.JOB_TOTAL)
    store(job + at.JOB_SIGN, -1 if is_streamed(job) else 1)
    if total < grain:
        if total > 0:
            run(job, 0, total)
        return 0
    if threads <= 0:
        threads = load(table + at.TABLE_THREADS)
    if threads > 1 and load(load(table + at.TABLE_POOL) + at.POOL_STARTED) < threads - 1:
        store(load(table + at.TABLE_POOL) + at.POOL_WANTED, threads - 1)
        result = call(load(table + at.TABLE_CALL), (load(table + at.TABLE_START),))
        if result == 0:
            call(load(table + at.TABLE_CLEAR), (0,))
        else:
            call(load(table + at.TABLE_DECREF), (result,))
    pool = load(table + at.TABLE_POOL)
    threads = min(threads, load(pool + at.POOL_STARTED) + 1)
    interpreter = 0
    if total >= 2 * grain:
        interpreter = call(load(table + at.TABLE_SAVE), (0,))
    elif threads > 1 and atomic_load(pool + at.POOL_HELPERS + at.HELPER_ASLEEP) == 1:
        missed = atomic_add(pool + at.POOL_MISSED, 1)
        if missed & (MISSES - 1) != 0:
            run(job, 0, total)
            return 0
    if threads > 1 and compare_exchange(pool + at.POOL_OWNER, 0, 1):
        inner = load(job + at.JOB_INNER)
        multiple = CHUNK_MULTIPLE
        # Rows that a kernel wants whole must not be cut; short ones are better not.
        if load(job + at.JOB_WHOLE) != 0 or (inner < grain // 2 and load(job + at.JOB_DIMS) > 0):
            multiple = inner
        chunk = max(grain // 2, total // (threads * CHUNKS_PER_THREAD) + 1)
        chunk = (chunk + multiple - 1) // multiple * multiple
        chunks = (total + chunk - 1) // chunk
        store(job + at.JOB_CHUNK, chunk)
        store(job + at.JOB_CHUNKS, chunks)
        if chunks > 1:
            share(pool, job, min(threads, chunks) - 1)
        else:
            run(job, 0, total)
        atomic_store(pool + at.POOL_OWNER, 0)
    else:
        # One thread, or another Python thread is using the helpers.
        run(job, 0, total)
    if interpreter != 0:
        call(load(table + at.TABLE_RESTORE), (interpreter,))
    return 0
