"""Single words of memory and calls through addresses: what the launcher is written in.

An address is an integer, and so is everything else. Each function is given in Python for what it
means, and in LLVM's language for `translate`. Nothing is checked; only `launcher`, which knows the
layouts, uses them. Atomic operations are sequentially consistent: the launcher does a handful of
them for every twenty microseconds of work, so weaker ones would buy nothing.
"""

import ctypes

__all__ = [
    "TEMPLATES",
    "atomic_add",
    "atomic_load",
    "atomic_store",
    "call",
    "compare_exchange",
    "load",
    "load_int",
    "pause",
    "scratch",
    "store",
    "store_int",
]

_scratch: list[ctypes.Array[ctypes.c_int64]] = []


def _word(address: int) -> ctypes.c_int64:
    return ctypes.c_int64.from_address(address)


def load(address: int) -> int:
    """Read the 64-bit word at an address."""
    return _word(address).value


def load_int(address: int) -> int:
    """Read the signed 32-bit integer at an address."""
    return ctypes.c_int32.from_address(address).value


def store(address: int, value: int) -> int:
    """Write a 64-bit word."""
    _word(address).value = value
    return 0


def store_int(address: int, value: int) -> int:
    """Write the lower 32 bits of a word."""
    ctypes.c_int32.from_address(address).value = value
    return 0


def atomic_load(address: int) -> int:
    """Read a word that other threads write."""
    return load(address)


def atomic_store(address: int, value: int) -> int:
    """Publish a word, and all that this thread wrote before."""
    return store(address, value)


def atomic_add(address: int, value: int) -> int:
    """Add to a word; return what it was before."""
    before = load(address)
    store(address, before + value)
    return before


def compare_exchange(address: int, expected: int, value: int) -> int:
    """Write `value` if `expected` is there; return whether it was."""
    if load(address) != expected:
        return 0
    store(address, value)
    return 1


def pause() -> int:
    """Tell the processor that this is a waiting loop; 10 to 40 nanoseconds."""
    return 0


def call(address: int, words: tuple[int, ...]) -> int:
    """Call a C function with 64-bit words; return its result."""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * len(words))
    result: int = kind(address)(*words)
    return result


def scratch(words: int) -> int:
    """Return the address of so many words, which are not set to anything.

    In machine code they lie on the stack and end with the function.
    """
    memory = (ctypes.c_int64 * words)()
    _scratch.append(memory)
    return ctypes.addressof(memory)


#: LLVM's language for the functions with a fixed number of arguments. ``{0}``, ``{1}``, ``{2}`` are
#: the arguments, ``{p}`` is the first one as a pointer, ``{r}`` is the result and ``{t}`` is a name
#: that is free. `call` and `scratch` are built by `translate`.
TEMPLATES = {
    "load": "{r} = load i64, ptr {p}, align 8",
    "load_int": "{t} = load i32, ptr {p}, align 4\n  {r} = sext i32 {t} to i64",
    "store": "store i64 {1}, ptr {p}, align 8\n  {r} = add i64 0, 0",
    "store_int": (
        "{t} = trunc i64 {1} to i32\n  store i32 {t}, ptr {p}, align 4\n  {r} = add i64 0, 0"
    ),
    "atomic_load": "{r} = load atomic i64, ptr {p} seq_cst, align 8",
    "atomic_store": "store atomic i64 {1}, ptr {p} seq_cst, align 8\n  {r} = add i64 0, 0",
    "atomic_add": "{r} = atomicrmw add ptr {p}, i64 {1} seq_cst",
    "compare_exchange": (
        "{t} = cmpxchg ptr {p}, i64 {1}, i64 {2} seq_cst seq_cst\n"
        "  {t}.b = extractvalue {{ i64, i1 }} {t}, 1\n  {r} = zext i1 {t}.b to i64"
    ),
    "min": "{r} = call i64 @llvm.smin.i64(i64 {0}, i64 {1})",
    "max": "{r} = call i64 @llvm.smax.i64(i64 {0}, i64 {1})",
}

#: How a processor is told about a waiting loop, by the beginning of LLVM's name for it. ARM's
#: ``yield`` does nothing on most cores; ``isb`` takes as long as x86's ``pause``.
PAUSES = {
    "x86_64": "call void @llvm.x86.sse2.pause()",
    "aarch64": "call void @llvm.aarch64.isb(i32 15)",
    "arm64": "call void @llvm.aarch64.isb(i32 15)",
}
