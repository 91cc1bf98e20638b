"""LLVM: from the text of a module to object code, and from object code to an address.

Loading object code needs ``llvmlite.binding`` alone (35 ms), not Numba (185 ms), and only when
the first kernel is used: ``import lucid`` loads neither.
"""

import ctypes
import os
from collections.abc import Collection, Sequence
from typing import Any

from lucid.kernels.targets.abreast import join
from lucid.kernels.targets.loops import declare_independent
from lucid.kernels.targets.objects import undefined_symbols
from lucid.kernels.targets.once import once
from lucid.kernels.targets.streaming import add_streaming
from lucid.kernels.targets.variants import define, is_kept, offer, settle

__all__ = ["FAILURE", "SYMBOLS", "assembly", "emit", "host", "load_object", "usable"]

#: Functions outside of a kernel that its object code may call: the C library's mathematics and
#: what LLVM makes out of loops that copy or fill memory.
SYMBOLS = frozenset(
    {"memcpy", "memmove", "memset"}
    | {
        name + suffix
        for suffix in ("", "f")
        for name in (
            *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil"),
            *("cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1", "fabs", "floor", "fma"),
            *("fmax", "fmin", "fmod", "frexp", "hypot", "ldexp", "lgamma", "log", "log10"),
            *("log1p", "log2", "nearbyint", "nextafter", "pow", "rint", "round", "sin"),
            *("sinh", "sqrt", "tan", "tanh", "tgamma", "trunc"),
        )
    }
)

#: Called where Numba's function reports an error. If LLVM can't prove that this never happens, the
#: call is still there in the end, and the kernel is refused.
FAILURE = "lucid_kernel_failed"


@once
def _binding() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def usable(triple: str, features: str) -> str:
    """Return the features that code is made for, given those that LLVM reports.

    Every 64-bit ARM processor has NEON, though LLVM does not say so on every system. SVE is left
    alone: how long its vectors are is known only at run time, and for such vectors there is neither
    a look-up in registers nor a branch for a whole vector (`variants`). With SVE, LLVM would leave
    pow in float32 scalar code.
    """
    if not triple.startswith(("aarch64", "arm64")):
        return features
    others = (name for name in features.split(",") if name[1:] not in ("", "neon", "sve"))
    return ",".join([*others, "+neon", "-sve"])


@once
def _host() -> tuple[str, str, str]:
    """Return the triple, the name and the features of the processor that code is made for.

    Numba's variables for that are heeded: a cluster whose machines differ can make code that all
    of them run (https://numba.readthedocs.io/en/stable/reference/envvars.html).
    """
    llvm = _binding()
    triple = llvm.get_process_triple()
    name = os.environ.get("NUMBA_CPU_NAME")
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        try:
            features = "" if name else llvm.get_host_cpu_features().flatten()
        except RuntimeError:  # LLVM can't tell on this architecture: the name has to do
            features = ""
        features = usable(triple, features)
    return triple, name or llvm.get_host_cpu_name(), features


def host() -> str:
    """Return the processor as LLVM spells it: triple, name and features."""
    return " ".join(_host())


def _target_machine() -> Any:
    llvm = _binding()
    triple, name, features = _host()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=name, features=features, opt=3, reloc="pic", codemodel="jitdefault", jit=True
    )


#: The engines, which own the memory of the code: it lives as long as the process, and longer than
#: this module, since the last arrays die after it.
_engines: list[Any] = []
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_engines))


def _engine() -> Any:
    """Make an engine for one object.

    In an engine that has linked an object with calls to the C library, what is linked later finds
    its constants at wrong addresses. An engine takes 0.2 ms.
    """
    llvm = _binding()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    _engines.append(engine)
    return engine


def _optimise(module: Any, machine: Any, level: int, vectorise: bool) -> None:
    llvm = _binding()
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    options.loop_vectorization = options.loop_interleaving = vectorise
    options.loop_unrolling = vectorise
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def emit(
    texts: Sequence[str],
    entries: Collection[str],
    independent: bool,
    short: bool = False,
    scalar: bool = False,
    streams: bool = False,
) -> tuple[bytes, str]:
    """Optimise a module for this processor.

    Parameters
    ----------
    texts : sequence of str
        The module in LLVM's language, not optimised; several are linked to one.
    entries : collection of str
        The names that the object code is to define.
    independent : bool
        Whether every turn of a loop touches memory that no other turn writes to. That holds for
        an elementwise kernel: operands are the same memory or apart. It saves the vector loop its
        checks for overlap, which LLVM gives up on when there are many operands.
    short : bool
        Whether its loops have few turns.
    scalar : bool
        Whether no loop is to become vector code. That takes half the time.
    streams : bool
        Whether the only entry, an elementwise kernel, gets a second body; see `streaming`.

    Returns
    -------
    tuple of bytes and str
        Object code, and the optimised module's text.

    Raises
    ------
    RuntimeError
        If the code may raise an exception or calls something that is not in the C library.
    """
    llvm = _binding()
    machine = _target_machine()
    module = llvm.parse_assembly(offer(texts[0], _host()[2]))
    for text in texts[1:]:
        module.link_in(llvm.parse_assembly(text))
    module.triple = _host()[0]
    for value in (*module.functions, *module.global_variables):
        if not (value.is_declaration or value.name in entries or is_kept(value.name)):
            value.linkage = "internal"
    _optimise(module, machine, level=2, vectorise=False)
    if independent:
        module = llvm.parse_assembly(declare_independent(str(module), short))
    if not scalar:
        _optimise(module, machine, level=3, vectorise=True)
    if any(is_kept(function.name) for function in module.functions):
        module = llvm.parse_assembly(join(str(module)))
        while missing := define(str(module), _host()[2]):
            module.link_in(llvm.parse_assembly(missing))
            if "!llvm.loop" not in missing:
                break
            # A slow way has a loop of its own, which may call more of them.
            _optimise(module, machine, level=3, vectorise=True)
        module = llvm.parse_assembly(settle(str(module)))
        _optimise(module, machine, level=2, vectorise=False)
    module.verify()
    optimised = str(module)
    if streams:
        (entry,) = entries
        module = llvm.parse_assembly(add_streaming(optimised, entry))
        module.verify()
    declared = {
        value.name
        for value in (*module.functions, *module.global_variables)
        if value.is_declaration and not value.name.startswith("llvm.")
    }
    code = machine.emit_object(module)
    foreign = sorted((declared | undefined_symbols(code)) - SYMBOLS)
    if FAILURE in foreign:
        raise RuntimeError(
            f"the kernel {' '.join(entries)} may raise an exception, and a kernel has no way to "
            "report one. Expected source without raise, assert and operations that check what they "
            "are given."
        )
    if foreign:
        raise RuntimeError(
            f"the kernel {' '.join(entries)} calls {', '.join(foreign)}. Expected calls to the C "
            "library's mathematics at most: use the functions of lucid.kernels.elementary."
        )
    return code, optimised


def assembly(optimised: str) -> str:
    """Return an optimised module in the processor's assembly language."""
    text: str = _target_machine().emit_assembly(_binding().parse_assembly(optimised))
    return text


def load_object(code: bytes, entries: Collection[str]) -> list[int]:
    """Put object code into executable memory; return the addresses of its functions."""
    llvm = _binding()
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return [engine.get_function_address(entry) for entry in entries]
