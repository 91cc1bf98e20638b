"""Fixtures of the catalogue's tests."""

from lucid.testing.plugin import every_target

__all__ = ["every_target"]
