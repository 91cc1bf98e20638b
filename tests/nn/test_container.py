"""Sequential, ModuleList and ModuleDict."""

import pytest

import lucid
from lucid import nn
from lucid.kernels.errors import StateError


def test_sequential_runs_in_order_and_is_a_list():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert net(lucid.ones((4, 2))).shape == (4, 1)
    assert len(net) == 3
    assert [type(m).__name__ for m in net] == ["Linear", "ReLU", "Linear"]
    assert net[-1] is net[2]
    assert isinstance(net[:2], nn.Sequential)
    assert len(net[:2]) == 2
    assert net[:2][0] is net[0]
    with pytest.raises(IndexError, match="holds 3 modules"):
        net[3]


def test_sequential_changes():
    net = nn.Sequential(nn.ReLU())
    net.append(nn.Tanh()).extend([nn.SiLU(), nn.GELU()])
    net.insert(1, nn.Mish())
    net[0] = nn.Identity()
    del net[2]
    assert [type(m).__name__ for m in net] == ["Identity", "Mish", "SiLU", "GELU"]
    assert [name for name, _ in net.named_children()] == ["0", "1", "2", "3"]


def test_sequential_with_names():
    net = nn.Sequential({"first": nn.Linear(2, 2), "second": nn.Tanh()})
    assert net.first is net[0]
    assert list(net.state_dict()) == ["first.weight", "first.bias"]
    net.append(nn.ReLU())
    del net[0]
    assert [name for name, _ in net.named_children()] == ["second", "1"]


def test_sequential_refuses_what_is_no_module():
    with pytest.raises(TypeError, match=r"give an nn\.Module"):
        nn.Sequential(nn.ReLU(), lambda x: x)


def test_module_list_registers():
    layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    assert len(list(layers.parameters())) == 6
    assert next(iter(layers.state_dict())) == "0.weight"
    layers[1] = nn.Identity()
    assert [type(m).__name__ for m in layers[1:]] == ["Identity", "Linear"]
    with pytest.raises(NotImplementedError):
        layers(1)


def test_module_dict():
    heads = nn.ModuleDict({"age": nn.Linear(4, 1)})
    heads["kind"] = nn.Linear(4, 3)
    heads.update([("size", nn.Linear(4, 2))])
    assert list(heads) == ["age", "kind", "size"]
    assert list(heads.keys()) == list(heads)
    assert [m.out_features for m in heads.values()] == [1, 3, 2]
    assert dict(heads.items())["kind"] is heads["kind"]
    assert "age" in heads
    assert len(heads) == 3
    del heads["age"]
    assert "age" not in heads
    with pytest.raises(KeyError, match="kind, size"):
        heads["age"]
    with pytest.raises(StateError, match="choose another name"):
        heads["keys"] = nn.Identity()
