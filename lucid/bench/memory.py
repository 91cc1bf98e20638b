"""Peak memory of training, in fresh processes: what a library needs beyond its import."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["LARGE_BATCHES", "Peak", "child", "peak_memory"]

#: Steps that are trained: in the second one the optimiser has its state and every buffer was used.
STEPS = 4
#: Rows with which a network is measured besides its own batch: so many that what is kept for
#: backward outweighs the parameters, as it does in larger networks.
LARGE_BATCHES = (4096, 8192, 16384)
#: Linux's account of a process, and what sets its record of the peak back.
STATUS, RESET, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs"), "5"
#: Sides that have networks, with the module that is imported.
MODULES = {"lucid": "lucid", "torch": "torch"}


@dataclass
class Peak:
    """Peak memory of a network's training.

    Attributes
    ----------
    network, batch
        Its name in `lucid.bench.training.NETWORKS`, and rows of a batch.
    needed
        For each side, MiB at the peak of the steps beyond those of the imported library.
    whole
        For each side, MiB of its whole process then.
    left_out
        Sides without a figure, each with the reason.
    """

    network: str
    batch: int
    needed: dict[str, float] = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def ratio(self, side: str) -> float | None:
        """Memory of a side over ours: above 1 we need less. None without a figure."""
        known = "lucid" in self.needed and side in self.needed
        return self.needed[side] / self.needed["lucid"] if known else None


def _mebibytes(status: str, name: str) -> float:
    """Return a line of Linux's account of a process."""
    return next(int(x.split()[1]) / 1024 for x in status.splitlines() if x.startswith(name))


def summit(work: Callable[[], Any]) -> tuple[float, float]:
    """Return this process's memory before some work, and the most it had meanwhile, in MiB.

    Raises
    ------
    OSError
        The system is not Linux, or does not let a process set the record of its peak back: an
        import's peak may be higher than all that comes later.
    """
    RESET.write_text(PEAK)
    before = _mebibytes(STATUS.read_text(), "VmRSS:")
    work()
    return before, _mebibytes(STATUS.read_text(), "VmHWM:")


def child(side: str, name: str, batch: int, threads: int) -> dict[str, float]:
    """Train a network in this process, which has imported the library and done nothing else."""
    from lucid.bench.training import NETWORKS, draw_batches, training_step

    library: Any = importlib.import_module(MODULES[side])
    for part in ("nn", "optim"):
        importlib.import_module(f"{library.__name__}.{part}")
    library.set_num_threads(threads)
    (network,) = (each for each in NETWORKS if each.name == name)
    network = replace(network, batch=batch)
    (data,) = draw_batches(network, 1)

    def work() -> None:
        model = library.nn.Sequential(*network.layers(library.nn))
        load = library.from_numpy
        step = training_step(library, network, model, load)
        for _ in range(STEPS):
            step(data)

    before, most = summit(work)
    return {"needed": most - before}


def _python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["it was killed"])[-1])
    return done.stdout


def _measure(side: str, network: str, batch: int, threads: int) -> float:
    code = (
        "import json, sys; from lucid.bench.memory import child; "
        "print(json.dumps(child(*json.loads(sys.argv[1]))))"
    )
    given = json.dumps([side, network, batch, threads])
    needed: float = json.loads(_python(code, given).splitlines()[-1])["needed"]
    return needed


def _imported(side: str) -> float:
    module = MODULES[side]
    code = f"import {module}, {module}.nn, {module}.optim; print(open('{STATUS}').read())"
    return _mebibytes(_python(code), "VmRSS:")


def peak_memory(sides: Sequence[str], threads: int) -> list[Peak]:
    """Measure the training of each network of the suite ``training``, in two sizes of batch.

    Parameters
    ----------
    sides
        Names of sides besides Lucid; those without networks are passed over.
    threads
        Threads of every side.
    """
    from lucid.bench.training import NETWORKS

    names = ["lucid", *(side for side in sides if side in MODULES and side != "lucid")]
    imported: dict[str, float] = {}
    peaks = [
        Peak(network.name, batch)
        for network, large in zip(NETWORKS, LARGE_BATCHES, strict=True)
        for batch in (network.batch, large)
    ]
    for peak in peaks:
        for side in names:
            given = (side, peak.network, peak.batch, threads)
            try:
                if side not in imported:
                    imported[side] = _imported(side)
                if side == "lucid":
                    _measure(*given)  # compiles: Numba is not needed in the next process
                peak.needed[side] = _measure(*given)
                peak.whole[side] = imported[side] + peak.needed[side]
            except OSError as error:
                peak.left_out[side] = str(error)
    return peaks
