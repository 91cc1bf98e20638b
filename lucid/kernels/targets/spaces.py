"""Operands that are broadcast: their common shape, the loops over it, and outputs of that shape.

Written, like `launcher`, in the small part of Python that `translate` compiles. In `lucid.kernels.
launch.geometry` Python does the same for what is more unusual.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.jobs import launch
from lucid.kernels.targets.launcher import new_array, same_shape, size_of
from lucid.kernels.targets.words import call, load, load_int, scratch, store

#: Rows shorter than this are launched one by one only if they are few.
SHORT_ROW = 32
FEW_ROWS = 128


def entry_of(entries: int, key: int) -> int:
    """Look a key up in pairs of key and address, behind their number and the next key."""
    count = load(entries)
    for k in range(count):
        if load(entries + 8 + 16 * k) == key:
            return load(entries + 16 + 16 * k)
    return at.MISSING if count < at.MAX_ENTRIES else at.DECLINED


def threads_of(table: int) -> int:
    """Return the threads of a launch on the target in force; -1 for a target that is not ours."""
    found = scratch(1)
    store(found, 0)
    call(load(table + at.TABLE_CONTEXT_GET), (load(table + at.TABLE_TARGET), 0, found))
    name = load(found)
    if name == 0:
        call(load(table + at.TABLE_CLEAR), (0,))
        return -1
    call(load(table + at.TABLE_DECREF), (name,))
    if name == load(table + at.TABLE_NONE):
        name = load(load(load(table + at.TABLE_DEFAULT) + at.LIST_ITEMS))
    if name == load(table + at.TABLE_PARALLEL):
        return 0
    return 1 if name == load(table + at.TABLE_CPU) else -1


def run_arrays(
    table: int, signature: int, arrays: int, inputs: int, scalars: int, dimless: int
) -> int:
    """Choose the plan for the arrays' layout, make the outputs and launch."""
    threads = threads_of(table)
    if threads < 0 or inputs == 0:
        return at.DECLINED
    shape = scratch(at.MAX_DIMS)
    strides = scratch(at.STRIDE_WORDS)
    job = scratch(at.JOB_WORDS)
    bases = scratch(at.MAX_OPERANDS)
    first = load(arrays)
    dims = load_int(first + at.ARRAY_NDIM)
    same = 1
    for i in range(inputs):
        array = load(arrays + 8 * i)
        if load_int(array + at.ARRAY_FLAGS) & at.C_CONTIGUOUS == 0:
            same = 0
        if i > 0 and not same_shape(first, array):
            same = 0
        dims = max(dims, load_int(array + at.ARRAY_NDIM))
    if dims > at.FEW_DIMS or (dims == 0 and dimless == 0):
        return at.DECLINED
    mask = 0
    if same:
        total = size_of(first)
        for d in range(dims):
            store(shape + 8 * d, load(load(first + at.ARRAY_SHAPE) + 8 * d))
        store(job + at.JOB_DIMS, 0)
        store(job + at.JOB_INNER, total)
    else:
        total = common_shape(arrays, inputs, dims, shape)
        if total <= 0:
            return at.DECLINED
        mask = merge(signature, arrays, inputs, dims, shape, strides, job)
        if mask < 0:
            return at.DECLINED
        inner = load(job + at.JOB_INNER)
        if inner < SHORT_ROW and total > inner * FEW_ROWS:
            return at.DECLINED
    plan = entry_of(signature + at.SIGNATURE_PLANS, mask)
    if plan <= at.MISSING:
        return plan
    for i in range(inputs):
        store(bases + 8 * i, load(load(arrays + 8 * i) + at.ARRAY_DATA))
    result = make_results(table, plan, arrays, inputs, dims, shape, total, bases)
    if result <= at.MISSING:
        return result
    grain = load(plan + at.PLAN_GRAIN)
    if load(job + at.JOB_DIMS) == 0 and total < grain:
        call(load(plan + at.PLAN_KERNEL), (bases, scalars, total))
        return result
    store(job + at.JOB_KERNEL, load(plan + at.PLAN_KERNEL))
    store(job + at.JOB_SCALARS, scalars)
    store(job + at.JOB_OPERANDS, load(plan + at.PLAN_OPERANDS))
    store(job + at.JOB_BASES, bases)
    store(job + at.JOB_STEPS, plan + at.PLAN_ENTRIES + at.ENTRY_STEP)
    store(job + at.JOB_WHOLE, 0)
    store(job + at.JOB_TOTAL, total)
    launch(table, job, grain, threads)
    return result


def common_shape(arrays: int, inputs: int, dims: int, shape: int) -> int:
    """Broadcast the shapes; the number of elements, -1 if they do not fit."""
    for d in range(dims):
        store(shape + 8 * d, 1)
    for i in range(inputs):
        array = load(arrays + 8 * i)
        lacking = dims - load_int(array + at.ARRAY_NDIM)
        for d in range(lacking, dims):
            extent = load(load(array + at.ARRAY_SHAPE) + 8 * (d - lacking))
            known = load(shape + 8 * d)
            if extent != 1 and known == 1:
                store(shape + 8 * d, extent)
            elif extent != 1 and extent != known:
                return -1
    total = 1
    for d in range(dims):
        total *= load(shape + 8 * d)
    return total


def stride_of(array: int, dims: int, d: int) -> int:
    """Return the bytes from one index to the next along an axis of the common shape."""
    axis = d - (dims - load_int(array + at.ARRAY_NDIM))
    if axis < 0 or load(load(array + at.ARRAY_SHAPE) + 8 * axis) == 1:
        return 0
    return load(load(array + at.ARRAY_STRIDES) + 8 * axis)


def merge(
    signature: int, arrays: int, inputs: int, dims: int, shape: int, strides: int, job: int
) -> int:
    """Join neighbouring axes where all operands and the output go on evenly, and fill in the job.

    Returns a bit for each operand that stays where it is in the kernel's loop; -1 if an operand
    fits neither that nor elements side by side, or lies in memory in another order than C.
    """
    plan = load(signature + at.SIGNATURE_PLANS + 16)
    operands = load(plan + at.PLAN_OPERANDS)
    entries = plan + at.PLAN_ENTRIES
    extents = scratch(at.FEW_DIMS)
    steps = scratch(at.STRIDE_WORDS)
    now = scratch(at.MAX_OPERANDS)
    merged = 0
    follows = 1
    for k in range(dims):
        # From the last axis to the first: an output's stride is the product of the extents behind.
        d = dims - 1 - k
        extent = load(shape + 8 * d)
        if extent != 1:
            even = 1 if merged > 0 else 0
            for i in range(operands):
                stride = follows * load(entries + at.ENTRY * i + at.ENTRY_SIZE)
                if i < inputs:
                    stride = stride_of(load(arrays + 8 * i), dims, d)
                store(now + 8 * i, stride)
                if even:
                    last = i * at.FEW_DIMS + merged - 1
                    same = load(steps + 8 * last) * load(extents + 8 * (merged - 1))
                    even = 1 if stride == same else 0
            if even:
                store(extents + 8 * (merged - 1), load(extents + 8 * (merged - 1)) * extent)
            else:
                store(extents + 8 * merged, extent)
                for i in range(operands):
                    store(steps + 8 * (i * at.FEW_DIMS + merged), load(now + 8 * i))
                merged += 1
        follows *= extent
    outer = max(merged - 1, 0)
    store(job + at.JOB_DIMS, outer)
    store(job + at.JOB_INNER, load(extents) if merged > 0 else 1)
    store(job + at.JOB_SHAPE, shape + 8 * dims)
    store(job + at.JOB_STRIDES, strides)
    for d in range(outer):
        # The job counts its axes from the outermost one.
        store(shape + 8 * (dims + d), load(extents + 8 * (outer - d)))
        for i in range(operands):
            stride = load(steps + 8 * (i * at.FEW_DIMS + outer - d))
            store(strides + 8 * (i * outer + d), stride)
    mask = 0
    for i in range(inputs):
        array = load(arrays + 8 * i)
        stride = load(entries + at.ENTRY * i + at.ENTRY_SIZE)
        if merged > 0 and load(steps + 8 * i * at.FEW_DIMS) != stride:
            if load(steps + 8 * i * at.FEW_DIMS) != 0:
                return -1
            mask = mask | (1 << i)
        whole = 1 if load_int(array + at.ARRAY_NDIM) == dims else 0
        moves = 0
        for d in range(dims):
            if whole and load(load(array + at.ARRAY_SHAPE) + 8 * d) != load(shape + 8 * d):
                whole = 0
            if whole and load(load(array + at.ARRAY_STRIDES) + 8 * d) != 0:
                moves = 1
        # The result of such an operand follows it in memory, unless that is one number repeated.
        if whole and moves and load_int(array + at.ARRAY_FLAGS) & at.C_CONTIGUOUS == 0:
            return -1
    return mask


def make_results(
    table: int, plan: int, arrays: int, inputs: int, dims: int, shape: int, total: int, bases: int
) -> int:
    """Make the outputs of a shape; the array, or the tuple of several."""
    outputs = load(plan + at.PLAN_OUTPUTS)
    several = 0
    if outputs > 1:
        several = call(load(table + at.TABLE_NEW_TUPLE), (outputs,))
        if several == 0:
            return 0
    for i in range(outputs):
        entry = plan + at.PLAN_ENTRIES + at.ENTRY * (inputs + i)
        dtype = load(entry + at.ENTRY_DTYPE)
        size = total * load(entry + at.ENTRY_SIZE)
        array = new_array(table, dtype, dims, shape, size)
        if array == 0:
            if several != 0:
                call(load(table + at.TABLE_DECREF), (several,))
            return 0
        store(bases + 8 * (inputs + i), load(array + at.ARRAY_DATA))
        if several == 0:
            return array
        call(load(table + at.TABLE_SET_ITEM), (several, i, array))
    return several
