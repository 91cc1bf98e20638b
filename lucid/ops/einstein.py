"""``einsum``: sums of products, named by letters; its gradient is an einsum again."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from lucid.autograd.function import Function
from lucid.kernels.errors import ShapeError
from lucid.ops.axes import moveaxis
from lucid.ops.common import operand, shape_of, sum_to
from lucid.ops.index import getitem
from lucid.ops.shape import broadcast_to, reshape

__all__ = ["einsum"]


class Einsum(Function):
    """An einsum without ellipsis and without a letter twice in one operand."""

    __slots__ = ("goal", "lengths", "shapes", "terms")

    def __init__(self, terms: tuple[str, ...], goal: str) -> None:
        self.terms = terms
        self.goal = goal

    def forward(self, *operands: Any) -> Any:
        self.save(inputs=tuple(range(len(operands))))
        self.shapes = [x.shape for x in operands]
        self.lengths: dict[str, int] = {}
        for letters, x in zip(self.terms, operands, strict=True):
            for letter, length in zip(letters, x.shape, strict=True):
                self.lengths[letter] = max(self.lengths.get(letter, 1), length)
        subscripts = ",".join(self.terms) + "->" + self.goal
        # Three operands in one loop cost the product of all lengths; a path multiplies two by two.
        return np.einsum(subscripts, *operands, optimize=len(operands) > 1)

    def backward(self, gradient: Any) -> Any:
        operands = self.saved
        pulled: list[Any] = []
        for position, letters in enumerate(self.terms):
            if not self.needs[position]:
                pulled.append(None)
                continue
            others = [n for n in range(len(operands)) if n != position]
            known = self.goal + "".join([self.terms[n] for n in others])
            kept = "".join([letter for letter in letters if letter in known])
            terms = (self.goal, *[self.terms[n] for n in others])
            part = Einsum.apply(gradient, *[operands[n] for n in others], terms=terms, goal=kept)
            full = tuple([self.lengths[letter] for letter in letters])
            # A letter that stands in this operand alone was summed over: its gradient is repeated.
            # One that has length 1 in all the others is repeated too.
            sizes = iter(shape_of(part))
            lengths = tuple([next(sizes) if letter in known else 1 for letter in letters])
            part = broadcast_to(reshape(part, lengths), full)
            pulled.append(sum_to(part, self.shapes[position]))
        return tuple(pulled)


def _parse(subscripts: str, shapes: list[tuple[int, ...]]) -> tuple[list[str], str]:
    """Check the subscripts and give explicit letters to ellipses and to the output."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ShapeError(
            f"einsum: {subscripts!r} names {len(terms)} operands, but {len(shapes)} were given."
        )
    unused = [letter for letter in string.ascii_letters if letter not in text]
    hidden = 0
    for term, shape in zip(terms, shapes, strict=True):
        named = len(term.replace("...", "", 1))
        if "..." in term:
            hidden = max(hidden, len(shape) - named)
        if named > len(shape) or (named and not term.replace("...", "", 1).isalpha()):
            raise ShapeError(
                f"einsum: {term!r} in {subscripts!r} does not fit an operand of shape {shape}. "
                "Write one letter for each axis, or '...' for the rest of them."
            )
        if "..." not in term and named != len(shape):
            raise ShapeError(
                f"einsum: {term!r} in {subscripts!r} names {named} axes, the operand has shape "
                f"{shape}. Write one letter for each axis, or '...' for the rest of them."
            )
    spare = "".join(unused[:hidden])
    named_terms = []
    for term, shape in zip(terms, shapes, strict=True):
        count = len(shape) - len(term) + 3
        named_terms.append(term.replace("...", spare[hidden - count :] if count else ""))
    if arrow:
        output = right.replace("...", spare)
    else:
        letters = "".join(terms).replace(".", "")
        output = spare + "".join(sorted([c for c in set(letters) if letters.count(c) == 1]))
    everything = "".join(named_terms)
    if len(set(output)) != len(output) or any(c not in everything for c in output):
        raise ShapeError(
            f"einsum: the output of {subscripts!r} must name letters of the operands, each once."
        )
    return named_terms, output


def _diagonal(letters: str, x: Any) -> tuple[str, Any]:
    """Take the diagonal over a letter that stands twice in one operand."""
    for letter in letters:
        if letters.count(letter) < 2:
            continue
        first = letters.index(letter)
        second = letters.index(letter, first + 1)
        length = shape_of(x)[first]
        if length != shape_of(x)[second]:
            raise ShapeError(
                f"einsum: {letter!r} stands for lengths {length} and {shape_of(x)[second]} in one "
                "operand. They must be the same."
            )
        front = moveaxis(x, (first, second), (0, 1))
        index = np.arange(length)
        rest = "".join([c for n, c in enumerate(letters) if n not in (first, second)])
        return _diagonal(letter + rest, getitem(front, (index, index)))
    return letters, x


def einsum(subscripts: str, *operands: Any) -> Any:
    """Sum products of elements over the axes that the subscripts name, as ``numpy.einsum``.

    Parameters
    ----------
    subscripts : str
        Such as ``"ij,jk->ik"``: a letter for each axis, ``...`` for any further ones.
    *operands : Tensor or array
        As many as there are terms.

    Raises
    ------
    ShapeError
        If subscripts and shapes do not fit.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> lucid.einsum("ij,ij->i", x, x)
    Tensor([5.0, 25.0])
    """
    values = [operand(x, "einsum") for x in operands]
    terms, output = _parse(subscripts, [shape_of(x) for x in values])
    lengths: dict[str, int] = {}
    for term, x in zip(terms, values, strict=True):
        for letter, length in zip(term, shape_of(x), strict=True):
            known = lengths.setdefault(letter, length)
            if known != length and 1 not in (known, length):
                raise ShapeError(
                    f"einsum: {letter!r} in {subscripts!r} stands for lengths {known} and {length} "
                    f"(shapes {', '.join(str(shape_of(v)) for v in values)}). They must be equal."
                )
            lengths[letter] = max(known, length)
    pairs = [_diagonal(term, x) for term, x in zip(terms, values, strict=True)]
    return Einsum.apply(
        *[x for _, x in pairs], terms=tuple([term for term, _ in pairs]), goal=output
    )
