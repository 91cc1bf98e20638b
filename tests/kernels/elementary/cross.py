"""Compile loops over elementary functions for another processor; print their assembly as JSON.

    python cross.py TRIPLE PROCESSOR FEATURES NAME ...

The features are those that LLVM would report on that processor.

It is a program of its own, since a process that has compiled a function for its own processor
keeps it. Numba's variable has to name the processor ``generic``, so that none of the machine's own
features is used.
"""

import json
import sys
from typing import Any

import llvmlite.binding as llvm

from lucid.kernels import elementary
from lucid.kernels.targets import compiler, machine
from lucid.kernels.targets.objects import undefined_symbols


def source(name: str) -> str:
    """Return a module with a loop over the function."""
    function: Any = getattr(elementary, name).py_func
    arity = function.__code__.co_argcount
    dtype = "float32" if name.endswith("f32") else "float64"
    arguments = [f"x{i}" for i in range(arity)]
    lines = [
        f"from numpy import {dtype}",
        f"from {function.__module__} import {name}",
        "from lucid.kernels.targets.memory import operand",
        "def loop(operands, scalars, count):",
        *(f"    {x} = operand(operands, {i}, count, {dtype})" for i, x in enumerate(arguments)),
        f"    out = operand(operands, {arity}, count, {dtype})",
        "    for i in range(count):",
        f"        out[i] = {name}({', '.join(f'{x}[i]' for x in arguments)})",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compile what the arguments name."""
    triple, processor, features, *names = sys.argv[1:]
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    replaced: Any = machine
    replaced._host = lambda: (triple, processor, machine.usable(triple, features))
    found = {}
    for name in names:
        options = (True, False, False, False)
        code, text = compiler._compile("loop", name, source(name), options, None)
        found[name] = {
            "assembly": machine.assembly(text),
            "outside": sorted(undefined_symbols(code)),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
