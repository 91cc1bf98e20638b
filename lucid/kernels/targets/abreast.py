"""One branch for several vectors that a loop computes side by side.

LLVM's vectoriser computes several vectors in one turn of a loop and writes a call of a `rescue`
(see `lucid.kernels.targets.variants`) for each of them. With a branch for each, the vectors would
come one after the other again: LLVM moves what only the second vector needs behind the branch of
the first, and the processor, which looks only so far ahead, waits for the first vector's chain of
operations. So calls of one function that stand together become one call: if any element of any of
the vectors needs its slow way, each vector gets its own branch, else none does.
"""

import re
from dataclasses import dataclass

__all__ = ["join"]

_CALL = re.compile(
    r"^  (?P<result>%[\w.\"$-]+) = (?:tail )?call (?:contract )?(?P<kind><\d+ x \w+>) "
    r"@(?P<name>lucid\.rescue\.[\w.]+\.v\d+)\((?P<arguments>[^()]*)\)(?P<rest>[^()]*)$"
)
#: An argument that is a value and not a constant.
_ARGUMENT = re.compile(r"(<\d+ x \w+>) (%[\w.\"$-]+)")
_VALUE = re.compile(r"%[\w.\"$-]+")
#: The lines that end a basic block, whose values are then no longer in the making.
_END = re.compile(r"^(?:\}|[\w.\"$-]+:|  (?:br|ret|switch|unreachable)\b)")


@dataclass(frozen=True)
class _Call:
    line: str
    result: str
    kind: str
    name: str
    arguments: tuple[tuple[str, str], ...]


def _read(line: str) -> _Call | None:
    """Return the call of a rescue in a line, if it has one whose arguments are all values."""
    found = _CALL.match(line)
    if found is None:
        return None
    arguments = tuple(_ARGUMENT.findall(found["arguments"]))
    if ", ".join(map(" ".join, arguments)) != found["arguments"]:
        return None
    return _Call(line, found["result"], found["kind"], found["name"], arguments)


def _joined(calls: list[_Call], number: int) -> list[str]:
    """Write one call in the place of several."""
    first = calls[0]
    if len(calls) == 1:
        return [first.line]
    shape = f"{{ {', '.join(call.kind for call in calls)} }}"
    given = ", ".join(" ".join(pair) for call in calls for pair in call.arguments)
    whole = f"%abreast.{number}"
    return [
        f"  {whole} = call {shape} @{first.name}.by{len(calls)}({given})",
        *(
            f"  {call.result} = extractvalue {shape} {whole}, {part}"
            for part, call in enumerate(calls)
        ),
    ]


def _function(call: _Call, count: int) -> str:
    """Write the function with one branch for `count` vectors."""
    kinds = [kind for kind, _ in call.arguments]
    shape = f"{{ {', '.join([call.kind] * count)} }}"
    width = kinds[0].split()[0][1:]

    def name(part: int, place: int) -> str:
        return f"%p{part}.{place}"

    def values(part: int) -> str:
        return ", ".join(f"{kind} {name(part, place)}" for place, kind in enumerate(kinds))

    lines = [
        f"define internal {shape} @{call.name}.by{count}({', '.join(map(values, range(count)))}) "
        "alwaysinline nounwind willreturn memory(none) {\nentry:"
    ]
    need = name(0, 0)
    for part in range(1, count):
        lines.append(f"  %need{part} = or {kinds[0]} {need}, {name(part, 0)}")
        need = f"%need{part}"
    lines += [
        f"  %any = call i1 @llvm.vector.reduce.or.v{width}i1({kinds[0]} {need})",
        "  %expected = call i1 @llvm.expect.i1(i1 %any, i1 false)",
        "  br i1 %expected, label %apart, label %done\napart:",
        *(f"  %a{part} = call {call.kind} @{call.name}({values(part)})" for part in range(count)),
        "  br label %done\ndone:",
        *(
            f"  %r{part} = phi {call.kind} [ {name(part, 1)}, %entry ], [ %a{part}, %apart ]"
            for part in range(count)
        ),
    ]
    result = "poison"
    for part in range(count):
        lines.append(f"  %s{part} = insertvalue {shape} {result}, {call.kind} %r{part}, {part}")
        result = f"%s{part}"
    return "\n".join([*lines, f"  ret {shape} {result}\n}}"])


def join(text: str) -> str:
    """Return a module whose calls of one rescue, where they stand together, are one call.

    Parameters
    ----------
    text : str
        A module in LLVM's language whose loops are vector code.
    """
    lines: list[str] = []
    # LLVM wants values without a name in ascending order, so those that move get one.
    names: dict[str, str] = {}
    start = 0
    functions: dict[str, str] = {}
    declared: set[str] = set()
    waiting: list[_Call] = []
    results: set[str] = set()

    def settle() -> None:
        if not waiting:
            return
        lines.extend(_joined(waiting, len(lines)))
        names.update((result, f"%moved.{result[1:]}") for result in results if result[1:].isdigit())
        if len(waiting) > 1:
            call, count = waiting[0], len(waiting)
            functions[f"{call.name}.by{count}"] = _function(call, count)
            width = call.arguments[0][0].split()[0][1:]
            declared.add(f"declare i1 @llvm.vector.reduce.or.v{width}i1(<{width} x i1>)")
            declared.add("declare i1 @llvm.expect.i1(i1, i1)")
        waiting.clear()
        results.clear()

    for line in text.split("\n"):
        call = _read(line)
        if waiting and (
            _END.match(line)
            or (call is not None and call.name != waiting[0].name)
            or not results.isdisjoint(_VALUE.findall(line))
        ):
            settle()
        if line.startswith("define "):
            start = len(lines)
        if line == "}":
            lines[start:] = [_VALUE.sub(lambda v: names.get(v[0], v[0]), x) for x in lines[start:]]
            names.clear()
        if call is None:
            lines.append(line)
        else:
            waiting.append(call)
            results.add(call.result)
    declared = {line for line in declared if line.split("(")[0] not in text}
    return "\n".join([*lines, *sorted(declared), *functions.values(), ""])
