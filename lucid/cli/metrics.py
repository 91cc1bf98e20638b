"""How good predictions are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.data.target import TargetEncoder

__all__ = ["measure", "probabilities"]


def probabilities(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """Softmax of every row, computed from differences to the row's largest output."""
    shifted = np.exp(outputs.astype(np.float64) - outputs.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
    return shares


def measure(outputs: NDArray[Any], encoded: NDArray[Any], target: TargetEncoder) -> dict[str, Any]:
    """Compare a network's outputs with the truth.

    Returns
    -------
    dict
        Of a classification: ``accuracy``, ``baseline`` (of always answering the most frequent
        class) and ``classes``, with precision, recall and rows of each (a precision without any
        such answer is None). Of a regression: ``mae``, ``rmse``, ``r2`` (None where the truth does
        not vary) and ``baseline``, the mean absolute error of always answering the mean.
    """
    if target.task == "regression":
        return _regression(outputs, encoded, target)
    answers = outputs.argmax(axis=1)
    counts = np.bincount(encoded, minlength=len(target.classes))
    given = np.bincount(answers, minlength=len(target.classes))
    right = np.bincount(encoded[answers == encoded], minlength=len(target.classes))
    return {
        "accuracy": float(right.sum() / len(encoded)),
        "baseline": float(counts.max() / len(encoded)),
        "classes": [
            {
                "class": label,
                "precision": float(right[i] / given[i]) if given[i] else None,
                "recall": float(right[i] / counts[i]) if counts[i] else None,
                "rows": int(counts[i]),
            }
            for i, label in enumerate(target.classes)
        ],
    }


def _regression(
    outputs: NDArray[Any], encoded: NDArray[Any], target: TargetEncoder
) -> dict[str, Any]:
    truth, answers = target.values(encoded), target.values(outputs)
    error = answers - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": 1.0 - float((error**2).sum()) / spread if spread > 0.0 else None,
        "baseline": float(np.abs(truth - target.mean).mean()),
    }
