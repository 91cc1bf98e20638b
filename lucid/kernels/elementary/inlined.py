"""Functions of which Numba makes LLVM's text and no machine code.

Numba turns every function that it compiles into machine code at once, with an entry for Python. An
elementary function only ever disappears into the kernels that call it: nobody would run that code,
and making it takes a fifth of the time that a process without cached kernels needs to its first
gradient. So the text is made with Numba's generator for object files, which stops there.
"""

import functools
from typing import Any

from numba.core import codegen, compiler, dispatcher, registry

__all__ = ["Inlined", "library", "text_flags"]

_dispatcher: Any = dispatcher
_FunctionCompiler: Any = _dispatcher._FunctionCompiler
_CPUDispatcher: Any = registry.CPUDispatcher


@functools.cache
def _generator() -> Any:
    made: Any = codegen.AOTCPUCodegen
    return made("lucid")


def library(name: str) -> Any:
    """Return an empty library for text that does not become machine code."""
    return _generator().create_library(name)


def text_flags(target: Any, options: dict[str, Any]) -> Any:
    """Return Numba's flags for a function of these options, without entries and machine code."""
    make: Any = compiler.Flags
    flags = make()
    target.options.parse_as_flags(flags, options)
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = flags.no_compile = True
    return flags


class _Compiler(_FunctionCompiler):
    def _compile_core(self, args: Any, return_type: Any) -> Any:
        target, function = self.targetdescr, self._get_implementation(args, {})
        made = library(function.__name__)
        translate: Any = compiler.compile_extra
        result = translate(
            target.typing_context,
            target.target_context,
            function,
            args=args,
            return_type=return_type,
            flags=text_flags(target, self.targetoptions),
            locals=self.locals,
            pipeline_class=self.pipeline_class,
            library=made,
        )
        made.finalize()
        # Numba finds a function by its entry in machine code; this one is found by an object.
        key = object()
        target.target_context.insert_user_function(key, result.fndesc, [made])
        return result._replace(entry_point=key)


class Inlined(_CPUDispatcher):
    """A function for compiled functions to call; in Python there is its ``py_func``."""

    def __init__(self, function: Any, options: dict[str, Any]) -> None:
        options = {"nopython": True, "forceinline": True, **options}
        super().__init__(function, targetoptions=options)
        self._compiler: Any = _Compiler(
            function, self.targetdescr, options, self.locals, compiler.Compiler
        )

    def __call__(self, *arguments: Any) -> Any:
        """Refuse: there is no machine code to call."""
        raise TypeError(
            f"{self.__name__} is part of compiled functions and has no code of its own; "
            "call .py_func, or the operation of that name"
        )

    def _insert(self, *_: Any) -> None:
        # Numba would enter the machine code into its table of what Python may call.
        return None
