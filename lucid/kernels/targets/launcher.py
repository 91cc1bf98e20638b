"""What `flat` and `nested` do: check the arrays against the plan, fill in a job, launch it.

Written in the small part of Python that `translate` compiles, together with `jobs`: everything is
an integer of 64 bits, objects are addresses. `native` makes Python functions of the machine code.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.jobs import launch
from lucid.kernels.targets.words import call, load, load_int, scratch, store


def read_scalars(table: int, given: int, count: int, scalars: int) -> int:
    """Read the tuple of run-time scalars. 1: done; 0: not what was planned; -1: an exception."""
    if given == load(table + at.TABLE_NONE):
        return 1 if count == 0 else 0
    if (
        load(given + at.TYPE) != load(table + at.TABLE_TUPLE)
        or load(given + at.TUPLE_SIZE) != count
    ):
        return 0
    for i in range(count):
        item = load(given + at.TUPLE_ITEMS + 8 * i)
        if load(item + at.TYPE) == load(table + at.TABLE_FLOAT):
            store(scalars + 8 * i, load(item + at.FLOAT_VALUE))
        else:
            # PyFloat_AsDouble returns in a floating-point register, where `call` can't see it:
            # PyNumber_Float gives an object to read.
            number = call(load(table + at.TABLE_AS_FLOAT), (item,))
            if number == 0:
                return -1
            store(scalars + 8 * i, load(number + at.FLOAT_VALUE))
            call(load(table + at.TABLE_DECREF), (number,))
    return 1


def is_plain(table: int, array: int, entry: int) -> int:
    """Whether an argument is an array of the planned dtype and with the planned flags."""
    if load(array + at.TYPE) != load(table + at.TABLE_NDARRAY):
        return 0
    flags = load(entry + at.ENTRY_FLAGS)
    return load(array + at.ARRAY_DTYPE) == load(entry + at.ENTRY_DTYPE) and (
        load_int(array + at.ARRAY_FLAGS) & flags == flags
    )


def size_of(array: int) -> int:
    """Count the elements of an array."""
    size = 1
    for d in range(load_int(array + at.ARRAY_NDIM)):
        size *= load(load(array + at.ARRAY_SHAPE) + 8 * d)
    return size


def same_shape(a: int, b: int) -> int:
    """Whether two arrays have the same shape."""
    dims = load_int(a + at.ARRAY_NDIM)
    if dims != load_int(b + at.ARRAY_NDIM):
        return 0
    for d in range(dims):
        if load(load(a + at.ARRAY_SHAPE) + 8 * d) != load(load(b + at.ARRAY_SHAPE) + 8 * d):
            return 0
    return 1


def flat_operands(table: int, plan: int, arrays: int, bases: int) -> int:
    """Check the arrays of a flat launch and read their addresses; the first full one, or 0.

    An output may be None: its address stays 0 until `make_outputs`.
    """
    none = load(table + at.TABLE_NONE)
    operands = load(plan + at.PLAN_OPERANDS)
    entries = plan + at.PLAN_ENTRIES
    first = 0
    for i in range(operands):
        array = load(arrays + 8 * i)
        entry = entries + at.ENTRY * i
        store(bases + 8 * i, 0)
        if array != none or load(entry + at.ENTRY_OUTPUT) == 0 or load(entry + at.ENTRY_STEP) == 0:
            if not is_plain(table, array, entry):
                return 0
            flags = load_int(array + at.ARRAY_FLAGS)
            if load(entry + at.ENTRY_STEP) != 0:
                if flags & at.C_CONTIGUOUS == 0:
                    return 0
                if first == 0:
                    first = array
                elif not same_shape(first, array):
                    return 0
            elif size_of(array) != 1 or load(entry + at.ENTRY_OUTPUT) != 0:
                return 0
            store(bases + 8 * i, load(array + at.ARRAY_DATA))
    if first == 0:
        return 0
    for i in range(operands):
        # A single element with more dimensions than the others would raise the result's.
        if load(entries + at.ENTRY * i + at.ENTRY_STEP) == 0 and load_int(
            load(arrays + 8 * i) + at.ARRAY_NDIM
        ) > load_int(first + at.ARRAY_NDIM):
            return 0
    return first if are_apart(plan, bases, size_of(first)) else 0


def are_apart(plan: int, bases: int, count: int) -> int:
    """Whether each output lies on an operand element by element, or apart from it.

    Outputs that are still to be made have no address and are apart from everything.
    """
    operands = load(plan + at.PLAN_OPERANDS)
    entries = plan + at.PLAN_ENTRIES
    for i in range(operands - load(plan + at.PLAN_OUTPUTS), operands):
        step = load(entries + at.ENTRY * i + at.ENTRY_STEP)
        begin = load(bases + 8 * i)
        for j in range(operands):
            other = load(bases + 8 * j)
            width = load(entries + at.ENTRY * j + at.ENTRY_STEP)
            exact = other == begin and width == step
            if begin != 0 and other != 0 and not exact:
                size = load(entries + at.ENTRY * j + at.ENTRY_SIZE)
                end = other + (count * width if width != 0 else size)
                if other < begin + count * step and begin < end:
                    return 0
    return 1


def make_array(table: int, like: int, dtype: int, size: int) -> int:
    """Return a new array of the shape of another one; 0 and an exception if there is no memory."""
    dims = load_int(like + at.ARRAY_NDIM)
    return new_array(table, dtype, dims, load(like + at.ARRAY_SHAPE), size)


def new_array(table: int, dtype: int, dims: int, shape: int, size: int) -> int:
    """Return a new array in C order of `size` bytes; 0 and an exception if there is no memory."""
    kind = load(table + at.TABLE_NDARRAY)
    make = load(table + at.TABLE_NEW_ARRAY)
    call(load(table + at.TABLE_INCREF), (dtype,))
    if size < load(table + at.TABLE_LARGE):
        return call(make, (kind, dtype, dims, shape, 0, 0, 0, 0))
    change = load(table + at.TABLE_SET_HANDLER)
    before = call(change, (load(table + at.TABLE_HANDLER),))
    if before == 0:
        call(load(table + at.TABLE_DECREF), (dtype,))
        return 0
    made = call(make, (kind, dtype, dims, shape, 0, 0, 0, 0))
    if made == 0:
        call(load(table + at.TABLE_CLEAR), (0,))
    ours = call(change, (before,))
    call(load(table + at.TABLE_DECREF), (before,))
    if ours != 0:
        call(load(table + at.TABLE_DECREF), (ours,))
    if made == 0:
        call(load(table + at.TABLE_NO_MEMORY), (0,))
    return made


def make_outputs(table: int, plan: int, arrays: int, bases: int, first: int) -> int:
    """Make the outputs that were None; the result of the launch, or 0 and an exception."""
    operands = load(plan + at.PLAN_OPERANDS)
    outputs = load(plan + at.PLAN_OUTPUTS)
    start = operands - outputs
    missing = 0
    for i in range(start, operands):
        if load(bases + 8 * i) == 0:
            missing += 1
    if missing == 0:
        return truth(table, at.TABLE_TRUE)
    count = size_of(first)
    several = 0
    if outputs > 1:
        several = call(load(table + at.TABLE_NEW_TUPLE), (outputs,))
        if several == 0:
            return 0
    for i in range(start, operands):
        array = load(arrays + 8 * i)
        if load(bases + 8 * i) == 0:
            entry = plan + at.PLAN_ENTRIES + at.ENTRY * i
            size = count * load(entry + at.ENTRY_SIZE)
            array = make_array(table, first, load(entry + at.ENTRY_DTYPE), size)
            if array == 0:
                if several != 0:
                    call(load(table + at.TABLE_DECREF), (several,))
                return 0
            store(bases + 8 * i, load(array + at.ARRAY_DATA))
        else:
            call(load(table + at.TABLE_INCREF), (array,))
        if several == 0:
            return array
        call(load(table + at.TABLE_SET_ITEM), (several, i - start, array))
    return several


def words_of(table: int, thing: int, magic: int) -> int:
    """Return the address of a plan's or a geometry's words; 0 if it is something else."""
    if load(thing + at.TYPE) != load(table + at.TABLE_NDARRAY):
        return 0
    if load(thing + at.ARRAY_DTYPE) != load(table + at.TABLE_INT64):
        return 0
    if load_int(thing + at.ARRAY_NDIM) != 1 or load(load(thing + at.ARRAY_SHAPE)) < at.LEAST_WORDS:
        return 0
    words = load(thing + at.ARRAY_DATA)
    return words if load(words) == magic else 0


def truth(table: int, value: int) -> int:
    """Return a new reference to True, False or None, whose addresses are in the table."""
    answer = load(table + value)
    call(load(table + at.TABLE_INCREF), (answer,))
    return answer


def flat(self: int, arguments: int, given: int) -> int:
    """``flat(plan, threads, scalars, *arrays)``, as CPython calls it."""
    table = load(self + at.ARRAY_DATA)
    if given < 3:
        return truth(table, at.TABLE_FALSE)
    plan = words_of(table, load(arguments), at.MAGIC)
    if plan == 0 or given != load(plan + at.PLAN_OPERANDS) + 3:
        return truth(table, at.TABLE_FALSE)
    threads = call(load(table + at.TABLE_AS_INTEGER), (load(arguments + 8),))
    if threads == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
        return 0
    bases = scratch(at.MAX_OPERANDS)
    scalars = scratch(at.MAX_SCALARS)
    job = scratch(at.JOB_WORDS)
    first = flat_operands(table, plan, arguments + 24, bases)
    if first == 0:
        return truth(table, at.TABLE_FALSE)
    read = read_scalars(table, load(arguments + 16), load(plan + at.PLAN_SCALARS), scalars)
    if read <= 0:
        return 0 if read < 0 else truth(table, at.TABLE_FALSE)
    count = size_of(first)
    result = make_outputs(table, plan, arguments + 24, bases, first)
    if result == 0:
        return 0
    grain = load(plan + at.PLAN_GRAIN)
    if count < grain:
        call(load(plan + at.PLAN_KERNEL), (bases, scalars, count))
        return result
    store(job + at.JOB_KERNEL, load(plan + at.PLAN_KERNEL))
    store(job + at.JOB_SCALARS, scalars)
    store(job + at.JOB_OPERANDS, load(plan + at.PLAN_OPERANDS))
    store(job + at.JOB_BASES, bases)
    store(job + at.JOB_STEPS, plan + at.PLAN_ENTRIES + at.ENTRY_STEP)
    store(job + at.JOB_DIMS, 0)
    store(job + at.JOB_WHOLE, 0)
    store(job + at.JOB_INNER, count)
    store(job + at.JOB_TOTAL, count)
    launch(table, job, grain, threads)
    return result


def nested(self: int, arguments: int, given: int) -> int:
    """``nested(plan, threads, scalars, geometry, *arrays)``, as CPython calls it."""
    table = load(self + at.ARRAY_DATA)
    if given < 4:
        return truth(table, at.TABLE_FALSE)
    plan = words_of(table, load(arguments), at.MAGIC)
    geometry = words_of(table, load(arguments + 24), at.SPACE_MAGIC)
    if plan == 0 or geometry == 0 or given != load(plan + at.PLAN_OPERANDS) + 4:
        return truth(table, at.TABLE_FALSE)
    threads = call(load(table + at.TABLE_AS_INTEGER), (load(arguments + 8),))
    if threads == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
        return 0
    bases = scratch(at.MAX_OPERANDS)
    scalars = scratch(at.MAX_SCALARS)
    job = scratch(at.JOB_WORDS)
    operands = load(plan + at.PLAN_OPERANDS)
    for i in range(operands):
        array = load(arguments + 32 + 8 * i)
        if not is_plain(table, array, plan + at.PLAN_ENTRIES + at.ENTRY * i):
            return truth(table, at.TABLE_FALSE)
        store(bases + 8 * i, load(array + at.ARRAY_DATA))
    read = read_scalars(table, load(arguments + 16), load(plan + at.PLAN_SCALARS), scalars)
    if read <= 0:
        return 0 if read < 0 else truth(table, at.TABLE_FALSE)
    dims = load(geometry + at.GEOMETRY_DIMS)
    total = load(geometry + at.GEOMETRY_INNER)
    store(job + at.JOB_INNER, total)
    for d in range(dims):
        total *= load(geometry + at.GEOMETRY_SHAPE + 8 * d)
    store(job + at.JOB_KERNEL, load(plan + at.PLAN_KERNEL))
    store(job + at.JOB_SCALARS, scalars)
    store(job + at.JOB_OPERANDS, operands)
    store(job + at.JOB_BASES, bases)
    store(job + at.JOB_STEPS, plan + at.PLAN_ENTRIES + at.ENTRY_STEP)
    store(job + at.JOB_DIMS, dims)
    store(job + at.JOB_WHOLE, load(geometry + at.GEOMETRY_WHOLE))
    store(job + at.JOB_SHAPE, geometry + at.GEOMETRY_SHAPE)
    store(job + at.JOB_STRIDES, geometry + at.GEOMETRY_SHAPE + 8 * dims)
    store(job + at.JOB_TOTAL, total)
    launch(table, job, load(plan + at.PLAN_GRAIN), threads)
    return truth(table, at.TABLE_TRUE)
