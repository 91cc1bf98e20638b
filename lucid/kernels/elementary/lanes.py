"""Vectors of eight numbers, for loops in which each element needs the one before it.

LLVM leaves such a loop scalar: a running sum would be one long chain of additions. Here eight
neighbours are loaded as one value, and folded among themselves in three steps: each adds to every
lane what lies one, two, then four lanes before it (W. D. Hillis and G. L. Steele, "Data Parallel
Algorithms", 1986). What is carried from vector to vector is one step a vector.

Lanes have 64 bits: float64 for all floating dtypes, int64 or uint64 for integers. A vector that a
processor has no register for becomes several, by LLVM's doing, with the same bits.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import intrinsic, models, register_model

__all__ = [
    "first_lane",
    "join_add",
    "join_maximum",
    "join_minimum",
    "join_multiply",
    "last_lane",
    "load_lanes",
    "prefix_add",
    "prefix_maximum",
    "prefix_minimum",
    "prefix_multiply",
    "reached",
    "spread",
    "store_lanes",
    "suffix_add",
    "suffix_maximum",
    "suffix_minimum",
    "suffix_multiply",
]

types: Any = numba_types

LANES = 8
_INDEX = ir.IntType(32)


class _Lanes(types.Type):
    """Numba's type of eight numbers."""

    def __init__(self, number: Any) -> None:
        super().__init__(name=f"lanes of {number}")
        self.number = number


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        element = manager.lookup(kind.number).get_value_type()
        super().__init__(manager, kind, ir.VectorType(element, LANES))  # type: ignore[no-untyped-call]


_KINDS = {number: _Lanes(number) for number in (types.float64, types.int64, types.uint64)}


def _vector(context: Any, number: Any) -> Any:
    """LLVM's type of eight numbers as they lie in memory."""
    return ir.VectorType(context.get_value_type(number), LANES)


def _constant(kind: Any, values: Any) -> Any:
    return ir.Constant(kind, [ir.Constant(kind.element, value) for value in values])


def _splat(builder: Any, value: Any) -> Any:
    kind = ir.VectorType(value.type, LANES)
    single = builder.insert_element(ir.Constant(kind, ir.Undefined), value, _INDEX(0))
    mask = ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES)
    return builder.shuffle_vector(single, ir.Constant(kind, ir.Undefined), mask)


@intrinsic
def load_lanes(typing_context: Any, pointer: Any, index: Any, dtype: Any) -> Any:
    """``load_lanes(x, i, dtype)``: ``x[i]`` to ``x[i + 7]`` as lanes of a dtype of 64 bits."""
    source, number = pointer.dtype, dtype.dtype

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = _vector(context, source)
        place = builder.gep(arguments[0], [arguments[1]])
        value = builder.load(builder.bitcast(place, kind.as_pointer()), align=source.bitwidth // 8)
        wide = _vector(context, number)
        if kind == wide:
            return value
        if isinstance(source, types.Float):
            return builder.fpext(value, wide)
        return builder.sext(value, wide) if source.signed else builder.zext(value, wide)

    return _KINDS[number](pointer, types.intp, dtype), generate


@intrinsic
def store_lanes(typing_context: Any, pointer: Any, index: Any, lanes: Any) -> Any:
    """``store_lanes(x, i, lanes)``: write to ``x[i]`` to ``x[i + 7]``, in the dtype of ``x``."""
    goal = pointer.dtype

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = _vector(context, goal)
        value = arguments[2]
        if value.type != kind:
            narrow = builder.fptrunc if isinstance(goal, types.Float) else builder.trunc
            value = narrow(value, kind)
        place = builder.gep(arguments[0], [arguments[1]])
        builder.store(value, builder.bitcast(place, kind.as_pointer()), align=goal.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(pointer, types.intp, lanes), generate


@intrinsic
def spread(typing_context: Any, value: Any) -> Any:
    """``spread(value)``: a number of 64 bits in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _splat(builder, arguments[0])

    return _KINDS[value](value), generate


def _one_lane(lane: int) -> Any:
    @intrinsic
    def take(typing_context: Any, lanes: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.extract_element(arguments[0], _INDEX(lane))

        return lanes.number(lanes), generate

    return take


first_lane = _one_lane(0)
last_lane = _one_lane(LANES - 1)


#: ``step(builder, a, b, number)`` joins two vectors.
Step = Callable[[Any, Any, Any, Any], Any]


def _add(builder: Any, a: Any, b: Any, number: Any) -> Any:
    return builder.fadd(a, b) if number is types.float64 else builder.add(a, b)


def _multiply(builder: Any, a: Any, b: Any, number: Any) -> Any:
    return builder.fmul(a, b) if number is types.float64 else builder.mul(a, b)


def _extreme(sign: str, name: str) -> Step:
    def step(builder: Any, a: Any, b: Any, number: Any) -> Any:
        if number is types.float64:
            # NaN goes through. Which of two zeros it is does not matter.
            suffix = f"v{LANES}f64" if isinstance(a.type, ir.VectorType) else "f64"
            kind = ir.FunctionType(a.type, [a.type] * 2)
            function = builder.module.declare_intrinsic(f"llvm.{name}.{suffix}", fnty=kind)
            return builder.call(function, [a, b], fastmath=("nsz",))
        compare = builder.icmp_signed if number is types.int64 else builder.icmp_unsigned
        return builder.select(compare(sign, a, b), a, b)

    return step


_maximum, _minimum = _extreme(">", "maximum"), _extreme("<", "minimum")


def _add_nothing(number: Any) -> Any:
    # The sum of the two zeros is 0, so 0 would take the sign of -0.
    return -0.0 if number is types.float64 else 0


def _multiply_nothing(number: Any) -> Any:
    return 1.0 if number is types.float64 else 1


def _lowest(number: Any) -> Any:
    if number is types.float64:
        return float("-inf")
    return -(2**63) if number is types.int64 else 0


def _highest(number: Any) -> Any:
    if number is types.float64:
        return float("inf")
    return 2**63 - 1 if number is types.int64 else 2**64 - 1


def _folding(step: Step, nothing: Callable[[Any], Any], backwards: bool) -> Any:
    """Make the function that folds into each lane those before it, or those after it."""

    @intrinsic
    def fold(typing_context: Any, lanes: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = arguments[0]
            idle = _constant(value.type, [nothing(lanes.number)] * LANES)
            for distance in (1, 2, 4):
                apart = distance if backwards else -distance
                places = [lane + apart for lane in range(LANES)]
                mask = [place if 0 <= place < LANES else LANES for place in places]
                moved = builder.shuffle_vector(
                    value, idle, ir.Constant(ir.VectorType(_INDEX, LANES), mask)
                )
                value = step(builder, moved, value, lanes.number)
            return value

        return lanes(lanes), generate

    return fold


def _joining(step: Step) -> Any:
    @intrinsic
    def join(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            number = a.number if isinstance(a, _Lanes) else a
            return step(builder, arguments[0], arguments[1], number)

        return a(a, a), generate

    return join


prefix_add, suffix_add = (_folding(_add, _add_nothing, back) for back in (False, True))
prefix_multiply, suffix_multiply = (
    _folding(_multiply, _multiply_nothing, back) for back in (False, True)
)
prefix_maximum, suffix_maximum = (_folding(_maximum, _lowest, back) for back in (False, True))
prefix_minimum, suffix_minimum = (_folding(_minimum, _highest, back) for back in (False, True))
#: Two vectors, or two numbers.
join_add, join_multiply = _joining(_add), _joining(_multiply)
join_maximum, join_minimum = _joining(_maximum), _joining(_minimum)


@intrinsic
def reached(typing_context: Any, lanes: Any, extremes: Any, start: Any) -> Any:
    """``reached(x, extremes, start)``: the positions of NaN and of what equals its extreme.

    The first lane has the position `start`; lanes that are neither have -1.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, extreme, first = arguments
        if lanes.number is types.float64:
            # A number after a NaN, whose extreme is NaN, does not equal it.
            equal = builder.fcmp_ordered("==", value, extreme)
            found = builder.or_(equal, builder.fcmp_unordered("uno", value, value))
        else:
            found = builder.icmp_signed("==", value, extreme)
        kind = ir.VectorType(ir.IntType(64), LANES)
        places = builder.add(_splat(builder, first), _constant(kind, range(LANES)))
        return builder.select(found, places, _constant(kind, [-1] * LANES))

    return _KINDS[types.int64](lanes, lanes, types.int64), generate
