"""Matrix products on NumPy's BLAS, shared among the threads of the kernels' own pool.

OpenBLAS, which NumPy's wheels carry, shares a product among threads of its own from 64 x 64 x 64 on
and waits for them in a spinning barrier. Where other programs use the cores, that barrier turns
ten microseconds into as many milliseconds, and small networks multiply nothing else; besides, two
pools fight for the same cores. So here a product is cut into blocks of rows or columns, each block
is one call of BLAS on one thread, and the blocks are shared like the chunks of any kernel: the
calling thread starts at once and nobody waits for a helper that was not scheduled. Small products
stay on the calling thread. (On idle cores OpenBLAS's own threads are 4 to 10 % faster for large
products. On busy ones 2048 x 2048 x 2048 took them twice as long as the pool, 256 x 784 x 512 up to
48 ms in place of 1.8; and behind a product they go on spinning for milliseconds, on the core that
the next kernel's helper wants.)

The number of BLAS's own threads is put back after every product: a caller's own products are not
ours to change.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lucid.autograd.mode import quiet
from lucid.kernels.launch.settings import get_target

__all__ = ["multiply"]

#: Multiplications up to which OpenBLAS itself stays on the calling thread.
_TINY = 64 * 64 * 64
#: Multiplications below which waking a second thread costs what it brings (40 microseconds).
_SMALL = 4_000_000

_KERNEL = '''
"""One block of a matrix product."""

from numpy import int64
from lucid.kernels.targets.foreign import address, gemm_{0}
from lucid.kernels.targets.memory import operand, scalar


def gemm(operands, scalars, count):
    size = operand(operands, 2, count, int64)[0]
    fixed = int64(scalar(scalars, 1))
    by_rows = scalar(scalars, 2) != 0.0
    m = size if by_rows else fixed
    n = fixed if by_rows else size
    gemm_{0}(
        int64(scalar(scalars, 0)),
        int64(scalar(scalars, 3)),
        int64(scalar(scalars, 4)),
        m,
        n,
        int64(scalar(scalars, 5)),
        address(operands, 0),
        int64(scalar(scalars, 6)),
        address(operands, 1),
        int64(scalar(scalars, 7)),
        address(operands, 3),
        int64(scalar(scalars, 8)),
    )
'''


class _Library(NamedTuple):
    """What is used of OpenBLAS; the addresses are of ``cblas_sgemm`` and ``cblas_dgemm``."""

    threads: Callable[[], int]
    set_threads: Callable[[int], None]
    gemm: dict[np.dtype[Any], int]


@cache
def _library() -> _Library | None:
    """Return the OpenBLAS that NumPy has loaded, or None if it uses another library."""
    root = Path(np.__file__).parent
    for folder in (root.parent / "numpy.libs", root / ".dylibs"):
        for path in folder.glob("*openblas*"):
            # The library is loaded already: this finds it again.
            library = ctypes.CDLL(str(path))
            for prefix in ("scipy_", ""):
                names = (
                    f"{prefix}openblas_get_num_threads64_",
                    f"{prefix}openblas_set_num_threads64_",
                    f"{prefix}cblas_sgemm64_",
                    f"{prefix}cblas_dgemm64_",
                )
                if all(hasattr(library, name) for name in names):
                    get, put, single, double = (getattr(library, name) for name in names)
                    get.restype, get.argtypes = ctypes.c_int, []
                    put.restype, put.argtypes = None, [ctypes.c_int]
                    addresses = [
                        ctypes.cast(function, ctypes.c_void_p).value or 0
                        for function in (single, double)
                    ]
                    dtypes = (np.dtype(np.float32), np.dtype(np.float64))
                    return _Library(get, put, dict(zip(dtypes, addresses, strict=True)))
    return None


@cache
def _plan(dtype: np.dtype[Any]) -> Any:
    from lucid.kernels.targets import compiler, native

    source = _KERNEL.format("f32" if dtype.itemsize == 4 else "f64")
    kernel = compiler.compile_kernel("gemm", source, independent=False)
    return native.plan(kernel, "cccc", (dtype, dtype, np.dtype(np.int64), dtype), 1, 9, 1)


@cache
def _sizes(total: int, blocks: int) -> np.ndarray[Any, Any]:
    """Cut a length into equal blocks of a multiple of 16, a vector's width, and a rest."""
    each = -(-total // blocks)
    each = min(total, -(-each // 16) * 16)
    full, rest = divmod(total, each)
    sizes = np.array([each] * full + [rest] * (rest > 0), np.int64)
    sizes.flags.writeable = False
    return sizes


def _leading(strides: tuple[int, int], shape: tuple[int, int], size: int) -> tuple[int, int] | None:
    """Return (transposed, leading dimension) as BLAS wants them, or None if it can't read it."""
    rows, columns = strides
    if columns == size and rows >= size * shape[1] and rows % size == 0:
        return 0, rows // size
    if rows == size and columns >= size * shape[0] and columns % size == 0:
        return 1, columns // size
    return None


class _Recipe(NamedTuple):
    """How a product of certain shapes and strides is launched."""

    plan: Any
    scalars: tuple[float, ...]
    space: Any
    sizes: np.ndarray[Any, Any]


@lru_cache(maxsize=4096)
def _recipe(
    dtype: np.dtype[Any],
    shape: tuple[int, int, int],
    left: tuple[int, int],
    right: tuple[int, int],
    threads: int,
) -> _Recipe | None:
    """Cut a product into blocks; None if BLAS can't read the layout."""
    library = _library()
    m, k, n = shape
    size = dtype.itemsize
    lda, ldb = _leading(left, (m, k), size), _leading(right, (k, n), size)
    if library is None or lda is None or ldb is None:
        return None
    from lucid.kernels.targets import native

    # Every block reads, and packs, the whole of the other operand: cut the longer side, and into
    # no more blocks than there are threads.
    by_rows = m >= n
    sizes = _sizes(m if by_rows else n, threads)
    step = int(sizes[0])
    strides = (
        (step * left[0] if by_rows else 0,),
        (0 if by_rows else step * right[1],),
        (8,),
        (step * (n * size if by_rows else size),),
    )
    numbers = (library.gemm[dtype], n if by_rows else m, by_rows, lda[0], ldb[0], k, lda[1], ldb[1])
    space = native.geometry((len(sizes),), 1, strides, whole=True)
    return _Recipe(_plan(dtype), (*map(float, numbers), float(n)), space, sizes)


def _shared(x: Any, y: Any, threads: int) -> Any:
    """Return the product of two matrices, cut into blocks; None if the layout does not allow it."""
    from lucid.kernels.targets import native

    (m, k), n = x.shape, y.shape[1]
    recipe = _recipe(x.dtype, (m, k, n), x.strides, y.strides, threads)
    if recipe is None:
        return None
    out = np.empty((m, n), x.dtype)
    done = native.nested(recipe.plan, 0, recipe.scalars, recipe.space, x, y, recipe.sizes, out)
    return out if done is True else None


def multiply(x: Any, y: Any) -> Any:
    """Return ``numpy.matmul(x, y)``."""
    if type(x) is not np.ndarray or type(y) is not np.ndarray:
        return x @ y  # on a GPU, by its own library
    library = _library()
    if library is None:
        return quiet.run(np.matmul, x, y)
    # Of a stack of matrices NumPy multiplies one after the other: what counts is the size of one.
    rows = x.shape[-2] if x.ndim > 1 else 1
    columns = y.shape[-1] if y.ndim > 1 else 1
    work = rows * x.shape[-1] * columns if x.ndim else 0
    if work <= _TINY:
        return quiet.run(np.matmul, x, y)
    if work >= _SMALL:
        return _multiply_large(x, y, library)
    return _on_one_thread(library, quiet.run, np.matmul, x, y)


def _on_one_thread(library: _Library, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function while BLAS uses the calling thread alone.

    No lock: of several threads here, each puts back what it found above one, and one that finds
    another's single thread leaves it alone.
    """
    threads = library.threads()
    if threads > 1:
        library.set_threads(1)
    try:
        return function(*arguments)
    finally:
        if threads > 1:
            library.set_threads(threads)


def _multiply_large(x: Any, y: Any, library: _Library) -> Any:
    """Multiply on the target in force: one thread or our pool; BLAS's own where neither fits."""
    if get_target() == "cpu":
        return _on_one_thread(library, quiet.run, np.matmul, x, y)
    from lucid.kernels.targets.pool import get_num_threads

    threads = get_num_threads()
    if threads == 1:
        return _on_one_thread(library, quiet.run, np.matmul, x, y)
    fits = x.ndim == 2 and y.ndim == 2 and x.dtype is y.dtype and x.dtype in library.gemm
    if fits and x.shape[1] == y.shape[0]:
        found = _on_one_thread(library, _shared, x, y, threads)
        if found is not None:
            return found
    return quiet.run(np.matmul, x, y)
