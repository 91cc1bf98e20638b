"""Settings of the whole suite: Hypothesis profiles, and a watch on state left behind."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A first example may compile a kernel: deadlines would measure that.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=25, **_COMMON)
# In CI the same examples every time: a failure there is a failure at home.
settings.register_profile("ci", max_examples=50, derandomize=True, **_COMMON)
settings.register_profile("thorough", max_examples=1000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Say what ``-n auto`` means: each process compiles for itself, so many bring little."""
    return min(os.cpu_count() or 1, 8)


@pytest.fixture(autouse=True)
def no_leaked_state() -> Iterator[None]:
    """Fail a test that leaves a target, a number of threads or a gradient mode behind."""
    import lucid

    before = lucid.get_target(), lucid.get_num_threads(), lucid.is_grad_enabled()
    yield
    after = lucid.get_target(), lucid.get_num_threads(), lucid.is_grad_enabled()
    assert after == before, f"left behind (target, threads, gradients): {after}, was {before}"
