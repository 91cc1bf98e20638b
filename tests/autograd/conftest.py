"""The fixture `same`: two arrays or tensors agree in everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def _same(found: Any, expected: Any) -> None:
    if expected is None:
        assert found is None
        return
    assert type(found) is type(expected)
    a, b = np.asarray(found), np.asarray(expected)
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="session")
def same() -> Callable[[Any, Any], None]:
    """Return the check of type, dtype, shape and elements; None agrees with None alone."""
    return _same
