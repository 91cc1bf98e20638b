"""Calls that are played again: folds, functions of rows, and what is computed around them.

Most calls of a program are like one before down to the shapes of the arrays. For such a call
everything is known in advance: which kernels run, on what, into arrays of which shapes, and what
a node of the graph keeps. It is written down as a *tape*, and played here.

A tape fits a call with the same number of arguments and names of keywords, options that are equal,
arrays of the same types, shapes and strides, and gradients wanted for the same ones. It numbers its
arrays: those that came as arguments, then those that it makes. A *step* launches a kernel on some
of them. What can't be done, such as a class out of range, is left to Python.

Written, like `launcher`, in the small part of Python that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.calls import fall_back
from lucid.kernels.targets.carry import kept_alive, make_carrier, put
from lucid.kernels.targets.jobs import launch
from lucid.kernels.targets.launcher import new_array, truth
from lucid.kernels.targets.nodes import is_carrier, replace
from lucid.kernels.targets.spaces import threads_of
from lucid.kernels.targets.words import call, load, load_int, scratch, store, store_int


def same_integer(table: int, a: int, b: int) -> int:
    """Whether two objects are equal integers of 64 bits."""
    integer = load(table + at.TABLE_INTEGER)
    if load(a + at.TYPE) != integer or load(b + at.TYPE) != integer:
        return 0
    number = call(load(table + at.TABLE_AS_INTEGER), (a,))
    if number == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
        call(load(table + at.TABLE_CLEAR), (0,))
        return 0
    return number == call(load(table + at.TABLE_AS_INTEGER), (b,))


def same_option(table: int, value: int, wanted: int) -> int:
    """Whether an option is the one that is wanted: that object, or an equal number or tuple."""
    if value == wanted:
        return 1
    kind = load(value + at.TYPE)
    if kind != load(wanted + at.TYPE):
        return 0
    if kind == load(table + at.TABLE_FLOAT):
        return load(value + at.FLOAT_VALUE) == load(wanted + at.FLOAT_VALUE)
    if kind != load(table + at.TABLE_TUPLE):
        return same_integer(table, value, wanted)
    size = load(value + at.TUPLE_SIZE)
    if size != load(wanted + at.TUPLE_SIZE):
        return 0
    for i in range(size):
        a = load(value + at.TUPLE_ITEMS + 8 * i)
        b = load(wanted + at.TUPLE_ITEMS + 8 * i)
        if a != b and not same_integer(table, a, b):
            return 0
    return 1


def same_form(table: int, array: int, argument: int) -> int:
    """Whether a value is an array of the type, shape and strides of an argument's words."""
    dims = load(argument + at.ARGUMENT_DIMS)
    if (
        load(array + at.TYPE) != load(table + at.TABLE_NDARRAY)
        or load(array + at.ARRAY_DTYPE) != load(argument + at.ARGUMENT_THING)
        or load_int(array + at.ARRAY_NDIM) != dims
        or load_int(array + at.ARRAY_FLAGS) & at.ALIGNED == 0
    ):
        return 0
    shape = load(array + at.ARRAY_SHAPE)
    strides = load(array + at.ARRAY_STRIDES)
    where = argument + at.ARGUMENT_SHAPE
    for d in range(dims):
        if load(shape + 8 * d) != load(where + 8 * d):
            return 0
        if load(strides + 8 * d) != load(where + 8 * (dims + d)):
            return 0
    return 1


def is_played(table: int, tape: int, arguments: int, given: int, names: int, registers: int) -> int:
    """Whether a tape fits a call: a bit for each tensor with a place in a graph; -1 if not.

    Fills in the registers of the arrays that came.
    """
    keywords = 0
    if names != 0:
        keywords = load(names + at.TUPLE_SIZE)
    if load(tape + at.TAPE_GIVEN) != given or load(tape + at.TAPE_KEYWORDS) != keywords:
        return -1
    for i in range(keywords):
        if load(load(tape + at.TAPE_NAMES) + 8 * i) != load(names + at.TUPLE_ITEMS + 8 * i):
            return -1
    carrier = load(table + at.TABLE_CARRIER)
    argument = load(tape + at.TAPE_ARGUMENTS)
    found = 0
    needs = 0
    for i in range(given + keywords):
        value = load(arguments + 8 * i)
        kind = load(argument + at.ARGUMENT_KIND)
        thing = load(argument + at.ARGUMENT_THING)
        if kind == at.IS_OPTION:
            if not same_option(table, value, thing):
                return -1
        elif kind == at.IS_ANOTHER:
            if value != load(arguments + 8 * thing):
                return -1
        else:
            array = value
            if kind == at.IS_CARRIER:
                if carrier == 0 or not is_carrier(carrier, load(value + at.TYPE)):
                    return -1
                array = load(value + load(carrier + at.CARRIER_DATA))
                if load(value + load(carrier + at.CARRIER_NODE)) != load(
                    table + at.TABLE_NONE
                ) or load(value + load(carrier + at.CARRIER_LEAF)) == load(table + at.TABLE_TRUE):
                    needs = needs | (1 << i)
            if not same_form(table, array, argument):
                return -1
            store(registers + 8 * found, array)
            found += 1
        argument += at.ARGUMENT_SHAPE + 16 * load(argument + at.ARGUMENT_DIMS)
    return needs


def replayed(table: int, tapes: int, arguments: int, given: int, names: int) -> int:
    """Play the tape that fits; the result, 0 and an exception, or `DECLINED` or `MISSING`."""
    registers = scratch(at.TAPE_REGISTERS)
    count = load(tapes + at.CALLS_COUNT)
    enabled = 0
    for k in range(count):
        tape = load(tapes + at.CALLS_LIST + 8 * k)
        needs = is_played(table, tape, arguments, given, names, registers)
        if needs > 0:
            if enabled == 0:
                carrier = load(table + at.TABLE_CARRIER)
                get = load(table + at.TABLE_GET_ATTRIBUTE)
                enabled = call(
                    get, (load(carrier + at.CARRIER_MODE), load(carrier + at.CARRIER_ENABLED))
                )
                if enabled == 0:
                    return 0
                call(load(table + at.TABLE_DECREF), (enabled,))
            if enabled != load(table + at.TABLE_TRUE):
                needs = 0
        if needs == load(tape + at.TAPE_NEEDS):
            return play(table, tape, arguments, registers)
    return at.MISSING if count < at.MAX_TAPES else at.DECLINED


def play(table: int, tape: int, arguments: int, registers: int) -> int:
    """Do what a tape says, with the arguments and their arrays."""
    threads = threads_of(table)
    if threads < 0 or load(tape + at.TAPE_OUTPUTS) == 0:
        return at.DECLINED
    inputs = load(tape + at.TAPE_INPUTS)
    total = inputs + load(tape + at.TAPE_MADE)
    # Another thread may give a carrier a new array while a kernel reads this one.
    for i in range(inputs):
        call(load(table + at.TABLE_INCREF), (load(registers + 8 * i),))
    for i in range(inputs, total):
        store(registers + 8 * i, 0)
    result = make_registers(table, tape, registers, inputs)
    if result == at.MISSING:
        result = run_steps(table, tape, registers, threads)
    if result == at.MISSING:
        result = deliver(table, tape, arguments, registers)
    for i in range(total):
        if load(registers + 8 * i) != 0:
            call(load(table + at.TABLE_DECREF), (load(registers + 8 * i),))
    return result


def make_registers(table: int, tape: int, registers: int, inputs: int) -> int:
    """Make the arrays of a tape; `MISSING` says that all were made."""
    for i in range(load(tape + at.TAPE_MADE)):
        made = load(load(tape + at.TAPE_MADE_LIST) + 8 * i)
        dims = load(made + at.MADE_DIMS)
        size = load(made + at.MADE_SIZE)
        array = new_array(table, load(made + at.MADE_DTYPE), dims, made + at.MADE_SHAPE, size)
        if array == 0:
            return 0
        store(registers + 8 * (inputs + i), array)
    return at.MISSING


def run_steps(table: int, tape: int, registers: int, threads: int) -> int:
    """Launch the kernels of a tape; `MISSING` says that all went well."""
    bases = scratch(at.MAX_OPERANDS)
    job = scratch(at.JOB_WORDS)
    for k in range(load(tape + at.TAPE_STEPS)):
        step = load(load(tape + at.TAPE_STEP_LIST) + 8 * k)
        plan = load(step + at.STEP_PLAN)
        frames = load(step + at.STEP_FRAMES)
        position = bases
        if frames != 0:
            store(position, frames)
            position += 8
        for i in range(load(step + at.STEP_OPERANDS)):
            array = load(registers + 8 * load(step + at.STEP_LIST + 8 * i))
            store(position, load(array + at.ARRAY_DATA))
            position += 8
        if plan == 0:
            if not check_classes(step, bases):
                return at.DECLINED
        else:
            launch_step(table, step, plan, bases, job, threads)
    return at.MISSING


def launch_step(table: int, step: int, plan: int, bases: int, job: int, threads: int) -> int:
    """Launch one kernel."""
    geometry = load(step + at.STEP_GEOMETRY)
    inner = load(step + at.STEP_COUNT)
    scalars = load(step + at.STEP_SCALARS)
    grain = load(plan + at.PLAN_GRAIN)
    dims = 0
    whole = 0
    total = inner
    if geometry != 0:
        dims = load(geometry + at.GEOMETRY_DIMS)
        inner = load(geometry + at.GEOMETRY_INNER)
        whole = load(geometry + at.GEOMETRY_WHOLE)
        total = inner
        for d in range(dims):
            total *= load(geometry + at.GEOMETRY_SHAPE + 8 * d)
    if total == inner and total < grain:
        return call(load(plan + at.PLAN_KERNEL), (bases, scalars, inner))
    store(job + at.JOB_KERNEL, load(plan + at.PLAN_KERNEL))
    store(job + at.JOB_SCALARS, scalars)
    store(job + at.JOB_OPERANDS, load(plan + at.PLAN_OPERANDS))
    store(job + at.JOB_BASES, bases)
    store(job + at.JOB_STEPS, plan + at.PLAN_ENTRIES + at.ENTRY_STEP)
    store(job + at.JOB_DIMS, dims)
    store(job + at.JOB_WHOLE, whole)
    store(job + at.JOB_INNER, inner)
    store(job + at.JOB_SHAPE, geometry + at.GEOMETRY_SHAPE)
    store(job + at.JOB_STRIDES, geometry + at.GEOMETRY_SHAPE + 8 * dims)
    store(job + at.JOB_TOTAL, total)
    return launch(table, job, grain, threads)


def check_classes(step: int, bases: int) -> int:
    """Whether all classes are in range; they are written as integers of 32 bits."""
    source = load(bases)
    goal = load(bases + 8)
    classes = load(step + at.STEP_CLASSES)
    width = load(step + at.STEP_WIDTH)
    wrong = 0
    for i in range(load(step + at.STEP_COUNT)):
        number = load(source + 8 * i) if width == 8 else load_int(source + 4 * i)
        wrong = wrong | (number < 0) | (number >= classes)
        store_int(goal + 4 * i, number)
    return wrong == 0


def deliver(table: int, tape: int, arguments: int, registers: int) -> int:
    """Return the outputs: an array, a tuple of several, or a carrier, recorded if need be."""
    outputs = load(tape + at.TAPE_OUTPUTS)
    chosen = load(tape + at.TAPE_OUTPUT_LIST)
    if outputs != 1:
        several = call(load(table + at.TABLE_NEW_TUPLE), (outputs,))
        if several != 0:
            for i in range(outputs):
                array = load(registers + 8 * load(chosen + 8 * i))
                put(several, i, kept_alive(table, array))
        return several
    array = kept_alive(table, load(registers + 8 * load(chosen)))
    if load(tape + at.TAPE_CARRIED) == 0:
        return array
    carrier = load(table + at.TABLE_CARRIER)
    template = load(tape + at.TAPE_NODE)
    if template == 0:
        return make_carrier(table, carrier, array, 0, 0)
    node = call(load(table + at.TABLE_ALLOCATE_OBJECT), (load(template + at.TYPE), 0))
    if node == 0:
        call(load(table + at.TABLE_DECREF), (array,))
        return 0
    made = make_carrier(table, carrier, array, node, 0)
    if made != 0 and copy_node(table, carrier, tape, node, arguments, registers, made) == 0:
        call(load(table + at.TABLE_DECREF), (made,))
        made = 0
    call(load(table + at.TABLE_DECREF), (node,))
    return made


def copy_node(
    table: int, carrier: int, tape: int, node: int, arguments: int, registers: int, made: int
) -> int:
    """Fill in a node: as the node of the call that was learned, but with these values.

    0 and an exception if memory runs out; the node owns what is in its slots then.
    """
    record = load(tape + at.TAPE_RECORD)
    template = load(tape + at.TAPE_NODE)
    for i in range((load(record + at.RECORD_SIZE) - at.HEAD) // 8):
        thing = load(template + at.HEAD + 8 * i)
        if thing != 0:
            store(node + at.HEAD + 8 * i, kept_alive(table, thing))
    count = load(record + at.RECORD_PARENTS)
    new_tuple = load(table + at.TABLE_NEW_TUPLE)
    parents = call(new_tuple, (count,))
    ports = call(new_tuple, (count,))
    order = call(load(table + at.TABLE_CALL), (load(carrier + at.CARRIER_NEXT_ORDER),))
    replace(table, node + load(carrier + at.NODE_PARENTS), parents)
    replace(table, node + load(carrier + at.NODE_PORTS), ports)
    replace(table, node + load(carrier + at.NODE_ORDER), order)
    if parents == 0 or ports == 0 or order == 0:
        return 0
    where = record + at.RECORD_LIST
    for i in range(count):
        value = load(arguments + 8 * load(where))
        parent = load(value + load(carrier + at.CARRIER_NODE))
        parent = parent if parent != load(table + at.TABLE_NONE) else value
        put(parents, i, kept_alive(table, parent))
        put(ports, i, kept_alive(table, load(value + load(carrier + at.CARRIER_PORT))))
        where += 8
    kept = load(record + at.RECORD_KEPT)
    if keep_again(table, carrier, node, where, kept, arguments, registers, made) == 0:
        return 0
    where += 16 * kept
    count = load(record + at.RECORD_CACHE)
    if count != 0:
        cache = call(new_tuple, (count,))
        replace(table, node + load(carrier + at.FUNCTION_CACHE), cache)
        if cache == 0:
            return 0
        for i in range(count):
            array = load(registers + 8 * load(where + 8 * i))
            put(cache, i, kept_alive(table, array))
    return 1


def keep_again(
    table: int,
    carrier: int,
    node: int,
    where: int,
    count: int,
    arguments: int,
    registers: int,
    made: int,
) -> int:
    """Keep what a node's gradients read, with the counts that tell of later changes."""
    new_tuple = load(table + at.TABLE_NEW_TUPLE)
    kept = call(new_tuple, (count,))
    replace(table, node + load(carrier + at.NODE_KEPT), kept)
    if kept == 0:
        return 0
    stamp = 0
    for k in range(count):
        kind = load(where + 16 * k)
        thing = load(where + 16 * k + 8)
        if kind == at.KEEPS_OUTPUT:
            pair = call(new_tuple, (2,))
            if pair == 0:
                return 0
            put(pair, 0, kept_alive(table, load(made + load(carrier + at.CARRIER_DATA))))
            put(pair, 1, kept_alive(table, load(made + load(carrier + at.CARRIER_VERSION))))
            put(kept, k, pair)
        else:
            if kind == at.KEEPS_ARGUMENT:
                thing = load(arguments + 8 * thing)
                if is_carrier(carrier, load(thing + at.TYPE)):
                    version = load(thing + load(carrier + at.CARRIER_VERSION))
                    changes = load(load(version + at.LIST_ITEMS))
                    if changes != load(table + at.TABLE_ZERO):
                        stamp += call(load(table + at.TABLE_AS_INTEGER), (changes,))
            elif kind == at.KEEPS_MADE:
                thing = load(registers + 8 * thing)
            put(kept, k, kept_alive(table, thing))
    number = call(load(table + at.TABLE_FROM_INTEGER), (stamp,))
    replace(table, node + load(carrier + at.NODE_STAMP), number)
    return number


def replay(self: int, arguments: int, given: int, names: int) -> int:
    """Answer a call by playing a tape; ``self`` are the words of all tapes."""
    tapes = load(self + at.ARRAY_DATA)
    table = load(tapes + at.CALLS_TABLE)
    result = replayed(table, tapes, arguments, given, names)
    if result > at.MISSING or result == 0:
        return result
    function = load(tapes + at.CALLS_GENERAL)
    if result == at.MISSING:
        function = load(tapes + at.CALLS_LEARN)
    return fall_back(table, function, arguments, given, names)


def replay_on(self: int, arguments: int, given: int) -> int:
    """``replay_on(tapes, values)``: arrays; None or False: not done, as in `run_program`."""
    table = load(self + at.ARRAY_DATA)
    values = load(arguments + 8)
    count = load(values + at.TUPLE_SIZE)
    if given != 2 or load(values + at.TYPE) != load(table + at.TABLE_TUPLE):
        return truth(table, at.TABLE_FALSE)
    tapes = load(load(arguments) + at.ARRAY_DATA)
    result = replayed(table, tapes, values + at.TUPLE_ITEMS, count, 0)
    if result > at.MISSING or result == 0:
        return result
    return truth(table, at.TABLE_NONE if result == at.MISSING else at.TABLE_FALSE)
