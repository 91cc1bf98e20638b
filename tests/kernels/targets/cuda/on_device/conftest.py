"""Tests on a device, or in Numba's simulator of one, for which see `test_simulator.py`."""

from lucid.kernels.targets.cuda import problem

# Without a device there is nothing to collect here.
collect_ignore_glob = ["test_*.py"] if problem() else []
