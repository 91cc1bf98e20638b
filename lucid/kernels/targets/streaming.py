"""Kernels that write past the caches, for arrays that no cache holds.

A vector that is stored like any other is first read: the cache takes the whole line over before it
changes. For arrays far beyond the last cache that is a third of all traffic, and it drives out what
was there. So an elementwise kernel has a second body whose vector stores are marked as
non-temporal; a negative count asks for it. The launcher does so when the outputs are large enough
and begin at cache lines (`jobs.is_streamed`).
"""

import re

__all__ = ["add_streaming"]

_STORE = re.compile(
    r"(store <(\d+) x (\w+)> .*, ptr (%[^,\s]+), )align \d+(.*!llvm\.access\.group.*)$",
    re.MULTILINE,
)
#: A name for a place in memory: of its own, or at some distance from another one.
_PLACE = re.compile(r"^  (%\S+) = (?:(alloca)|getelementptr .*?, ptr (%[^,\s]+))", re.MULTILINE)
_BYTES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "half": 2, "float": 4, "double": 8}
_METADATA = re.compile(r"^!(\d+) =", re.MULTILINE)
#: Outputs begin at cache lines, and the vector loop at the first element.
_LINE = 64


def add_streaming(text: str, entry: str) -> str:
    """Give the kernel `entry` of an optimised module its second body.

    Parameters
    ----------
    text : str
        The module in LLVM's language.
    entry : str
        A function of operands, scalars and a count.

    Returns
    -------
    str
        The module, in which `entry` takes negative counts too.
    """
    start = text.index(f"@{entry}(")
    start = text.rindex("\ndefine ", 0, start) + 1
    end = text.index("\n}\n", start) + 3
    body = text[start:end]
    stack = _on_stack(body)
    number = max(map(int, _METADATA.findall(text)), default=-1) + 1

    def stream(found: re.Match[str]) -> str:
        size = int(found[2]) * _BYTES.get(found[3], 0)
        # Only what a vector register holds as a whole can be stored in one piece.
        if size not in (16, 32, _LINE) or found[4] in stack:
            return found[0]
        return f"{found[1]}align {size}{found[5]}, !nontemporal !{number}"

    streamed = _STORE.sub(stream, body)
    if streamed == body:
        streamed = ""
    plain = body.replace(f"@{entry}(", f"@{entry}_plain(", 1).replace(
        "define ", "define internal ", 1
    )
    streamed = streamed.replace(f"@{entry}(", f"@{entry}_streamed(", 1)
    streamed = streamed.replace("define ", "define internal ", 1)
    goal = f"{entry}_streamed" if streamed else f"{entry}_plain"
    choice = (
        f"define void @{entry}(i64 %a, i64 %b, i64 %c) {{\n"
        "  %large = icmp slt i64 %c, 0\n  br i1 %large, label %past, label %usual\n"
        f"usual:\n  tail call void @{entry}_plain(i64 %a, i64 %b, i64 %c)\n  ret void\n"
        f"past:\n  %count = sub i64 0, %c\n"
        f"  tail call void @{goal}(i64 %a, i64 %b, i64 %count)\n  ret void\n}}\n"
    )
    return f"{text[:start]}{plain}\n{streamed}\n{choice}{text[end:]}\n!{number} = !{{i32 1}}\n"


def _on_stack(body: str) -> set[str]:
    """Return the names of places on the stack, of which nothing is known but their names."""
    found: set[str] = set()
    for name, own, base in _PLACE.findall(body):
        if own or base in found:
            found.add(name)
    return found
