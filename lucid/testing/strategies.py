"""Hypothesis strategies: arrays of an operation's domain, and tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels import Pointwise
from lucid.tensors import Tensor
from lucid.testing.samples import draw, kinds_of, special_values

__all__ = ["arrays_for", "tensors"]


@st.composite
def _placed(choose: Any, array: np.ndarray) -> np.ndarray:
    """Return the same numbers in some other place: reversed, spread out, transposed, read-only."""
    place = choose(st.sampled_from(["C", "F", "reversed", "spread", "read-only"]))
    if place == "F":
        return np.asfortranarray(array)
    if place == "reversed":
        return np.flip(np.flip(array).copy())
    if place == "spread" and array.ndim:
        wide = np.zeros((*array.shape[:-1], 3 * array.shape[-1]), array.dtype)
        wide[..., ::3] = array
        return wide[..., ::3]
    copy = array.copy()
    copy.flags.writeable = place != "read-only"
    return copy


@st.composite
def arrays_for(
    choose: Any,
    operation: Pointwise,
    *,
    dtypes: Any = None,
    special: bool = True,
    max_dims: int = 3,
    max_side: int = 6,
) -> tuple[np.ndarray, ...]:
    """Strategy for the array arguments of an operation.

    Parameters
    ----------
    operation
        The operation; points come from its domain, and sometimes lie on its kinks.
    dtypes
        Dtypes to choose from; all arguments get one. By default what `check_pointwise` tests.
    special
        Whether special values (infinities, NaN, numbers outside the domain) may occur.
    max_dims, max_side
        Bounds of the shapes, which broadcast against each other; no dimensions and no elements
        occur.

    Examples
    --------
    >>> import lucid, numpy as np
    >>> from hypothesis import given, settings
    >>> from lucid.testing import arrays_for
    >>> @settings(deadline=None)  # the first call compiles
    ... @given(arrays_for(lucid.add, special=False))
    ... def test(arrays):
    ...     a, b = arrays
    ...     np.testing.assert_array_equal(lucid.add(a, b), a + b)
    >>> test()
    """
    kind = np.dtype(choose(st.sampled_from(list(dtypes or kinds_of(operation)))))
    count = len(operation.arrays)
    shapes = choose(
        hnp.mutually_broadcastable_shapes(
            num_shapes=count, min_side=0, max_dims=max_dims, max_side=max_side
        )
    ).input_shapes
    sizes = [int(np.prod(shape)) for shape in shapes]
    seed = choose(st.integers(0, 2**32 - 1))
    columns = draw(operation, kind, max(*sizes, 1), seed, special=special)
    made = []
    for column, shape, size in zip(columns, shapes, sizes, strict=True):
        array = column[:size].reshape(shape)
        if special and size:
            # What Hypothesis can shrink: one element of its own choice.
            array = array.copy()
            array[choose(st.tuples(*(st.integers(0, n - 1) for n in shape)))] = choose(
                st.sampled_from(list(special_values(kind)))
            )
        made.append(choose(_placed(array)))
    return tuple(made)


def tensors(
    *,
    dtype: Any = np.float32,
    shape: Any = None,
    elements: Any = None,
    requires_grad: bool | None = None,
) -> st.SearchStrategy[Tensor]:
    """Strategy for tensors.

    Parameters
    ----------
    dtype
        A dtype, or a strategy for one.
    shape
        A shape, or a strategy for one; by default up to three short axes.
    elements
        Strategy for the elements; by default any number of the dtype, finite if it is floating.
    requires_grad
        Whether they get a gradient; by default both for floating dtypes.

    Examples
    --------
    >>> from hypothesis import given
    >>> from lucid.testing import tensors
    >>> @given(tensors(shape=(2, 3), requires_grad=True))
    ... def test(x):
    ...     assert x.shape == (2, 3) and x.requires_grad
    >>> test()
    """

    @st.composite
    def tensor(choose: Any) -> Tensor:
        kind = np.dtype(choose(dtype) if isinstance(dtype, st.SearchStrategy) else dtype)
        sizes = hnp.array_shapes(min_dims=0, max_dims=3, max_side=5) if shape is None else shape
        inner = elements
        if inner is None and kind.kind == "f":
            inner = st.floats(-1e4, 1e4, width=8 * kind.itemsize)
        array = choose(hnp.arrays(kind, sizes, elements=inner))
        floating = kind.kind == "f"
        wanted = choose(st.booleans()) if requires_grad is None and floating else requires_grad
        return Tensor(array, requires_grad=bool(wanted))

    return tensor()
