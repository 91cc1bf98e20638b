"""From the arguments of a call to its result: the whole way of most calls, in machine code.

Small arrays are where training on a CPU lives, and there Python's own steps cost several times the
kernel. So what `learning` has once found out about a form of call is kept in words of memory:

- an *operation* knows the Python functions to fall back on, and its forms;
- a *form* is a number of arguments and the names of keywords; it says where each value of the
  program comes from, and where the words of the program are;
- a *program* has a signature for each list of types that it was run with;
- a *signature* has a plan for each layout, and a recipe for each set of values that wanted a
  gradient.

A call that fits is launched here; one that does not goes to Python, and if something was missing
and not just unusual, to the function that learns. Values may be *carriers*, objects that carry an
array and their place in a graph (the tensors of this library); then the result is one, and a node
is recorded if a gradient is wanted. Words are only ever added and never moved.

Written, like `launcher`, in the small part of Python that `translate` compiles.
"""

from lucid.kernels.targets import layout as at
from lucid.kernels.targets.carry import carry
from lucid.kernels.targets.launcher import is_plain, size_of, truth
from lucid.kernels.targets.spaces import entry_of, run_arrays
from lucid.kernels.targets.words import call, load, scratch, store


def fits(form: int, arguments: int, given: int, names: int, keywords: int) -> int:
    """Whether a call has this form: the number of arguments, the keywords, the options."""
    if load(form + at.FORM_GIVEN) != given or load(form + at.FORM_KEYWORDS) != keywords:
        return 0
    where = form + at.FORM_WORDS
    for i in range(keywords):
        if load(where + 8 * i) != load(names + at.TUPLE_ITEMS + 8 * i):
            return 0
    where += 8 * keywords
    for i in range(load(form + at.FORM_CONDITIONS)):
        if load(arguments + 8 * load(where + 16 * i)) != load(where + 16 * i + 8):
            return 0
    return 1


def attempt(table: int, operation: int, arguments: int, given: int, names: int) -> int:
    """Make a call; the result, 0 and an exception, or `DECLINED` or `MISSING`."""
    keywords = 0
    if names != 0:
        keywords = load(names + at.TUPLE_SIZE)
    forms = load(operation + at.CALLS_COUNT)
    result = at.MISSING if forms < at.MAX_CALLS else at.DECLINED
    for k in range(forms):
        form = load(operation + at.CALLS_LIST + 8 * k)
        if fits(form, arguments, given, names, keywords):
            values = scratch(at.MAX_OPERANDS)
            count = load(form + at.FORM_VALUES)
            where = form + at.FORM_WORDS + 8 * keywords + 16 * load(form + at.FORM_CONDITIONS)
            for i in range(count):
                value = load(where + 16 * i + 8)
                if value == 0:
                    value = load(arguments + 8 * load(where + 16 * i))
                store(values + 8 * i, value)
            # An optional value makes another form where it is None.
            found = run_values(table, load(form + at.FORM_PROGRAM), values, count, 0)
            if found != at.MISSING:
                return found
            result = found
    return result


def run_values(table: int, program: int, values: int, count: int, dimless: int) -> int:
    """Run a program on values; what `attempt` returns.

    Of arrays without dimensions NumPy's users expect scalars: `dimless` says that arrays will do.
    """
    carrier = load(table + at.TABLE_CARRIER)
    none = load(table + at.TABLE_NONE)
    arrays = scratch(at.MAX_OPERANDS)
    types = scratch(at.MAX_OPERANDS)
    inputs = 0
    carriers = 0
    needs = 0
    for i in range(count):
        value = load(values + 8 * i)
        kind = load(value + at.TYPE)
        if kind == load(table + at.TABLE_NDARRAY):
            store(arrays + 8 * inputs, value)
            inputs += 1
            kind = 0
        elif carrier != 0 and (
            kind == load(carrier + at.CARRIER_TYPE) or kind == load(carrier + at.CARRIER_OTHER)
        ):
            store(arrays + 8 * inputs, load(value + load(carrier + at.CARRIER_DATA)))
            inputs += 1
            kind = 0
            carriers += 1
            if load(value + load(carrier + at.CARRIER_NODE)) != none or load(
                value + load(carrier + at.CARRIER_LEAF)
            ) == load(table + at.TABLE_TRUE):
                needs = needs | (1 << i)
        store(types + 8 * i, kind)
    signature = 0
    signatures = load(program + at.CALLS_COUNT)
    for k in range(signatures):
        if signature == 0:
            other = load(program + at.CALLS_LIST + 8 * k)
            if is_signed(table, other, types, arrays, count, inputs):
                signature = other
    if signature == 0:
        return at.MISSING if signatures < at.MAX_CALLS else at.DECLINED
    least = load(table + at.TABLE_DECLINE_FROM)
    if carriers != 0 and least != 0:
        for i in range(inputs):
            if size_of(load(arrays + 8 * i)) >= least:
                return at.DECLINED
    recipe = 0
    if needs != 0:
        enabled = call(
            load(table + at.TABLE_GET_ATTRIBUTE),
            (load(carrier + at.CARRIER_MODE), load(carrier + at.CARRIER_ENABLED)),
        )
        if enabled == 0:
            return 0
        call(load(table + at.TABLE_DECREF), (enabled,))
        if enabled != load(table + at.TABLE_TRUE):
            needs = 0
        else:
            recipe = entry_of(signature + at.SIGNATURE_RECIPES, needs)
            if recipe <= at.MISSING:
                return recipe
    scalars = scratch(at.MAX_SCALARS)
    read = read_numbers(table, values, types, count, scalars)
    if read != at.MISSING:
        return read
    # Another thread may give a carrier a new array while a kernel reads this one.
    for i in range(inputs):
        call(load(table + at.TABLE_INCREF), (load(arrays + 8 * i),))
    result = run_arrays(table, signature, arrays, inputs, scalars, dimless | carriers)
    if result > at.MISSING and carriers != 0:
        if recipe != 0 and load(recipe + at.RECIPE_FLOATS) == 0:
            recipe = 0
        several = load(load(signature + at.SIGNATURE_PLANS + 16) + at.PLAN_OUTPUTS) > 1
        result = carry(table, result, several, recipe, values, needs, count)
    for i in range(inputs):
        call(load(table + at.TABLE_DECREF), (load(arrays + 8 * i),))
    return result


def is_signed(table: int, signature: int, types: int, arrays: int, count: int, inputs: int) -> int:
    """Whether the values have the types of a signature; 0 among the types is an array."""
    if load(signature + at.SIGNATURE_VALUES) != count:
        return 0
    for i in range(count):
        if load(types + 8 * i) != load(signature + at.SIGNATURE_TYPES + 8 * i):
            return 0
    entries = load(signature + at.SIGNATURE_PLANS + 16) + at.PLAN_ENTRIES
    for i in range(inputs):
        if not is_plain(table, load(arrays + 8 * i), entries + at.ENTRY * i):
            return 0
    return 1


def read_numbers(table: int, values: int, types: int, count: int, scalars: int) -> int:
    """Read the Python numbers among the values; `MISSING` says that all were read."""
    position = scalars
    for i in range(count):
        item = load(values + 8 * i)
        kind = load(types + 8 * i)
        if kind == load(table + at.TABLE_FLOAT):
            store(position, load(item + at.FLOAT_VALUE))
            position += 8
        elif kind != 0:
            if kind == load(table + at.TABLE_INTEGER):
                number = call(load(table + at.TABLE_AS_INTEGER), (item,))
                if number == -1 and call(load(table + at.TABLE_ERROR), (0,)) != 0:
                    call(load(table + at.TABLE_CLEAR), (0,))
                    return at.DECLINED
                # Beyond that a float64, as which it reaches the kernel, is not exact.
                if number > at.EXACT or number < -at.EXACT:
                    return at.DECLINED
            number = call(load(table + at.TABLE_AS_FLOAT), (item,))
            if number == 0:
                return 0
            store(position, load(number + at.FLOAT_VALUE))
            position += 8
            call(load(table + at.TABLE_DECREF), (number,))
    return at.MISSING


def fall_back(table: int, function: int, arguments: int, given: int, names: int) -> int:
    """Call a Python function with the same arguments."""
    return call(load(table + at.TABLE_VECTORCALL), (function, arguments, given, names))


def operate(self: int, arguments: int, given: int, names: int) -> int:
    """``operation(...)``, a method of objects that have their words at a fixed place."""
    # A method has no room for the table's address: the words know it.
    operation = load(load(self + at.WORDS_SLOT) + at.ARRAY_DATA)
    table = load(operation + at.CALLS_TABLE)
    result = attempt(table, operation, arguments, given, names)
    if result > at.MISSING or result == 0:
        return result
    function = load(operation + at.CALLS_GENERAL)
    if result == at.MISSING:
        function = load(operation + at.CALLS_LEARN)
    return fall_back(table, function, arguments, given, names)


def operate_as(self: int, arguments: int, given: int, names: int) -> int:
    """Do the same as a function whose ``self`` are words: for Python's operators.

    ``x + y`` is a call with two values, in another order for a reflected operator.
    """
    words = load(self + at.ARRAY_DATA)
    operation = load(words + at.OPERATOR_OPERATION)
    table = load(operation + at.CALLS_TABLE)
    result = at.MISSING
    if load(words + at.OPERATOR_REFLECTED) != 0 and given == 2:
        turned = scratch(2)
        store(turned, load(arguments + 8))
        store(turned + 8, load(arguments))
        result = attempt(table, operation, turned, given, names)
    else:
        result = attempt(table, operation, arguments, given, names)
    if result > at.MISSING or result == 0:
        return result
    return fall_back(table, load(words + at.OPERATOR_GENERAL), arguments, given, names)


def run_program(self: int, arguments: int, given: int) -> int:
    """``run_program(words, values)``: False or None: not done, as in Python."""
    table = load(self + at.ARRAY_DATA)
    values = load(arguments + 8)
    if given != 2 or load(values + at.TYPE) != load(table + at.TABLE_TUPLE):
        return truth(table, at.TABLE_FALSE)
    program = load(load(arguments) + at.ARRAY_DATA)
    count = load(values + at.TUPLE_SIZE)
    if count > at.MAX_OPERANDS:
        return truth(table, at.TABLE_FALSE)
    result = run_values(table, program, values + at.TUPLE_ITEMS, count, 1)
    if result > at.MISSING or result == 0:
        return result
    return truth(table, at.TABLE_NONE if result == at.MISSING else at.TABLE_FALSE)
