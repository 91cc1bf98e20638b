"""From a kernel's source text to the address of its machine code, once per process and machine.

Numba translates the source into LLVM's language. From there on it is ours: Numba's disk cache does
not notice that a called function has changed, its object code needs Numba in every process that
runs it, and its optimiser has to guess about overlapping operands.
"""

import linecache
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lucid.kernels.targets import cache, machine
from lucid.kernels.targets.once import lock

__all__ = ["Kernel", "compile_kernel", "listeners", "obtain"]

#: The arguments `independent`, `result` and `short` of `compile_kernel`.
Options = tuple[bool, bool, bool, bool]

#: Each is told the name of the files of every kernel that this process obtains, and whether it was
#: compiled for that; ``lucid warmup`` shows its progress by it.
listeners: list[Callable[[str, bool], None]] = []


class Kernel:
    """Machine code of one kernel.

    Attributes
    ----------
    name : str
        The name of the function in the source.
    source : str
        The text of the module that defines it.
    address : int
        Where the machine code is: a C function ``void (intptr_t operands, intptr_t scalars,
        intptr_t count)``, or one that returns ``intptr_t`` for a kernel with a result.
    path : Path or None
        The readable source in the cache folder, or None if it is kept in memory only.
    """

    __slots__ = ("_options", "address", "name", "path", "source")

    def __init__(
        self, name: str, source: str, address: int, path: Path | None, options: Options
    ) -> None:
        self.name = name
        self.source = source
        self.address = address
        self.path = path
        self._options = options

    @property
    def streams(self) -> bool:
        """Whether a negative count makes it write past the caches."""
        return self._options[3]

    def __repr__(self) -> str:
        return f"Kernel({self.name!r}, address={self.address:#x}, path={self.path!s})"

    def llvm_ir(self) -> str:
        """Return the optimised kernel in LLVM's language."""
        with lock:
            return _compile(self.name, self.name, self.source, self._options, self.path)[1]

    def assembly(self) -> str:
        """Return the kernel in the processor's assembly language."""
        with lock:
            return machine.assembly(self.llvm_ir())


_kernels: dict[tuple[str, str, Options], Kernel] = {}


def _define(name: str, source: str, path: Path | None, stem: str) -> Any:
    """Run the module's text; tracebacks and profilers find its lines again."""
    filename = f"<lucid kernel {stem}>" if path is None else str(path)
    if path is None:
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace: dict[str, Any] = {"__name__": f"lucid.generated.{stem}"}
    exec(compile(source, filename, "exec"), namespace)
    try:
        return namespace[name]
    except KeyError:
        raise ValueError(
            f"the source of the kernel {name!r} defines {sorted(set(namespace) - {'__builtins__'})}"
            f"; expected a function {name}(operands, scalars, count)"
        ) from None


def _translate(function: Any, result: bool) -> tuple[str, str]:
    """Let Numba translate a function; return LLVM text and the function's name in it."""
    from numba.core import compiler, types
    from numba.core import config as numba_config
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    from lucid.kernels.elementary.inlined import library, text_flags

    config: Any = numba_config
    target: Any = cpu_target
    translate: Any = compiler.compile_extra
    address = types.intp
    # No contraction here: arithmetic that the user wrote rounds step by step, as the plain
    # evaluator does, so that all targets give the same bits and a mask that the backward kernel
    # computes again agrees with the forward kernel's. The elementary functions inside carry their
    # own permission to fuse.
    flags = text_flags(target, {"nopython": True, "error_model": "numpy"})
    # Numba sets its code generators up at the level in force at that moment, for the whole process.
    target.target_context.codegen()
    made = library(function.__name__)
    with global_compiler_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        level = config.OPT
        # Unoptimised text: what is known about the operands has to be said before vectorisation.
        config.OPT = 0
        try:
            translated = translate(
                target.typing_context,
                target.target_context,
                function,
                (address, address, address),
                address if result else types.void,
                flags,
                {},
                library=made,
            )
            # Takes in the text of the functions that are called.
            made.finalize()
        finally:
            config.OPT = level
        return made.get_llvm_str(), translated.fndesc.llvm_func_name


def _entry_text(entry: str, inner: str, result: bool) -> str:
    """Return LLVM text for the function `entry`, which calls Numba's function and nothing else.

    Numba's own C wrapper reports errors through the interpreter. A kernel can't fail, and its
    object code has to work in a process that has no Numba.
    """
    kind, give = ("i64", "ret i64 %value") if result else ("void", "ret void")
    return (
        f"declare i32 @{inner}(ptr, ptr, i64, i64, i64)\n"
        f"declare void @{machine.FAILURE}()\n"
        # What does not fit into registers is kept on the stack; a vector of AVX-512 that straddles
        # two cache lines there takes twice as long, and callers only align to 16 bytes.
        f"define {kind} @{entry}(i64 %a, i64 %b, i64 %c) alignstack(64) {{\n"
        "  %out = alloca i64\n  %error = alloca ptr\n"
        f"  %status = call i32 @{inner}(ptr %out, ptr %error, i64 %a, i64 %b, i64 %c)\n"
        # Numba's two codes of success: a value, and None where a value was optional.
        "  %plain = icmp eq i32 %status, 0\n  %none = icmp eq i32 %status, -2\n"
        "  %fine = or i1 %plain, %none\n  br i1 %fine, label %done, label %failed\n"
        f"failed:\n  call void @{machine.FAILURE}()\n  br label %done\n"
        f"done:\n  %value = load i64, ptr %out\n  {give}\n}}\n"
    )


def _compile(
    name: str, stem: str, source: str, options: Options, path: Path | None
) -> tuple[bytes, str]:
    independent, result, short, streams = options
    entry = f"lucid_{stem}"
    text, inner = _translate(_define(name, source, path, stem), result)
    texts = [text, _entry_text(entry, inner, result)]
    return machine.emit(texts, [entry], independent, short, streams=streams)


def compile_kernel(
    name: str,
    source: str,
    *,
    independent: bool = True,
    result: bool = False,
    short: bool = False,
    streams: bool = False,
) -> Kernel:
    """Return the machine code of a kernel: from this process, from disk, or newly compiled.

    Parameters
    ----------
    name : str
        The function that is the kernel; an identifier.
    source : str
        The text of a whole module. It imports what it needs and defines
        ``name(operands, scalars, count)``: two addresses and a count, see
        `lucid.kernels.targets.memory`.
    independent : bool
        True promises that the turns of each innermost loop touch memory that no other turn of it
        writes to, as in an elementwise kernel. A loop that adds up in one place in memory needs
        False.
    result : bool
        Whether the function returns an integer.
    short : bool
        Whether its loops have few turns: then vectors are not computed side by side, which would
        leave most turns to a loop without vectors.
    streams : bool
        Whether a negative count is to make it write past the caches, see
        `lucid.kernels.targets.streaming`; for an elementwise kernel without a result.

    Raises
    ------
    ValueError
        If the source does not define the function.
    RuntimeError
        If the kernel may raise an exception, or calls what is not in the C library.

    Examples
    --------
    >>> source = '''
    ... from numpy import float32
    ... from lucid.kernels.targets.memory import operand
    ...
    ... def double(operands, scalars, count):
    ...     x = operand(operands, 0, count, float32)
    ...     out = operand(operands, 1, count, float32)
    ...     for i in range(count):
    ...         out[i] = x[i] + x[i]
    ... '''
    >>> compile_kernel("double", source).name
    'double'
    """
    options = (independent, result, short, streams)
    kernel = _kernels.get((name, source, options))
    if kernel is not None:
        return kernel
    with lock:
        # Another thread may have compiled it while this one waited.
        kernel = _kernels.get((name, source, options))
        if kernel is None:
            kernel = _kernels[name, source, options] = _obtain(name, source, options)
    return kernel


def _obtain(name: str, source: str, options: Options) -> Kernel:
    def build(stem: str, path: Path | None) -> bytes:
        return _compile(name, stem, source, options, path)[0]

    (address,), path = obtain(name, source, repr((name, options)), ["lucid_{}"], build)
    return Kernel(name, source, address, path, options)


def obtain(
    name: str,
    source: str,
    options: str,
    entries: Sequence[str],
    build: Callable[[str, Path | None], bytes],
) -> tuple[list[int], Path | None]:
    """Load object code from the cache, or build it and keep it.

    Parameters
    ----------
    name, source, options : str
        What the object code depends on, besides the environment.
    entries : sequence of str
        The names of its functions, with ``{}`` for the name of the files.
    build : callable
        Takes the name of the files and the path that the source is going to have, and returns
        object code.

    Returns
    -------
    tuple of list of int and Path or None
        The addresses of the functions, and the path of the source.
    """
    processor = machine.host()
    key = cache.digest(source, options, processor)
    stem = f"{name}_{key.hex()[:16]}"
    kept = cache.load(stem, key, processor)
    if kept is None:
        place = cache.folder(processor)
        code = build(stem, place and place / f"{stem}.py")
        path = cache.store(stem, key, source, code, processor)
    else:
        code, path = kept
    for tell in listeners:
        tell(stem, kept is None)
    return machine.load_object(code, [entry.format(stem) for entry in entries]), path
