"""An operation and a sum, mean, maximum or minimum of its results, in one pass."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.errors import ShapeError
from lucid.kernels.expression.dtypes import canonical, is_float, storage_dtype
from lucid.kernels.launch.convert import as_value

if TYPE_CHECKING:
    from lucid.kernels.launch.program import Program

__all__ = ["Reductions", "reduced_axes"]

Axes = int | Sequence[int] | None


class Reductions:
    """The methods of `lucid.kernels.Pointwise` that fold what the operation gives."""

    name: str

    if TYPE_CHECKING:

        def bind(
            self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
        ) -> tuple[Program, tuple[Any, ...]]: ...

    def sum(
        self,
        *arguments: Any,
        axis: Axes = None,
        keepdims: bool = False,
        target: str | None = None,
        **options: Any,
    ) -> Any:
        """Add up the operation's results over axes, without an array of them in between.

        Parameters
        ----------
        *arguments
            The arguments of the operation, arrays and numbers.
        axis
            An axis or a tuple of axes of the shape to which the arguments broadcast; all where
            none is given.
        keepdims
            Keep the axes with length 1.
        target
            ``"cpu"`` or ``"parallel"`` for this call alone. Both give the same bits.
        **options
            Options and scalars of the operation.

        Returns
        -------
        numpy.ndarray or tuple of numpy.ndarray, or Tensor
            A tensor if an argument is one. Else one array for each output, in the operation's
            dtype; integers and bool are added up in 64 bits. NumPy scalars where no axis is left.

        Raises
        ------
        ShapeError
            If the arguments do not broadcast, or an axis is out of range or named twice.
        TypeError
            If an argument is a tensor and the operation has several outputs.

        Notes
        -----
        The empty sum is 0. NaN and infinities go through. float32 is added up in float32 by the
        thousand and in float64 beyond that, along the first axis in float32.

        Examples
        --------
        >>> import numpy as np
        >>> import lucid
        >>> lucid.kernels.square.sum(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        array([10., 20.])
        """
        return self._fold("add", arguments, axis, keepdims, target, options)

    def mean(
        self,
        *arguments: Any,
        axis: Axes = None,
        keepdims: bool = False,
        target: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the mean of the operation's results over axes; see `sum`.

        Integers and bool give float64; the mean of no elements is NaN.

        Examples
        --------
        >>> import numpy as np
        >>> import lucid
        >>> float(lucid.huber.mean(np.array([0.0, 3.0]), np.array([1.0, 1.0])))
        1.0
        """
        return self._fold("add", arguments, axis, keepdims, target, options, mean=True)

    def max(
        self,
        *arguments: Any,
        axis: Axes = None,
        keepdims: bool = False,
        target: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the largest of the operation's results over axes; see `sum`.

        NaN where one of them is NaN. The sign of a zero is not defined.

        Raises
        ------
        ShapeError
            If there is no element; otherwise as `sum`.
        TypeError
            If an argument is a tensor: apply the operation first, then ``max``.

        Examples
        --------
        >>> import numpy as np
        >>> import lucid
        >>> float(lucid.absolute.max(np.array([1.0, -3.0, 2.0])))
        3.0
        """
        return self._fold("maximum", arguments, axis, keepdims, target, options)

    def min(
        self,
        *arguments: Any,
        axis: Axes = None,
        keepdims: bool = False,
        target: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the smallest of the operation's results over axes; see `sum` and `max`.

        Examples
        --------
        >>> import numpy as np
        >>> import lucid
        >>> lucid.absolute.min(np.array([[1.0, -3.0], [-2.0, 4.0]]), axis=1)
        array([1., 2.])
        """
        return self._fold("minimum", arguments, axis, keepdims, target, options)

    def _fold(
        self,
        fold: str,
        arguments: tuple[Any, ...],
        axis: Axes,
        keepdims: bool,
        target: str | None,
        options: Mapping[str, Any],
        *,
        mean: bool = False,
    ) -> Any:
        for argument in (*arguments, *options.values()):
            take_over = getattr(type(argument), "__lucid_fold__", None)
            if take_over is None:
                continue
            if fold == "add":
                return take_over(self, arguments, axis, keepdims, mean, target, options)
            raise TypeError(
                f"{self.name}.{fold[:3]} takes arrays and numbers, but a "
                f"{type(argument).__name__} came; apply the operation to it first: "
                f"{self.name}(...).{fold[:3]}()"
            )
        program, values = self.bind(arguments, options)
        values = tuple(map(as_value, values))
        inputs = [value for value in values if isinstance(value, np.ndarray)]
        full = inputs[0].shape if inputs else ()
        if any(array.shape != full for array in inputs):
            full = program.iteration_shape(inputs, None)
        axes = reduced_axes(self.name, axis, len(full))
        shape = tuple([1 if k in axes else extent for k, extent in enumerate(full)])
        wide = natural = None
        if mean:
            kinds = tuple(
                [canonical(v.dtype) if isinstance(v, np.ndarray) else type(v) for v in values]
            )
            results = program.signature(kinds, None).results
            natural = tuple([d if is_float(d) else np.dtype(np.float64) for d in results])
            wide = tuple(map(storage_dtype, natural))
        shapes, folds = (shape,) * program.outputs, (fold,) * program.outputs
        found = program.fold(values, shapes, folds, target, wide)
        if natural is not None:
            count = np.prod([full[k] for k in axes], dtype=np.int64)
            with np.errstate(all="ignore"):
                found = tuple(
                    (total / total.dtype.type(count)).astype(dtype, copy=False)
                    for total, dtype in zip(found, natural, strict=True)
                )
        if not keepdims:
            left = tuple([extent for k, extent in enumerate(full) if k not in axes])
            found = tuple(
                [array.reshape(left) if left else array.reshape(())[()] for array in found]
            )
        return found if program.outputs > 1 else found[0]


def reduced_axes(name: str, axis: Axes, rank: int) -> set[int]:
    """Return the axes that are meant, counted from the first one."""
    if axis is None:
        return set(range(rank))
    given = (axis,) if type(axis) is int or not isinstance(axis, Iterable) else axis
    given = tuple(map(operator.index, given))
    found = {k + rank if k < 0 else k for k in given}
    if len(found) < len(given) or not found <= set(range(rank)):
        raise ShapeError(
            f"{name}: the arguments have {rank} axes, but axis={axis!r} came; expected different "
            f"numbers from {-rank} to {rank - 1}"
        )
    return found
