"""Measure a launch: serial, Lucid's pool and Numba's threading layers, on free and on busy cores.

    python tools/bench_launch.py                 # free cores
    python tools/bench_launch.py --quiet         # free cores, on a machine that others use too
    python tools/bench_launch.py --busy          # beside one busy process for each core
    python tools/bench_launch.py --layers tbb omp workqueue

Every figure is a median in microseconds of exp of float32, one launch after the other; the columns
of one row were measured in turns, so that they saw the same machine. The ratios compare with the
serial launch of the same row. Numba's layers run ``prange`` over chunks that call the same machine
code, each in a process of its own, since a process can only have one layer.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.kernels.targets import native, pool
from lucid.kernels.targets.compiler import Kernel, compile_kernel

SIZES = (1_000, 30_000, 100_000, 1_000_000, 16_000_000)
SOURCE = """
from numpy import float32
from lucid.kernels.elementary import exp_f32
from lucid.kernels.targets.memory import operand


def exp(operands, scalars, count):
    x = operand(operands, 0, count, float32)
    out = operand(operands, 1, count, float32)
    for i in range(count):
        out[i] = exp_f32(x[i])
"""
#: Elements of exp that take about ten microseconds.
GRAIN = 30_000
DRIVER_CHUNK = 32_768


def kernel() -> Kernel:
    return compile_kernel("exp", SOURCE)


def arrays(size: int) -> tuple[Any, Any]:
    x = np.random.default_rng(0).uniform(-5, 5, size).astype(np.float32)
    return x, np.zeros_like(x)


def repeats(size: int) -> int:
    return max(40, min(1000, 300_000_000 // size))


def time_in_turns(
    calls: dict[str, Callable[[], Any]], rounds: int, quiet: bool
) -> dict[str, float]:
    """Return each call's median in microseconds. Ten in a row, so that a pool can stay awake.

    With `quiet` it is the median of the quietest tenth of these batches: what the call takes when
    nobody else uses the machine, measured on a machine that somebody uses now and then.
    """
    batches: dict[str, list[list[float]]] = {name: [] for name in calls}
    for _ in range(max(3, rounds // 10)):
        for name, call in calls.items():
            batch = []
            for _ in range(10):
                start = time.perf_counter()
                call()
                batch.append((time.perf_counter() - start) * 1e6)
            batches[name].append(batch)
    result = {}
    for name, taken in batches.items():
        taken.sort(key=statistics.median)
        chosen = taken[: max(1, len(taken) // 10)] if quiet else taken
        result[name] = statistics.median(value for batch in chosen for value in batch)
    return result


def measure(threads: int, quiet: bool) -> list[dict[str, float]]:
    f4 = np.dtype(np.float32)
    plan = native.plan(kernel(), "cc", [f4, f4], 1, 0, GRAIN)
    flat = native.flat
    rows = []
    for size in SIZES:
        x, out = arrays(size)
        calls = {
            "serial": lambda x=x, out=out: flat(plan, 1, None, x, out),
            "lucid": lambda x=x, out=out: flat(plan, threads, None, x, out),
        }
        row = time_in_turns(calls, repeats(size), quiet)
        if not np.allclose(out, np.exp(x), rtol=1e-6):
            raise SystemExit("the parallel launch gave a wrong result")
        rows.append({"size": size, **row})
    return rows


def measure_layer(layer: str, threads: int, quiet: bool) -> list[dict[str, float]]:
    """Measure one of Numba's threading layers in this process."""
    import numba
    from numba import prange, types
    from numba.extending import intrinsic

    if layer == "tbb":
        import ctypes
        from pathlib import Path

        library = Path(sys.prefix) / "lib" / "libtbb.so.12"
        if library.exists():
            ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    numba.config.THREADING_LAYER = layer

    @intrinsic
    def call(typing_context: Any, address: Any, a: Any, b: Any, c: Any) -> Any:
        from llvmlite import ir

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            word = ir.IntType(64)
            kind = ir.FunctionType(ir.VoidType(), [word] * 3)
            builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])
            return context.get_dummy_value()

        return types.void(types.intp, types.intp, types.intp, types.intp), generate

    @numba.njit(parallel=True)
    def drive(address, x, out, pointers, chunk):  # type: ignore[no-untyped-def]
        count = x.size
        chunks = (count + chunk - 1) // chunk
        for k in prange(chunks):
            start = k * chunk
            pointers[k, 0] = x.ctypes.data + 4 * start
            pointers[k, 1] = out.ctypes.data + 4 * start
            call(address, pointers[k].ctypes.data, 0, min(chunk, count - start))

    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    address = kernel().address
    rows = []
    for size in SIZES:
        x, out = arrays(size)
        chunk = max(GRAIN // 2, size // (4 * threads))
        pointers = np.zeros((size // chunk + 1, 2), np.int64)
        call_it = lambda x=x, out=out, p=pointers, c=chunk: drive(address, x, out, p, c)  # noqa: E731
        call_it()
        rows.append({"size": size, **time_in_turns({layer: call_it}, repeats(size), quiet)})
    return rows


def layer_rows(layer: str, threads: int, quiet: bool) -> list[dict[str, float]] | None:
    command = [sys.executable, __file__, "--one-layer", layer, "--threads", str(threads)]
    command += ["--quiet"] if quiet else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{layer}: not available ({done.stderr.strip().splitlines()[-1:]})", file=sys.stderr)
        return None
    rows: list[dict[str, float]] = json.loads(done.stdout)
    return rows


def show(rows: list[dict[str, float]]) -> None:
    names = [name for name in rows[0] if name != "size"]
    print("| elements | " + " | ".join(names) + " | lucid / serial |")
    print("|" + "---:|" * (len(names) + 2))
    for row in rows:
        figures = " | ".join(f"{row[name]:,.1f}" for name in names)
        print(f"| {row['size']:,.0f} | {figures} | {row['lucid'] / row['serial']:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=pool.get_num_threads())
    parser.add_argument("--busy", action="store_true", help="beside one busy process a core")
    parser.add_argument("--quiet", action="store_true", help="the quietest tenth of the batches")
    parser.add_argument("--layers", nargs="*", default=[], help="Numba's layers to compare with")
    parser.add_argument("--one-layer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_layer:
        print(json.dumps(measure_layer(options.one_layer, options.threads, options.quiet)))
        return
    kernel()
    spin = [sys.executable, "-c", "while True: pass"]
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    others = [subprocess.Popen(spin) for _ in range(count or 1)] if options.busy else []
    try:
        time.sleep(0.3)
        rows = measure(options.threads, options.quiet)
        for layer in options.layers:
            for row, more in zip(
                rows, layer_rows(layer, options.threads, options.quiet) or [], strict=False
            ):
                row.update(more)
    finally:
        for other in others:
            other.kill()
            other.wait()
    show(rows)


if __name__ == "__main__":
    main()
