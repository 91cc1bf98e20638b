import ctypes
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucid.kernels.targets import machine
from lucid.kernels.targets.translate import translate

SOURCE = '''
def twice(x: int) -> int:
    """A function that another one calls."""
    return x + x


def entry(a: int, b: int) -> int:
    total = -a
    for i in range(2, b):
        if i == 5 or not i < 9 and a != 3:
            total += twice(i)
        elif i == 7:
            break
        else:
            total = total - 1 if i & 1 else total + (i << 2) // 3
    steps = 0
    while steps < 10 and total > at.BOUND:
        total = max(min(total, 1000) - LOCAL, -5) | 1
        steps += 1
    memory = scratch(4)
    store(memory + 8, total)
    atomic_store(memory + 16, steps)
    atomic_add(memory + 16, 5)
    if compare_exchange(memory + 16, steps + 5, 77):
        pause()
    return load(memory + 8) + atomic_load(memory + 16) * 3 + (a >= b) + (a <= b)
'''
_names = count()


def compiled(source: str) -> "ctypes._FuncPointer":
    name = f"test_entry_{next(_names)}"
    text = translate(source, {"BOUND": 4, "LOCAL": 7}, {"entry": name}, machine.host())
    code, _ = machine.emit([text], [name], independent=False)
    (address,) = machine.load_object(code, [name])
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(address)


ENTRY = compiled(SOURCE)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2000), st.integers(-3, 30))
def test_machine_code_does_what_python_does(a: int, b: int) -> None:
    import types

    import lucid.kernels.targets.words as words

    namespace = {**vars(words), "at": types.SimpleNamespace(BOUND=4), "LOCAL": 7}
    exec(SOURCE, namespace)
    assert ENTRY(a, b) == namespace["entry"](a, b)


def test_calls_through_addresses() -> None:
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
    subtract = kind(lambda x, y: x - y)
    address = ctypes.cast(subtract, ctypes.c_void_p).value
    entry = compiled("def entry(a, b):\n    return call(a, (b, 2)) * 10\n")
    assert entry(address, 44) == 420


@pytest.mark.parametrize(
    "line",
    [
        "return a / b",
        "return unknown(a)",
        "return missing",
        "a, b = b, a",
        "return a < b < 3",
        "return [a]",
        "print(a)",
        "with a: pass",
    ],
)
def test_the_rest_of_python_is_refused(line: str) -> None:
    with pytest.raises(NotImplementedError, match="line 2"):
        translate(f"def entry(a, b):\n    {line}\n", {}, {"entry": "e"}, machine.host())
