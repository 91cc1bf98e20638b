"""Kernels for devices, compiled without one: a sample of what ``python -m tools.ptx`` looks at."""

import re

import numpy as np
import pytest

from lucid import kernels
from lucid.kernels.launch.device_plan import Plan, side_by_side

pytestmark = pytest.mark.usefixtures("nvidia_compiler")

F4 = np.dtype(np.float32)


def ptx_of(program, kinds):
    from lucid.kernels.targets.cuda.compiler import translate
    from lucid.kernels.targets.cuda.kernel import define

    results = program.signature(kinds, None).results
    arrays = [kind for kind in kinds if isinstance(kind, np.dtype)]
    layout = side_by_side([kind.itemsize for kind in (*arrays, *results)])
    written = Plan(program.expression, kinds, results, layout).written
    function = define(written.name, written.source, "<test>")[written.name]
    return translate(written.name, function, written.parameters, (8, 0))


def bound(operation, *kinds):
    program, values = operation.bind(tuple(np.empty(0, kind) for kind in kinds), {})
    return program, tuple(v.dtype if isinstance(v, np.ndarray) else type(v) for v in values)


@pytest.mark.parametrize(
    ("name", "dtype", "layout"),
    [
        ("adam_step", "float32", "wide"),
        ("gelu", "bfloat16", "wide"),
        ("gelu", "float32", "strided"),
        ("hard_sigmoid", "float16", "wide"),
        ("lgamma", "float32", "wide"),
        ("pow", "float64", "wide"),
        ("sin", "float64", "wide"),
        ("where", "float32", "wide"),
    ],
)
def test_a_sample_of_the_catalogue(name, dtype, layout):
    from tools.ptx.catalogue import cases
    from tools.ptx.measure import measure

    found = [case for case in cases([name], [dtype]) if case.layout == layout]
    assert [case.name for case in found] == [name, f"{name}'"]
    for case in found:
        for device, one in measure(case).items():
            assert not one.problems, (case, device)
            assert 16 <= one.registers <= 128


def test_what_the_user_wrote_rounds_step_by_step():
    ptx = ptx_of(*bound(kernels.hard_sigmoid, F4))
    assert "mul.rn.f32" in ptx
    assert "add.rn.f32" in ptx
    assert "fma" not in ptx


def test_quotients_and_roots_are_rounded_correctly():
    assert "div.rn.f32" in ptx_of(*bound(kernels.divide, F4, F4))
    assert "sqrt.rn.f32" in ptx_of(*bound(kernels.sqrt, F4))


def test_elementary_functions_fuse():
    assert "fma.rn.f32" in ptx_of(*bound(kernels.exp, F4))


def test_loads_and_stores_are_wide():
    ptx = ptx_of(*bound(kernels.add, F4, F4))
    assert len(re.findall(r"ld\.global\.v4\.f32", ptx)) == 2
    assert len(re.findall(r"st\.global\.v4\.f32", ptx)) == 1


def test_no_division_in_front_of_the_loop():
    assert "div." not in ptx_of(*bound(kernels.add, F4, F4))


def test_the_kernel_has_its_own_name():
    assert ".visible .entry hard_sigmoid(" in ptx_of(*bound(kernels.hard_sigmoid, F4))


def test_a_kernel_that_can_not_be_linked_is_an_error():
    from lucid.kernels.targets.cuda.compiler import assemble

    with pytest.raises(RuntimeError, match="the kernel could not be linked"):
        assemble(".version 9.0\n.target sm_80\n.address_size 64\nnonsense", (8, 0))
