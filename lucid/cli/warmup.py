"""``lucid warmup``: compile kernels now, so that a later start finds them in the cache."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lucid.cli.guard import INTERRUPTED, Stopped, warn
from lucid.cli.info import cache_facts, mebibytes
from lucid.cli.warmjobs import Done, Job, catalogue, run_job
from lucid.kernels.errors import DataError

__all__ = ["warmup_jobs", "warmup_script"]

#: Seconds between two looks at what a script has written down.
LOOK = 0.2
LINES_SHOWN = 20


def warmup_jobs(model: Path | None, dtype: str, processes: int, *, quiet: bool = False) -> None:
    """Compile what the library has, or what a model of ``lucid train`` needs.

    Raises
    ------
    DataError
        The model can't be read, or nothing can be kept.
    """
    _check_cache()
    if model is not None:
        from lucid.cli.modelfile import read_model

        read_model(model)  # a fault is told before the work begins
    jobs = [Job("model", str(model))] if model is not None else catalogue(dtype)
    start = time.monotonic()
    with _bar(quiet) as bar:
        task = bar.add_task("", total=len(jobs))
        done = []
        for each in _in_processes(jobs, processes):
            done.append(each)
            bar.update(task, advance=1, description=str(each.job))
    for each in done:
        if each.problem:
            warn(f"{each.job}: {each.problem}")
    compiled, loaded = sum(x.compiled for x in done), sum(x.loaded for x in done)
    _tell(compiled, loaded, time.monotonic() - start)


def _in_processes(jobs: Sequence[Job], processes: int) -> Iterator[Done]:
    """Do the jobs; give each as it is done.

    Processes, because Numba compiles under one lock for all threads.
    """
    count = min(len(jobs), processes or os.cpu_count() or 1)
    pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=_leave_interrupts)
    try:
        for future in as_completed([pool.submit(run_job, job) for job in jobs]):
            yield future.result()
    except KeyboardInterrupt:
        warn("stopped; what is compiled so far is kept")
        raise Stopped(INTERRUPTED) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    # Ctrl-C reaches every process of a terminal: the first one tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def warmup_script(script: Path, arguments: Sequence[str], *, quiet: bool = False) -> None:
    """Run a script to its end in a process of its own, which compiles what it uses.

    Raises
    ------
    DataError
        There is no such file, the script failed, or nothing can be kept.
    """
    if not script.is_file():
        raise DataError(f"{script} is no file; give a Python script that uses lucid")
    _check_cache()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name, _bar(quiet) as bar:
        record, output = Path(name, "record"), Path(name, "output")
        record.touch()
        with open(output, "wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "lucid.cli.recorder", record, script, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            try:
                _follow(process, record, bar)
            except KeyboardInterrupt:
                warn(f"stopped while {script} ran; what is compiled so far is kept")
                raise Stopped(INTERRUPTED) from None
            finally:
                process.kill()
                process.wait()
        lines = record.read_text("utf-8").splitlines()
        last = output.read_text("utf-8", "replace").splitlines()[-LINES_SHOWN:]
    compiled = sum(line.startswith("compiled ") for line in lines)
    _tell(compiled, len(lines) - compiled, time.monotonic() - start)
    if process.returncode:
        raise DataError(
            f"{script} ended with exit code {process.returncode}; kernels that it did not come to "
            "are not compiled. Its last lines:\n" + "\n".join(last)
        )


def _follow(process: subprocess.Popen[bytes], record: Path, bar: Any) -> None:
    """Show what a script compiles until it ends."""
    task = bar.add_task("the script runs", total=None)
    ended = False
    while not ended:
        try:
            process.wait(LOOK)
            ended = True
        except subprocess.TimeoutExpired:
            pass
        lines = record.read_text("utf-8").splitlines()
        if lines:
            told = f"{len(lines)} kernels, {lines[-1]}"
            bar.update(task, description=f"the script runs: {told}")
    bar.update(task, total=1, completed=1)


@contextmanager
def _bar(quiet: bool) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        # A log file is no place for a bar.
        disable=quiet or not sys.stderr.isatty(),
    )
    with bar:
        yield bar


def _check_cache() -> None:
    problem = cache_facts()["problem"]
    if problem:
        raise DataError(
            f"compiled kernels can't be kept: {problem}. LUCID_CACHE_DIR names another folder"
        )


def _tell(compiled: int, loaded: int, seconds: float) -> None:
    facts = cache_facts()
    print(
        f"compiled {compiled} kernels in {seconds:.1f} s; {loaded} were there. Cache: "
        f"{facts['folder']}, {facts['kernels']:,} kernels, {mebibytes(facts['bytes'])}"
    )
