"""Dtypes of the nodes: NumPy 2's promotion, primitive by primitive.

A type is a NumPy dtype, or one of the Python types ``bool``, ``int``, ``float`` for a value that
is *weak*: a Python number takes the dtype of the array that it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lucid.kernels.errors import DtypeError

__all__ = [
    "DType",
    "TypeRule",
    "canonical",
    "concrete",
    "is_float",
    "is_weak",
    "promote",
    "storage_dtype",
]

DType = np.dtype | type
#: From the types of the arguments to the types in which they are needed, and the result's type.
TypeRule = Callable[[Sequence[DType]], tuple[tuple[DType, ...], DType]]

BOOL = np.dtype(np.bool_)
_WEAK_ORDER = (bool, int, float)
#: A Python number of each weak type, for NumPy's promotion, which looks at the type alone.
_SAMPLE: dict[DType, bool | int | float] = {bool: False, int: 0, float: 0.0}
_STRONG: dict[DType, np.dtype] = {
    bool: BOOL,
    int: np.dtype(np.int64),
    float: np.dtype(np.float64),
}


def is_weak(dtype: DType) -> bool:
    return not isinstance(dtype, np.dtype)


def concrete(dtype: DType) -> np.dtype:
    """Return the dtype that a value of this type has when it stands alone, as in NumPy."""
    return dtype if isinstance(dtype, np.dtype) else _STRONG[dtype]


def is_float(dtype: DType) -> bool:
    """Whether values of this type are real floating-point numbers (NumPy's or ml_dtypes')."""
    if not isinstance(dtype, np.dtype):
        return dtype is float
    return dtype.kind == "f" or dtype.name == "bfloat16"


def canonical(dtype: np.dtype) -> np.dtype:
    """Return the one object for a dtype, in the machine's byte order.

    Equal dtypes may be different objects (of an unpickled array, say); the launcher compares
    addresses.
    """
    return np.dtype(dtype.char) if dtype.kind in "biuf" else dtype


def storage_dtype(dtype: np.dtype) -> np.dtype:
    """Return the dtype of the arithmetic: float32 for the half types."""
    return np.dtype(np.float32) if is_float(dtype) and dtype.itemsize == 2 else dtype


def promote(dtypes: Sequence[DType]) -> DType:
    """Return the common type under NumPy 2's rules (NEP 50)."""
    if len(set(dtypes)) == 1:
        return dtypes[0]
    if all(map(is_weak, dtypes)):
        return max(dtypes, key=_WEAK_ORDER.index)
    try:
        common = np.result_type(*(dtype for dtype in dtypes if isinstance(dtype, np.dtype)))
        if is_float(common):  # also where NumPy does not know that it is one
            return common
        return np.result_type(common, *(_SAMPLE[dtype] for dtype in dtypes if is_weak(dtype)))
    except TypeError:
        raise DtypeError(
            f"no common dtype for {', '.join(map(str, dtypes))}; convert one of them"
        ) from None


def _float_of(dtype: DType) -> DType:
    """Return the type in which NumPy's float-valued ufuncs compute for an argument type."""
    if is_float(dtype):
        return dtype
    if not isinstance(dtype, np.dtype):
        return float
    size = 1 if dtype.kind == "b" else dtype.itemsize
    return np.dtype({1: np.float16, 2: np.float32}.get(size, np.float64))


def _same(*, boolean: bool, name: str = "") -> TypeRule:
    def rule(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
        common = promote(dtypes)
        if common is bool:
            common = int
        if common == BOOL and not boolean:
            raise DtypeError(
                f"{name} is not defined for bool; use logical_not or logical_xor, "
                "or convert the array to an integer dtype"
            )
        return (common,) * len(dtypes), common

    return rule


#: Result in the common type of the arguments, bool included.
arithmetic = _same(boolean=True)


def arithmetic_not_bool(name: str) -> TypeRule:
    """Return the rule "in the common type of the arguments, which may not be bool"."""
    return _same(boolean=False, name=name)


def floating(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    """Integers become the float type that holds them, as in NumPy's float-valued ufuncs."""
    strong = [dtype for dtype in dtypes if not is_weak(dtype)]
    if float in dtypes and not any(map(is_float, strong)):
        common = _float_of(promote(dtypes))
    else:
        common = promote([_float_of(dtype) for dtype in strong or dtypes])
    return (common,) * len(dtypes), common


def division(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    """Divide: two integers of any size give float64."""
    common = promote(dtypes)
    if not is_float(common):
        common = float if is_weak(common) else np.dtype(np.float64)
    return (common,) * len(dtypes), common


def comparison(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    common = promote(dtypes)
    return (common,) * len(dtypes), BOOL


def logic(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    return (BOOL,) * len(dtypes), BOOL


def integral(name: str, *, boolean: bool = True) -> TypeRule:
    """Bits: integers, and bool where ``boolean``."""

    def rule(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
        common = promote(dtypes)
        if is_float(common) or (concrete(common).kind == "b" and not boolean):
            kinds = "integers and bool" if boolean else "integers"
            raise DtypeError(
                f"{name} is defined for {kinds}, not for {concrete(common).name}; "
                "convert the array with astype"
            )
        return (common,) * len(dtypes), common

    return rule


def selection(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    """``where(condition, a, b)``."""
    common = promote(dtypes[1:])
    return (BOOL, common, common), common
