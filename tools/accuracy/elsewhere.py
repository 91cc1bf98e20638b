"""Lucid on another machine, or on an emulated one, whose results are measured here.

``python -m tools.accuracy --elsewhere "ssh board python3"`` starts this module there. It gets
arguments through its standard input and sends results back: first a line of JSON, then the arrays.
"""

import json
import platform
import shlex
import subprocess
import sys
from threading import Lock
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from lucid.kernels.targets import machine

Array = npt.NDArray[Any]


def _send(stream: BinaryIO, head: dict[str, Any], arrays: tuple[Array, ...]) -> None:
    stream.write(json.dumps(head).encode() + b"\n")
    for array in arrays:
        stream.write(np.ascontiguousarray(array).data)
    stream.flush()


def _receive(stream: BinaryIO, dtype: str, size: int) -> Array:
    array = np.empty(size, dtype)
    view = memoryview(array).cast("B")
    while len(view):
        count = stream.readinto(view)  # type: ignore[attr-defined]
        if not count:
            raise EOFError("the other side has closed the connection")
        view = view[count:]
    return array


class Elsewhere:
    """Lucid in another process, started by a command.

    Parameters
    ----------
    command : str
        A Python interpreter as the shell would call it, in a folder from which it can import both
        Lucid and this package.

    Raises
    ------
    RuntimeError
        If it does not answer.
    """

    def __init__(self, command: str) -> None:
        words = [*shlex.split(command), "-m", __name__]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._inward: Any = self._process.stdin
        self._outward: Any = self._process.stdout
        self._lock = Lock()
        greeting = self._outward.readline()
        if not greeting:
            raise RuntimeError(f"no answer from {shlex.join(words)}: see its message above")
        #: Its processor, as LLVM spells it, and its platform.
        self.description: str = json.loads(greeting)["description"]

    def __call__(self, name: str, *arguments: Array) -> Array:
        """Call one of Lucid's functions there, on flat arrays of one dtype."""
        first = arguments[0]
        head = {
            "name": name,
            "dtype": first.dtype.name,
            "size": first.size,
            "arity": len(arguments),
        }
        with self._lock:
            _send(self._inward, head, arguments)
            return _receive(self._outward, first.dtype.name, first.size)

    def close(self) -> None:
        """Let the other process end."""
        self._inward.close()
        self._process.wait()
        self._outward.close()


def serve(inward: BinaryIO, outward: BinaryIO) -> None:
    """Answer calls until the input ends."""
    from tools.accuracy.registry import FUNCTIONS

    triple, name = machine.host().split()[:2]
    _send(outward, {"description": f"{triple}, {name}, Python {platform.python_version()}"}, ())
    while line := inward.readline():
        head = json.loads(line)
        arguments = [_receive(inward, head["dtype"], head["size"]) for _ in range(head["arity"])]
        result = FUNCTIONS[head["name"]].ours(*arguments)
        outward.write(np.ascontiguousarray(result).data)
        outward.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
