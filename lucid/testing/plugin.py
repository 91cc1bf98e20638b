"""Pytest fixtures: ``pytest_plugins = ["lucid.testing.plugin"]`` in a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lucid.kernels.launch.settings import TARGETS, target

__all__ = ["every_target"]


# Under the target cuda a test would have to bring its arrays to the GPU.
@pytest.fixture(params=[name for name in TARGETS if name != "cuda"])
def every_target(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test once on every target of the CPU; its value is the name of the target.

    ::

        def test_mine(every_target):
            assert mine(np.ones(3)).sum() == 3
    """
    with target(request.param):
        yield request.param
