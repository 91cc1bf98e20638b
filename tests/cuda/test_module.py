"""``lucid.cuda``."""

import lucid


def test_there_is_a_gpu():
    assert lucid.cuda.is_available()
    assert lucid.cuda.get_device_name()
    x = lucid.ones(3, device="cuda")
    y = lucid.exp(x)
    lucid.cuda.synchronize()
    assert y.device == "cuda:0"
