"""How many threads matrix products take while the command trains."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise

from lucid.data.extras import need
from lucid.kernels import get_target

__all__ = ["blas_threads"]

# Multiplications in one product, above which BLAS may use all its threads. Its threads wait for
# each other in every product. On two idle cores that halves the time of 128 x 512 x 512 at most
# (0.61 to 0.37 ms); where other programs kept the cores busy, an epoch of 240,000 rows through
# 256-256, in batches of 1024, took 87 s on two threads and 6.5 s on one.
WORTH_SHARING = 1_000_000_000


def blas_threads(batch_size: int, widths: Sequence[int]) -> AbstractContextManager[object]:
    """Keep BLAS on one thread for the target ``cpu``, and where all products are small.

    Else it stays as it is.
    """
    largest = batch_size * max(a * b for a, b in pairwise(widths))
    if largest >= WORTH_SHARING and get_target() != "cpu":
        return nullcontext()
    limits: AbstractContextManager[object] = need(
        "threadpoolctl", "training on the command line"
    ).threadpool_limits(1, user_api="blas")
    return limits
