"""``backward`` and ``grad``: the two ways to ask for gradients."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from lucid.autograd.devices import beside, namespace_of
from lucid.autograd.engine import Wanted, copied, propagate, propagate_one
from lucid.autograd.variable import Variable, requires_grad, wrap
from lucid.kernels.errors import DtypeError, GraphError, ShapeError
from lucid.kernels.launch.buffers import SMALLEST

__all__ = ["backward", "grad"]


def backward(
    outputs: Variable | Sequence[Variable],
    gradients: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Add the gradients of `outputs` to ``.grad`` of the leaves that they depend on.

    Parameters
    ----------
    outputs : Tensor or sequence of Tensor
        What is differentiated.
    gradients : array-like, or sequence of array-like, optional
        The gradient that flows into each output, of its shape. Ones where it is None.
    retain_graph : bool, optional
        Keep the saved values for another pass; by default they are kept with `create_graph`.
    create_graph : bool, optional
        Record the gradients' own graph, so that they can be differentiated again.

    Raises
    ------
    GraphError
        If an output depends on nothing that requires a gradient, if the graph was freed by an
        earlier pass, or if a value that is needed was changed in place.
    ShapeError
        If a gradient's shape is not the output's.
    TargetError
        If a gradient lies on another device than its output.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0, 2.0], requires_grad=True)
    >>> lucid.autograd.backward([x * 2, x * 3])
    >>> print(x.grad)
    [5.0, 5.0]
    """
    if isinstance(outputs, Variable) and not create_graph and requires_grad(outputs):
        # Most calls: one output, and no graph of the gradients.
        if isinstance(gradients, (tuple, list)) and len(gradients) == 1:
            (gradients,) = gradients
        propagate_one(outputs, _seed(outputs, gradients, "backward"), bool(retain_graph))
        return
    roots = _roots(outputs, "backward")
    seeds = _seeds(roots, gradients, create_graph, isinstance(outputs, Variable), "backward")
    retain = create_graph if retain_graph is None else retain_graph
    propagate(roots, seeds, retain, create_graph)


def grad(
    outputs: Variable | Sequence[Variable],
    inputs: Variable | Sequence[Variable],
    grad_outputs: Any = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """Gradients of `outputs` with respect to `inputs`; no ``.grad`` is touched.

    Parameters
    ----------
    outputs : Tensor or sequence of Tensor
        What is differentiated; several are summed.
    inputs : Tensor or sequence of Tensor
        With respect to what: leaves or tensors inside the graph.
    grad_outputs : array-like, or sequence of array-like, optional
        The gradient that flows into each output, of its shape. Ones where it is None.
    create_graph : bool, optional
        Record the gradients' own graph, for second and higher derivatives.
    retain_graph : bool, optional
        Keep the saved values for another pass; by default they are kept with `create_graph`.
    allow_unused : bool, optional
        Give None for an input on which no output depends, instead of an error.

    Returns
    -------
    tuple of Tensor
        One for each input, of its shape and dtype.

    Raises
    ------
    GraphError
        As for `backward`, and if an input was not used and `allow_unused` is False.
    ShapeError
        If a gradient's shape is not the output's.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0, 2.0], requires_grad=True)
    >>> (first,) = lucid.grad(x * x * x, x, create_graph=True)
    >>> (second,) = lucid.grad(first, x)
    >>> print(second)
    [6.0, 12.0]
    """
    roots = _roots(outputs, "grad")
    sources = _roots(inputs, "grad", "input")
    seeds = _seeds(roots, grad_outputs, create_graph, isinstance(outputs, Variable), "grad")
    wanted = Wanted(roots, sources)
    retain = create_graph if retain_graph is None else retain_graph
    propagate(roots, seeds, retain, create_graph, wanted)
    results = []
    for position, x in enumerate(sources):
        gradient = wanted.result(x)
        if gradient is None and not allow_unused:
            raise GraphError(
                f"grad: no output depends on input {position} (shape {x._data.shape}). Check that "
                "it was used to compute them, or pass allow_unused=True to get None for it."
            )
        if gradient is not None and not create_graph:
            # Two inputs may be handed the same buffer (y = a + b).
            gradient = wrap(gradient.copy())
        results.append(gradient)
    return tuple(results)


def _roots(given: Any, name: str, what: str = "output") -> list[Variable]:
    tensors = [given] if isinstance(given, Variable) else list(given)
    for position, x in enumerate(tensors):
        if not isinstance(x, Variable):
            raise GraphError(
                f"{name}: {what} {position} is {type(x).__name__}, not a Tensor. Make one with "
                "lucid.tensor(data, requires_grad=True)."
            )
        if not requires_grad(x):
            raise GraphError(
                f"{name}: {what} {position} (shape {x._data.shape}, dtype {x._data.dtype}) has no "
                "graph: it requires no gradient and was not computed from a tensor that does. Set "
                "requires_grad=True on the input, and compute outside of `lucid.no_grad()`."
            )
    return tensors


@lru_cache(maxsize=32)
def _few_ones(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    ones = np.ones(shape, dtype)
    ones.flags.writeable = False
    return ones


def _ones(data: Any) -> Any:
    """Return ones like an array: few are kept, and nobody may write to them."""
    if type(data) is not np.ndarray:
        return namespace_of(data).ones(data.shape, data.dtype)
    if data.nbytes < SMALLEST:
        return _few_ones(data.shape, data.dtype)
    return copied(np.broadcast_to(_few_ones((), data.dtype), data.shape))


def _seed(root: Variable, given: Any, name: str) -> Any:
    """Return the gradient that flows into an output, an array of its shape and dtype."""
    data = root._data
    if given is None:
        return _ones(data)
    seed = beside(given, data, name)
    if seed.dtype is data.dtype and seed.shape == data.shape:
        return seed
    if seed.dtype.kind not in "fiub":
        raise DtypeError(
            f"{name}: the gradient has dtype {seed.dtype}, expected {data.dtype}. "
            "Give real numbers."
        )
    if seed.shape != data.shape:
        raise ShapeError(
            f"{name}: the gradient has shape {seed.shape}, the output {data.shape}. Give a "
            "gradient of the output's shape, or none for ones."
        )
    return seed if seed.dtype == data.dtype else seed.astype(data.dtype)


def _seeds(
    roots: list[Variable], gradients: Any, graph: bool, single: bool, name: str
) -> list[Any]:
    if gradients is None:
        gradients = [None] * len(roots)
    elif single and not (isinstance(gradients, (tuple, list)) and len(gradients) == 1):
        gradients = [gradients]
    elif len(gradients) != len(roots):
        raise ShapeError(
            f"{name}: {len(gradients)} gradients for {len(roots)} outputs. Give one for each."
        )
    seeds = []
    for root, given in zip(roots, gradients, strict=True):
        seed = _seed(root, given, name)
        if graph:
            # A tensor of the right dtype goes in itself, with its own graph.
            same = isinstance(given, Variable) and given._data.dtype == seed.dtype
            seed = given if same else wrap(seed)
        seeds.append(seed)
    return seeds
