"""The methods that are made from tables, and the stubs that tell editors about them."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

import lucid
from lucid.ops.methods import METHODS
from lucid.tensors.conversion import Conversions
from lucid.tensors.methods import pointwise_methods
from lucid.tensors.operators import BINARY, COMPARISONS, UNARY


def _stubs(file, name):
    tree = ast.parse((Path(inspect.getfile(lucid.Tensor)).parent / file).read_text("utf-8"))
    (found,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name]
    return {n.name: n for n in found.body if isinstance(n, ast.FunctionDef)}


def _names(node):
    arguments = node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        names.append("*" + arguments.vararg.arg)
    return names + [a.arg for a in arguments.kwonlyargs]


def _parameters(signature):
    return [
        ("*" if p.kind is p.VAR_POSITIONAL else "") + p.name for p in signature.parameters.values()
    ][1:]


def test_stubs_of_the_pointwise_methods():
    stubs = _stubs("pointwise_surface.pyi", "PointwiseSurface")
    methods = dict(pointwise_methods())
    assert sorted(stubs) == sorted(methods)
    for name, operation in methods.items():
        assert _names(stubs[name])[1:] == _parameters(operation.signature), name


def test_stubs_of_the_other_methods():
    stubs = _stubs("surface.pyi", "Surface")
    methods = {n: getattr(module, n) for module, names in METHODS.items() for n in names}
    operators = {f"__{p}{n}__" for n in BINARY for p in ("", "r", "i")}
    operators |= {f"__{n}__" for n in (*COMPARISONS, *UNARY, "matmul", "rmatmul")}
    operators |= {"__getitem__", "__setitem__", "T", "mT", "expand_as", "view_as", "reshape_as"}
    assert sorted(stubs) == sorted({*methods, *operators})
    for name, function in methods.items():
        assert _names(stubs[name])[1:] == _parameters(inspect.signature(function)), name


def test_every_method_is_installed_and_hides_none():
    own = set(vars(Conversions))
    made = {name for name, _ in pointwise_methods()}
    others = {name for names in METHODS.values() for name in names}
    assert not made & others
    assert not made & own
    for name in made | others:
        assert callable(getattr(lucid.Tensor, name))
        assert getattr(lucid.Tensor, name).__doc__


@pytest.mark.parametrize("name", ["exp", "relu", "abs", "sigmoid", "square", "floor", "sqrt"])
def test_method_and_function_agree(name):
    x = lucid.tensor([0.5, 1.5, 2.5])
    np.testing.assert_array_equal(getattr(x, name)().numpy(), getattr(lucid, name)(x.numpy()))


def test_methods_take_arguments():
    x = lucid.tensor([-1.0, 0.5, 4.0], requires_grad=True)
    assert x.clip(0.0, 1.0).tolist() == [0.0, 0.5, 1.0]
    assert x.clip(max=1.0).tolist() == [-1.0, 0.5, 1.0]
    assert x.maximum(0.0).tolist() == [0.0, 0.5, 4.0]
    np.testing.assert_allclose(x.hard_sigmoid(slope=0.1).detach().numpy(), [0.4, 0.55, 0.9])
