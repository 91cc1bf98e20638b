"""Choice between two values that are there already."""

from typing import Any

from numba.core import types
from numba.extending import intrinsic

__all__ = ["select"]


@intrinsic
def select(typing_context: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return ``a if condition else b``, without a branch.

    LLVM moves what a branch alone uses into it. Two loads from memory become one from an address
    that was chosen, and a loop with such a load has to gather.
    """
    plain: Any = types.unliteral
    kind = typing_context.unify_types(plain(a), plain(b))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return kind(types.boolean, kind, kind), generate
