"""Plant faults in the library and see whether the battery catches each of them.

``python -m tools.mutate`` plants them one by one in its own process and prints which check found
each. The exit code is 1 if a fault survives: then a check is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import numpy as np

from lucid.kernels import Pointwise
from lucid.kernels.codegen import memory
from lucid.kernels.expression import PRIMITIVES, Symbol, apply
from lucid.kernels.launch import program as launch
from lucid.testing import CheckError, assert_same, check_pointwise
from tools.mutate_rows import ROW_FAULTS, is_sound

__all__ = ["FAULTS", "Fault", "is_caught", "main"]

Patch = Callable[[], contextlib.AbstractContextManager[Any]]


@dataclass(frozen=True)
class Fault:
    """A fault, how it is planted, and an operation in which it shows."""

    name: str
    patch: Patch
    function: Callable[..., Any]
    domain: Any = None
    dtypes: tuple[str, ...] | None = ("float64",)


@contextlib.contextmanager
def _primitive(name: str, **changes: Any) -> Iterator[None]:
    with mock.patch.dict(PRIMITIVES, {name: replace(PRIMITIVES[name], **changes)}):
        yield


def _source(name: str, text: str) -> Patch:
    return lambda: _primitive(name, source=lambda dtype: text)


def _derivative(name: str, change: Callable[[int, Any], Any]) -> Patch:
    """Change what the derivative rule gives for each argument."""
    rule = PRIMITIVES[name].derivative
    assert rule is not None

    def changed(gradient: Symbol, output: Symbol, *arguments: Symbol) -> Any:
        parts = rule(gradient, output, *arguments)
        return tuple(None if part is None else change(i, part) for i, part in enumerate(parts))

    return lambda: _primitive(name, derivative=changed)


def _scaled(name: str) -> Patch:
    return _derivative(name, lambda i, part: part * 1.001)


def _call(name: str) -> Callable[..., Any]:
    """Return a scalar function that is one primitive: traced anew, it holds what was planted."""
    if PRIMITIVES[name].arity == 1:
        return lambda x: apply(name, x)
    if PRIMITIVES[name].arity == 2:
        return lambda x, y: apply(name, x, y)
    return lambda x, y, z: apply(name, x, y, z)


def _launcher(attribute: str, wrong: Callable[..., Any]) -> Patch:
    return lambda: mock.patch.object(launch, attribute, wrong)


_POSITIVE, _UNIT = (0.1, 10.0), (-0.9, 0.9)

_DOMAINS = {"log": _POSITIVE, "sqrt": _POSITIVE, "lgamma": _POSITIVE, "pow": _POSITIVE,
            "rsqrt": _POSITIVE, "asin": _UNIT, "atanh": _UNIT, "erfinv": _UNIT}  # fmt: skip

#: Rules of derivatives off by one part in a thousand.
_SCALED = [
    Fault(f"derivative of {name} times 1.001", _scaled(name), _call(name), _DOMAINS.get(name))
    for name in (
        *("exp", "log", "sin", "tan", "atan", "asin", "tanh", "atanh", "sqrt", "rsqrt", "cbrt"),
        *("multiply", "divide", "pow", "hypot", "atan2", "sigmoid", "softplus", "erf", "erfinv"),
        *("lgamma", "square", "silu", "gelu", "mish"),
    )
]

_RULES = [
    Fault(
        "derivative of subtract with the sign of add",
        _derivative("subtract", lambda i, part: -part if i else part),
        _call("subtract"),
    ),
    Fault(
        "gradients of divide swapped",
        lambda: _primitive("divide", derivative=lambda g, out, a, b: (-(g / b) * out, g / b)),
        _call("divide"),
    ),
    Fault(
        "derivative of the derivative of tanh times 1.001",
        _scaled("tanh_grad"),
        _call("tanh"),
    ),
    Fault(
        "both branches of where get the gradient",
        lambda: _primitive("where", derivative=lambda g, out, c, a, b: (None, g, g)),
        lambda x, y: apply("where", x > y, x, y),
    ),
    Fault(
        "a dead branch is not guarded",
        lambda: _primitive("where", live=None),
        lambda x: apply("where", x > 0.0, apply("sqrt", x), 0.0),
    ),
    Fault(
        "clip passes the gradient beyond its bounds",
        lambda: _primitive(
            "clip", derivative=lambda g, out, x, low, high: (g, None, None), live=None
        ),
        lambda x: apply("clip", x, -0.5, 0.5),
    ),
]

_SOURCES = [
    Fault("a bound made exclusive", _source("less_equal", "{0} < {1}"), _call("less_equal")),
    Fault("a comparison turned round", _source("greater", "{0} < {1}"), _call("greater")),
    Fault("maximum swallows NaN", _source("maximum", "fmax({0}, {1})"), _call("maximum")),
    Fault("minimum swallows NaN", _source("minimum", "fmin({0}, {1})"), _call("minimum")),
    Fault("fmax spreads NaN", _source("fmax", "maximum({0}, {1})"), _call("fmax")),
    Fault(
        "clip swallows NaN",
        _source("clip", "fmin(fmax({0}, {1}), {2})"),
        lambda x: apply("clip", x, -0.5, 0.5),
    ),
    Fault("abs keeps the sign of zero", _source("abs", "({0} if {0} >= 0.0 else -{0})"),
          _call("abs")),
    Fault("isnan is never true", _source("isnan", "False"), _call("isnan")),
    Fault("signbit of -0.0 is missed", _source("signbit", "{0} < 0.0"), _call("signbit")),
    Fault("floor rounds to zero", _source("floor", "trunc_f64({0})"), _call("floor")),
    Fault("round rounds halves up", _source("round", "floor_f64({0} + 0.5)"), _call("round")),
    Fault("remainder has the sign of fmod", _source("remainder", "fmod_f64({0}, {1})"),
          _call("remainder")),
    Fault("where takes the other branch", _source("where", "({2} if {0} else {1})"),
          lambda x, y: apply("where", x > 0.0, x, y)),
    Fault("exp is two units off", _source("exp", "exp_f64({0}) * 1.0000000000000005"),
          _call("exp")),
    Fault("sqrt is computed in float32", _source("sqrt", "float64(float32(sqrt_f64({0})))"),
          _call("sqrt"), _POSITIVE),
    Fault("expm1 cancels near zero", _source("expm1", "(exp_f64({0}) - 1.0)"), _call("expm1")),
    Fault("hypot overflows", _source("hypot", "sqrt_f64({0} * {0} + {1} * {1})"),
          _call("hypot")),
    Fault("a shift by the width is not zero", _source("left_shift", "{0} << ({1} & 63)"),
          _call("left_shift"), dtypes=("int64",)),
]  # fmt: skip


def _forward_strides(arrays: Any, outputs: int) -> Any:
    """Take arrays as if no stride were negative."""
    flipped = [
        np.flip(array, [k for k, step in enumerate(array.strides) if step < 0]) for array in arrays
    ]
    return _arrange(flipped, outputs)


_arrange = launch.arrange
_fast = launch.Program.run


def _lossy_run(self: Any, values: Any, *rest: Any, **options: Any) -> Any:
    """Leave the last element of large results alone, as a launcher that miscounts would."""
    results = _fast(self, values, *rest, **options)
    if results[0].size > 100_000:
        results[0].flat[-1] = 0
    return results


def _careless_run(self: Any, values: Any, *rest: Any, **options: Any) -> Any:
    """Write to an input."""
    results = _fast(self, values, *rest, **options)
    if isinstance(values[0], np.ndarray) and values[0].flags.writeable and values[0].size > 100_000:
        values[0].flat[7] = 7
    return results


_times = {"calls": 0}


def _restless_run(self: Any, values: Any, *rest: Any, **options: Any) -> Any:
    """Give another bit each time."""
    results = _fast(self, values, *rest, **options)
    _times["calls"] += 1
    if results[0].size > 100_000:
        results[0].flat[11] = _times["calls"]
    return results


_LAUNCH = [
    Fault("negative strides are ignored", _launcher("arrange", _forward_strides), _call("exp")),
    Fault("the last element is forgotten",
          lambda: mock.patch.object(launch.Program, "run", _lossy_run), _call("exp")),
    Fault("an input is written to",
          lambda: mock.patch.object(launch.Program, "run", _careless_run), _call("exp")),
    Fault("results change from call to call",
          lambda: mock.patch.object(launch.Program, "run", _restless_run), _call("exp")),
    Fault("float16 is cut off, not rounded",
          lambda: mock.patch.dict(
              memory._HALVES, {"float16": ("from_float16", "bfloat16_bits")}
          ), _call("exp"), dtypes=("float32",)),
]  # fmt: skip


@contextlib.contextmanager
def _rules_at_ties(name: str, derivative: Any) -> Iterator[None]:
    with _primitive(name, derivative=derivative):
        yield


#: Faults at single points, where numerical differentiation has nothing to say: the stated rules.
_TIES = [
    (
        "clip drops the gradient at its bounds",
        "clip",
        lambda g, out, x, low, high: (apply("where", (x > low) & (x < high), g, 0.0), None, None),
        lambda x: apply("clip", x, -0.5, 0.5),
        np.array([-0.5, 0.5]),
        np.array([1.0, 1.0]),
    ),
    (
        "abs has the derivative 1 at zero",
        "abs",
        lambda g, out, x: (apply("where", x >= 0.0, g, -g),),
        _call("abs"),
        np.array([0.0]),
        np.array([0.0]),
    ),
    (
        "maximum gives a tie to its first argument",
        "maximum",
        lambda g, out, a, b: (apply("where", a >= b, g, 0.0), apply("where", a >= b, 0.0, g)),
        lambda x: apply("maximum", x, 0.5),
        np.array([0.5]),
        np.array([0.5]),
    ),
]

FAULTS = (*_SCALED, *_RULES, *_SOURCES, *_LAUNCH)


def is_caught(fault: Fault) -> str:
    """Plant a fault; return the first line of what the battery says, or nothing."""
    with fault.patch():
        operation = Pointwise(fault.function, name="planted", domain=fault.domain)
        try:
            report = check_pointwise(operation, dtypes=fault.dtypes, points=24)
        except CheckError as error:
            return str(error).splitlines()[0]
    return next((note for note in report.notes if "NaN" in note), "")


def _caught_at_tie(case: Any) -> str:
    _, name, rule, function, points, expected = case
    with _rules_at_ties(name, rule):
        found = Pointwise(function, name="planted").derivative(points)
    try:
        assert_same(found, expected, what="the derivative at a tie")
    except AssertionError as error:
        return str(error).splitlines()[0]
    return ""


def main() -> int:
    """Plant every fault and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="faults whose name contains this text")
    only = parser.parse_args().only
    # What holds without a fault must hold: else everything would count as caught.
    for fault in FAULTS:
        if only in fault.name:
            sound = Pointwise(fault.function, name="sound", domain=fault.domain)
            report = check_pointwise(sound, dtypes=fault.dtypes, points=24)
            assert not any("NaN" in note for note in report.notes), (fault.name, report.notes)
    rows = [fault for fault in ROW_FAULTS if only in fault.name]
    assert all(map(is_sound, rows))
    found = [(fault.name, is_caught(fault)) for fault in FAULTS if only in fault.name]
    found += [(fault.name, fault.caught()) for fault in rows]
    found += [(case[0], _caught_at_tie(case)) for case in _TIES if only in case[0]]
    for name, line in found:
        print(f"{'caught  ' if line else 'SURVIVED'} {name:<52} {line[:90]}")
    survivors = sum(not line for _, line in found)
    print(f"{len(found)} faults, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
