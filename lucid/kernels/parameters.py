"""The parameters of a scalar function: which become values, which choose between programs."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lucid.kernels.errors import TraceError
from lucid.kernels.launch.convert import as_value

__all__ = ["KEYWORDS", "Parameters"]

#: What every operation's call takes beside the arguments of its function.
KEYWORDS = frozenset({"out", "target"})
_MENDS = {
    "axis": "; 'axis' is an argument of its own here: move the rows' axis to the end",
    "out": "; 'out' is an argument of its own here, and says nothing about where to write",
    "target": (
        "; 'target' is an argument of its own here: choose where it runs by "
        "`with lucid.target(...):`"
    ),
}


class Parameters:
    """What each parameter of a scalar function means, by its default.

    Attributes
    ----------
    signature
        The function's signature, without annotations.
    values
        Names of the parameters that are values: arrays, numbers, tensors, symbols.
    arrays
        The values without a default.
    own
        The names among `KEYWORDS`, or ``axis``, that are arguments of the function itself: there
        a call's keyword means the argument.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, keywords: frozenset[str] = KEYWORDS
    ) -> None:
        self._name = name
        try:
            full = inspect.signature(function)
        except (TypeError, ValueError):
            raise TraceError(
                f"{name} has no signature that can be read; pass a Python function"
            ) from None
        # Without annotations, which say nothing about arrays: it is shown to users.
        empty = inspect.Parameter.empty
        self.signature = full.replace(
            parameters=[p.replace(annotation=empty) for p in full.parameters.values()],
            return_annotation=inspect.Signature.empty,
        )
        self.values: list[str] = []
        #: Values whose default is a number.
        self.defaults: dict[str, Any] = {}
        #: Options whose default is a string or a flag.
        self.static: dict[str, Any] = {}
        #: None by default: a value when one is given.
        self.optional: set[str] = set()
        for parameter in self.signature.parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise TraceError(
                    f"{name} takes *{parameter.name}; a pointwise function names its arguments "
                    "one by one"
                )
            if parameter.name in keywords and parameter.kind is parameter.KEYWORD_ONLY:
                raise TraceError(
                    f"{name} takes {parameter.name!r} by keyword alone, which a call takes as "
                    f"well; put {parameter.name!r} in front of the *, or give it another name"
                )
            self._sort(parameter.name, parameter.default)
        self.own = keywords & self.signature.parameters.keys()
        self.arrays = tuple(
            value
            for value in self.values
            if value not in self.defaults and value not in self.optional
        )
        self.required = len(self.arrays)
        self._forms: dict[tuple[Any, ...], tuple[tuple[str, Any], ...]] = {}
        #: The options of a call that gives none.
        self.unset = {**self.static, **dict.fromkeys(sorted(self.optional))}

    def _sort(self, name: str, default: Any) -> None:
        if isinstance(default, (str, bool)):
            self.static[name] = default
            return
        self.values.append(name)
        if default is None:
            self.optional.add(name)
        elif default is not inspect.Parameter.empty:
            self.defaults[name] = as_value(default)

    def bind(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """Return the static options, absent optional values among them, and the values.

        Raises
        ------
        TypeError
            If the arguments do not fit the signature.
        """
        bound = {
            name: arguments[source] if type(source) is int else keywords[source]
            for name, source in self._sources(len(arguments), keywords)
        }
        static = {name: bound.get(name, default) for name, default in self.static.items()}
        for name, value in static.items():
            if not isinstance(value, (str, bool)):
                raise TypeError(
                    f"{self._name}: {name}={value!r} is a {type(value).__name__}; "
                    f"expected a {type(self.static[name]).__name__}"
                )
        absent = sorted(name for name in self.optional if bound.get(name) is None)
        static |= dict.fromkeys(absent)
        values = tuple(
            bound[name] if name in bound else self.defaults[name]
            for name in self.values
            if name not in static
        )
        return static, values

    def form(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[int, tuple[str, ...], tuple[tuple[int, Any], ...], tuple[tuple[Any, Any], ...]]:
        """Return what `learn_call` remembers of a call that `bind` has taken.

        The number of arguments by position, the names of the others, the arguments that are
        options, and for each value where it comes from; arguments are counted in order, those by
        keyword behind the others.
        """
        given = len(arguments)
        names = tuple([sys.intern(name) for name in keywords])
        everything = (*arguments, *keywords.values())
        places = {
            name: source if type(source) is int else given + names.index(source)
            for name, source in self._sources(given, keywords)
        }
        conditions = []
        sources: list[tuple[Any, Any]] = []
        for name in self.signature.parameters:
            place = places.get(name)
            absent = name in self.optional and (place is None or everything[place] is None)
            if name in self.static or absent:
                if place is not None:
                    conditions.append((place, everything[place]))
            else:
                sources.append((place, None if place is not None else self.defaults[name]))
        return given, names, tuple(conditions), tuple(sources)

    def _sources(self, count: int, keywords: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return for each parameter given the position or the keyword of its argument.

        Inspecting the signature takes longer than a small kernel, so each form of call is
        inspected once.
        """
        form = (count, *keywords)
        found = self._forms.get(form)
        if found is None:
            names = {name: name for name in keywords}
            try:
                bound = self.signature.bind(*range(count), **names)
            except TypeError as error:
                mend = "".join(_MENDS[name] for name in sorted(self.own & keywords.keys()))
                raise TypeError(f"{self._name}{self.signature}: {error}{mend}") from None
            found = self._forms[form] = tuple(bound.arguments.items())
        return found

    def claim(
        self, keywords: Mapping[str, Any], out: Any, target: Any
    ) -> tuple[dict[str, Any], Any, Any]:
        """Take what a call gave as ``out`` and ``target`` for the function's own arguments.

        Returns
        -------
        tuple
            The keywords with these arguments, and ``out`` and ``target`` of the call.
        """
        keywords = dict(keywords)
        if "out" in self.own and out is not None:
            keywords["out"], out = out, None
        if "target" in self.own and target is not None:
            keywords["target"], target = target, None
        return keywords, out, target

    def by_position(
        self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return a call whose keywords are none of the function's own, all of them by position."""
        if self.own.isdisjoint(keywords):
            return arguments, dict(keywords)
        names = self.signature.parameters
        rest = {name: value for name, value in keywords.items() if name not in names}
        mine = {name: value for name, value in keywords.items() if name in names}
        self._sources(len(arguments), mine)
        bound = self.signature.bind(*arguments, **mine)
        bound.apply_defaults()
        return bound.args, {**bound.kwargs, **rest}

    def tails(self) -> dict[int, tuple[Any, ...]]:
        """Return, for numbers of arguments given by position, the defaults of the other values.

        Only as far as such arguments are values: what comes behind an option is bound by `bind`.
        """
        reach = 0
        for name, parameter in self.signature.parameters.items():
            if name in self.unset or parameter.kind is parameter.KEYWORD_ONLY:
                break
            reach += 1
        defaults = tuple(self.defaults.values())
        return {
            count: defaults[count - self.required :] for count in range(self.required, reach + 1)
        }

    def split(self, static: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """Return which values the function gets by position and which by keyword.

        A value behind a static option goes by keyword, as the option does.
        """
        positional: list[str] = []
        keyword: list[str] = []
        behind = False
        for name, parameter in self.signature.parameters.items():
            if name in static:
                behind = True
            elif behind or parameter.kind is parameter.KEYWORD_ONLY:
                keyword.append(name)
            else:
                positional.append(name)
        return positional, keyword
