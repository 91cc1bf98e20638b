"""Vector forms of scalar functions, in LLVM's language, for one processor.

LLVM's loop vectoriser replaces a call of a scalar function by a call of a vector function that
the scalar one names in its attribute ``vector-function-abi-variant``. That is used for what the
vectoriser can't find by itself: a table that lies in registers, an instruction that LLVM's
language has no word for, and a branch for a whole vector. `lucid.kernels.elementary._variants`
defines the scalar functions. Here `offer` gives them the attribute and declares a vector function
for each length that the vectoriser may choose; after vectorisation `define` writes those that are
called, and `settle` lets all of them disappear into the loops. Where the processor has nothing
better, the scalar function becomes part of the loop before, like any other.

Source: "Vector Function ABI variants", in LLVM's documentation of its language and of VFABI.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["define", "is_kept", "offer", "settle"]

_DEFINITION = re.compile(
    r"^define [^@\n]*?(?P<result>\w+) @(?P<name>lucid\.(?P<family>table|instruction|rescue|slow)"
    r"\.[\w.]+)\((?P<parameters>[^)\n]*)\)[^{\n]*\{$",
    re.MULTILINE,
)
_DECLARATION = re.compile(
    r"^declare [^@\n]*<(?P<width>\d+) x (?P<result>\w+)> @(?P<full>(?P<name>"
    r"lucid\.(?P<family>table|instruction|rescue)\.[\w.]+)\.v\d+)\((?P<parameters>[^)\n]*)\)",
    re.MULTILINE,
)
_KEPT = re.compile(r"lucid\.(table|instruction|rescue|slow|cold|warm)\.|llvm\.compiler\.used$")
_SETTLED = re.compile(
    r"^define (?P<head>[^@\n]*@lucid\.(?P<family>table|instruction|rescue|slow|cold|warm)\.[^\n]*?)"
    r"(?P<attributes> #\d+)? \{$",
    re.MULTILINE,
)
#: What LLVM must not take away though nothing uses it yet.
_USED = re.compile(r"^@llvm\.compiler\.used = [^\n]*$", re.MULTILINE)
_ARM_LOOKUP = "@llvm.aarch64.neon.tbl4.v16i8"
_PURE = "nounwind willreturn memory(none)"
#: Bits of a register of AVX-512, of one of AVX2, and of one of ARM's.
_LONG, _MIDDLE, _SHORT = 512, 256, 128
#: Elements of a vector, as the vectoriser may choose them.
_WIDTHS = (2, 4, 8, 16)


@dataclass(frozen=True)
class _Scalar:
    """A scalar function: its name and family, and the types of its result and parameters.

    ``register`` is how many bits a register of the processor holds.
    """

    name: str
    family: str
    result: str
    parameters: tuple[str, ...]
    register: int

    @property
    def lanes(self) -> int:
        """How many results a register holds."""
        return self.register // (64 if self.result == "double" else 32)


@dataclass
class _Body:
    """The lines of a function; every instruction gets a name of its own."""

    lines: list[str] = field(default_factory=list)

    def add(self, instruction: str) -> str:
        name = f"%t{len(self.lines)}"
        self.lines.append(f"  {name} = {instruction}")
        return name


def _shuffle(body: _Body, kind: str, length: int, values: Sequence[str], chosen: range) -> str:
    """Choose elements of one vector, or of two joined; beyond its end, the last one again."""
    vector = f"<{length} x {kind}>"
    last = length * len(values) - 1
    numbers = ", ".join(f"i32 {min(i, last)}" for i in chosen)
    second = values[1] if len(values) > 1 else "poison"
    return body.add(
        f"shufflevector {vector} {values[0]}, {vector} {second}, <{len(chosen)} x i32> <{numbers}>"
    )


def _by_register(scalar: _Scalar, width: int, compute: Callable[[_Body, list[str]], str]) -> str:
    """Write a vector function that computes register by register.

    A shorter vector is filled up, a longer one is cut into registers.
    """
    lanes, body, found = scalar.lanes, _Body(), []
    for start in range(0, width, lanes):
        chosen = range(start, start + lanes)
        found.append(
            compute(
                body,
                [
                    _shuffle(body, kind, width, [f"%x{k}"], chosen)
                    for k, kind in enumerate(scalar.parameters)
                ],
            )
        )
    length = lanes
    while len(found) > 1:
        found = [
            _shuffle(body, scalar.result, length, found[j : j + 2], range(2 * length))
            for j in range(0, len(found), 2)
        ]
        length *= 2
    result = found[0]
    if length > width:
        result = _shuffle(body, scalar.result, length, [result], range(width))
    vector = f"<{width} x {scalar.result}>"
    given = ", ".join(f"<{width} x {kind}> %x{k}" for k, kind in enumerate(scalar.parameters))
    head = f"define {vector} @{scalar.name}.v{width}({given}) {_PURE} {{"
    return "\n".join([head, *body.lines, f"  ret {vector} {result}", "}"])


def _lookup(scalar: _Scalar, parts: int) -> tuple[str, tuple[str, ...]]:
    """Return the name of the look-up in one or two registers, and its operands' types."""
    if scalar.result == "double":
        name = "512.permvar.df.512" if parts == 1 else "512.vpermi2var.pd.512"
    elif scalar.register == _LONG:
        name = "512.permvar.sf.512" if parts == 1 else "512.vpermi2var.ps.512"
    else:
        name = "2.permps"
    register = f"<{scalar.lanes} x {scalar.result}>"
    place = f"<{scalar.lanes} x {scalar.parameters[0]}>"
    return f"@llvm.x86.avx{name}", (register, place, register)[: parts + 1]


def _arm_table(scalar: _Scalar, width: int) -> str:
    """Write the look-up in a table of 16 numbers: ARM chooses among the bytes of four registers."""

    def compute(body: _Body, given: list[str]) -> str:
        parts = []
        for k in range(4):
            at = body.add(f"getelementptr i8, ptr @{scalar.name}.values, i64 {16 * k}")
            parts.append(body.add(f"load <16 x i8>, ptr {at}, align 16"))
        place = body.add(f"and <4 x i32> {given[0]}, splat (i32 15)")
        # The places of the four bytes of a number: four times its own, and from 0 to 3 more.
        first = body.add(f"mul <4 x i32> {place}, splat (i32 {0x04040404})")
        places = body.add(f"add <4 x i32> {first}, splat (i32 {0x03020100})")
        operands = [*parts, body.add(f"bitcast <4 x i32> {places} to <16 x i8>")]
        arguments = ", ".join(f"<16 x i8> {operand}" for operand in operands)
        found = body.add(f"call <16 x i8> {_ARM_LOOKUP}({arguments})")
        return body.add(f"bitcast <16 x i8> {found} to <4 x float>")

    return _by_register(scalar, width, compute)


def _loaded_table(scalar: _Scalar, width: int) -> str:
    """Write the look-up of float64 for ARM, whose registers are too short for it.

    It loads one number after the other. The vectoriser would take that for so expensive that the
    whole loop stayed scalar code, though the look-ups are a small part of it.
    """
    count = int(scalar.name.split(".")[3])

    def compute(body: _Body, given: list[str]) -> str:
        place = body.add(f"and <2 x i64> {given[0]}, splat (i64 {count - 1})")
        found = "poison"
        for lane in range(2):
            index = body.add(f"extractelement <2 x i64> {place}, i64 {lane}")
            at = body.add(f"getelementptr double, ptr @{scalar.name}.values, i64 {index}")
            number = body.add(f"load double, ptr {at}, align 8")
            found = body.add(f"insertelement <2 x double> {found}, double {number}, i64 {lane}")
        return found

    return _by_register(scalar, width, compute)


def _table(scalar: _Scalar, width: int) -> str:
    """Write the look-up of `width` numbers in a table that lies in registers."""
    if scalar.register == _SHORT:
        return (_arm_table if scalar.result == "float" else _loaded_table)(scalar, width)
    lanes, size = scalar.lanes, int(scalar.name.split(".")[3])
    register, place = f"<{lanes} x {scalar.result}>", f"<{lanes} x {scalar.parameters[0]}>"
    count, bytes_each = size // lanes, scalar.register // 8
    # AVX2 has no look-up in two registers.
    step = min(count, 2) if scalar.register == _LONG else 1
    name, _ = _lookup(scalar, step)

    def compute(body: _Body, given: list[str]) -> str:
        (index,) = given
        parts = []
        for k in range(count):
            at = body.add(f"getelementptr i8, ptr @{scalar.name}.values, i64 {bytes_each * k}")
            parts.append(body.add(f"load {register}, ptr {at}, align {bytes_each}"))
        found = []
        for k in range(0, count, step):
            second = f", {register} {parts[k + 1]}" if step == 2 else ""
            found.append(
                body.add(f"call {register} {name}({register} {parts[k]}, {place} {index}{second})")
            )
        # The bits of the index above those that one instruction reads choose between its results.
        bit = step * lanes
        while len(found) > 1:
            masked = body.add(f"and {place} {index}, splat ({scalar.parameters[0]} {bit})")
            low = body.add(f"icmp eq {place} {masked}, zeroinitializer")
            found = [
                body.add(
                    f"select <{lanes} x i1> {low}, {register} {found[j]}, {register} {found[j + 1]}"
                )
                for j in range(0, len(found), 2)
            ]
            bit *= 2
        return found[0]

    return _by_register(scalar, width, compute)


#: Instructions of AVX-512 by the names of the scalar functions that mean the same.
_INSTRUCTIONS = {
    "scale.f32": "@llvm.x86.avx512.mask.scalef.ps.512",
    "scale.f64": "@llvm.x86.avx512.mask.scalef.pd.512",
}


def _masked(scalar: _Scalar) -> tuple[str, str, str]:
    """Return an instruction, a register's type and a mask's: no lane is masked out."""
    lanes = scalar.lanes
    name = _INSTRUCTIONS[scalar.name.removeprefix("lucid.instruction.")]
    return name, f"<{lanes} x {scalar.result}>", f"i{lanes}"


def _instruction(scalar: _Scalar, width: int) -> str:
    """Write a vector function that is one instruction of AVX-512 for each register."""
    name, register, mask = _masked(scalar)

    def compute(body: _Body, given: list[str]) -> str:
        operands = ", ".join(f"{register} {value}" for value in given)
        # 4: round as the processor is set to.
        return body.add(f"call {register} {name}({operands}, {register} poison, {mask} -1, i32 4)")

    return _by_register(scalar, width, compute)


def _rescue(scalar: _Scalar, width: int, loop: int) -> str:
    """Write the branch for a whole vector, and the slow way as a function of its own.

    A long one is out of line, so that the loop that it is called from stays small. Its own loop,
    of as many turns as the vector has elements, becomes vector code like any other; forced, for a
    loop that short would be unrolled instead. In short registers it stays a loop: LLVM can't gather
    there, and would warn that it did not obey.
    """
    number, vector = scalar.result, f"<{width} x {scalar.result}>"
    places = range(len(scalar.parameters) - 2)
    stem = scalar.name.removeprefix("lucid.rescue.")
    short = stem.startswith("short.")
    forced = "true" if scalar.register > _SHORT else "false"
    whole = f"@lucid.{'warm' if short else 'cold'}.{stem}.v{width}"
    given = ", ".join(f"{vector} %x{k}" for k in places)
    one = ", ".join(f"{number} %e{k}" for k in places)
    lines = [
        f"define {vector} {whole}({given}) {'' if short else 'noinline cold '}{_PURE} {{",
        f"entry:\n  %out = alloca {vector}",
        *(f"  %in{k} = alloca {vector}\n  store {vector} %x{k}, ptr %in{k}" for k in places),
        "  br label %turn\nturn:\n  %i = phi i64 [ 0, %entry ], [ %next, %turn ]",
        *(
            f"  %p{k} = getelementptr {number}, ptr %in{k}, i64 %i\n"
            f"  %e{k} = load {number}, ptr %p{k}"
            for k in places
        ),
        f"  %y = call {number} @lucid.slow.{stem}({one})",
        f"  %q = getelementptr {number}, ptr %out, i64 %i\n  store {number} %y, ptr %q",
        f"  %next = add nuw nsw i64 %i, 1\n  %more = icmp ne i64 %next, {width}",
        f"  br i1 %more, label %turn, label %done, !llvm.loop !{loop}",
        f"done:\n  %all = load {vector}, ptr %out\n  ret {vector} %all\n}}",
        f"define {vector} @{scalar.name}.v{width}(<{width} x i1> %need, {vector} %fast, {given}) "
        f"{_PURE} {{",
        f"entry:\n  %any = call i1 @llvm.vector.reduce.or.v{width}i1(<{width} x i1> %need)",
        "  %expected = call i1 @llvm.expect.i1(i1 %any, i1 false)",
        f"  br i1 {'%any' if short else '%expected'}, label %slow, label %done",
        f"slow:\n  %all = call {vector} {whole}({given})",
        f"  %mixed = select <{width} x i1> %need, {vector} %all, {vector} %fast",
        "  br label %done",
        f"done:\n  %result = phi {vector} [ %fast, %entry ], [ %mixed, %slow ]",
        f"  ret {vector} %result\n}}",
        f"!{loop} = distinct !{{!{loop}, !{loop + 1}, !{loop + 2}, !{loop + 3}}}",
        f'!{loop + 1} = !{{!"llvm.loop.unroll.disable"}}',
        f'!{loop + 2} = !{{!"llvm.loop.vectorize.enable", i1 {forced}}}',
        f'!{loop + 3} = !{{!"llvm.loop.vectorize.width", i32 {width}}}',
    ]
    return "\n".join(lines)


def _needed(scalar: _Scalar, width: int) -> set[str]:
    """Declare what a vector function refers to."""
    if scalar.family == "table":
        size = scalar.name.split(".")[3]
        lines = {f"@{scalar.name}.values = external constant [{size} x {scalar.result}]"}
        if scalar.register == _SHORT:
            if scalar.result == "double":
                return lines
            return {*lines, f"declare <16 x i8> {_ARM_LOOKUP}({', '.join(['<16 x i8>'] * 5)})"}
        for parts in (1, 2) if scalar.register == _LONG else (1,):
            name, operands = _lookup(scalar, parts)
            lines.add(f"declare {operands[0]} {name}({', '.join(operands)})")
        return lines
    if scalar.family == "instruction":
        name, register, mask = _masked(scalar)
        parameters = (*[register] * (len(scalar.parameters) + 1), mask, "i32")
        return {f"declare {register} {name}({', '.join(parameters)})"}
    slow = scalar.name.replace(".rescue.", ".slow.", 1)
    return {
        f"declare i1 @llvm.vector.reduce.or.v{width}i1(<{width} x i1>)",
        "declare i1 @llvm.expect.i1(i1, i1)",
        f"declare {scalar.result} @{slow}({', '.join(scalar.parameters[2:])}) {_PURE}",
    }


def _register(features: str) -> int:
    """Return how many bits a register has in which one can look up; 0 if in none."""
    named = features.split(",")
    registers = {"+avx512f": _LONG, "+avx2": _MIDDLE, "+neon": _SHORT}
    return next((bits for feature, bits in registers.items() if feature in named), 0)


def _is_better(name: str, family: str, result: str, register: int) -> bool:
    """Whether a vector function is better than what the vectoriser makes of the scalar one."""
    if family == "rescue" or register == _LONG:
        return True
    if family != "table":
        return False
    # AVX2 can only choose among 32-bit numbers, ARM among 64 bytes.
    if register == _MIDDLE:
        return result == "float"
    return register == _SHORT and (result == "double" or ".16." in name)


def offer(text: str, features: str) -> str:
    """Return a module whose scalar functions name vector functions, which it declares.

    Parameters
    ----------
    text : str
        A module in LLVM's language, not optimised.
    features : str
        The processor's features, as LLVM spells them.
    """
    declarations: list[str] = []
    kept: list[str] = []
    register = _register(features)

    def mark(match: re.Match[str]) -> str:
        name, family, result = match["name"], match["family"], match["result"]
        kinds = [parameter.split()[0] for parameter in match["parameters"].split(",")]
        head = f"define {result} @{name}({match['parameters']}) {_PURE}"
        if family == "slow":
            kept.append(name)
        if family == "slow" or not _is_better(name, family, result, register):
            return f"{head} alwaysinline {{"
        for width in _WIDTHS:
            parameters = ", ".join(f"<{width} x {kind}>" for kind in kinds)
            vector = f"<{width} x {result}>"
            declarations.append(f"declare {vector} @{name}.v{width}({parameters}) {_PURE}")
            kept.append(f"{name}.v{width}")
        letters = "v" * len(kinds)
        variants = ",".join(f"_ZGV_LLVM_N{w}{letters}_{name}({name}.v{w})" for w in _WIDTHS)
        return f'{head} noinline speculatable "vector-function-abi-variant"="{variants}" {{'

    text = _DEFINITION.sub(mark, text)
    if kept:
        pointers = ", ".join(f"ptr @{name}" for name in kept)
        declarations.append(
            f"@llvm.compiler.used = appending global [{len(kept)} x ptr] [{pointers}], "
            'section "llvm.metadata"'
        )
    return "\n".join([text, *declarations, ""])


def is_kept(name: str) -> bool:
    """Whether a function has to be visible, and unchanged, until the loops are vector code."""
    return _KEPT.match(name) is not None


def define(text: str, features: str) -> str:
    """Write the vector functions that a module calls and does not define; empty if there are none.

    The slow ways among them have loops that are still to be vectorised. `features` are those that
    `offer` got.
    """
    register = _register(features)
    called = set(re.findall(r"call [^@\n]*@(lucid\.[\w.]+\.v\d+)\(", text))
    lines: set[str] = set()
    functions = []
    for match in _DECLARATION.finditer(text):
        if match["full"] not in called:
            continue
        width = int(match["width"])
        kinds = re.findall(r"<\d+ x (\w+)>", match["parameters"])
        scalar = _Scalar(match["name"], match["family"], match["result"], tuple(kinds), register)
        lines |= _needed(scalar, width)
        if scalar.family == "table":
            functions.append(_table(scalar, width))
        elif scalar.family == "instruction":
            functions.append(_instruction(scalar, width))
        else:
            functions.append(_rescue(scalar, width, 4 * len(functions)))
    return "\n".join([*sorted(lines), *functions])


def settle(text: str) -> str:
    """Return a module whose loops are vector code with the vector functions to be inlined."""

    def inline(match: re.Match[str]) -> str:
        attributes = match["attributes"] or ""
        if match["family"] != "cold":
            attributes = " alwaysinline"
        return f"define internal {match['head']}{attributes} {{"

    return _SETTLED.sub(inline, _USED.sub("", text))
