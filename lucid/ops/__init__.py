"""Operations that are not pointwise: matrix products, reductions, shapes, indexing, losses.

Given tensors they return tensors; given arrays alone they return arrays, as the pointwise
operations do. Importing this package gives `Tensor` its methods of the same names.
"""

from lucid.ops.axes import matrix_transpose, moveaxis, permute, permute_dims, swapaxes, transpose
from lucid.ops.einstein import einsum
from lucid.ops.extreme import amax, amin, argmax, argmin, max, min
from lucid.ops.join import cat, chunk, concat, concatenate, split, stack, unbind, unstack
from lucid.ops.linalg import linear, matmul, outer
from lucid.ops.logical import all, any, count_nonzero
from lucid.ops.lookup import (
    embedding,
    gather,
    index_select,
    masked_fill,
    masked_select,
    one_hot,
    scatter_add,
    take,
    take_along_axis,
)
from lucid.ops.loss import cross_entropy, nll_loss
from lucid.ops.methods import install_methods
from lucid.ops.normalization import layer_norm, rms_norm
from lucid.ops.numpy_functions import install_numpy_functions
from lucid.ops.rearrange import flip, repeat, repeat_interleave, roll, tile, tril, triu
from lucid.ops.reduce import mean, prod, sum
from lucid.ops.scan import Running, cummax, cummin, cumprod, cumsum, logcumsumexp
from lucid.ops.shape import (
    broadcast_to,
    expand,
    expand_dims,
    flatten,
    ravel,
    reshape,
    squeeze,
    unsqueeze,
    view,
)
from lucid.ops.soft import log_softmax, logsumexp, softmax
from lucid.ops.sorting import TopK, argsort, sort, topk
from lucid.ops.statistics import norm, std, var

__all__ = [
    "Running",
    "TopK",
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "broadcast_to",
    "cat",
    "chunk",
    "concat",
    "concatenate",
    "count_nonzero",
    "cross_entropy",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "einsum",
    "embedding",
    "expand",
    "expand_dims",
    "flatten",
    "flip",
    "gather",
    "index_select",
    "layer_norm",
    "linear",
    "log_softmax",
    "logcumsumexp",
    "logsumexp",
    "masked_fill",
    "masked_select",
    "matmul",
    "matrix_transpose",
    "max",
    "mean",
    "min",
    "moveaxis",
    "nll_loss",
    "norm",
    "one_hot",
    "outer",
    "permute",
    "permute_dims",
    "prod",
    "ravel",
    "repeat",
    "repeat_interleave",
    "reshape",
    "rms_norm",
    "roll",
    "scatter_add",
    "softmax",
    "sort",
    "split",
    "squeeze",
    "stack",
    "std",
    "sum",
    "swapaxes",
    "take",
    "take_along_axis",
    "tile",
    "topk",
    "transpose",
    "tril",
    "triu",
    "unbind",
    "unsqueeze",
    "unstack",
    "var",
    "view",
]

install_methods()
install_numpy_functions()
