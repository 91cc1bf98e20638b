"""The backward pass over a graph of carriers, in machine code.

Gradients wait at their nodes, and the node that was recorded last is taken: its operands were
recorded before it, so nobody adds to its gradients any more. A node of a pointwise program runs its
kernel here; others are asked for their gradients by ``backward``, in Python. What is unusual
(hooks, a graph that was freed, a very wide one) ends the sweep, and Python goes on with what waits
then; see `lucid.autograd.engine`, which does the same.

A gradient is *owned* if nobody but the sweep holds its array, so that others may be added to it in
place and a leaf may keep it.

Written, like `launcher`, in the small part of Python that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.carry import kept_alive, make_carrier, put
from lucid.kernels.targets.launcher import size_of, truth
from lucid.kernels.targets.nodes import is_carrier, replace
from lucid.kernels.targets.pulling import (
    attribute_is,
    let_go_of_values,
    pull_function,
    pull_program,
)
from lucid.kernels.targets.words import call, load, scratch, store


def sweep(self: int, arguments: int, given: int) -> int:
    """``sweep(node, port, seed, retain)``, as CPython calls it."""
    table = load(self + at.ARRAY_DATA)
    state = scratch(at.SWEEP_WORDS)
    store(state + at.SWEEP_NODES, 0)
    store(state + at.SWEEP_LEAVES, 0)
    seed = kept_alive(table, load(arguments + 16))
    retain = load(arguments + 24) == load(table + at.TABLE_TRUE)
    result = deposit(table, state, load(arguments), load(arguments + 8), seed, 0)
    while result == at.MISSING and load(state + at.SWEEP_NODES) > 0:
        result = sweep_one(table, state, retain)
    if result == at.MISSING:
        result = settle_leaves(table, state)
    if result == at.MISSING:
        return truth(table, at.TABLE_NONE)
    rest = hand_over(table, state) if result == at.DECLINED else 0
    let_go(table, state)
    return rest


def deposit(table: int, state: int, parent: int, port: int, gradient: int, owned: int) -> int:
    """Bring a gradient, whose reference is taken over, to a node or leaf; 0 and an exception.

    `MISSING` says that all went well. There must be room for it.
    """
    carrier = load(table + at.TABLE_CARRIER)
    kind = load(parent + at.TYPE)
    entry = 0
    position = 0
    if kind != load(carrier + at.CARRIER_NODE_TYPE) and (
        is_carrier(carrier, kind)
        or call(load(table + at.TABLE_IS_SUBTYPE), (kind, load(carrier + at.CARRIER_TYPE))) & 1 != 0
    ):
        count = load(state + at.SWEEP_LEAVES)
        for k in range(count):
            if load(state + at.SWEEP_LEAF_LIST + at.WAITS * k) == parent:
                entry = state + at.SWEEP_LEAF_LIST + at.WAITS * k
        if entry == 0:
            entry = state + at.SWEEP_LEAF_LIST + at.WAITS * count
            store(entry, kept_alive(table, parent))
            store(entry + at.WAITS_GRADIENT, gradient)
            store(entry + at.WAITS_OWNED, owned)
            store(state + at.SWEEP_LEAVES, count + 1)
            return at.MISSING
        place = entry + at.WAITS_GRADIENT
    else:
        entry = find_node(table, state, parent)
        if entry == 0:
            call(load(table + at.TABLE_DECREF), (gradient,))
            return 0
        if port != load(table + at.TABLE_ZERO):
            position = call(load(table + at.TABLE_AS_INTEGER), (port,))
        place = load(load(entry + at.WAITS_GRADIENT) + at.LIST_ITEMS) + 8 * position
    bits = load(entry + at.WAITS_OWNED)
    held = load(place)
    if held == load(table + at.TABLE_NONE):
        replace(table, place, gradient)
    else:
        given = scratch(4)
        store(given, held)
        store(given + 8, flag_of(table, (bits >> position) & 1))
        store(given + 16, gradient)
        store(given + 24, flag_of(table, owned))
        function = load(carrier + at.CARRIER_ADD)
        total = call(load(table + at.TABLE_VECTORCALL), (function, given, 4, 0))
        call(load(table + at.TABLE_DECREF), (gradient,))
        if total == 0:
            return 0
        replace(table, place, total)
        owned = 1
    if owned and position < at.SWEEP_MOST_PORTS:
        store(entry + at.WAITS_OWNED, bits | (1 << position))
    return at.MISSING


def flag_of(table: int, condition: int) -> int:
    """Return the address of True or False."""
    return load(table + at.TABLE_TRUE) if condition else load(table + at.TABLE_FALSE)


def find_node(table: int, state: int, node: int) -> int:
    """Return the entry of a node among those that wait, a new one if need be; 0: an exception."""
    carrier = load(table + at.TABLE_CARRIER)
    count = load(state + at.SWEEP_NODES)
    for k in range(count):
        entry = state + at.SWEEP_NODE_LIST + at.WAITS * k
        if load(entry) == node:
            return entry
    integer = load(table + at.TABLE_AS_INTEGER)
    outputs = load(node + load(carrier + at.NODE_OUTPUTS))
    ports = 1
    if outputs != load(table + at.TABLE_ONE):
        ports = call(integer, (outputs,))
    gradients = call(load(table + at.TABLE_NEW_LIST), (ports,))
    if gradients == 0:
        return 0
    for i in range(ports):
        none = kept_alive(table, load(table + at.TABLE_NONE))
        store(load(gradients + at.LIST_ITEMS) + 8 * i, none)
    entry = state + at.SWEEP_NODE_LIST + at.WAITS * count
    store(entry, kept_alive(table, node))
    store(entry + at.WAITS_GRADIENT, gradients)
    store(entry + at.WAITS_OWNED, 0)
    store(entry + at.WAITS_ORDER, call(integer, (load(node + load(carrier + at.NODE_ORDER)),)))
    store(state + at.SWEEP_NODES, count + 1)
    return entry


def sweep_one(table: int, state: int, retain: int) -> int:
    """Take the node that was recorded last; `MISSING`, `DECLINED`, or 0 and an exception."""
    carrier = load(table + at.TABLE_CARRIER)
    none = load(table + at.TABLE_NONE)
    count = load(state + at.SWEEP_NODES)
    entry = state + at.SWEEP_NODE_LIST
    for k in range(1, count):
        other = state + at.SWEEP_NODE_LIST + at.WAITS * k
        if load(other + at.WAITS_ORDER) > load(entry + at.WAITS_ORDER):
            entry = other
    node = load(entry)
    parents = load(node + load(carrier + at.NODE_PARENTS))
    ports = load(node + load(carrier + at.NODE_PORTS))
    if (
        load(node + load(carrier + at.NODE_HOOKS)) != none
        or load(parents + at.TYPE) != load(table + at.TABLE_TUPLE)
        or load(ports + at.TYPE) != load(table + at.TABLE_TUPLE)
        or count + load(parents + at.TUPLE_SIZE) > at.SWEEP_MOST_NODES
        or load(state + at.SWEEP_LEAVES) + load(parents + at.TUPLE_SIZE) > at.SWEEP_MOST_LEAVES
    ):
        return at.DECLINED
    gradients = load(entry + at.WAITS_GRADIENT)
    bits = load(entry + at.WAITS_OWNED)
    last = state + at.SWEEP_NODE_LIST + at.WAITS * (count - 1)
    store(entry, load(last))
    store(entry + at.WAITS_GRADIENT, load(last + at.WAITS_GRADIENT))
    store(entry + at.WAITS_OWNED, load(last + at.WAITS_OWNED))
    store(entry + at.WAITS_ORDER, load(last + at.WAITS_ORDER))
    store(state + at.SWEEP_NODES, count - 1)
    kept_alive(table, parents)
    kept_alive(table, ports)
    pointwise = load(node + at.TYPE) == load(carrier + at.CARRIER_NODE_TYPE)
    pulled = at.MISSING
    if pointwise:
        pulled = pull_program(table, node, gradients)
    fresh = 1
    if pulled == at.MISSING or pulled == at.DECLINED:
        fresh = attribute_is(table, node, load(carrier + at.CARRIER_FRESH), at.TABLE_TRUE)
        pulled = pull_function(table, node, gradients)
    result = 0
    if pulled != 0:
        if not retain:
            let_go_of_values(table, node, pointwise)
        result = pass_on(table, state, parents, ports, pulled, gradients, bits, fresh)
        call(load(table + at.TABLE_DECREF), (pulled,))
    call(load(table + at.TABLE_DECREF), (parents,))
    call(load(table + at.TABLE_DECREF), (ports,))
    call(load(table + at.TABLE_DECREF), (gradients,))
    call(load(table + at.TABLE_DECREF), (node,))
    return result


def pass_on(
    table: int,
    state: int,
    parents: int,
    ports: int,
    pulled: int,
    gradients: int,
    bits: int,
    fresh: int,
) -> int:
    """Bring a node's gradients to its parents; `MISSING`, or 0 and an exception."""
    count = load(pulled + at.TUPLE_SIZE)
    for i in range(count):
        gradient = load(pulled + at.TUPLE_ITEMS + 8 * i)
        if gradient != load(table + at.TABLE_NONE):
            owned = fresh
            for port in range(load(gradients + at.TUPLE_SIZE)):
                if load(load(gradients + at.LIST_ITEMS) + 8 * port) == gradient:
                    owned = (bits >> port) & 1 if port < at.SWEEP_MOST_PORTS else 0
            for k in range(count):
                if k != i and load(pulled + at.TUPLE_ITEMS + 8 * k) == gradient:
                    owned = 0
            parent = load(parents + at.TUPLE_ITEMS + 8 * i)
            port = load(ports + at.TUPLE_ITEMS + 8 * i)
            kept_alive(table, gradient)
            if deposit(table, state, parent, port, gradient, owned) == 0:
                return 0
    return at.MISSING


def settle_leaves(table: int, state: int) -> int:
    """Hand the leaves their gradients; `MISSING`, or 0 and an exception."""
    for k in range(load(state + at.SWEEP_LEAVES)):
        entry = state + at.SWEEP_LEAF_LIST + at.WAITS * k
        if (
            settle_leaf(
                table, load(entry), load(entry + at.WAITS_GRADIENT), load(entry + at.WAITS_OWNED)
            )
            == 0
        ):
            return 0
    let_go(table, state)
    return at.MISSING


def settle_leaf(table: int, leaf: int, gradient: int, owned: int) -> int:
    """Hand a leaf its gradient; 0: an exception."""
    carrier = load(table + at.TABLE_CARRIER)
    none = load(table + at.TABLE_NONE)
    place = leaf + load(carrier + at.CARRIER_GRADIENT)
    if (
        load(leaf + load(carrier + at.CARRIER_HOOKS)) != none
        or load(place) != none
        or load(gradient + at.TYPE) != load(table + at.TABLE_NDARRAY)
        or (not owned and 8 * size_of(gradient) >= load(table + at.TABLE_LARGE))
    ):
        return settle_in_python(table, leaf, gradient, owned)
    method = load(table + at.TABLE_CALL_METHOD)
    given = scratch(1)
    if owned:
        array = kept_alive(table, gradient)
    else:
        store(given, gradient)
        array = call(method, (load(carrier + at.CARRIER_COPY), given, 1, 0))
    made = make_carrier(table, carrier, array, 0, 0) if array != 0 else 0
    if made == 0:
        return 0
    # Making an object may have let another thread in, and one in Python may be about to store.
    store(given, load(carrier + at.CARRIER_LOCK))
    locked = call(method, (load(carrier + at.CARRIER_LOCKED), given, 1, 0))
    if locked != 0:
        call(load(table + at.TABLE_DECREF), (locked,))
    if locked == load(table + at.TABLE_FALSE) and load(place) == none:
        replace(table, place, made)
        return 1
    call(load(table + at.TABLE_DECREF), (made,))
    return settle_in_python(table, leaf, gradient, owned) if locked != 0 else 0


def settle_in_python(table: int, leaf: int, gradient: int, owned: int) -> int:
    """``settle(leaf, gradient, owned)``; 0: an exception."""
    given = scratch(3)
    store(given, leaf)
    store(given + 8, gradient)
    store(given + 16, flag_of(table, owned))
    function = load(load(table + at.TABLE_CARRIER) + at.CARRIER_SETTLE)
    done = call(load(table + at.TABLE_VECTORCALL), (function, given, 3, 0))
    if done != 0:
        call(load(table + at.TABLE_DECREF), (done,))
    return done


def hand_over(table: int, state: int) -> int:
    """Return what waits: a tuple with three items for each node, then for each leaf.

    A node, the list of its gradients and the bits of those that are owned; a leaf, its gradient and
    whether that is owned. 0 and an exception if memory runs out.
    """
    waiting = load(state + at.SWEEP_NODES)
    count = waiting + load(state + at.SWEEP_LEAVES)
    rest = call(load(table + at.TABLE_NEW_TUPLE), (3 * count,))
    if rest == 0:
        return 0
    for k in range(count):
        entry = state + at.SWEEP_NODE_LIST + at.WAITS * k
        if k >= waiting:
            entry = state + at.SWEEP_LEAF_LIST + at.WAITS * (k - waiting)
        bits = call(load(table + at.TABLE_FROM_INTEGER), (load(entry + at.WAITS_OWNED),))
        if bits == 0:
            call(load(table + at.TABLE_DECREF), (rest,))
            return 0
        put(rest, 3 * k, kept_alive(table, load(entry)))
        put(rest, 3 * k + 1, kept_alive(table, load(entry + at.WAITS_GRADIENT)))
        put(rest, 3 * k + 2, bits)
    return rest


def let_go(table: int, state: int) -> int:
    """Give up the references to what waits."""
    waiting = load(state + at.SWEEP_NODES)
    count = waiting + load(state + at.SWEEP_LEAVES)
    store(state + at.SWEEP_NODES, 0)
    store(state + at.SWEEP_LEAVES, 0)
    for k in range(count):
        entry = state + at.SWEEP_NODE_LIST + at.WAITS * k
        if k >= waiting:
            entry = state + at.SWEEP_LEAF_LIST + at.WAITS * (k - waiting)
        call(load(table + at.TABLE_DECREF), (load(entry),))
        call(load(table + at.TABLE_DECREF), (load(entry + at.WAITS_GRADIENT),))
    return 0
