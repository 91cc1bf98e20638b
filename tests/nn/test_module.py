"""Modules: registration, walking, modes, hooks, conversion, printing, copying."""

import copy
import pickle

import numpy as np
import pytest

import lucid
from lucid import nn
from lucid.kernels.errors import DtypeError, StateError, TargetError


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 5)
        self.act = nn.HardSigmoid()
        self.out = nn.Linear(5, 2)
        self.register_buffer("scale", lucid.ones(1))
        self.register_buffer("scratch", lucid.zeros(2), persistent=False)

    def forward(self, x):
        return self.out(self.act(self.hidden(x))) * self.scale


def test_parameters_come_in_the_order_of_registration():
    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert [
        p is q
        for p, q in zip(net.parameters(), dict(net.named_parameters()).values(), strict=False)
    ] == [True] * 4
    assert next(name for name, _ in net.named_parameters(prefix="net")) == "net.hidden.weight"
    assert list(net.parameters(recurse=False)) == []


def test_shared_parameters_count_once_but_have_every_name_in_the_state():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    every = [name for name, _ in net.named_parameters(remove_duplicate=False)]
    assert every == ["0.weight", "0.bias", "1.weight", "1.bias"] or set(every) == {
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
    }
    assert set(net.state_dict()) == set(every)


def test_a_module_that_occurs_twice_is_walked_once():
    layer = nn.Linear(2, 2)
    net = nn.Sequential(layer, nn.ReLU(), layer)
    assert len(list(net.modules())) == 3
    assert len(list(net.children())) == 2
    assert len(list(net.parameters())) == 2
    assert [name for name, _ in net.named_modules()] == ["", "0", "1"]
    assert len(net) == 3


def test_buffers_and_submodules():
    net = Net()
    assert [name for name, _ in net.named_buffers()] == ["scale", "scratch"]
    assert net.get_submodule("hidden") is net.hidden
    assert net.get_submodule("") is net
    assert net.get_parameter("out.bias") is net.out.bias
    with pytest.raises(AttributeError, match=r"no submodule 'inner.x'.*hidden, act, out"):
        net.get_submodule("inner.x")
    with pytest.raises(AttributeError, match="no parameter 'gain'"):
        net.get_parameter("out.gain")


def test_assignments_keep_the_kind():
    net = Net()
    with pytest.raises(TypeError, match="registered parameter and was assigned a int"):
        net.hidden.weight = 3
    net.hidden.bias = None
    assert [name for name, _ in net.hidden.named_parameters()] == ["weight"]
    net.hidden.bias = nn.Parameter(np.zeros(5, np.float32))
    assert [name for name, _ in net.hidden.named_parameters()] == ["weight", "bias"]
    net.scale = lucid.full((1,), 2.0)
    assert "scale" in net.state_dict()
    del net.act
    assert [name for name, _ in net.named_children()] == ["hidden", "out"]
    net.note = "plain attributes stay plain"
    assert "note" not in net.state_dict()


def test_misspelt_attributes_are_named():
    with pytest.raises(AttributeError, match=r"no attribute 'hiden'.*hidden, act, out"):
        _ = Net().hiden


def test_forgotten_super_init_is_explained():
    class Forgetful(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2)

    with pytest.raises(StateError, match=r"super\(\).__init__\(\)"):
        Forgetful()

    class Plain(nn.Module):
        def __init__(self):
            self.factor = 2

        def forward(self, x):
            return x

    with pytest.raises(StateError, match=r"super\(\).__init__\(\)"):
        Plain()(1)


def test_missing_forward_is_explained():
    with pytest.raises(NotImplementedError, match="has no forward"):
        nn.Module()(1)


@pytest.mark.parametrize("name", ["", "a.b", "forward", "note"])
def test_names_that_cannot_be_used(name):
    net = Net()
    net.note = 1
    with pytest.raises(StateError, match="name"):
        net.register_parameter(name, nn.Parameter([1.0]))


@pytest.mark.parametrize("register", ["register_parameter", "register_buffer", "add_module"])
def test_registering_the_wrong_kind(register):
    with pytest.raises(TypeError, match="got a list"):
        getattr(nn.Module(), register)("name", [1.0])


def test_modes_reach_everything_below():
    net = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5)))
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())


def test_apply_takes_children_first():
    order = []
    net = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh()))
    net.apply(lambda module: order.append(type(module).__name__))
    assert order == ["ReLU", "Tanh", "Sequential", "Sequential"]


def test_zero_grad_and_requires_grad():
    net = Net()
    net(lucid.ones((2, 3))).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all((p.grad.numpy() == 0).all() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.requires_grad_(False)
    assert not net(lucid.ones((2, 3))).requires_grad
    net.requires_grad_()
    assert net(lucid.ones((2, 3))).requires_grad


def test_to_converts_floating_values_only():
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    weight = net[0].weight
    assert net.double() is net
    assert net[0].weight is weight
    assert {p.dtype.name for p in net.parameters()} == {"float64"}
    assert net[1].running_mean.dtype == np.float64
    assert net[1].num_batches_tracked.dtype == np.int64
    assert net(lucid.ones((4, 2), dtype=np.float64)).dtype == np.float64
    net.float()
    assert net[0].weight.dtype == np.float32
    assert net.to("cpu") is net
    with pytest.raises(TargetError, match="cuda"):
        net.to("cuda")
    with pytest.raises(DtypeError, match="int32"):
        net.to(np.int32)


def test_hooks_see_and_change():
    net = nn.Sequential(nn.Identity())
    seen = []
    before = net.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    after = net.register_forward_hook(lambda module, args, out: seen.append(out) or out * 10)
    assert net(1) == 20
    before.remove()
    before.remove()
    assert net(1) == 10
    after.remove()
    assert net(1) == 1
    assert seen == [2, 1]


def test_repr_is_a_tree():
    net = nn.Sequential(nn.Linear(3, 5), nn.Sequential(nn.LeakyReLU(0.2), nn.Dropout(0.1)))
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Linear(in_features=3, out_features=5, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): LeakyReLU(negative_slope=0.2)\n"
        "    (1): Dropout(p=0.1)\n"
        "  )\n"
        ")"
    )


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_equal_and_apart(duplicate):
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.GELU("tanh"), nn.Linear(3, 3))
    net[3].weight = net[0].weight
    twin = duplicate(net)
    assert repr(twin) == repr(net)
    assert isinstance(twin[0].weight, nn.Parameter)
    assert twin[3].weight is twin[0].weight
    x = lucid.randn(4, 3)
    net.eval()
    twin.eval()
    np.testing.assert_array_equal(twin(x).numpy(), net(x).numpy())
    twin[0].weight.numpy()[...] = 0
    assert np.abs(net[0].weight.numpy()).sum() > 0


def test_parameter_shares_a_class_with_tensors():
    parameter = nn.Parameter([1.0, 2.0])
    assert isinstance(parameter, lucid.Tensor)
    assert parameter.requires_grad
    assert parameter.dtype == np.float32
    assert not nn.Parameter(lucid.ones(2), requires_grad=False).requires_grad
    assert type(parameter * 2) is lucid.Tensor
    with pytest.raises(DtypeError):
        nn.Parameter([1, 2])


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: nn.Linear(3, 2, **options),
        lambda **options: nn.Bilinear(2, 3, 2, **options),
        lambda **options: nn.Embedding(4, 2, padding_idx=1, **options),
        lambda **options: nn.LayerNorm(3, **options),
        lambda **options: nn.RMSNorm(3, **options),
        lambda **options: nn.BatchNorm1d(3, **options),
        lambda **options: nn.PReLU(3, **options),
    ],
)
def test_dtype_and_device_of_what_a_constructor_makes(make):
    lucid.manual_seed(0)
    plain = make()
    lucid.manual_seed(0)
    wide = make(dtype="float64", device="cpu")
    for (name, single), double in zip(
        plain.state_dict().items(), wide.state_dict().values(), strict=True
    ):
        assert single.dtype == ("int64" if "num_batches" in name else "float32")
        assert double.dtype == ("int64" if "num_batches" in name else "float64")
        assert double.device == "cpu"
        np.testing.assert_allclose(single.numpy(), double.numpy(), rtol=1e-6)
    with pytest.raises(TargetError, match="'tpu' is no device"):
        make(device="tpu")
    with pytest.raises(DtypeError):
        make(dtype="int32")
