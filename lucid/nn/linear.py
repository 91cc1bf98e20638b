"""Modules that multiply by a matrix, and those that only reshape."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import DTypeLike

from lucid.kernels.errors import ShapeError
from lucid.nn import functional, init
from lucid.nn._sizes import check_sizes, empty_parameter
from lucid.nn.module import Module
from lucid.nn.parameter import Parameter
from lucid.tensors import Tensor

__all__ = ["Bilinear", "Embedding", "Flatten", "Identity", "Linear"]


class Linear(Module):
    """Affine map of the last axis: ``x @ weight.T + bias``.

    Weight and bias are drawn uniformly from ``[-1 / sqrt(in_features), 1 / sqrt(in_features)]``
    (He et al., Delving Deep into Rectifiers, 2015, with a leak of ``sqrt(5)``).

    Parameters
    ----------
    in_features
        Length of the input's last axis.
    out_features
        Length of the output's last axis.
    bias
        Whether a bias is added.
    dtype
        Floating dtype of the parameters, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> layer = lucid.nn.Linear(in_features=3, out_features=5)
    >>> layer(lucid.ones((2, 3))).shape
    (2, 5)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        check_sizes(self, in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        self.weight = empty_parameter((out_features, in_features), dtype, device)
        self.bias: Parameter | None
        if bias:
            self.bias = empty_parameter((out_features,), dtype, device)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, x: Any) -> Tensor:
        """Apply the map."""
        return functional.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Bilinear(Module):
    """Bilinear map of two inputs: ``y[k] = x1 @ weight[k] @ x2 + bias[k]``.

    Parameters
    ----------
    in1_features, in2_features
        Lengths of the two inputs' last axes.
    out_features
        Length of the output's last axis.
    bias
        Whether a bias is added.
    dtype
        Floating dtype of the parameters, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> layer = lucid.nn.Bilinear(3, 4, 5)
    >>> layer(lucid.ones((2, 3)), lucid.ones((2, 4))).shape
    (2, 5)
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        check_sizes(
            self, in1_features=in1_features, in2_features=in2_features, out_features=out_features
        )
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = empty_parameter((out_features, in1_features, in2_features), dtype, device)
        self.bias: Parameter | None
        if bias:
            self.bias = empty_parameter((out_features,), dtype, device)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, x1: Any, x2: Any) -> Tensor:
        """Apply the map."""
        return functional.bilinear(x1, x2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Embedding(Module):
    """A table of vectors, looked up by integers.

    The table is drawn from the standard normal distribution.

    Parameters
    ----------
    num_embeddings
        Number of vectors.
    embedding_dim
        Length of each.
    padding_idx
        Row that starts at zero and takes no gradient.
    dtype
        Floating dtype of the table, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> table = lucid.nn.Embedding(10, 3)
    >>> table(lucid.tensor([1, 7])).shape
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        check_sizes(self, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ShapeError(
                    f"Embedding got padding_idx={padding_idx}; with {num_embeddings} rows it lies "
                    f"between {-num_embeddings} and {num_embeddings - 1}"
                )
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.weight = empty_parameter((num_embeddings, embedding_dim), dtype, device)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def forward(self, indices: Any) -> Tensor:
        """Look the vectors up."""
        return functional.embedding(indices, self.weight, padding_idx=self.padding_idx)

    def extra_repr(self) -> str:
        """Return the settings."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Identity(Module):
    """The input, unchanged: keeps a place.

    Examples
    --------
    >>> from lucid import nn
    >>> nn.Identity()(3)
    3
    """

    def forward(self, x: Any) -> Any:
        """Return ``x``."""
        return x


class Flatten(Module):
    """The axes from ``start_dim`` to ``end_dim`` made one.

    Parameters
    ----------
    start_dim, end_dim
        First and last axis to join; by default all but the first, which counts the samples.

    Examples
    --------
    >>> import lucid
    >>> lucid.nn.Flatten()(lucid.ones((2, 8, 8))).shape
    (2, 64)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Any) -> Any:
        """Join the axes."""
        return x.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
