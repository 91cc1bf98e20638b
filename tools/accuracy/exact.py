"""Exact values: each function in mpmath, in whatever precision is set."""

from typing import Any

from mpmath import mp

Real = Any  # an mpf; mpmath has no types of its own


def sigmoid(x: Real) -> Real:
    return 1 / (1 + mp.exp(-x))


def ndtr(x: Real) -> Real:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def softplus(x: Real) -> Real:
    return mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x))


def logaddexp(x: Real, y: Real) -> Real:
    return max(x, y) + mp.log1p(mp.exp(-abs(x - y)))


def gelu_tanh(x: Real) -> Real:
    # (1 + tanh u) / 2 is the sigmoid of 2u.
    return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3))


def mish(x: Real) -> Real:
    return x * mp.tanh(softplus(x))


def cbrt(x: Real) -> Real:
    return mp.sign(x) * mp.cbrt(abs(x))


def log_ndtr(x: Real) -> Real:
    return mp.log1p(-ndtr(-x)) if x > 0 else mp.log(ndtr(x))


def lgamma(x: Real) -> Real:
    if x < 0:
        return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)
    return mp.loggamma(x)


def rsqrt(x: Real) -> Real:
    return 1 / mp.sqrt(x)


def log_sigmoid(x: Real) -> Real:
    return -softplus(-x)


def silu(x: Real) -> Real:
    return x * sigmoid(x)


def gelu(x: Real) -> Real:
    return x * ndtr(x)
