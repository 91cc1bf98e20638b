"""Python functions and methods made of machine code at run time, because the wheel holds none.

A ``PyMethodDef`` with the address of the code is all that CPython needs. The code gets its
arguments as a vector: ``self``, the address of the first argument, their number, and, for
functions that take keywords, the tuple of the keywords' names.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from lucid.kernels.targets.pool import machine_code

__all__ = ["bound_method", "install_call", "make_function"]

_METH_FASTCALL = 0x80
_METH_KEYWORDS = 0x02


class _Method(ctypes.Structure):
    """``PyMethodDef``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


#: Functions keep a pointer to their definition.
_methods: list[_Method] = []


def _definition(entry: str, name: str, doc: str, keywords: bool) -> Any:
    flags = _METH_FASTCALL | (_METH_KEYWORDS if keywords else 0)
    method = _Method(name.encode(), machine_code()[entry], flags, doc.encode())
    _methods.append(method)
    return ctypes.byref(method)


def make_function(
    entry: str, owner: Any, name: str, doc: str, keywords: bool = False
) -> Callable[..., Any]:
    """Make a function of an entry of the machine code, which gets `owner` as ``self``."""
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.POINTER(_Method), ctypes.py_object, ctypes.py_object]
    definition = _definition(entry, name, doc, keywords)
    function: Callable[..., Any] = make(definition, owner, "lucid.kernels.targets.native")
    return function


def bound_method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an attribute of a class of a function: an instance's call passes it the instance."""
    make = ctypes.pythonapi.PyInstanceMethod_New
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.py_object]
    method: Callable[..., Any] = make(function)
    return method


def install_call(kind: type, doc: str) -> None:
    """Let the machine code `operate` answer calls of the instances of a class.

    Their first slot holds the words of an operation; see `lucid.kernels.targets.calls`.
    """
    make = ctypes.pythonapi.PyDescr_NewMethod
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.py_object, ctypes.POINTER(_Method)]
    setattr(kind, "__call__", make(kind, _definition("operate", "__call__", doc, True)))  # noqa: B010
