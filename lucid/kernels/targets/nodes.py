"""Calls of functions written in Python on carriers: what is around them, in machine code.

The function gets the arrays, its result is carried, and the object that it is a method of becomes
the node of the graph if a gradient is wanted. Written, like `launcher`, in the small part of Python
that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.carry import kept_alive, make_carrier, put
from lucid.kernels.targets.launcher import truth
from lucid.kernels.targets.words import call, load, scratch, store


def is_carrier(carrier: int, kind: int) -> int:
    """Whether a type is one of those that machine code takes apart."""
    return kind == load(carrier + at.CARRIER_TYPE) or kind == load(carrier + at.CARRIER_OTHER)


def apply(self: int, arguments: int, given: int) -> int:
    """``apply(node, values)``; False if the values are such that Python has to do it."""
    table = load(self + at.ARRAY_DATA)
    carrier = load(table + at.TABLE_CARRIER)
    none = load(table + at.TABLE_NONE)
    node = load(arguments)
    values = load(arguments + 8)
    count = load(values + at.TUPLE_SIZE)
    if count >= at.MAX_OPERANDS:
        return truth(table, at.TABLE_FALSE)
    raw = scratch(at.MAX_OPERANDS)
    store(raw, node)
    first = 0
    needs = 0
    for i in range(count):
        value = load(values + at.TUPLE_ITEMS + 8 * i)
        kind = load(value + at.TYPE)
        if is_carrier(carrier, kind):
            if first == 0:
                first = value
            if load(value + load(carrier + at.CARRIER_NODE)) != none or load(
                value + load(carrier + at.CARRIER_LEAF)
            ) == load(table + at.TABLE_TRUE):
                needs = needs | (1 << i)
            value = load(value + load(carrier + at.CARRIER_DATA))
            if load(value + at.TYPE) != load(table + at.TABLE_NDARRAY):
                return truth(table, at.TABLE_FALSE)
        elif (
            kind != load(table + at.TABLE_NDARRAY)
            and call(load(table + at.TABLE_IS_SUBTYPE), (kind, load(carrier + at.CARRIER_TYPE))) & 1
            != 0
        ):
            return truth(table, at.TABLE_FALSE)
        store(raw + 8 + 8 * i, value)
    if needs != 0:
        get = load(table + at.TABLE_GET_ATTRIBUTE)
        enabled = call(get, (load(carrier + at.CARRIER_MODE), load(carrier + at.CARRIER_ENABLED)))
        if enabled == 0:
            return 0
        call(load(table + at.TABLE_DECREF), (enabled,))
        if enabled != load(table + at.TABLE_TRUE):
            needs = 0
    if prepare(table, carrier, node, needs, count) == 0:
        return 0
    for i in range(count):
        kept_alive(table, load(raw + 8 + 8 * i))
    forward = load(table + at.TABLE_CALL_METHOD)
    result = call(forward, (load(carrier + at.CARRIER_FORWARD), raw, count + 1, 0))
    if result != 0:
        result = finish(table, carrier, node, values, first, needs, raw + 8, result)
    for i in range(count):
        call(load(table + at.TABLE_DECREF), (load(raw + 8 + 8 * i),))
    return result


def wrap(self: int, arguments: int, given: int) -> int:
    """``wrap(array, node, port)``: a carrier of an array, output `port` of a node or None."""
    table = load(self + at.ARRAY_DATA)
    carrier = load(table + at.TABLE_CARRIER)
    node = load(arguments + 8)
    port = call(load(table + at.TABLE_AS_INTEGER), (load(arguments + 16),))
    if port == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
        return 0
    origin = node if node != load(table + at.TABLE_NONE) else 0
    return make_carrier(table, carrier, kept_alive(table, load(arguments)), origin, port)


def replace(table: int, place: int, thing: int) -> int:
    """Store an object, whose reference is taken over, into a slot."""
    before = load(place)
    store(place, thing)
    if before != 0:
        call(load(table + at.TABLE_DECREF), (before,))
    return 0


def prepare(table: int, carrier: int, node: int, needs: int, count: int) -> int:
    """Tell the node which values want a gradient, before its function runs."""
    wanted = call(load(table + at.TABLE_NEW_TUPLE), (count,))
    if wanted == 0:
        return 0
    for i in range(count):
        answer = load(table + at.TABLE_TRUE)
        if (needs >> i) & 1 == 0:
            answer = load(table + at.TABLE_FALSE)
        put(wanted, i, kept_alive(table, answer))
    replace(table, node + load(carrier + at.FUNCTION_NEEDS), wanted)
    reads = kept_alive(table, load(carrier + at.CARRIER_NO_READS))
    replace(table, node + load(carrier + at.FUNCTION_READS), reads)
    return 1


def finish(
    table: int,
    carrier: int,
    node: int,
    values: int,
    first: int,
    needs: int,
    raw: int,
    result: int,
) -> int:
    """Carry the result, whose reference is taken over, and fill in the node."""
    if load(result + at.TYPE) != load(table + at.TABLE_NDARRAY) or not are_plain(
        table, load(node + load(carrier + at.FUNCTION_READS)), load(values + at.TUPLE_SIZE)
    ):
        # A scalar of NumPy's, several results, or an error.
        given = scratch(3)
        store(given, node)
        store(given + 8, values)
        store(given + 16, result)
        made = call(
            load(table + at.TABLE_VECTORCALL), (load(carrier + at.CARRIER_FINISH), given, 3, 0)
        )
        call(load(table + at.TABLE_DECREF), (result,))
        return made
    if first == 0:
        return result
    if load(load(result + at.ARRAY_DTYPE) + at.DTYPE_KIND) & 0xFF != at.FLOATING:
        needs = 0
    view = call(load(table + at.TABLE_GET_ATTRIBUTE), (node, load(carrier + at.CARRIER_VIEW)))
    if view == 0:
        call(load(table + at.TABLE_DECREF), (result,))
        return 0
    call(load(table + at.TABLE_DECREF), (view,))
    made = make_carrier(table, carrier, result, node if needs != 0 else 0, 0)
    if made == 0:
        return 0
    if view == load(table + at.TABLE_TRUE):
        share_changes(table, carrier, made, first)
    if needs != 0 and fill_in(table, carrier, node, values, needs, raw, made) == 0:
        call(load(table + at.TABLE_DECREF), (made,))
        return 0
    return made


def are_plain(table: int, reads: int, count: int) -> int:
    """Whether what the function asked to keep are values that exist, and the one result."""
    if load(reads + at.TYPE) != load(table + at.TABLE_TUPLE):
        return 0
    for part in range(2):
        wanted = load(reads + at.TUPLE_ITEMS + 8 * part)
        if load(wanted + at.TYPE) != load(table + at.TABLE_TUPLE):
            return 0
        for k in range(load(wanted + at.TUPLE_SIZE)):
            number = load(wanted + at.TUPLE_ITEMS + 8 * k)
            if load(number + at.TYPE) != load(table + at.TABLE_INTEGER):
                return 0
            index = call(load(table + at.TABLE_AS_INTEGER), (number,))
            if index == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
                call(load(table + at.TABLE_CLEAR), (0,))
            if index < 0 or index >= (1 if part == 1 else count):
                return 0
    return 1


def share_changes(table: int, carrier: int, made: int, source: int) -> int:
    """Give a result that lies in the memory of `source` the same count of changes."""
    array = load(made + load(carrier + at.CARRIER_DATA))
    origin = load(source + load(carrier + at.CARRIER_DATA))
    base = load(array + at.ARRAY_BASE)
    if array == origin or (base != 0 and (base == origin or base == load(origin + at.ARRAY_BASE))):
        version = load(source + load(carrier + at.CARRIER_VERSION))
        place = made + load(carrier + at.CARRIER_VERSION)
        replace(table, place, kept_alive(table, version))
        one = kept_alive(table, load(table + at.TABLE_ONE))
        replace(table, load(version + at.LIST_ITEMS) + 8, one)
    return 0


def fill_in(
    table: int, carrier: int, node: int, values: int, needs: int, raw: int, made: int
) -> int:
    """Fill in the slots of a node. 0 and an exception if memory runs out."""
    none = load(table + at.TABLE_NONE)
    count = load(values + at.TUPLE_SIZE)
    wanted = 0
    for i in range(count):
        wanted += (needs >> i) & 1
    new_tuple = load(table + at.TABLE_NEW_TUPLE)
    parents = call(new_tuple, (wanted,))
    ports = call(new_tuple, (wanted,))
    metas = call(new_tuple, (wanted,))
    order = call(load(table + at.TABLE_CALL), (load(carrier + at.CARRIER_NEXT_ORDER),))
    # The node owns what is in its slots, whatever fails afterwards.
    replace(table, node + load(carrier + at.NODE_PARENTS), parents)
    replace(table, node + load(carrier + at.NODE_PORTS), ports)
    replace(table, node + load(carrier + at.FUNCTION_METAS), metas)
    replace(table, node + load(carrier + at.NODE_ORDER), order)
    replace(table, node + load(carrier + at.NODE_HOOKS), kept_alive(table, none))
    replace(table, node + load(carrier + at.FUNCTION_RESULTS), kept_alive(table, none))
    one = kept_alive(table, load(table + at.TABLE_ONE))
    replace(table, node + load(carrier + at.NODE_OUTPUTS), one)
    if parents == 0 or ports == 0 or metas == 0 or order == 0:
        return 0
    position = 0
    for i in range(count):
        if (needs >> i) & 1 != 0:
            value = load(values + at.TUPLE_ITEMS + 8 * i)
            parent = load(value + load(carrier + at.CARRIER_NODE))
            parent = parent if parent != none else value
            array = load(raw + 8 * i)
            get = load(table + at.TABLE_GET_ATTRIBUTE)
            shape = call(get, (array, load(carrier + at.CARRIER_SHAPE)))
            pair = call(new_tuple, (2,))
            if shape == 0 or pair == 0:
                return 0
            put(pair, 0, shape)
            put(pair, 1, kept_alive(table, load(array + at.ARRAY_DTYPE)))
            put(metas, position, pair)
            put(parents, position, kept_alive(table, parent))
            port = load(value + load(carrier + at.CARRIER_PORT))
            put(ports, position, kept_alive(table, port))
            position += 1
    return keep_values(table, carrier, node, values, made)


def keep_values(table: int, carrier: int, node: int, values: int, made: int) -> int:
    """Keep what the function asked for, with the counts that tell of later changes."""
    reads = load(node + load(carrier + at.FUNCTION_READS))
    inputs = load(reads + at.TUPLE_ITEMS)
    outputs = load(reads + at.TUPLE_ITEMS + 8)
    from_inputs = load(inputs + at.TUPLE_SIZE)
    from_outputs = load(outputs + at.TUPLE_SIZE)
    new_tuple = load(table + at.TABLE_NEW_TUPLE)
    kept = call(new_tuple, (from_inputs + from_outputs,))
    replace(table, node + load(carrier + at.NODE_KEPT), kept)
    if kept == 0:
        return 0
    stamp = 0
    for k in range(from_inputs):
        index = call(load(table + at.TABLE_AS_INTEGER), (load(inputs + at.TUPLE_ITEMS + 8 * k),))
        value = load(values + at.TUPLE_ITEMS + 8 * index)
        if is_carrier(carrier, load(value + at.TYPE)):
            version = load(value + load(carrier + at.CARRIER_VERSION))
            changes = load(load(version + at.LIST_ITEMS))
            if changes != load(table + at.TABLE_ZERO):
                stamp += call(load(table + at.TABLE_AS_INTEGER), (changes,))
        put(kept, k, kept_alive(table, value))
    for k in range(from_outputs):
        pair = call(new_tuple, (2,))
        if pair == 0:
            return 0
        put(pair, 0, kept_alive(table, load(made + load(carrier + at.CARRIER_DATA))))
        put(pair, 1, kept_alive(table, load(made + load(carrier + at.CARRIER_VERSION))))
        put(kept, from_inputs + k, pair)
    number = call(load(table + at.TABLE_FROM_INTEGER), (stamp,))
    replace(table, node + load(carrier + at.NODE_STAMP), number)
    return number
