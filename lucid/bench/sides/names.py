"""Where other libraries have our operations under another name, or want options.

Names that are not listed here are the same on both sides. None: the same name means another thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["JAX", "NUMPY", "OURS", "TORCH"]

Renamed = Mapping[str, tuple[str, Mapping[str, Any]] | None]

EACH: Mapping[str, Any] = {"reduction": "none"}
BOUNDS: Mapping[str, Any] = {"min": -1.0, "max": 1.0}
ROWS: Mapping[str, Any] = {"axis": -1}
ROWS_TORCH: Mapping[str, Any] = {"dim": -1}

#: Options of our operations where the defaults of the libraries differ, or where there are none.
OURS: Mapping[str, Mapping[str, Any]] = {
    "amax": ROWS,
    "clip": BOUNDS,
    "cumsum": ROWS,
    "hard_sigmoid": {"slope": 1 / 6},
    "logsumexp": ROWS,
    "softmax": ROWS,
    "log_softmax": ROWS,
    "var": ROWS,
}

TORCH: Renamed = {
    "amax": ("amax", ROWS_TORCH),
    "bce": ("binary_cross_entropy", EACH),
    "bce_with_logits": ("binary_cross_entropy_with_logits", EACH),
    "bitwise_invert": ("bitwise_not", {}),
    "clip": ("clip", BOUNDS),
    "cumsum": ("cumsum", ROWS_TORCH),
    "equal": ("eq", {}),
    "focal": None,
    "gaussian_nll": ("gaussian_nll_loss", EACH),
    "gelu_erf": None,
    "gelu_tanh": ("gelu", {"approximate": "tanh"}),
    "glu": None,
    "hard_shrink": ("hardshrink", {}),
    "hard_sigmoid": ("hardsigmoid", {}),
    "hard_swish": ("hardswish", {}),
    "hard_tanh": ("hardtanh", {}),
    "huber": ("huber_loss", EACH),
    "kl_div": ("kl_div", EACH),
    "l1": ("l1_loss", EACH),
    "log_sigmoid": ("logsigmoid", {}),
    "log_softmax": ("log_softmax", ROWS_TORCH),
    "logsumexp": ("logsumexp", ROWS_TORCH),
    "mse": ("mse_loss", EACH),
    "poisson_nll": ("poisson_nll_loss", EACH),
    "positive": None,  # gives its argument, and computes nothing
    "rrelu": None,
    "smooth_l1": ("smooth_l1_loss", EACH),
    "soft_margin": ("soft_margin_loss", EACH),
    "soft_shrink": ("softshrink", {}),
    "softmax": ("softmax", ROWS_TORCH),
    "tanh_shrink": ("tanhshrink", {}),
    "threshold": ("threshold", {"threshold": 0.0, "value": 0.0}),
    "var": ("var", {"dim": -1, "correction": 0}),
}

NUMPY: Renamed = {
    "amax": ("amax", ROWS),
    "bitwise_left_shift": ("left_shift", {}),
    "bitwise_right_shift": ("right_shift", {}),
    "clip": ("clip", BOUNDS),
    "cumsum": ("cumsum", ROWS),
    "huber": None,
    "kl_div": None,
    "lgamma": ("gammaln", {}),
    "log_sigmoid": ("log_expit", {}),
    "log_softmax": ("log_softmax", ROWS),
    "logsumexp": ("logsumexp", ROWS),
    "sigmoid": ("expit", {}),
    "softmax": ("softmax", ROWS),
    "var": ("var", ROWS),
}

JAX: Renamed = {
    "amax": ("max", ROWS),
    "clip": ("clip", BOUNDS),
    "cumsum": ("cumsum", ROWS),
    "gelu": ("gelu", {"approximate": False}),
    "gelu_erf": None,
    "gelu_tanh": ("gelu", {"approximate": True}),
    "glu": None,
    "kl_div": None,
    "log_softmax": ("log_softmax", ROWS),
    "logsumexp": ("logsumexp", ROWS),
    "softmax": ("softmax", ROWS),
    "softsign": ("soft_sign", {}),
    "var": ("var", ROWS),
}
