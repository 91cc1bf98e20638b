"""What a function and its derivative have in common is computed once where a kernel needs both."""

import re
from collections.abc import Sequence

import pytest

from lucid.kernels.targets.compiler import compile_kernel

_OPERATION = re.compile(r" = (?:tail )?(?:f\w+|call|shl|select) ")
_LOOK_UP = re.compile(r" = (?:tail )?call .*@llvm\.x86\.avx512\.(?:vpermi2var|permvar)\.ps")


def steps(functions: Sequence[str]) -> int:
    """Count the look-ups of the optimised loops that store all the functions of x.

    Where there are no tables, all floating-point steps.
    """
    name = "loop_of_" + "_and_".join(functions)
    places = range(1, len(functions) + 1)
    lines = [
        "from numpy import float32",
        f"from lucid.kernels.elementary import {', '.join(functions)}",
        "from lucid.kernels.targets.memory import operand",
        f"def {name}(operands, scalars, count):",
        "    x = operand(operands, 0, count, float32)",
        *(f"    out_{k} = operand(operands, {k}, count, float32)" for k in places),
        "    for i in range(count):",
        "        element = x[i]",
        *(f"        y_{k} = {functions[k - 1]}(element)" for k in places),
        *(f"        out_{k}[i] = y_{k}" for k in places),
    ]
    text = compile_kernel(name, "\n".join(lines) + "\n").llvm_ir()
    found = [
        sum(bool(pattern.search(line)) for line in text.splitlines())
        for pattern in (_LOOK_UP, _OPERATION)
    ]
    return found[0] or found[1]


@pytest.mark.parametrize(
    "functions",
    [
        ("sigmoid_f32", "sigmoid_grad_f32"),
        ("sigmoid_f32", "softplus_f32"),
        ("silu_f32", "silu_grad_f32"),
    ],
)
def test_a_function_and_its_derivative_begin_with_the_same_steps(functions: Sequence[str]) -> None:
    both = steps(functions)
    alone = [steps([function]) for function in functions]
    # At least half of the cheaper one is not there a second time.
    assert both < sum(alone) - min(alone) / 2, (both, alone)
