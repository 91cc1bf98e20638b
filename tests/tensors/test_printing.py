import numpy as np
import pytest

import lucid


@pytest.mark.parametrize(
    ("data", "text", "representation"),
    [
        ([1.0, 0.3], "[1.0, 0.3]", "Tensor([1.0, 0.3])"),
        ([[1, 2], [3, 4]], "[[1, 2],\n [3, 4]]", "Tensor([[1, 2],\n        [3, 4]])"),
        ([True], "[True]", "Tensor([True])"),
        (2.5, "2.5", "Tensor(2.5)"),
        ([], "[]", "Tensor([])"),
        ([np.inf, -np.inf, np.nan, -0.0], "[inf, -inf, nan, -0.0]", None),
        ([1e-20, 1e20, 123456.0], "[1e-20, 1e+20, 123456.0]", None),
        (np.ones((0, 3)), "[]", "Tensor([], shape=(0, 3), dtype=float64)"),
        (np.ones((2, 0), "f4"), "[]", "Tensor([], shape=(2, 0))"),
        (np.array([0.1]), "[0.1]", "Tensor([0.1], dtype=float64)"),
        (np.array([1], np.int8), "[1]", "Tensor([1], dtype=int8)"),
    ],
)
def test_plain_tensors(data, text, representation):
    x = lucid.tensor(data)
    assert str(x) == text
    assert repr(x) == (representation or f"Tensor({text})")


def test_tensors_of_a_graph():
    x = lucid.tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True)
    assert str(x) == repr(x) == "Tensor([[-1.0, 2.0, -0.5, 3.0]], grad=None)"
    output = lucid.hard_sigmoid(x)
    assert str(output) == repr(output) == "Tensor([[0.3, 0.9, 0.4, 1.0]], grad=None)"
    output.backward()
    assert str(x.grad) == "[[0.2, 0.2, 0.2, 0.0]]"
    assert repr(x.grad) == "Tensor([[0.2, 0.2, 0.2, 0.0]])"
    assert repr(x) == "Tensor([[-1.0, 2.0, -0.5, 3.0]], grad=[[0.2, 0.2, 0.2, 0.0]])"
    double = lucid.tensor(np.ones(1), requires_grad=True)
    assert repr(double) == "Tensor([1.0], dtype=float64, grad=None)"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numbers_read_back(dtype):
    values = np.random.default_rng(0).normal(size=50).astype(dtype)
    text = str(lucid.tensor(values)).replace("\n", "")
    read = np.array([float(part) for part in text[1:-1].split(",")]).astype(dtype)
    np.testing.assert_array_equal(read, values)


def test_long_tensors_are_summarised():
    text = str(lucid.arange(2000))
    assert text == "[0, 1, 2, ..., 1997, 1998, 1999]"
    assert len(repr(lucid.zeros(100, 100))) < 500


def test_further_lines_line_up():
    lines = repr(lucid.zeros(2, 1, requires_grad=True)).split("\n")
    assert lines == ["Tensor([[0.0],", "        [0.0]], grad=None)"]
