"""The gradients of one node, in machine code: what `lucid.kernels.targets.sweep` passes on.

A node of a pointwise program runs that program's gradients; another is asked in Python, for
``backward`` of its class if that is all, else for ``pull``. What is unusual is `DECLINED`.

Written, like `launcher`, in the small part of Python that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.calls import run_values
from lucid.kernels.targets.carry import kept_alive, put
from lucid.kernels.targets.launcher import same_shape
from lucid.kernels.targets.nodes import is_carrier, replace
from lucid.kernels.targets.words import call, load, load_int, scratch, store


def attribute_is(table: int, thing: int, name: int, wanted: int) -> int:
    """Whether an attribute is there and an object of the table."""
    found = call(load(table + at.TABLE_GET_ATTRIBUTE), (thing, name))
    if found == 0:
        call(load(table + at.TABLE_CLEAR), (0,))
        return 0
    call(load(table + at.TABLE_DECREF), (found,))
    return found == load(table + wanted)


def pull_function(table: int, node: int, gradients: int) -> int:
    """Ask a node in Python: a tuple, or 0 and an exception."""
    carrier = load(table + at.TABLE_CARRIER)
    given = scratch(3)
    store(given, node)
    store(given + 8, gradients)
    if not attribute_is(table, node, load(carrier + at.CARRIER_WARNS), at.TABLE_FALSE):
        function = load(carrier + at.CARRIER_PULL_QUIETLY)
        return call(load(table + at.TABLE_VECTORCALL), (function, given, 2, 0))
    method = load(table + at.TABLE_CALL_METHOD)
    store(given + 16, load(table + at.TABLE_FALSE))
    if (
        load(node + at.TYPE) == load(carrier + at.CARRIER_NODE_TYPE)
        or load(node + load(carrier + at.FUNCTION_RESULTS)) != load(table + at.TABLE_NONE)
        or load(gradients + at.TUPLE_SIZE) != 1
    ):
        return call(method, (load(carrier + at.CARRIER_PULL), given, 3, 0))
    store(given + 8, load(load(gradients + at.LIST_ITEMS)))
    made = call(method, (load(carrier + at.CARRIER_BACKWARD), given, 2, 0))
    if made == 0:
        return 0
    pulled = take_wanted(table, node, made)
    if pulled == at.DECLINED:
        store(given + 8, made)
        pulled = call(method, (load(carrier + at.CARRIER_FITTED), given, 3, 0))
    call(load(table + at.TABLE_DECREF), (made,))
    return pulled


def take_wanted(table: int, node: int, made: int) -> int:
    """Return those gradients that are wanted of what ``backward`` returned, a tuple.

    `DECLINED` if one is no array of its operand's type and shape; 0 and an exception.
    """
    carrier = load(table + at.TABLE_CARRIER)
    needs = load(node + load(carrier + at.FUNCTION_NEEDS))
    metas = load(node + load(carrier + at.FUNCTION_METAS))
    count = load(needs + at.TUPLE_SIZE)
    wanted = load(metas + at.TUPLE_SIZE)
    several = load(made + at.TYPE) == load(table + at.TABLE_TUPLE)
    if load(metas + at.TYPE) != load(table + at.TABLE_TUPLE) or count != (
        load(made + at.TUPLE_SIZE) if several else 1
    ):
        return at.DECLINED
    pulled = call(load(table + at.TABLE_NEW_TUPLE), (wanted,))
    if pulled == 0:
        return 0
    position = 0
    for i in range(count):
        if load(needs + at.TUPLE_ITEMS + 8 * i) == load(table + at.TABLE_TRUE):
            gradient = load(made + at.TUPLE_ITEMS + 8 * i) if several else made
            if position < wanted and (
                gradient == load(table + at.TABLE_NONE)
                or is_alike(table, gradient, load(metas + at.TUPLE_ITEMS + 8 * position))
            ):
                put(pulled, position, kept_alive(table, gradient))
                position += 1
    if position == wanted:
        return pulled
    call(load(table + at.TABLE_DECREF), (pulled,))
    return at.DECLINED


def is_alike(table: int, array: int, meta: int) -> int:
    """Whether something is an array of a shape and dtype, given as a tuple of these two."""
    shape = load(meta + at.TUPLE_ITEMS)
    dims = load(shape + at.TUPLE_SIZE)
    if (
        load(array + at.TYPE) != load(table + at.TABLE_NDARRAY)
        or load(array + at.ARRAY_DTYPE) != load(meta + at.TUPLE_ITEMS + 8)
        or load_int(array + at.ARRAY_NDIM) != dims
    ):
        return 0
    for d in range(dims):
        length = call(load(table + at.TABLE_AS_INTEGER), (load(shape + at.TUPLE_ITEMS + 8 * d),))
        if load(load(array + at.ARRAY_SHAPE) + 8 * d) != length:
            return 0
    return 1


def pull_program(table: int, node: int, gradients: int) -> int:
    """Run the gradients' program of a node; a tuple, 0 and an exception, `DECLINED`, `MISSING`."""
    carrier = load(table + at.TABLE_CARRIER)
    if load(node + load(carrier + at.NODE_SHAPES)) != load(table + at.TABLE_NONE):
        return at.DECLINED
    rule = load(load(load(node + load(carrier + at.NODE_RECIPE)) + at.WORDS_SLOT) + at.ARRAY_DATA)
    given = load(gradients + at.LIST_ITEMS)
    forwards = load(rule + at.RULE_FORWARDS)
    if forwards != 0:
        return forwarded(table, rule, given, forwards)
    values = scratch(at.MAX_OPERANDS)
    reads = load(rule + at.RULE_READS)
    kept = load(node + load(carrier + at.NODE_KEPT))
    zero = load(table + at.TABLE_ZERO)
    if (
        reads > at.MAX_OPERANDS
        or load(kept + at.TYPE) != load(table + at.TABLE_TUPLE)
        or load(node + load(carrier + at.NODE_STAMP)) != zero
    ):
        return at.DECLINED
    full = 0
    position = kept + at.TUPLE_ITEMS
    for k in range(reads):
        kind = load(rule + at.RULE_LIST + 16 * k)
        if kind == at.READS_GRADIENT:
            thing = load(given + 8 * load(rule + at.RULE_LIST + 16 * k + 8))
            if load(thing + at.TYPE) != load(table + at.TABLE_NDARRAY):
                return at.DECLINED
            full = thing
        else:
            thing = load(position)
            position += 8
            version = 0
            if kind == at.READS_OUTPUT:
                version = load(thing + at.TUPLE_ITEMS + 8)
                thing = load(thing + at.TUPLE_ITEMS)
            elif is_carrier(carrier, load(thing + at.TYPE)):
                version = load(thing + load(carrier + at.CARRIER_VERSION))
                thing = load(thing + load(carrier + at.CARRIER_DATA))
            # A change in place since the call: Python says what is wrong.
            if version != 0 and load(load(version + at.LIST_ITEMS)) != zero:
                return at.DECLINED
        store(values + 8 * k, thing)
    if full == 0:
        return at.DECLINED
    result = run_values(table, load(rule + at.RULE_PROGRAM), values, reads, 1)
    if result <= at.MISSING:
        return result
    if load(result + at.TYPE) == load(table + at.TABLE_NDARRAY):
        several = call(load(table + at.TABLE_NEW_TUPLE), (1,))
        if several == 0:
            call(load(table + at.TABLE_DECREF), (result,))
            return 0
        put(several, 0, result)
        result = several
    for i in range(load(result + at.TUPLE_SIZE)):
        # What reads no array of the full shape is smaller, and has to be repeated.
        if not same_shape(load(result + at.TUPLE_ITEMS + 8 * i), full):
            call(load(table + at.TABLE_DECREF), (result,))
            return at.DECLINED
    return result


def forwarded(table: int, rule: int, given: int, count: int) -> int:
    """Return the gradients that go on unchanged, a tuple, if they have the right types."""
    for i in range(count):
        gradient = load(given + 8 * load(rule + at.RULE_LIST + 16 * i))
        if load(gradient + at.TYPE) != load(table + at.TABLE_NDARRAY) or load(
            gradient + at.ARRAY_DTYPE
        ) != load(rule + at.RULE_LIST + 16 * i + 8):
            return at.DECLINED
    pulled = call(load(table + at.TABLE_NEW_TUPLE), (count,))
    if pulled != 0:
        for i in range(count):
            gradient = load(given + 8 * load(rule + at.RULE_LIST + 16 * i))
            put(pulled, i, kept_alive(table, gradient))
    return pulled


def let_go_of_values(table: int, node: int, pointwise: int) -> int:
    """Do what ``node.free()`` does."""
    carrier = load(table + at.TABLE_CARRIER)
    none = load(table + at.TABLE_NONE)
    empty = load(load(carrier + at.CARRIER_NO_READS) + at.TUPLE_ITEMS)
    replace(table, node + load(carrier + at.NODE_PARENTS), kept_alive(table, none))
    replace(table, node + load(carrier + at.NODE_KEPT), kept_alive(table, empty))
    if not pointwise:
        replace(table, node + load(carrier + at.FUNCTION_CACHE), kept_alive(table, none))
    return 0
