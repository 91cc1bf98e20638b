"""Random numbers: ``Generator`` and the creation functions that draw from one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.variable import Array
from lucid.kernels.errors import DtypeError, ShapeError, StateError
from lucid.tensors.convert import as_dtype, check_differentiable
from lucid.tensors.core import Tensor
from lucid.tensors.create import finish, shape_of

__all__ = [
    "Generator",
    "default_generator",
    "manual_seed",
    "normal",
    "rand",
    "randint",
    "randn",
    "randperm",
    "uniform",
]


class Generator:
    """A source of random numbers; NumPy's PCG64 underneath.

    The same seed gives the same numbers on every machine with the same NumPy, and on every device:
    they are drawn on the CPU and moved. A generator may be
    used by several threads, which then share its numbers in an order that nothing fixes.

    Parameters
    ----------
    seed : int, optional
        A non-negative integer; without one, the system's entropy.

    Examples
    --------
    >>> import lucid
    >>> first = lucid.rand(2, generator=lucid.Generator(7))
    >>> again = lucid.rand(2, generator=lucid.Generator(7))
    >>> bool((first == again).all())
    True
    """

    __slots__ = ("numpy",)

    def __init__(self, seed: int | None = None) -> None:
        self.numpy = np.random.default_rng(_checked_seed(seed))

    def manual_seed(self, seed: int) -> Generator:
        """Start again from `seed`; returns the generator."""
        self.numpy = np.random.default_rng(_checked_seed(seed))
        return self

    def spawn(self) -> Generator:
        """Make a generator whose numbers are independent of this one's."""
        child = Generator.__new__(Generator)
        child.numpy = self.numpy.spawn(1)[0]
        return child

    def get_state(self) -> dict[str, Any]:
        """Return the state: a dictionary of plain Python values that JSON can hold."""
        return dict(self.numpy.bit_generator.state)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that `get_state` returned."""
        try:
            self.numpy.bit_generator.state = state
        except (TypeError, ValueError, KeyError) as error:
            raise StateError(
                f"Generator.set_state: this is no state of a generator ({error}). Pass what "
                "get_state() returned."
            ) from None


def _checked_seed(seed: int | None) -> int | None:
    if seed is not None and (not isinstance(seed, (int, np.integer)) or seed < 0):
        raise DtypeError(f"seed: {seed!r} is no seed. Pass a non-negative integer, or None.")
    return None if seed is None else int(seed)


_default = Generator()


def default_generator() -> Generator:
    """Return the generator that is used where none is given."""
    return _default


def manual_seed(seed: int) -> Generator:
    """Seed the default generator, and return it.

    Parameters
    ----------
    seed : int
        A non-negative integer.

    Raises
    ------
    DtypeError
        If the seed is not a non-negative integer.

    Examples
    --------
    >>> import lucid
    >>> generator = lucid.manual_seed(0)
    >>> lucid.randint(0, 10, (4,))
    Tensor([8, 6, 5, 2])
    """
    return _default.manual_seed(seed)


def _float_dtype(dtype: Any, name: str) -> np.dtype[Any]:
    found = as_dtype(np.float32 if dtype is None else dtype, name)
    check_differentiable(found, name)
    return found


def _drawn(draw: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Draw in the dtype itself where NumPy can, else in float32 and round."""
    exact = dtype if dtype in (np.float32, np.float64) else np.dtype(np.float32)
    return np.asarray(draw(size=shape, dtype=exact), dtype)


def rand(
    *shape: int | Sequence[int],
    generator: Generator | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Numbers drawn evenly from ``[0, 1)``.

    Parameters
    ----------
    *shape : int or tuple of int
        The shape: ``rand(2, 3)`` or ``rand((2, 3))``.
    generator : Generator, optional
        The source; the default generator where none is given.
    dtype : dtype, optional
        A floating-point dtype; float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> lucid.rand(2, 3).shape
    (2, 3)
    """
    source = (generator or _default).numpy
    found = _float_dtype(dtype, "rand")
    return finish(
        _drawn(source.random, shape_of(shape, "rand"), found), requires_grad, "rand", device
    )


def randn(
    *shape: int | Sequence[int],
    generator: Generator | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Numbers drawn from the normal distribution of mean 0 and standard deviation 1.

    Parameters
    ----------
    *shape : int or tuple of int
        The shape: ``randn(2, 3)`` or ``randn((2, 3))``.
    generator : Generator, optional
        The source; the default generator where none is given.
    dtype : dtype, optional
        A floating-point dtype; float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> lucid.randn((2, 3)).dtype
    dtype('float32')
    """
    source = (generator or _default).numpy
    found = _float_dtype(dtype, "randn")
    drawn = _drawn(source.standard_normal, shape_of(shape, "randn"), found)
    return finish(drawn, requires_grad, "randn", device)


def uniform(
    low: float,
    high: float,
    size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Numbers drawn evenly from ``[low, high)``.

    Parameters
    ----------
    low, high : float
        The bounds; rounding may give `high` itself.
    size : int or tuple of int
        The shape.
    generator, dtype, requires_grad, device
        As for `rand`.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.uniform(-1.0, 1.0, (100,))
    >>> bool((abs(x) <= 1).all())
    True
    """
    source = (generator or _default).numpy
    found = _float_dtype(dtype, "uniform")
    drawn = _drawn(source.random, shape_of((size,), "uniform"), found)
    return finish((drawn * (high - low) + low).astype(found), requires_grad, "uniform", device)


def normal(
    mean: float,
    std: float,
    size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Numbers drawn from a normal distribution.

    Parameters
    ----------
    mean, std : float
        Its mean and standard deviation.
    size : int or tuple of int
        The shape.
    generator, dtype, requires_grad, device
        As for `randn`.

    Examples
    --------
    >>> import lucid
    >>> lucid.normal(0.0, 0.02, (4, 4)).shape
    (4, 4)
    """
    source = (generator or _default).numpy
    found = _float_dtype(dtype, "normal")
    drawn = _drawn(source.standard_normal, shape_of((size,), "normal"), found)
    return finish((drawn * std + mean).astype(found), requires_grad, "normal", device)


def randint(
    low: int,
    high: int,
    size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Integers drawn evenly from ``low, ..., high - 1``.

    Parameters
    ----------
    low, high : int
        The bounds; `high` is not among the numbers.
    size : int or tuple of int
        The shape.
    generator : Generator, optional
        The source; the default generator where none is given.
    dtype : dtype, optional
        int64 where none is given.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``; the numbers are the same.

    Raises
    ------
    ShapeError
        If there is no integer between the bounds.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.randint(0, 3, (50,))
    >>> bool(((x >= 0) & (x < 3)).all())
    True
    """
    if low >= high:
        raise ShapeError(
            f"randint: no integer lies between low={low} and high={high}. high must be greater."
        )
    source = (generator or _default).numpy
    found = as_dtype(np.int64 if dtype is None else dtype, "randint")
    drawn = source.integers(low, high, size=shape_of((size,), "randint"))
    return finish(np.asarray(drawn, found), False, "randint", device)


def randperm(
    n: int, generator: Generator | None = None, dtype: Any = None, device: Any = None
) -> Tensor:
    """Return the numbers ``0, ..., n - 1`` in random order.

    Parameters
    ----------
    n : int
        How many.
    generator : Generator, optional
        The source; the default generator where none is given.
    dtype : dtype, optional
        int64 where none is given.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> sorted(lucid.randperm(4).tolist())
    [0, 1, 2, 3]
    """
    source = (generator or _default).numpy
    found = as_dtype(np.int64 if dtype is None else dtype, "randperm")
    return finish(np.asarray(source.permutation(n), found), False, "randperm", device)
