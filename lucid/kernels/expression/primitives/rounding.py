"""Rounding to integral values. Integers are returned as they are; derivatives are zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.kernels.expression.dtypes import arithmetic
from lucid.kernels.expression.primitive import by_dtype, define


def _floats(plain: np.ufunc) -> Callable[[Any], Any]:
    return lambda x: plain(x) if x.dtype.kind == "f" else x


def _float_source(name: str) -> Callable[[np.dtype], str]:
    floats = by_dtype(name)
    return lambda dtype: floats(dtype) if dtype.kind == "f" else "{0}"


for _name, _plain, _source in (
    ("floor", np.floor, "floor"),
    ("ceil", np.ceil, "ceil"),
    ("trunc", np.trunc, "trunc"),
    ("round", np.rint, "rint"),
):
    define(
        _name,
        arithmetic,
        _floats(_plain),
        _float_source(_source),
    )
