"""What is known of a program for one list of argument types: dtypes and kernels."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np

from lucid.kernels.codegen import FlatKernel, write_flat
from lucid.kernels.expression import Expression, infer
from lucid.kernels.expression.dtypes import DType, is_weak
from lucid.kernels.expression.infer import output_dtypes
from lucid.kernels.launch.direct import Launch, direct_call

__all__ = ["GRAIN", "Signature", "form"]

#: Work, in additions, that takes about ten microseconds on one thread.
GRAIN = 400_000


class Signature:
    """What is known for one list of argument types: result dtypes and a kernel for each layout."""

    def __init__(
        self, expression: Expression, kinds: tuple[DType, ...], dtypes: tuple[np.dtype, ...] | None
    ) -> None:
        self._expression = expression
        self.kinds = kinds
        self.arrays = [k for k, kind in enumerate(kinds) if not is_weak(kind)]
        self.scalars = [k for k, kind in enumerate(kinds) if is_weak(kind)]
        #: Python integers: they reach the kernel as float64, exactly up to 2**53.
        self.integers = [k for k, kind in enumerate(kinds) if kind is int]
        if dtypes is None:
            dtypes = output_dtypes(expression, infer(expression, kinds), kinds)
        self.results = dtypes
        self._plans: dict[str, Any] = {}

    @cached_property
    def plain(self) -> Any:
        """The plan for arrays of one shape in C order."""
        return self.plan("c" * len(self.arrays))

    @cached_property
    def launch(self) -> Launch:
        """The launch of that plan, from the values of a program."""
        from lucid.kernels.targets import native

        call = direct_call(
            tuple(None if k in self.arrays else kind for k, kind in enumerate(self.kinds)),
            len(self.results),
        )
        return partial(call, native.flat, self.plain)

    def write(self, layout: str) -> FlatKernel:
        return write_flat(self._expression, self.kinds, layout, self.results)

    def plan(self, layout: str) -> Any:
        """Return the launcher's plan of the kernel for a layout of the array inputs."""
        found = self._plans.get(layout)
        if found is None:
            from lucid.kernels.targets import compiler, native

            written = self.write(layout)
            kernel = compiler.compile_kernel(written.name, written.source, streams=True)
            # An operand costs as much as a few additions in the cache, more beyond it.
            grain = GRAIN // (written.cost + 3 * len(written.operands))
            outputs = len(self.results)
            found = native.plan(
                kernel,
                layout + "c" * outputs,
                written.operands,
                outputs,
                len(self.scalars),
                max(grain, 1024),
            )
            self._plans[layout] = found
        return found


def form(value: Any) -> Any:
    """Return what decides how a value is broadcast and which kernel it wants."""
    if type(value) is np.ndarray:
        return value.shape, value.strides, value.dtype
    return type(value)
