"""Test operations, gradients and numbers: one's own as the library tests its own.

Needs the extra ``testing`` (hypothesis and mpmath): ``pip install 'lucid-kernels[testing]'``.
"""

from __future__ import annotations

from lucid.testing.battery import check_pointwise
from lucid.testing.compare import assert_close, assert_same, assert_ulp, ulp_distance
from lucid.testing.gradients import gradcheck, gradgradcheck
from lucid.testing.report import CheckError, Report
from lucid.testing.row_battery import check_rowwise
from lucid.testing.samples import draw, special_values
from lucid.testing.strategies import arrays_for, tensors

__all__ = [
    "CheckError",
    "Report",
    "arrays_for",
    "assert_close",
    "assert_same",
    "assert_ulp",
    "check_pointwise",
    "check_rowwise",
    "draw",
    "gradcheck",
    "gradgradcheck",
    "special_values",
    "tensors",
    "ulp_distance",
]
