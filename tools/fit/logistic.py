"""silu and the logistic function: one polynomial a piece for a function and its derivative."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Family
from tools.fit.linked import Linked
from tools.fit.remez import Number

#: A place in the tables comes out of a rounded sum: by so much a piece may be too long.
_SLACK = 2.0**-20
#: Near the root of the derivative of silu, -1.278, which the last node keeps accurate.
_TURN = {4: -1.22, 5: -1.278}


def _sigmoid(x: Number) -> Number:
    return 1 / (1 + mp.exp(-x))


def _sigmoid_grad(x: Number) -> Number:
    return _sigmoid(x) * _sigmoid(-x)


def _silu_grad(x: Number) -> Number:
    return _sigmoid(x) * (1 + x * _sigmoid(-x))


def _piece(i: int) -> tuple[Number, Number]:
    """Return the i-th of 16 pieces of 1/4 and 16 of 1/2, from 0 downwards."""
    upper, width = (mp.mpf(i) / 4, 0.25) if i < 16 else (mp.mpf(i - 8) / 2, 0.5)
    return -upper - width, -upper


FAMILY = Family(
    "logistic",
    [
        Linked(
            "SILU_F32",
            "silu(x), by quarters, from -4 on by halves, from 0 downwards.",
            (lambda x: x * _sigmoid(x), _silu_grad),
            _piece,
            32,
            6,
            np.float32,
            {0: 0, **_TURN}.get,
            _SLACK,
            least=0.01,
        ),
        Linked(
            "SIGMOID_F32",
            "sigmoid(x), by the same pieces; its integral is log(1 + e^x).",
            (_sigmoid, _sigmoid_grad, lambda x: mp.log1p(mp.exp(x))),
            _piece,
            32,
            6,
            np.float32,
            {0: 0}.get,
            _SLACK,
        ),
    ],
)
