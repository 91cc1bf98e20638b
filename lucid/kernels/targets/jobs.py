"""Jobs: a kernel, its operands and an iteration space, run on one thread or on several.

Written, like `launcher`, in the small part of Python that `translate` compiles: everything is an
integer of 64 bits. `pool` runs ``helper`` on its threads.

How threads share a job
-----------------------
The pool's state is one word: the number of the job and the number of chunks that nobody has taken.
A chunk is taken by lowering that word by one in a compare-and-exchange. It fails if anything about
the job has changed, so a helper that was asleep for long can't take from a job that is not
there any more, and what it read about the job before is right if the exchange succeeds. The
launching thread takes chunks like the others. In the end it waits for chunks that were taken and
not finished, never for a helper that did not come.
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
CHUNKS_PER_THREAD = 4
#: Elements: chunks of an array start at cache lines, whatever the dtype.
CHUNK_MULTIPLE = 64


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
        call(load(job + at.JOB_KERNEL), (pointers, load(job + at.JOB_SCALARS), count))
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


def run_chunk(job: int, number: int) -> int:
    """Run one chunk of a job."""
    chunk = load(job + at.JOB_CHUNK)
    start = number * chunk
    return run(job, start, min(start + chunk, load(job + at.JOB_TOTAL)))


def core(pool: int) -> int:
    """Return the number of the core that this thread runs on; a new number if nobody knows."""
    where = load(pool + at.POOL_WHERE)
    return call(where, (0,)) & 0xFFFF if where != 0 else atomic_add(pool + at.POOL_OWNER + 8, 1)


def wake(pool: int, number: int) -> int:
    """Wake helper `number` if it sleeps. Who sets the mark back owes the semaphore one signal."""
    line = pool + at.POOL_HELPERS + number * at.LINE
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
        remaining = state & at.REMAINING
        if remaining == 0:
            break
        if compare_exchange(pool + at.POOL_STATE, state, state - 1):
            run_chunk(job, chunks - remaining)
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
        remaining = state & at.REMAINING
        if remaining != 0 and number < atomic_load(pool + at.POOL_LIMIT):
            job = atomic_load(pool + at.POOL_JOB)
            limit = atomic_load(pool + at.POOL_LIMIT)
            if compare_exchange(pool + at.POOL_STATE, state, state - 1):
                if state >> at.GENERATION != last:
                    last = state >> at.GENERATION
                    for child in range(2 * number + 1, min(2 * number + 3, limit)):
                        wake(pool, child)
                chunks = load(job + at.JOB_CHUNKS)
                run_chunk(job, chunks - remaining)
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
                atomic_load(pool + at.POOL_STATE) & at.REMAINING == 0
                or number >= atomic_load(pool + at.POOL_LIMIT)
                or not compare_exchange(line + at.HELPER_ASLEEP, 1, 0)
            ):
                while True:
                    call(load(pool + at.POOL_WAIT), (load(line + at.HELPER_SEMAPHORE), -1, 0))
                    if atomic_load(line + at.HELPER_ASLEEP) == 0:
                        break


def launch(table: int, job: int, grain: int, threads: int) -> int:
    """Run a job: tiny ones at once, larger ones without the interpreter's lock and shared."""
    total = load(job + at.JOB_TOTAL)
    if total < 2 * grain:
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
    interpreter = call(load(table + at.TABLE_SAVE), (0,))
    threads = min(threads, load(pool + at.POOL_STARTED) + 1)
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
    call(load(table + at.TABLE_RESTORE), (interpreter,))
    return 0
