"""NumPy's functions on tensors that are no ufuncs: values, gradients, arguments, refusals."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import lucid
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.tensors.numpy_protocol import FUNCTIONS
from lucid.testing import gradcheck

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6))
Y = RNG.normal(size=(4, 6))
PLACES = np.array([2, 0, 1])

#: Full name of the function to calls of it: each takes the function and two matrices.
CALLS = {
    "numpy.all": [lambda f, x, y: f(x > 0, axis=1)],
    "numpy.amax": [lambda f, x, y: f(x, axis=0)],
    "numpy.amin": [lambda f, x, y: f(x, axis=(0, 1), keepdims=True)],
    "numpy.any": [lambda f, x, y: f(x > 1, 0, None, True)],
    "numpy.argmax": [lambda f, x, y: f(x), lambda f, x, y: f(x, axis=1)],
    "numpy.argmin": [lambda f, x, y: f(x, 0, keepdims=True)],
    "numpy.argsort": [lambda f, x, y: f(x, axis=0), lambda f, x, y: f(x, stable=True)],
    "numpy.around": [lambda f, x, y: f(3 * x)],
    "numpy.astype": [lambda f, x, y: f(x, np.float32)],
    "numpy.broadcast_to": [
        lambda f, x, y: f(x, (2, 4, 6)),
        lambda f, x, y: f(array=x, shape=X.shape),
    ],
    "numpy.clip": [
        lambda f, x, y: f(x, -0.5, 0.5),
        lambda f, x, y: f(x, a_min=0.0, a_max=None),
        lambda f, x, y: f(x, min=-0.25),
        lambda f, x, y: f(x, None, y),
    ],
    "numpy.concatenate": [
        lambda f, x, y: f([x, y]),
        lambda f, x, y: f((x, Y), axis=1),
        lambda f, x, y: f([x, y], None),
    ],
    "numpy.copy": [lambda f, x, y: f(x)],
    "numpy.count_nonzero": [lambda f, x, y: f(x > 0, axis=0)],
    "numpy.cumprod": [lambda f, x, y: f(x, axis=1)],
    "numpy.cumsum": [lambda f, x, y: f(x), lambda f, x, y: f(x, 1, np.float64)],
    "numpy.dot": [
        lambda f, x, y: f(x, y.T),
        lambda f, x, y: f(x[0], y[1]),
        lambda f, x, y: f(x, 3.0),
        lambda f, x, y: f(X, y[1]),
    ],
    "numpy.einsum": [lambda f, x, y: f("ij,kj->ik", x, y, optimize=True)],
    "numpy.empty_like": [lambda f, x, y: f(x).shape],
    "numpy.expand_dims": [lambda f, x, y: f(x, (0, 2))],
    "numpy.fix": [lambda f, x, y: f(3 * x)],
    "numpy.flip": [lambda f, x, y: f(x), lambda f, x, y: f(m=x, axis=1)],
    "numpy.full_like": [lambda f, x, y: f(x, 3.0), lambda f, x, y: f(x, 3, dtype=np.int64)],
    "numpy.hstack": [lambda f, x, y: f([x, y]), lambda f, x, y: f([x[0], y[1], x[0, 0]])],
    "numpy.isclose": [lambda f, x, y: f(x, x + 1e-9), lambda f, x, y: f(x, b=y, atol=1.0)],
    "numpy.linalg.matmul": [lambda f, x, y: f(x, y.T)],
    "numpy.linalg.matrix_transpose": [lambda f, x, y: f(x)],
    "numpy.linalg.norm": [
        lambda f, x, y: f(x),
        lambda f, x, y: f(x, axis=1, keepdims=True),
        lambda f, x, y: f(x, "fro"),
        lambda f, x, y: f(x, ord=1, axis=0),
        lambda f, x, y: f(x[0], 3),
    ],
    "numpy.linalg.outer": [lambda f, x, y: f(x[0], y[1])],
    "numpy.linalg.vector_norm": [lambda f, x, y: f(x, ord=3, axis=1)],
    "numpy.matrix_transpose": [lambda f, x, y: f(x)],
    "numpy.max": [lambda f, x, y: f(x), lambda f, x, y: f(x, 1, None, True)],
    "numpy.mean": [lambda f, x, y: f(x, 0), lambda f, x, y: f(x, dtype=np.float64, keepdims=True)],
    "numpy.min": [lambda f, x, y: f(a=x, axis=-1)],
    "numpy.moveaxis": [lambda f, x, y: f(x, 0, 1), lambda f, x, y: f(x, source=1, destination=0)],
    "numpy.nan_to_num": [lambda f, x, y: f(x / (x > 0), nan=2.0, posinf=1.0, neginf=0.0)],
    "numpy.ones_like": [lambda f, x, y: f(x)],
    "numpy.outer": [lambda f, x, y: f(x[0], y[1])],
    "numpy.prod": [lambda f, x, y: f(x, axis=1)],
    "numpy.ravel": [lambda f, x, y: f(x), lambda f, x, y: f(x, order="C")],
    "numpy.repeat": [lambda f, x, y: f(x, 2), lambda f, x, y: f(x, repeats=3, axis=0)],
    "numpy.reshape": [lambda f, x, y: f(x, (3, -1)), lambda f, x, y: f(x, shape=-1)],
    "numpy.roll": [lambda f, x, y: f(x, 2), lambda f, x, y: f(x, (1, 2), axis=(0, 1))],
    "numpy.round": [lambda f, x, y: f(3 * x)],
    "numpy.sinc": [lambda f, x, y: f(x)],
    "numpy.sort": [lambda f, x, y: f(x), lambda f, x, y: f(x, axis=0)],
    "numpy.split": [
        lambda f, x, y: f(x, 3, axis=1)[1],
        lambda f, x, y: f(x, [1, 3])[1],
        lambda f, x, y: f(x, [1, -1, 9])[2],
        lambda f, x, y: f(x, indices_or_sections=2)[0],
    ],
    "numpy.squeeze": [lambda f, x, y: f(x[None, :1]), lambda f, x, y: f(x[None], axis=0)],
    "numpy.stack": [lambda f, x, y: f([x, y]), lambda f, x, y: f([x, Y], axis=-1)],
    "numpy.std": [lambda f, x, y: f(x), lambda f, x, y: f(x, axis=1, ddof=1)],
    "numpy.sum": [
        lambda f, x, y: f(x),
        lambda f, x, y: f(x, 1),
        lambda f, x, y: f(a=x, axis=(0, -1), dtype=np.float64, out=None, keepdims=True),
    ],
    "numpy.swapaxes": [lambda f, x, y: f(x, 0, axis2=1)],
    "numpy.take": [lambda f, x, y: f(x, PLACES, axis=1), lambda f, x, y: f(x, indices=PLACES)],
    "numpy.take_along_axis": [lambda f, x, y: f(x, PLACES[None], axis=1)],
    "numpy.tile": [lambda f, x, y: f(x, 2), lambda f, x, y: f(A=x, reps=(2, 1, 3))],
    "numpy.transpose": [lambda f, x, y: f(x), lambda f, x, y: f(x, axes=(1, 0))],
    "numpy.tril": [lambda f, x, y: f(x, -1)],
    "numpy.triu": [lambda f, x, y: f(m=x, k=1)],
    "numpy.unstack": [lambda f, x, y: f(x, axis=1)[2]],
    "numpy.var": [lambda f, x, y: f(x, 0, ddof=1), lambda f, x, y: f(x, correction=1)],
    "numpy.vstack": [lambda f, x, y: f([x, y]), lambda f, x, y: f([x[0], y])],
    "numpy.where": [lambda f, x, y: f(x > 0, x, y), lambda f, x, y: f(X > 0, x, 0.0)],
    "numpy.zeros_like": [lambda f, x, y: f(x, np.float32)],
}
#: Whose results have no gradient, or one that is 0 where it is smooth.
FLAT = {"all", "any", "argmax", "argmin", "argsort", "around", "astype", "count_nonzero",
        "empty_like", "fix", "full_like", "isclose", "nan_to_num", "ones_like", "round",
        "zeros_like"}  # fmt: skip

CASES = [
    pytest.param(name, call, id=f"{name}-{k}")
    for name, calls in CALLS.items()
    for k, call in enumerate(calls)
]


def find(name):
    found = np
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def test_every_function_is_called_here():
    assert set(FUNCTIONS) == set(CALLS)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize(("name", "call"), CASES)
def test_same_as_numpy(name, call):
    function = find(name)
    if function is None:
        pytest.skip(f"NumPy {np.__version__} has no {name}")
    expected = call(function, X, Y)
    x, y = lucid.tensor(X, requires_grad=True), lucid.tensor(Y, requires_grad=True)
    found = call(function, x, y)
    if isinstance(expected, tuple):
        assert found == expected
        return
    assert isinstance(found, lucid.Tensor)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-14)
    if name.split(".")[-1] not in FLAT:
        gradcheck(lambda x, y: call(function, x, y), [x, y])


def test_arguments_that_lucid_does_not_take():
    x = lucid.tensor(X)
    for call, name in (
        (lambda: np.sum(x, where=X > 0), "np.sum .* with where="),
        (lambda: np.sum(x, out=np.empty(())), "np.sum .* with out="),
        (lambda: np.reshape(x, (6, 4), order="F"), "order="),
        (lambda: np.round(x, 2), "decimals="),
        (lambda: np.concatenate([x, x], dtype=np.float32), "dtype="),
        (lambda: np.add(x, x, dtype=np.float32), "np.add .* with dtype="),
    ):
        with pytest.raises(DtypeError, match=name):
            call()
    for call in (lambda: np.linalg.norm(x, 2), lambda: np.split(x, 5), lambda: np.dot(x, x[None])):
        with pytest.raises(ShapeError, match="np"):
            call()


def test_what_lucid_has_not_loses_no_gradient():
    x = lucid.tensor(X, requires_grad=True)
    for call in (
        lambda: np.median(x),
        lambda: np.histogram(x),
        lambda: np.meshgrid(x[0], X[1]),
        lambda: np.add.reduce(x),
        lambda: np.frexp(x),
    ):
        with pytest.raises(DtypeError, match=r"np\..* requires a gradient"):
            call()
        with lucid.no_grad():
            call()
    plain = lucid.tensor(X)
    assert np.median(plain) == np.median(X)
    np.testing.assert_array_equal(np.add.reduce(plain), X.sum(0))
    np.testing.assert_array_equal(
        np.broadcast_arrays(plain, X[0])[1], np.broadcast_to(X[0], (4, 6))
    )


def test_questions_have_answers():
    x = lucid.tensor(X, requires_grad=True)
    assert np.shape(x) == X.shape
    assert (np.ndim(x), np.size(x)) == (2, 24)
    assert np.result_type(x, np.float32) == np.float64
    assert np.array_equal(x, X)
    assert np.allclose(x, X + 1e-12)
    assert np.shares_memory(x, x.numpy())
    assert np.array_repr(x[0, :1]) == np.array_repr(X[0, :1])
    for found, expected in zip(np.where(x > 0), np.where(X > 0), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_nothing_is_written_to_a_tensor():
    x = lucid.tensor(X)
    for call in (
        lambda: np.copyto(x, 0.0),
        lambda: np.put(x, [0], [1.0]),
        lambda: np.fill_diagonal(x, 0.0),
        lambda: np.median(X, out=x),
        lambda: np.frexp(X, out=(x, None)),
    ):
        with pytest.raises(DtypeError, match=r"x\[...\] = "):
            call()
    np.testing.assert_array_equal(x.numpy(), X)
    array = np.zeros(X.shape)
    np.copyto(array, x)
    np.testing.assert_array_equal(array, X)


def test_pictures_of_tensors():
    x, y = lucid.tensor(np.abs(X[0])), lucid.tensor(np.abs(Y[0]))
    with mpl.rc_context({"backend": "agg"}):
        figure, axes = plt.subplots()
        axes.plot(x, y)
        axes.bar(x, y)
        axes.hist(x)
        axes.imshow(lucid.tensor(X))
        plt.close(figure)
