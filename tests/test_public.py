"""Every public name is documented, and every example in the documentation is executed."""

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import lucid

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(lucid.__path__, "lucid.")
    if not module.name.endswith("__main__")
)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_module(name):
    module = importlib.import_module(name)
    names = {"lucid": lucid, "np": np, "Tensor": lucid.Tensor, "nn": lucid.nn}
    failed, _ = doctest.testmod(module, extraglobs=names, optionflags=OPTIONS)
    assert failed == 0


#: What users import from; the rooms below these are ours.
PUBLIC = [
    "lucid",
    "lucid.autograd",
    "lucid.cuda",
    "lucid.data",
    "lucid.kernels",
    "lucid.nn",
    "lucid.nn.functional",
    "lucid.nn.init",
    "lucid.nn.utils",
    "lucid.ops",
    "lucid.optim",
    "lucid.tensors",
    "lucid.testing",
]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    assert module.__all__
    for public in module.__all__:
        thing = getattr(module, public)
        if callable(thing) or inspect.ismodule(thing):
            assert inspect.getdoc(thing), f"{name}.{public} has no docstring"


def markdown_files():
    root = Path(lucid.__file__).parents[1]
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: path.name)
def test_examples_in_texts(path):
    failed, _ = doctest.testfile(
        str(path), module_relative=False, encoding="utf-8", optionflags=OPTIONS
    )
    assert failed == 0
