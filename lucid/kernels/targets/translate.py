"""Translate the launcher into LLVM's language.

Numba compiles kernels, but takes two seconds for the launcher, on the first day of every user.
The launcher uses a small part of Python: integers of 64 bits, assignments, ``if``, ``while``,
``for`` over a range, calls of its own functions and of those in `words`. That part translates
directly; LLVM does the rest in milliseconds.

Every variable is a slot on the stack, which LLVM turns into a register. A condition is an integer;
``and``, ``or`` and ``x if c else y`` evaluate what Python would. Integers wrap, and division cuts
towards zero: the launcher divides nothing negative.
"""

import ast
from collections.abc import Iterable

from lucid.kernels.targets.words import PAUSES, TEMPLATES

__all__ = ["translate"]

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.FloorDiv: "sdiv",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.LShift: "shl",
    ast.RShift: "lshr",
}
_COMPARISONS: dict[type[ast.AST], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "slt",
    ast.LtE: "sle",
    ast.Gt: "sgt",
    ast.GtE: "sge",
}
_DECLARATIONS = """\
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
"""
_PAUSE_DECLARATIONS = {
    "x86_64": "declare void @llvm.x86.sse2.pause()\n",
    "aarch64": "declare void @llvm.aarch64.isb(i32)\n",
    "arm64": "declare void @llvm.aarch64.isb(i32)\n",
}


class _Translator:
    """One function: statements and expressions become lines."""

    def __init__(self, constants: dict[str, int], functions: dict[str, str], pause: str) -> None:
        self.constants = constants
        self.functions = functions
        self.pause = pause
        self.slots: list[str] = []
        self.lines: list[str] = []
        self.variables: set[str] = set()
        self.exits: list[str] = []
        self.count = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def emit(self, line: str) -> None:
        self.lines.append("  " + line)

    def label(self, label: str) -> None:
        """Begin a block; what came before goes on into it."""
        self.emit(f"br label %{label}")
        self.lines.append(f"{label}:")

    def leave(self, instruction: str) -> None:
        """End a block; lines up to the next label are never reached."""
        self.emit(instruction)
        self.lines.append(f"{self.name('dead')}:")

    def refuse(self, node: ast.AST) -> None:
        line = getattr(node, "lineno", 0)
        raise NotImplementedError(
            f"line {line}: {ast.unparse(node)!r} is not in the part of Python that the launcher "
            "may use; expected integers, if, while, for over a range, and calls of words"
        )

    def slot(self, name: str) -> str:
        if name not in self.variables:
            self.variables.add(name)
            self.slots.append(f"  %v.{name} = alloca i64")
        return f"%v.{name}"

    def write(self, name: str, value: str) -> None:
        self.emit(f"store i64 {value}, ptr {self.slot(name)}")

    # Expressions: each returns the operand that has its value.

    def binary(self, operator: str, left: str, right: str) -> str:
        result = self.name("%t")
        self.emit(f"{result} = {operator} i64 {left}, {right}")
        return result

    def flag(self, comparison: str, left: str, right: str) -> str:
        bit, result = self.name("%b"), self.name("%t")
        self.emit(f"{bit} = icmp {comparison} i64 {left}, {right}")
        self.emit(f"{result} = zext i1 {bit} to i64")
        return result

    def branch(self, condition: str, yes: str, no: str) -> None:
        bit = self.name("%b")
        self.emit(f"{bit} = icmp ne i64 {condition}, 0")
        self.emit(f"br i1 {bit}, label %{yes}, label %{no}")

    def expression(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=int(value)):
                return str(int(value))
            case ast.Name(id=name) if name in self.variables:
                result = self.name("%t")
                self.emit(f"{result} = load i64, ptr %v.{name}")
                return result
            case ast.Name(id=name) if name in self.constants:
                return str(self.constants[name])
            case ast.Attribute(value=ast.Name(id="at"), attr=name) if name in self.constants:
                return str(self.constants[name])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.binary(
                    _OPERATORS[type(op)], self.expression(left), self.expression(right)
                )
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return self.flag(
                    _COMPARISONS[type(op)], self.expression(left), self.expression(right)
                )
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.flag("eq", self.expression(operand), "0")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.binary("sub", "0", self.expression(operand))
            case ast.BoolOp(op=op, values=[first, *others]):
                rest = others[0] if len(others) == 1 else ast.BoolOp(op=op, values=others)
                if isinstance(op, ast.And):
                    return self.choice(first, rest, ast.Constant(0))
                return self.choice(first, ast.Constant(1), rest)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, body, orelse)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(node, name, arguments)
        self.refuse(node)
        return ""

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> str:
        """Evaluate one of two expressions; ``and`` and ``or`` give truth values only."""
        target = self.name("choice.")
        yes, no, end = self.name("yes"), self.name("no"), self.name("end")
        self.branch(self.expression(test), yes, no)
        for label, value in ((yes, body), (no, orelse)):
            self.lines.append(f"{label}:")
            self.write(target, self.expression(value))
            self.emit(f"br label %{end}")
        self.lines.append(f"{end}:")
        return self.expression(ast.Name(target))

    def call(self, node: ast.AST, name: str, arguments: list[ast.expr]) -> str:
        result = self.name("%t")
        if name == "scratch":
            size = self.expression(arguments[0])
            self.slots.append(f"  {result}.a = alloca [{size} x i64], align 16")
            self.emit(f"{result} = ptrtoint ptr {result}.a to i64")
        elif name == "pause":
            if self.pause:
                self.emit(self.pause)
            return "0"
        elif name == "call" and isinstance(arguments[1], ast.Tuple):
            address = self.expression(arguments[0])
            words = ", ".join(f"i64 {self.expression(word)}" for word in arguments[1].elts)
            self.emit(f"{result}.p = inttoptr i64 {address} to ptr")
            self.emit(f"{result} = call i64 {result}.p({words})")
        elif name in TEMPLATES:
            values = [self.expression(argument) for argument in arguments]
            template = TEMPLATES[name]
            if "{p}" in template:
                self.emit(f"{result}.p = inttoptr i64 {values[0]} to ptr")
            self.emit(template.format(*values, p=f"{result}.p", r=result, t=self.name("%x")))
        elif name in self.functions:
            words = ", ".join(f"i64 {self.expression(argument)}" for argument in arguments)
            self.emit(f"{result} = call i64 @{self.functions[name]}({words})")
        else:
            self.refuse(node)
        return result

    # Statements.

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Expr(value=value):
                self.expression(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.write(name, self.expression(value))
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                self.write(name, self.expression(ast.BinOp(ast.Name(name), op, value)))
            case ast.If(test=test, body=body, orelse=orelse):
                yes, no, end = self.name("yes"), self.name("no"), self.name("end")
                self.branch(self.expression(test), yes, no)
                for label, statements in ((yes, body), (no, orelse)):
                    self.lines.append(f"{label}:")
                    self.block(statements)
                    self.emit(f"br label %{end}")
                self.lines.append(f"{end}:")
            case ast.While(test=test, body=body, orelse=[]):
                head, inside, end = self.name("head"), self.name("body"), self.name("end")
                self.label(head)
                self.branch(self.expression(test), inside, end)
                self.lines.append(f"{inside}:")
                self.exits.append(end)
                self.block(body)
                self.exits.pop()
                self.emit(f"br label %{head}")
                self.lines.append(f"{end}:")
            case ast.For(
                target=ast.Name(id=name),
                iter=ast.Call(func=ast.Name(id="range"), args=bounds),
                body=body,
                orelse=[],
            ):
                self.counted(name, bounds, body)
            case ast.Break():
                self.leave(f"br label %{self.exits[-1]}")
            case ast.Return(value=None):
                self.leave("ret i64 0")
            case ast.Return(value=ast.expr() as value):
                self.leave(f"ret i64 {self.expression(value)}")
            case _:
                self.refuse(node)

    def counted(self, name: str, bounds: list[ast.expr], body: list[ast.stmt]) -> None:
        """Count from 0, or from the first of two bounds; as in Python the bounds stay."""
        start, stop = ([ast.Constant(0), *bounds])[-2:]
        limit, position = self.name("limit."), self.name("position.")
        self.write(position, self.expression(start))
        self.write(limit, self.expression(stop))
        step = ast.AugAssign(ast.Name(position), ast.Add(), ast.Constant(1))
        take = ast.Assign([ast.Name(name)], ast.Name(position))
        test = ast.Compare(ast.Name(position), [ast.Lt()], [ast.Name(limit)])
        self.statement(ast.While(test, [take, step, *body], []))


def translate(
    source: str, constants: dict[str, int], entries: dict[str, str], processor: str
) -> str:
    """Translate a module's functions.

    Parameters
    ----------
    source : str
        The module's text. Its functions take and return integers.
    constants : dict
        The integers that it knows by name, its own and those of `layout`, which it calls ``at``.
    entries : dict
        The functions that are to be visible in the object code, and their names there.
    processor : str
        LLVM's triple.

    Raises
    ------
    NotImplementedError
        If the source uses more of Python than this module knows; it names the line.
    """
    family = processor.split("-")[0]
    module = ast.parse(source)
    definitions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    functions = {node.name: entries.get(node.name, f"part.{node.name}") for node in definitions}
    text = [_DECLARATIONS, _PAUSE_DECLARATIONS.get(family, "")]
    for node in definitions:
        translator = _Translator(constants, functions, PAUSES.get(family, ""))
        names = [argument.arg for argument in node.args.args]
        for name in names:
            translator.write(name, f"%a.{name}")
        translator.block(node.body)
        linkage = "" if node.name in entries else "internal "
        words = ", ".join(f"i64 %a.{name}" for name in names)
        text.append(f"define {linkage}i64 @{functions[node.name]}({words}) {{\n")
        text.append("\n".join([*translator.slots, *translator.lines, "  ret i64 0"]))
        text.append("\n}\n")
    return "".join(text)
