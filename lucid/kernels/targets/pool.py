"""The threads that help with a launch.

There is one pool in a process: the launching thread and up to ``get_num_threads() - 1`` helpers.
The helpers are started by the first launch that can use them, as daemon threads of Python that go
into machine code without the interpreter's lock and stay there: `launcher.helper`. How a job is
shared is described there. What this module adds is memory for the pool, a semaphore of the
operating system for each helper to sleep on, and the number of threads.

A second Python thread that launches while the helpers are busy runs its work alone. After a fork
the child has no helpers; it forgets the parent's pool and starts its own when it needs one.
"""

import contextlib
import ctypes
import math
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lucid.kernels.targets import jobs, layout, machine, spaces
from lucid.kernels.targets.compiler import obtain
from lucid.kernels.targets.once import lock, once
from lucid.kernels.targets.translate import translate

__all__ = ["Pool", "get_num_threads", "set_num_threads"]

#: The launcher's table. `native.table` fills it in before the first launch; what is called by
#: machine code knows its address from the beginning.
TABLE: "np.ndarray[Any, np.dtype[np.int64]]" = np.zeros(layout.TABLE_WORDS, np.int64)
#: More helpers than this are not started, whatever is asked for.
CAPACITY = 255


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota() -> float:
    """Return the processors that the control group of a container grants; infinity if no limit."""
    with contextlib.suppress(OSError, ValueError):
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return int(limit) / int(period)
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
        folder = Path("/sys/fs/cgroup/cpu")
        limit_us = int((folder / "cpu.cfs_quota_us").read_text())
        if limit_us > 0:
            return limit_us / int((folder / "cpu.cfs_period_us").read_text())
    return math.inf


def _default() -> int:
    for variable in ("LUCID_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(variable, "").split(",")[0].strip()
        if text.isdecimal() and int(text) > 0:
            return min(int(text), CAPACITY + 1)
        if text and variable == "LUCID_NUM_THREADS":
            raise ValueError(
                f"LUCID_NUM_THREADS is {text!r}; expected a positive number of threads"
            )
    return max(1, min(_affinity(), math.ceil(min(_quota(), CAPACITY + 1))))


class _Semaphores:
    """The operating system's semaphores: how to make one, and C functions to wait and to signal.

    Both functions are called with three words, the semaphore first. The rest fits all systems:
    "for ever" is -1 and the number of signals is 1 where a system asks, and ignored elsewhere.
    A third function tells the core that it runs on, and two read and write the mask of cores that
    a thread may run on; not every system has them.
    """

    def __init__(self) -> None:
        self._keep: list[Any] = []
        if sys.platform == "win32":
            self._library: Any = ctypes.WinDLL("kernel32")
            names = ("WaitForSingleObject", "ReleaseSemaphore", "GetCurrentProcessorNumber")
        else:
            self._library = ctypes.CDLL(None)
            if sys.platform == "darwin":
                names = ("dispatch_semaphore_wait", "dispatch_semaphore_signal", "")
            else:
                names = ("sem_wait", "sem_post", "sched_getcpu")
        self.wait, self.post, self.where = (
            _address_of(getattr(self._library, name, None)) for name in names
        )
        masks = ("sched_getaffinity", "sched_setaffinity") if sys.platform == "linux" else ("", "")
        self.get_mask, self.set_mask = (
            _address_of(getattr(self._library, name, None)) for name in masks
        )

    def create(self) -> int:
        """Return the handle of a new semaphore that stands at zero. It lives for ever."""
        if sys.platform == "win32":
            make = self._library.CreateSemaphoreW
            make.restype = ctypes.c_void_p
            handle = make(None, 0, 0x7FFF_FFFF, None)
        elif sys.platform == "darwin":
            make = self._library.dispatch_semaphore_create
            make.restype = ctypes.c_void_p
            make.argtypes = [ctypes.c_long]
            handle = make(0)
        else:
            # sem_t has 16 to 32 bytes on the systems that there are.
            memory = ctypes.create_string_buffer(128)
            self._keep.append(memory)
            address = ctypes.c_void_p(ctypes.addressof(memory))
            handle = address.value if self._library.sem_init(address, 0, 0) == 0 else None
        if not handle:
            raise OSError("the operating system gave no semaphore for the thread pool")
        return int(handle)


def _address_of(function: Any) -> int:
    return 0 if function is None else ctypes.cast(function, ctypes.c_void_p).value or 0


@once
def _semaphores() -> _Semaphores:
    return _Semaphores()


@once
def machine_code() -> dict[str, int]:
    """Return the addresses of the launcher's entries, among them ``flat`` and ``helper``."""
    folder = Path(__file__).parent
    parts = ["jobs", "heap", "launcher", "spaces", "carry", "calls", "nodes", "tapes", "many"]
    parts += ["pulling", "sweep"]
    sources = [(folder / f"{part}.py").read_text(encoding="utf-8") for part in parts]
    source = "\n".join(sources)
    constants = {
        name: value
        for module in (layout, jobs, spaces)
        for name, value in vars(module).items()
        if isinstance(value, int)
    }
    names = ["flat", "nested", "many", "run_program", "apply", "wrap", "operate", "operate_as"]
    names += [f"heap_{name}" for name in ("malloc", "calloc", "realloc", "free", "clear")]
    names += ["run_pieces", "replay", "replay_on", "sweep", "helper"]

    def build(stem: str, path: Path | None) -> bytes:
        entries = {name: f"lucid_{name}_{stem}" for name in names}
        text = translate(source, constants, entries, machine.host())
        return machine.emit([text], list(entries.values()), independent=False, scalar=True)[0]

    symbols = [f"lucid_{name}_{{}}" for name in names]
    addresses, _ = obtain("launcher", source, repr(sorted(constants.items())), symbols, build)
    return dict(zip(names, addresses, strict=True))


@once
def _helper() -> Callable[[int, int], int]:
    """Return the machine code of a helper thread. Calling it sets the interpreter's lock free."""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
    return kind(machine_code()["helper"])


class Pool:
    """Memory that the helpers and the launcher share.

    Parameters
    ----------
    table : numpy.ndarray
        The launcher's table; the pool enters itself there.
    """

    def __init__(self, table: "np.ndarray[Any, np.dtype[np.int64]]") -> None:
        self.table = table
        # The table holds its address: it has to be one object that stays.
        self.start_helpers = self.start
        self._blocks: list[Any] = []
        self._threads = 0
        self.reset()

    def reset(self) -> None:
        """Begin with no helpers. The old memory stays: helpers of the parent may be using it."""
        size = layout.POOL_HELPERS + CAPACITY * layout.LINE
        memory = np.zeros(size // 8 + layout.LINE // 8, np.int64)
        self._blocks.append(memory)
        address = -(-memory.ctypes.data // layout.LINE) * layout.LINE
        start = (address - memory.ctypes.data) // 8
        self._words = memory[start : start + size // 8]
        semaphores = _semaphores()
        self._words[layout.POOL_WAIT // 8] = semaphores.wait
        self._words[layout.POOL_POST // 8] = semaphores.post
        self._words[layout.POOL_WHERE // 8] = semaphores.where
        self._words[layout.POOL_GET_AFFINITY // 8] = semaphores.get_mask
        self._words[layout.POOL_SET_AFFINITY // 8] = semaphores.set_mask
        self._words[layout.POOL_SEMAPHORE // 8] = semaphores.create()
        self.table[layout.TABLE_POOL // 8] = address
        self._address = address
        self._failed = False

    @property
    def helpers(self) -> int:
        """The number of helper threads that were started."""
        return int(self._words[layout.POOL_STARTED // 8])

    def start(self) -> None:
        """Start the helpers that the launcher wants. Without them it does the work alone."""
        with lock:
            wanted = min(int(self._words[layout.POOL_WANTED // 8]), CAPACITY)
            if self._failed:
                return
            try:
                while self.helpers < wanted:
                    self._start_one(self.helpers)
            except (RuntimeError, OSError):
                # No more threads allowed, or the interpreter is shutting down.
                self._failed = True

    def _start_one(self, number: int) -> None:
        line = (layout.POOL_HELPERS + number * layout.LINE) // 8
        self._words[line + layout.HELPER_SEMAPHORE // 8] = _semaphores().create()
        thread = threading.Thread(
            target=_helper(), args=(self._address, number), name=f"lucid-{number}", daemon=True
        )
        thread.start()
        self._words[line + layout.HELPER_THREAD // 8] = thread.native_id or 0
        self._words[layout.POOL_STARTED // 8] = number + 1

    @property
    def threads(self) -> int:
        """The number of threads of a launch that does not say."""
        if self._threads == 0:
            self.threads = _default()
        return self._threads

    @threads.setter
    def threads(self, number: int) -> None:
        self._threads = number
        self.table[layout.TABLE_THREADS // 8] = number


@once
def pool() -> Pool:
    """Return the pool of this process."""
    made = Pool(TABLE)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=made.reset)
    return made


def get_num_threads() -> int:
    """Return the number of threads that a parallel launch uses.

    It comes from `set_num_threads`, else from ``LUCID_NUM_THREADS`` or ``OMP_NUM_THREADS``, else
    it is the number of cores that the process may run on (its affinity and the quota of its
    control group). No result of an operation depends on it.

    Raises
    ------
    ValueError
        If ``LUCID_NUM_THREADS`` is not a positive number.

    Examples
    --------
    >>> get_num_threads() >= 1
    True
    """
    return pool().threads


def set_num_threads(number: int) -> None:
    """Set the number of threads that a parallel launch uses, for the whole process.

    Parameters
    ----------
    number : int
        From 1, everything on the calling thread, to 256.

    Raises
    ------
    ValueError
        If the number is out of range.

    Examples
    --------
    >>> before = get_num_threads()
    >>> set_num_threads(2)
    >>> get_num_threads()
    2
    >>> set_num_threads(before)
    """
    if not 1 <= number <= CAPACITY + 1:
        raise ValueError(
            f"{number} threads were asked for; expected a number from 1 to {CAPACITY + 1}"
        )
    pool().threads = int(number)
