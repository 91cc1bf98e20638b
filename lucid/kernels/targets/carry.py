"""Results of a call on carriers: new carriers, and the node that records the call.

What a carrier and a node are made of is said by `native.use_carrier`. Written, like `launcher`, in
the small part of Python that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.launcher import same_shape
from lucid.kernels.targets.words import call, load, store


def kept_alive(table: int, thing: int) -> int:
    """Return an object with one reference more."""
    call(load(table + at.TABLE_INCREF), (thing,))
    return thing


def make_carrier(table: int, carrier: int, array: int, node: int, port: int) -> int:
    """Carry an array, whose reference is taken over; 0 and an exception if memory runs out."""
    made = call(load(table + at.TABLE_ALLOCATE_OBJECT), (load(carrier + at.CARRIER_TYPE), 0))
    if made == 0:
        call(load(table + at.TABLE_DECREF), (array,))
        return 0
    store(made + load(carrier + at.CARRIER_DATA), array)
    version = call(load(table + at.TABLE_NEW_LIST), (2,))
    if version == 0:
        call(load(table + at.TABLE_DECREF), (made,))
        return 0
    zero = load(table + at.TABLE_ZERO)
    none = load(table + at.TABLE_NONE)
    items = load(version + at.LIST_ITEMS)
    store(items, kept_alive(table, zero))
    store(items + 8, kept_alive(table, zero))
    store(made + load(carrier + at.CARRIER_VERSION), version)
    store(made + load(carrier + at.CARRIER_LEAF), kept_alive(table, load(table + at.TABLE_FALSE)))
    store(made + load(carrier + at.CARRIER_GRADIENT), kept_alive(table, none))
    store(made + load(carrier + at.CARRIER_HOOKS), kept_alive(table, none))
    origin = node if node != 0 else none
    store(made + load(carrier + at.CARRIER_NODE), kept_alive(table, origin))
    number = call(load(table + at.TABLE_FROM_INTEGER), (port,)) if port != 0 else 0
    store(
        made + load(carrier + at.CARRIER_PORT), number if number != 0 else kept_alive(table, zero)
    )
    return made


def carry(
    table: int,
    result: int,
    several: int,
    recipe: int,
    values: int,
    needs: int,
    count: int,
) -> int:
    """Return carriers of the arrays in `result`, recorded if there is a recipe.

    The reference to `result` is taken over. 0 and an exception if memory runs out.
    """
    carrier = load(table + at.TABLE_CARRIER)
    node = 0
    if recipe != 0:
        kind = load(carrier + at.CARRIER_NODE_TYPE)
        node = call(load(table + at.TABLE_ALLOCATE_OBJECT), (kind, 0))
        if node == 0:
            call(load(table + at.TABLE_DECREF), (result,))
            return 0
    made = result
    if several:
        outputs = load(result + at.TUPLE_SIZE)
        made = call(load(table + at.TABLE_NEW_TUPLE), (outputs,))
        for i in range(outputs):
            if made != 0:
                array = kept_alive(table, load(result + at.TUPLE_ITEMS + 8 * i))
                origin = node
                if node != 0 and (load(recipe + at.RECIPE_FLOATS) >> i) & 1 == 0:
                    origin = 0
                one = make_carrier(table, carrier, array, origin, i)
                if one == 0:
                    call(load(table + at.TABLE_DECREF), (made,))
                    made = 0
                else:
                    call(load(table + at.TABLE_SET_ITEM), (made, i, one))
        call(load(table + at.TABLE_DECREF), (result,))
    else:
        made = make_carrier(table, carrier, result, node, 0)
    if node != 0:
        done = 0
        if made != 0:
            done = record(table, carrier, node, recipe, values, needs, count, made, several)
        if done == 0 and made != 0:
            call(load(table + at.TABLE_DECREF), (made,))
            made = 0
        call(load(table + at.TABLE_DECREF), (node,))
    return made


def record(
    table: int,
    carrier: int,
    node: int,
    recipe: int,
    values: int,
    needs: int,
    count: int,
    made: int,
    several: int,
) -> int:
    """Fill in a node: its parents, what it keeps and its number. 0 and an exception."""
    none = load(table + at.TABLE_NONE)
    wanted = 0
    for i in range(count):
        wanted += (needs >> i) & 1
    new_tuple = load(table + at.TABLE_NEW_TUPLE)
    parents = call(new_tuple, (wanted,))
    ports = call(new_tuple, (wanted,))
    first = load(made + at.TUPLE_ITEMS) if several else made
    first = load(first + load(carrier + at.CARRIER_DATA))
    shapes = kept_alive(table, none)
    for i in range(count):
        if shapes == none and (needs >> i) & 1 != 0:
            array = load(load(values + 8 * i) + load(carrier + at.CARRIER_DATA))
            if not same_shape(first, array):
                shapes = call(new_tuple, (wanted,))
                call(load(table + at.TABLE_DECREF), (none,))
    reads = load(recipe + at.RECIPE_READS)
    kept = call(new_tuple, (reads,))
    order = call(load(table + at.TABLE_CALL), (load(carrier + at.CARRIER_NEXT_ORDER),))
    # Slots own what is stored, so that the node, when it dies, frees also what a failure left.
    store(node + load(carrier + at.NODE_PARENTS), parents)
    store(node + load(carrier + at.NODE_PORTS), ports)
    store(node + load(carrier + at.NODE_SHAPES), shapes)
    store(node + load(carrier + at.NODE_KEPT), kept)
    store(node + load(carrier + at.NODE_ORDER), order)
    store(node + load(carrier + at.NODE_HOOKS), kept_alive(table, none))
    store(node + load(carrier + at.NODE_RECIPE), kept_alive(table, load(recipe + at.RECIPE_OBJECT)))
    outputs = kept_alive(table, load(recipe + at.RECIPE_OUTPUTS))
    store(node + load(carrier + at.NODE_OUTPUTS), outputs)
    if parents == 0 or ports == 0 or shapes == 0 or kept == 0 or order == 0:
        return 0
    position = 0
    for i in range(count):
        if (needs >> i) & 1 != 0:
            value = load(values + 8 * i)
            parent = load(value + load(carrier + at.CARRIER_NODE))
            parent = parent if parent != none else value
            port = load(value + load(carrier + at.CARRIER_PORT))
            put(parents, position, kept_alive(table, parent))
            put(ports, position, kept_alive(table, port))
            if shapes != none:
                array = load(value + load(carrier + at.CARRIER_DATA))
                name = load(carrier + at.CARRIER_SHAPE)
                shape = call(load(table + at.TABLE_GET_ATTRIBUTE), (array, name))
                put(shapes, position, shape)
                if shape == 0:
                    return 0
            position += 1
    stamp = 0
    for k in range(reads):
        index = load(recipe + at.RECIPE_LIST + 16 * k + 8)
        if load(recipe + at.RECIPE_LIST + 16 * k) == 0:
            value = load(values + 8 * index)
            kind = load(value + at.TYPE)
            if kind == load(carrier + at.CARRIER_TYPE) or kind == load(carrier + at.CARRIER_OTHER):
                version = load(value + load(carrier + at.CARRIER_VERSION))
                changes = load(load(version + at.LIST_ITEMS))
                if changes != load(table + at.TABLE_ZERO):
                    stamp += call(load(table + at.TABLE_AS_INTEGER), (changes,))
            put(kept, k, kept_alive(table, value))
        else:
            # The array and its count of changes, not the carrier: that would close a cycle.
            one = load(made + at.TUPLE_ITEMS + 8 * index) if several else made
            pair = call(new_tuple, (2,))
            if pair == 0:
                return 0
            array = load(one + load(carrier + at.CARRIER_DATA))
            version = load(one + load(carrier + at.CARRIER_VERSION))
            put(pair, 0, kept_alive(table, array))
            put(pair, 1, kept_alive(table, version))
            put(kept, k, pair)
    number = call(load(table + at.TABLE_FROM_INTEGER), (stamp,))
    store(node + load(carrier + at.NODE_STAMP), number)
    return number


def put(words: int, position: int, thing: int) -> int:
    """Put an object into a new tuple, which takes the reference over."""
    store(words + at.TUPLE_ITEMS + 8 * position, thing)
    return 0
