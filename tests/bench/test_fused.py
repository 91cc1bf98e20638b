"""The suite ``fused``: its loops are vector code, and its gradients are right."""

import platform
import re

import numpy as np
import pytest

from lucid.bench import fused as formulas
from lucid.bench.case import draw, seed_for
from lucid.bench.fused import fused
from lucid.bench.sides.ours import fused as as_operation
from lucid.kernels.targets import compiler
from lucid.testing import check_pointwise

CASES = {case.name: case for case in fused()}
X86 = platform.machine().lower() in ("x86_64", "amd64")
#: Arithmetic on one number, and on a whole vector of them.
SCALAR = re.compile(r"^\s+v?(?:add|sub|mul|div|sqrt|fn?m(?:add|sub)\d+)s[sd]\b", re.MULTILINE)
PACKED = re.compile(
    r"^\s+v?(?:add|sub|mul|div|sqrt|fn?m(?:add|sub)\d+)p[sd]\b.*%[xyz]mm", re.MULTILINE
)


def kernels_of(case, mode, sides, monkeypatch):
    """Return the kernels that a fresh operation obtains when it runs."""
    monkeypatch.setattr(compiler, "_kernels", {})
    ours = sides[0]
    function = ours.prepare(case.make(ours))
    arrays = draw(case, 1 << 14, np.dtype(np.float32))
    grads = [mode == "backward" and given.grad for given in case.inputs]
    arguments = ours.load(arrays, grads)
    out = function(*arguments)
    if mode == "backward":
        compiler._kernels.clear()
        ours.both(function, arguments, seed_for(ours.arrays(out)[0]))()
    return {
        kernel.name: kernel
        for kernel in compiler._kernels.values()
        # Of a reduction's partial results, which are few, the last sum is a kernel of its own.
        if case.name in kernel.name
    }


@pytest.mark.skipif(not X86, reason="names of x86-64's instructions")
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name, case in CASES.items()
        for mode in (("forward", "backward") if case.backward else ("forward",))
    ],
)
def test_loops_are_vector_code_without_calls(name, mode, sides, monkeypatch):
    found = kernels_of(CASES[name], mode, sides, monkeypatch)
    assert found
    for kernel in found.values():
        text = kernel.assembly()
        assert not re.findall(r"^\s+call\b.*", text, re.MULTILINE), kernel.name
        packed, scalar = len(PACKED.findall(text)), len(SCALAR.findall(text))
        assert packed >= 4, kernel.name
        # The elements that are left at the end take the loop once more, one by one. A step that
        # took a vector apart would be there four to sixteen times.
        assert scalar < 2 * packed, (kernel.name, packed, scalar)


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_pass_the_battery(name):
    report = check_pointwise(as_operation(getattr(formulas, name)), points=25)
    assert set(report.error) == set(report.gradient_error) == {"float32", "float64"}
