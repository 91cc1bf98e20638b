"""The source of a CUDA kernel: a function of one element, and the loop of a thread around it.

Three loops are written. ``flat`` takes operands that lie side by side, one element a turn.
``wide`` takes the same, several elements a turn, which are loaded and stored together. ``strided``
takes operands of any strides over a few axes. What depends on run-time scalars alone is computed
on the host: a kernel gets the results, each in the dtype in which it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.scalar import DTYPE_NAMES, Writer, identifier
from lucid.kernels.expression.dtypes import DType, concrete, is_weak, storage_dtype
from lucid.kernels.expression.evaluate import evaluate
from lucid.kernels.expression.infer import infer
from lucid.kernels.expression.node import Expression, Node, constant

__all__ = ["CudaKernel", "HostScalar", "Layout", "write_cuda"]

_FUNCTIONS = "lucid.kernels.targets.cuda.functions"
#: Dtypes that memory holds as 16 bits: how they are loaded as float32, and stored.
_HALVES = {
    "float16": ("from_float16", "float16_bits"),
    "bfloat16": ("from_bfloat16", "bfloat16_bits"),
}
_MATH = frozenset({"inf", "nan"})


@dataclass(frozen=True)
class Layout:
    """How the operands of a kernel lie in memory.

    Attributes
    ----------
    letters
        One an operand, inputs first: ``c`` element after element, ``0`` one element for all,
        ``s`` by strides. Outputs are ``c`` or ``s``.
    rank
        The number of axes that strided operands have; 0 if there are none.
    width
        Elements a turn; more than 1 only if no operand is strided.
    long
        Whether the lengths of the axes of strided operands need 64 bits.
    """

    letters: str
    rank: int = 0
    width: int = 1
    long: bool = False


@dataclass(frozen=True)
class HostScalar:
    """A scalar of a kernel: a value that the host computes, and its dtype."""

    node: Node
    dtype: np.dtype


@dataclass(frozen=True)
class CudaKernel:
    """Generated source and what the launcher must know about it.

    Attributes
    ----------
    name
        The function that is the kernel.
    source
        The text of its module.
    parameters
        The types of its parameters: pointers to the operands (``float32*``), scalars, and for
        strided operands the strides of each, in elements, and the lengths of all axes but the
        first; at last the number of elements.
    scalars
        What the host computes for each call.
    cost
        Rough time of one element, in additions.
    """

    name: str
    source: str
    parameters: tuple[str, ...]
    scalars: tuple[HostScalar, ...]
    cost: int


class _Cuda:
    """The parts of the module under construction."""

    def __init__(
        self,
        expression: Expression,
        inputs: Sequence[DType],
        layout: Layout,
        outputs: Sequence[np.dtype],
    ) -> None:
        self.expression = expression
        self.types = infer(expression, inputs)
        self.order = expression.nodes()
        self.layout = layout
        self.arrays = [
            (node, concrete(dtype))
            for node, dtype in zip(expression.inputs, inputs, strict=True)
            if not is_weak(dtype)
        ]
        self.outputs = outputs
        self.writer = Writer(self.types)
        for word in ("cuda", "element", "first", "step", "rest", "lane"):
            self.writer.name(word)
        self.name = self.writer.name(identifier(expression.name))
        self.functions: set[str] = {"advance", "inlined"}
        self.scalars: list[HostScalar] = []
        self.scalar_names: list[str] = []
        self.parameters: list[str] = []
        self.element = Emitter()
        names = expression.output_names or tuple(
            f"out_{j}" if len(outputs) > 1 else "out" for j in range(len(outputs))
        )
        self.elements = [self.writer.name(identifier(node.name or "x")) for node, _ in self.arrays]
        self.operands = [
            *(self.writer.name(f"{element}_in") for element in self.elements),
            *(self.writer.name(identifier(name)) for name in names),
        ]
        self.kinds = [*(kind for _, kind in self.arrays), *outputs]

    # One element.

    def write_element(self) -> None:
        """Write the function of one element, from what memory holds to what memory holds."""
        self.bind_scalars()
        body = Emitter()
        for (node, kind), name in zip(self.arrays, self.elements, strict=True):
            if kind.name in _HALVES:
                load = _HALVES[kind.name][0]
                self.functions.add(load)
                body.line(f"{name} = {load}({name})")
            elif kind.kind == "b":
                body.line(f"{name} = {name} != 0")
            self.writer.bind(node, name)
        varying = [node for node in self.order if node in self.varying]
        self.writer.write(varying, self.expression.outputs, body.line)
        results = [
            self.stored(self.writer.read(output, kind), kind)
            for output, kind in zip(self.expression.outputs, self.outputs, strict=True)
        ]
        body.line(f"return {', '.join(results)}")
        self.element.line("@inlined")
        with self.element.block(f"def element({', '.join([*self.elements, *self.scalar_names])}):"):
            self.element.lines(body)

    def stored(self, text: str, dtype: np.dtype) -> str:
        """Return the text of a result as memory takes it."""
        if dtype.name in _HALVES:
            store = _HALVES[dtype.name][1]
            self.functions.add(store)
            return f"{store}({text})"
        if dtype.kind == "b":
            self.functions.add("uint8")
            return f"uint8(1 if {text} else 0)"
        return text

    def bind_scalars(self) -> None:
        """Give a name to what the host computes, wherever a step of an element needs it."""
        self.varying = {node for node, _ in self.arrays}
        for node in self.order:
            if self.varying.intersection(node.arguments):
                self.varying.add(node)
        needed: dict[tuple[Node, np.dtype], None] = {}
        for node in self.order:
            if node in self.varying and node.primitive is not None:
                wanted = self.types.arguments[node]
                for argument, kind in zip(node.arguments, wanted, strict=True):
                    needed[argument, storage_dtype(concrete(kind))] = None
        for output, dtype in zip(self.expression.outputs, self.outputs, strict=True):
            needed[output, storage_dtype(dtype)] = None
        for node, dtype in needed:
            if node not in self.varying and not node.is_constant:
                self.bind_scalar(node, dtype)

    def bind_scalar(self, node: Node, dtype: np.dtype) -> None:
        made = Expression(self.expression.name, self.expression.inputs, (node,))
        if not any(below.is_input for below in made.nodes()):
            # Of constants alone: a constant.
            (value,) = evaluate(made, [None] * len(made.inputs), self.types)
            self.writer.bind(node, self.writer.read(constant(value.item()), dtype), dtype)
            return
        name = self.writer.name(identifier(node.name or "c"))
        self.scalars.append(HostScalar(node, dtype))
        self.scalar_names.append(name)
        self.parameters.append("uint8" if dtype.kind == "b" else dtype.name)
        self.writer.bind(node, f"({name} != 0)" if dtype.kind == "b" else name, dtype)

    # The loop.

    def call(self, elements: Sequence[str]) -> str:
        """Return the text that computes one element from the texts of its operands."""
        return f"element({', '.join([*elements, *self.scalar_names])})"

    def names(self, lane: int) -> str:
        """Return the names of the results of one lane."""
        return ", ".join(f"{name}_{lane}" for name in self.operands[len(self.arrays) :])

    def text(self) -> str:
        layout = self.layout
        self.write_element()
        pointers = [
            f"{'uint16' if kind.name in _HALVES else 'uint8' if kind.kind == 'b' else kind.name}*"
            for kind in self.kinds
        ]
        strides = {
            name: [self.writer.name(f"{name}_stride_{axis}") for axis in range(layout.rank)]
            for name, letter in zip(self.operands, layout.letters, strict=True)
            if letter == "s"
        }
        sizes = [self.writer.name(f"size_{axis}") for axis in range(1, layout.rank)]
        index = "int64" if layout.long else "int32"
        self.parameters = [
            *pointers,
            *self.parameters,
            *(["int64"] * (layout.rank * len(strides))),
            *([index] * len(sizes)),
            "int64",
        ]
        loop = Emitter()
        for name, letter, element in zip(
            self.operands, layout.letters, self.elements, strict=False
        ):
            if letter == "0":
                loop.line(f"{element} = {name}[0]")
        loop.line("first = cuda.grid(1)")
        loop.line("step = cuda.gridsize(1)")
        loop.line("i = first")
        if layout.width > 1:
            self.write_wide(loop)
        else:
            with loop.block("while i < count:"):
                self.write_turn(loop, strides, sizes)
                loop.line("i = advance(i, step)")
        arguments = [
            *self.operands,
            *self.scalar_names,
            *(name for names in strides.values() for name in names),
            *sizes,
            "count",
        ]
        text = Emitter()
        text.line(f'"""CUDA kernel of {self.expression.name}."""')
        text.line()
        text.line("from numba import cuda")
        self.write_imports(text)
        text.line()
        text.line()
        text.lines(self.element)
        text.line()
        text.line()
        with text.block(f"def {self.name}({', '.join(arguments)}):"):
            text.lines(loop)
        return text.text()

    def write_turn(
        self, loop: Emitter, strides: dict[str, list[str]], sizes: Sequence[str]
    ) -> None:
        """Write one element, at the position ``i``."""
        axes = ["i"]
        if sizes:
            self.functions.add("split")
            axes = [self.writer.name(f"k_{axis}") for axis in range(self.layout.rank)]
            rest = "i"
            for axis in range(len(sizes), 0, -1):
                upper = axes[0] if axis == 1 else "rest"
                kind = "int64" if self.layout.long else "int32"
                if rest == "i":
                    self.functions.add(kind)
                    rest = f"{kind}(i)"
                loop.line(f"{upper}, {axes[axis]} = split({rest}, {sizes[axis - 1]})")
                rest = upper

        def place(name: str, letter: str) -> str:
            if letter == "c":
                return f"{name}[i]"
            terms = zip(axes, strides[name], strict=True)
            return f"{name}[{' + '.join(f'{axis} * {stride}' for axis, stride in terms)}]"

        places = [
            element if letter == "0" else place(name, letter)
            for name, letter, element in zip(
                self.operands,
                self.layout.letters,
                [*self.elements, *([""] * len(self.outputs))],
                strict=True,
            )
        ]
        inputs, outputs = places[: len(self.arrays)], places[len(self.arrays) :]
        if len(outputs) == 1:
            loop.line(f"{outputs[0]} = {self.call(inputs)}")
            return
        loop.line(f"{self.names(0)} = {self.call(inputs)}")
        for target, name in zip(outputs, self.names(0).split(", "), strict=True):
            loop.line(f"{target} = {name}")

    def write_wide(self, loop: Emitter) -> None:
        """Write turns of several elements, and one element for the threads of what is left."""
        width = self.layout.width
        self.functions |= {f"load_{width}", f"store_{width}"}
        letters = self.layout.letters
        count = len(self.arrays)
        with loop.block(f"while i < count // {width}:"):
            loaded = []
            for name, element, letter in zip(
                self.operands[:count], self.elements, letters[:count], strict=True
            ):
                loaded.append(element if letter == "0" else f"{element}_{width}")
                if letter != "0":
                    loop.line(f"{element}_{width} = load_{width}({name}, i)")
            for lane in range(width):
                elements = [
                    name if letter == "0" else f"{name}[{lane}]"
                    for name, letter in zip(loaded, letters[:count], strict=True)
                ]
                loop.line(f"{self.names(lane)} = {self.call(elements)}")
            for name in self.operands[count:]:
                lanes = ", ".join(f"{name}_{lane}" for lane in range(width))
                loop.line(f"store_{width}({name}, i, ({lanes}))")
            loop.line("i = advance(i, step)")
        loop.line(f"i = first + count // {width} * {width}")
        with loop.block("if i < count:"):
            self.write_turn(loop, {}, [])

    def write_imports(self, text: Emitter) -> None:
        names = self.functions | self.writer.functions
        for room, found in (
            ("math", names & _MATH),
            ("numpy", names & DTYPE_NAMES),
            (_FUNCTIONS, names - _MATH - DTYPE_NAMES),
        ):
            if found:
                text.line(f"from {room} import {', '.join(sorted(found))}")


def write_cuda(
    expression: Expression,
    inputs: Sequence[DType],
    layout: Layout,
    outputs: Sequence[np.dtype],
) -> CudaKernel:
    """Return the kernel of an expression for given dtypes and layout.

    Parameters
    ----------
    expression
        What to compute.
    inputs
        Types of the inputs; weak ones become scalars.
    layout
        How the array inputs and the outputs lie in memory.
    outputs
        Dtypes of the outputs.
    """
    cuda = _Cuda(expression, inputs, layout, outputs)
    source = cuda.text()
    cost = 1 + sum(node.primitive.cost for node in cuda.order if node.primitive is not None)
    return CudaKernel(cuda.name, source, tuple(cuda.parameters), tuple(cuda.scalars), cost)
