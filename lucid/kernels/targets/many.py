"""One kernel on many groups of arrays in one launch: all parameters of an optimiser's step.

Written, like `launcher`, in the small part of Python that `translate` compiles. The groups are cut
into pieces of about equal work, and the pieces are the elements of a job that threads share.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.jobs import launch
from lucid.kernels.targets.launcher import flat_operands, read_scalars, size_of, truth, words_of
from lucid.kernels.targets.words import call, load, scratch, store


def run_pieces(operands: int, context: int, count: int) -> int:
    """Run pieces that lie side by side: a kernel, whose operands are the pieces themselves."""
    plan = load(context + at.MANY_PLAN)
    number = load(plan + at.PLAN_OPERANDS)
    pointers = scratch(at.MAX_OPERANDS)
    for k in range(count):
        piece = load(operands) + at.PIECE * k
        start = load(piece + at.PIECE_START)
        bases = load(piece + at.PIECE_BASES)
        for i in range(number):
            step = load(plan + at.PLAN_ENTRIES + at.ENTRY * i + at.ENTRY_STEP)
            store(pointers + 8 * i, load(bases + 8 * i) + start * step)
        scalars = load(context + at.MANY_SCALARS)
        call(load(plan + at.PLAN_KERNEL), (pointers, scalars, load(piece + at.PIECE_COUNT)))
    return 0


def many(self: int, arguments: int, given: int) -> int:
    """``many(plan, threads, scalars, groups)``, as CPython calls it."""
    table = load(self + at.ARRAY_DATA)
    if given != 4:
        return truth(table, at.TABLE_FALSE)
    plan = words_of(table, load(arguments), at.MAGIC)
    groups = load(arguments + 24)
    if plan == 0 or load(groups + at.TYPE) != load(table + at.TABLE_TUPLE):
        return truth(table, at.TABLE_FALSE)
    number = load(groups + at.TUPLE_SIZE)
    operands = load(plan + at.PLAN_OPERANDS)
    if number > at.MANY_GROUPS or number * operands > at.MANY_BASES:
        return truth(table, at.TABLE_FALSE)
    threads = call(load(table + at.TABLE_AS_INTEGER), (load(arguments + 8),))
    if threads == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
        return 0
    bases = scratch(at.MANY_BASES)
    counts = scratch(at.MANY_GROUPS)
    scalars = scratch(at.MAX_SCALARS)
    total = 0
    for k in range(number):
        group = load(groups + at.TUPLE_ITEMS + 8 * k)
        if (
            load(group + at.TYPE) != load(table + at.TABLE_TUPLE)
            or load(group + at.TUPLE_SIZE) != operands
        ):
            return truth(table, at.TABLE_FALSE)
        own = bases + 8 * operands * k
        first = flat_operands(table, plan, group + at.TUPLE_ITEMS, own)
        for i in range(operands):
            # Nothing is made here: an output that is None has no address.
            if first != 0 and load(own + 8 * i) == 0:
                first = 0
        if first == 0:
            return truth(table, at.TABLE_FALSE)
        store(counts + 8 * k, size_of(first))
        total += size_of(first)
    read = read_scalars(table, load(arguments + 16), load(plan + at.PLAN_SCALARS), scalars)
    if read <= 0:
        return 0 if read < 0 else truth(table, at.TABLE_FALSE)
    grain = load(plan + at.PLAN_GRAIN)
    if total < 2 * grain:
        for k in range(number):
            own = bases + 8 * operands * k
            call(load(plan + at.PLAN_KERNEL), (own, scalars, load(counts + 8 * k)))
        return truth(table, at.TABLE_TRUE)
    return share_out(table, plan, threads, scalars, bases, counts, number, total)


def share_out(
    table: int,
    plan: int,
    threads: int,
    scalars: int,
    bases: int,
    counts: int,
    number: int,
    total: int,
) -> int:
    """Cut the groups into pieces and let the threads take them."""
    pieces = scratch(at.MANY_PIECE_WORDS)
    # Every group ends in a piece of its own, which may be short.
    size = max(load(plan + at.PLAN_GRAIN), total // (at.MANY_PIECES - at.MANY_GROUPS) + 1)
    made = 0
    for k in range(number):
        start = 0
        while start < load(counts + 8 * k):
            piece = pieces + at.PIECE * made
            store(piece + at.PIECE_BASES, bases + 8 * load(plan + at.PLAN_OPERANDS) * k)
            store(piece + at.PIECE_START, start)
            store(piece + at.PIECE_COUNT, min(size, load(counts + 8 * k) - start))
            start += size
            made += 1
    context = scratch(2)
    store(context + at.MANY_PLAN, plan)
    store(context + at.MANY_SCALARS, scalars)
    base = scratch(1)
    store(base, pieces)
    shape = scratch(1)
    store(shape, made)
    stride = scratch(1)
    store(stride, at.PIECE)
    step = scratch(1)
    store(step, 0)
    job = scratch(at.JOB_WORDS)
    store(job + at.JOB_KERNEL, load(table + at.TABLE_RUN_PIECES))
    store(job + at.JOB_SCALARS, context)
    store(job + at.JOB_OPERANDS, 1)
    store(job + at.JOB_BASES, base)
    store(job + at.JOB_STEPS, step)
    store(job + at.JOB_DIMS, 1)
    store(job + at.JOB_WHOLE, 1)
    store(job + at.JOB_INNER, 1)
    store(job + at.JOB_SHAPE, shape)
    store(job + at.JOB_STRIDES, stride)
    store(job + at.JOB_TOTAL, made)
    launch(table, job, 1, threads)
    return truth(table, at.TABLE_TRUE)
