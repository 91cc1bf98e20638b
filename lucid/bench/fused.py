"""The suite ``fused``: formulas of several steps, which one kernel can do in a single pass.

Each is written once, over a namespace of functions: Lucid makes one operation of it, PyTorch and
NumPy run it step by step, ``torch.compile`` and JAX compile it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lucid.bench.case import Case, Input
from lucid.bench.sides.base import Side
from lucid.bench.sides.plain import NumExpr

__all__ = ["fused"]


def swiglu_bias(m: Any, x: Any, gate: Any, bias: Any, gate_bias: Any) -> Any:
    """Return a gated linear unit, with the biases of the layers before it."""
    return (x + bias) * m.silu(gate + gate_bias)


def gelu_bias_dropout_residual(m: Any, x: Any, bias: Any, noise: Any, residual: Any) -> Any:
    """Return the tail of a transformer's block; the noise of the dropout is given."""
    return residual + m.where(noise >= 0.1, m.gelu(x + bias) / 0.9, 0.0)


def layer_norm_tail(m: Any, x: Any, mean: Any, scale: Any, weight: Any, bias: Any) -> Any:
    """Return a layer norm behind its two reductions."""
    return (x - mean) * scale * weight + bias


def focal_loss(m: Any, logit: Any, target: Any) -> Any:
    """Return the focal loss of logits, alpha 0.25 and gamma 2, before its reduction."""
    probability = m.sigmoid(logit)
    missed = probability + target - 2 * probability * target
    entropy = m.softplus(logit) - logit * target
    return (0.75 - 0.5 * target) * m.square(missed) * entropy


def huber_loss(m: Any, prediction: Any, target: Any) -> Any:
    """Return the Huber loss with delta 1, before its reduction."""
    distance = m.abs(prediction - target)
    return m.where(distance <= 1.0, 0.5 * m.square(distance), distance - 0.5)


def black_scholes(m: Any, spot: Any, strike: Any, years: Any, volatility: Any) -> Any:
    """Return the price of a European call at an interest of 2 %."""
    spread = volatility * m.sqrt(years)
    drift = (0.02 + 0.5 * m.square(volatility)) * years
    d1 = (m.log(spot / strike) + drift) / spread
    return spot * m.ndtr(d1) - strike * m.exp(-0.02 * years) * m.ndtr(d1 - spread)


def adam_step(m: Any, parameter: Any, gradient: Any, mean: Any, square: Any) -> Any:
    """Return parameter and both means after a step of Adam, without bias correction."""
    mean = 0.9 * mean + 0.1 * gradient
    square = 0.999 * square + 0.001 * m.square(gradient)
    return parameter - 0.001 * mean / (m.sqrt(square) + 1e-8), mean, square


def gru_gates(
    m: Any, x_r: Any, x_z: Any, x_n: Any, h_r: Any, h_z: Any, h_n: Any, state: Any
) -> Any:
    """Return a gated recurrent unit behind its two matrix products."""
    reset = m.sigmoid(x_r + h_r)
    update = m.sigmoid(x_z + h_z)
    new = m.tanh(x_n + reset * h_n)
    return new + update * (state - new)


# Integers for constants: numexpr would compute in float64 beside a constant with a point.
EXPRESSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "swiglu_bias": ("(x + b) * (g + c) / (1 + exp(-(g + c)))", ("x", "g", "b", "c")),
    "layer_norm_tail": ("(x - m) * s * w + b", ("x", "m", "s", "w", "b")),
    "focal_loss": (
        "(3 - 2 * t) / 4 * (1 / (1 + exp(-x)) + t - 2 * t / (1 + exp(-x))) ** 2"
        " * (log1p(exp(x)) - x * t)",
        ("x", "t"),
    ),
    "huber_loss": (
        "where(abs(p - t) <= 1, (p - t) ** 2 / 2, (2 * abs(p - t) - 1) / 2)",
        ("p", "t"),
    ),
    "gru_gates": (
        "tanh(n + m / (1 + exp(-(r + u)))) + (h - tanh(n + m / (1 + exp(-(r + u)))))"
        " / (1 + exp(-(z + v)))",
        ("r", "z", "n", "u", "v", "m", "h"),
    ),
}


def _make(formula: Callable[..., Any], side: Side) -> Callable[..., Any] | None:
    if isinstance(side, NumExpr):
        held = EXPRESSIONS.get(formula.__name__)
        return held and side.expression(*held)
    return partial(formula, side.formulas)


def fused() -> list[Case]:
    """Return the cases."""
    rows, row, column = (Input(shape=shape) for shape in ("rows", "row", "column"))
    given = Input(0.0, 1.0, grad=False)
    noise = Input(0.0, 1.0, shape="rows", grad=False)
    cases: list[tuple[Callable[..., Any], tuple[Input, ...], bool]] = [
        (swiglu_bias, (rows, rows, row, row), True),
        (gelu_bias_dropout_residual, (rows, row, noise, rows), True),
        (layer_norm_tail, (rows, column, column, row, row), True),
        (focal_loss, (Input(), given), True),
        (huber_loss, (Input(), Input(grad=False)), True),
        (
            black_scholes,
            (Input(50, 150), Input(50, 150), Input(0.25, 2.0), Input(0.1, 0.6)),
            True,
        ),
        (adam_step, (Input(), Input(), Input(), Input(0.01, 1.0)), False),
        (gru_gates, (rows,) * 7, True),
    ]
    return [
        Case(formula.__name__, inputs, partial(_make, formula), backward)
        for formula, inputs, backward in cases
    ]
