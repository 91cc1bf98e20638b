"""``python -m tools.docs.readme_picture``: draw ``docs/images/readme.png``.

A scalar function, its curve and derivative, and the kernels that are generated from it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from PIL import Image
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

import lucid
from lucid.kernels import Pointwise
from tools.docs.record import gather

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "readme.png"
_WIDTH, _HEIGHT = 13.4, 4.9
#: Of DejaVu Sans Mono: the advance of a character, as a share of the font's size.
_ADVANCE = 0.602
_COLORS: dict[_TokenType, str] = {
    Keyword: "#7b3fa0",
    Name.Decorator: "#b5500b",
    Name.Function: "#1f5fa8",
    Number: "#2a7d4f",
    String: "#2a7d4f",
    Comment: "#888888",
    Operator: "#555555",
}


def function_text(operation: Pointwise) -> str:
    """Return the scalar function as it stands in its file, without types and docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(operation.function)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    body = function.body[1:] if ast.get_docstring(function) else function.body
    function.body, function.returns = body, None
    for argument in function.args.args:
        argument.annotation = None
    decorator = ast.parse("lucid.pointwise", mode="eval").body
    function.decorator_list = [decorator]
    return ast.unparse(tree)


def kernel_text(source: str, width: int) -> str:
    """Return a kernel from its ``def`` on, long lines wrapped."""
    lines = source[source.index("def ") :].rstrip().splitlines()
    wrapped = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped += textwrap.wrap(
            line, width, subsequent_indent=indent + "    ", break_long_words=False
        )
    return "\n".join(wrapped)


def write_code(ax: Any, text: str, left: float, top: float, size: float) -> float:
    """Write highlighted code, in inches from the lower left; return where its last line ends."""
    x, y = left, top - size / 72
    for kind, value in PythonLexer().get_tokens(text):
        color = next((_COLORS[k] for k in _COLORS if kind in k), "#222222")
        for place, part in enumerate(value.split("\n")):
            if place:
                x, y = left, y - 1.42 * size / 72
            if part.strip():
                ax.text(x, y, part, color=color, fontsize=size, family="monospace", va="baseline")
            x += len(part) * _ADVANCE * size / 72
    return y


def card(ax: Any, left: float, bottom: float, width: float, height: float, title: str) -> None:
    """Draw a panel with a title above it."""
    ax.add_patch(
        FancyBboxPatch(
            (left, bottom),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.10",
            facecolor="#f6f7f9",
            edgecolor="#d8dce2",
        )
    )
    ax.text(
        left + 0.05,
        bottom + height + 0.1,
        title,
        fontsize=11.5,
        fontweight="bold",
        color="#333333",
        va="bottom",
    )


def arrow(ax: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow between panels."""
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=17, linewidth=1.8, color="#8a93a0"
        )
    )


def draw(operation: Pointwise, path: Path) -> None:
    """Draw the picture of an operation into a file."""
    record = gather(operation, "", {})
    figure = Figure(figsize=(_WIDTH, _HEIGHT), facecolor="white")
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, _WIDTH)
    ax.set_ylim(0, _HEIGHT)

    card(ax, 0.2, 3.5, 5.3, 0.93, "You write one scalar function")
    write_code(ax, function_text(operation), 0.38, 4.28, 10.4)

    card(ax, 0.2, 0.2, 5.3, 2.66, "Its derivative is derived")
    inner = figure.add_axes((0.62 / _WIDTH, 0.52 / _HEIGHT, 4.75 / _WIDTH, 2.0 / _HEIGHT))
    inner.set_facecolor("none")
    operation.plot(inner, interval=(-5.0, 5.0))
    inner.set_title("", loc="left")
    inner.set_xlabel("")

    left = 6.1
    card(ax, left, 2.84, 7.1, 1.59, "Lucid writes the loops, Numba compiles them")
    write_code(ax, kernel_text(record.kernel, 92), left + 0.18, 4.32, 8.6)
    card(ax, left, 0.2, 7.1, 2.5, "")
    write_code(ax, kernel_text(record.backward, 92), left + 0.18, 2.58, 8.6)

    arrow(ax, (2.85, 3.46), (2.85, 3.14))
    arrow(ax, (5.55, 3.96), (6.05, 3.96))
    arrow(ax, (5.55, 1.45), (6.05, 1.45))
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = BytesIO()
    # Without hinting a character is as wide as the font says, and tokens meet.
    with matplotlib.rc_context({"text.hinting": "no_hinting"}):
        figure.savefig(pixels, dpi=110)
    # A palette is half the size, and looks the same.
    Image.open(pixels).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(
        path, optimize=True
    )


if __name__ == "__main__":
    draw(lucid.hard_sigmoid, PICTURE)
    print(PICTURE, np.round(PICTURE.stat().st_size / 1024, 1), "KiB")
