"""state_dict and load_state_dict of modules."""

import numpy as np
import pytest

import lucid
from lucid import nn
from lucid.kernels.errors import StateError


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def copied(net):
    return {name: value.numpy().copy() for name, value in net.state_dict().items()}


def test_names_and_order():
    assert list(network().state_dict()) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
        "2.weight",
        "2.bias",
    ]


def test_buffers_that_do_not_persist_stay_out():
    net = nn.Module()
    net.register_buffer("kept", lucid.ones(1))
    net.register_buffer("left", lucid.ones(1), persistent=False)
    assert list(net.state_dict()) == ["kept"]


def test_entries_share_memory_and_have_no_graph():
    net = network()
    state = net.state_dict()
    assert np.shares_memory(state["0.weight"].numpy(), net[0].weight.numpy())
    assert not state["0.weight"].requires_grad


@pytest.mark.parametrize("as_arrays", [True, False])
def test_load_makes_networks_equal(as_arrays):
    net, other = network(), network()
    weight = other[0].weight
    x = lucid.randn(8, 3)
    net(x)
    state = copied(net) if as_arrays else net.state_dict()
    report = other.load_state_dict(state)
    assert report == ([], [])
    assert other[0].weight is weight
    net.eval()
    other.eval()
    np.testing.assert_array_equal(net(x).numpy(), other(x).numpy())
    assert other[1].num_batches_tracked.item() == 1


def test_everything_wrong_is_said_at_once_and_nothing_changes():
    net = network()
    before = copied(net)
    state = {name: value + 1 for name, value in copied(net).items()}
    del state["0.bias"]
    state["0.weight"] = np.zeros((9, 9), np.float32)
    state["2.bias"] = np.zeros(2, complex)
    state["head.weight"] = np.zeros(1)
    with pytest.raises(StateError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert "0.weight: shape (9, 9) came, (4, 3) was expected" in text
    assert "2.bias: dtype complex128" in text
    assert "0.bias: missing, expected with shape (4,)" in text
    assert "head.weight: unexpected" in text
    for name, value in copied(net).items():
        np.testing.assert_array_equal(value, before[name])


def test_not_strict_reports_what_was_left():
    net = network()
    state = copied(net)
    state["2.bias"] = np.array([5.0, 6.0])
    del state["0.bias"]
    state["extra"] = np.zeros(1)
    report = net.load_state_dict(state, strict=False)
    assert report.missing_keys == ["0.bias"]
    assert report.unexpected_keys == ["extra"]
    assert net[2].bias.numpy().tolist() == [5.0, 6.0]
    assert net[2].bias.dtype == np.float32


def test_shapes_must_fit_even_if_not_strict():
    with pytest.raises(StateError, match="shape"):
        network().load_state_dict({"0.bias": np.zeros(1)}, strict=False)


def test_what_is_no_mapping():
    with pytest.raises(StateError, match="got a list"):
        network().load_state_dict([1, 2])


def test_loading_between_forward_and_backward_is_noticed():
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    out = net(lucid.ones((1, 2), requires_grad=True)).sum()
    net.load_state_dict({name: value * 2 for name, value in copied(net).items()})
    with pytest.raises(lucid.kernels.errors.GraphError, match="changed in place"):
        out.backward()
