import pytest

import lucid
from lucid.cli.threads import blas_threads

threadpoolctl = pytest.importorskip("threadpoolctl")


def most_threads():
    pools = threadpoolctl.threadpool_info()
    return max((pool["num_threads"] for pool in pools if pool["user_api"] == "blas"), default=1)


@pytest.mark.parametrize(
    ("batch_size", "widths", "target", "limited"),
    [
        (1024, (61, 256, 256, 10), "parallel", True),
        (1024, (61, 2048, 2048, 10), "parallel", False),
        (1024, (61, 2048, 2048, 10), "cpu", True),
    ],
)
def test_small_products_and_the_target_cpu_take_one_thread(batch_size, widths, target, limited):
    before = most_threads()
    with lucid.target(target), blas_threads(batch_size, widths):
        assert most_threads() == (1 if limited else before)
    assert most_threads() == before
