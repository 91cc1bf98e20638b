"""The exceptions of the library.

Each is a ``LucidError`` and also the built-in exception that fits, so that ``except ValueError``
goes on working. A message says what came, what was expected and how to mend it.
"""

__all__ = [
    "DataError",
    "DtypeError",
    "GraphError",
    "LucidError",
    "MissingExtraError",
    "ShapeError",
    "StateError",
    "TargetError",
    "TraceError",
]


class LucidError(Exception):
    """Base of every error that the library raises on purpose."""


class ShapeError(LucidError, ValueError):
    """Shapes that do not fit together, an axis out of range, an index out of bounds."""


class DtypeError(LucidError, TypeError):
    """A dtype that the operation does not take."""


class TargetError(LucidError, ValueError):
    """An unknown target, or one that is not available on this machine."""


class TraceError(LucidError, TypeError):
    """A scalar function that can't be traced into an expression."""


class GraphError(LucidError, RuntimeError):
    """A backward pass that can't be done: no graph, a freed graph, a value changed in place."""


class DataError(LucidError, ValueError):
    """A file or a table that can't be used."""


class StateError(LucidError, ValueError):
    """A state dictionary that does not fit the object that is to load it."""


class MissingExtraError(LucidError, ImportError):
    """An optional package is not installed."""
