"""Optimizer: groups, closures, state, errors."""

import copy
import pickle

import numpy as np
import pytest

import lucid
from lucid import nn, optim
from lucid.kernels.errors import DtypeError, GraphError, LucidError, StateError
from lucid.kernels.targets import native

KINDS = [
    lambda p: optim.SGD(p, 0.1),
    lambda p: optim.SGD(p, 0.1, momentum=0.9),
    lambda p: optim.Adam(p, 0.1),
    lambda p: optim.AdamW(p, 0.1, amsgrad=True),
    lambda p: optim.RMSprop(p, 0.1, momentum=0.9),
    lambda p: optim.Adagrad(p, 0.1),
]


def train(net, optimizer, steps, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        x = lucid.tensor(rng.standard_normal((8, 3)))
        optimizer.zero_grad()
        (net(x) ** 2).mean().backward()
        optimizer.step()


def network():
    lucid.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    return net.double()


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize(
    "through", [lambda s: s, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_going_on_from_a_saved_state_is_the_same(make, through):
    net = network()
    optimizer = make(net.parameters())
    train(net, optimizer, 3)
    saved = through(copy.deepcopy((net.state_dict(), optimizer.state_dict())))
    train(net, optimizer, 3, seed=1)

    other = network()
    resumed = make(other.parameters())
    other.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    train(other, resumed, 3, seed=1)
    for ours, theirs in zip(other.parameters(), net.parameters(), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_state_dict_is_plain():
    net = network()
    optimizer = optim.Adam(net.parameters(), lr=0.5)
    train(net, optimizer, 2)
    state = optimizer.state_dict()
    assert set(state) == {"state", "param_groups"}
    assert state["param_groups"][0]["params"] == [0, 1, 2, 3]
    assert state["param_groups"][0]["lr"] == 0.5
    assert state["state"][1]["step"] == 2
    assert set(state["state"][0]) == {"step", "exp_avg", "exp_avg_sq"}
    assert state["state"][0]["exp_avg"].shape == (4, 3)


def test_a_state_that_does_not_fit_changes_nothing():
    net = network()
    optimizer = optim.Adam(net.parameters(), lr=0.5)
    train(net, optimizer, 1)
    before = copy.deepcopy(optimizer.state_dict())
    wrong = copy.deepcopy(before)
    wrong["state"][0]["exp_avg"] = np.zeros((2, 2))
    wrong["state"][1].pop("exp_avg_sq")
    wrong["state"][2]["step"] = 1.5
    wrong["param_groups"][0].pop("betas")
    wrong["param_groups"][0]["speed"] = 1
    with pytest.raises(StateError) as caught:
        optimizer.load_state_dict(wrong)
    text = str(caught.value)
    assert "shape (2, 2) came, (4, 3) was expected" in text
    assert "1.5 came" in text
    assert "'betas' is missing" in text
    assert "'speed' is unexpected" in text
    after = optimizer.state_dict()
    np.testing.assert_array_equal(after["state"][0]["exp_avg"], before["state"][0]["exp_avg"])
    with pytest.raises(StateError, match="parameters came"):
        optimizer.load_state_dict(optim.Adam([nn.Parameter([1.0])]).state_dict())
    with pytest.raises(StateError, match=r"\['momentum_buffer', 'step'\]|missing"):
        optimizer.load_state_dict(optim.SGD(net.parameters()).state_dict())
    with pytest.raises(StateError, match="'param_groups'"):
        optimizer.load_state_dict({})


def test_a_state_of_another_kind_is_refused_by_its_arrays():
    net = network()
    plain, squared = optim.Adam(net.parameters()), optim.Adam(net.parameters(), amsgrad=True)
    train(net, plain, 1)
    state = plain.state_dict()
    state["param_groups"][0]["amsgrad"] = True
    with pytest.raises(StateError, match="max_exp_avg_sq"):
        squared.load_state_dict(state)


def test_groups_have_their_own_settings():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.25)
    a.grad = b.grad = lucid.tensor([1.0])
    optimizer.step()
    assert (a.item(), b.item()) == (0.75, 0.5)
    c = nn.Parameter([1.0])
    optimizer.add_param_group({"params": [c], "momentum": 0.5})
    assert len(optimizer.param_groups) == 3
    assert "group 2: 1 parameters" in repr(optimizer)
    assert "momentum: 0.5" in repr(optimizer)


def test_parameters_without_gradient_are_left():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = optim.Adam([a, b], lr=0.25)
    a.grad = lucid.tensor([1.0])
    optimizer.step()
    assert b.item() == 1.0
    assert b not in optimizer.state
    # Counted for each parameter: the second one's first step is corrected as a first step.
    b.grad = lucid.tensor([1.0])
    optimizer.step()
    assert abs(b.item() - 0.75) < 1e-6


def test_zero_grad():
    a = nn.Parameter([1.0])
    optimizer = optim.SGD([a], lr=0.1)
    optimizer.zero_grad(set_to_none=False)
    assert a.grad is None
    a.grad = lucid.tensor([1.0])
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.item() == 0.0
    optimizer.zero_grad()
    assert a.grad is None


def test_closure():
    a = nn.Parameter([2.0])
    optimizer = optim.SGD([a], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (a * a).sum()
        loss.backward()
        return loss

    with lucid.no_grad():
        assert optimizer.step(closure).item() == 4.0
    assert a.item() == 1.0


def test_a_step_between_forward_and_backward_is_noticed():
    a = nn.Parameter([2.0])
    optimizer = optim.SGD([a], lr=0.25)
    loss = a * a
    a.grad = lucid.tensor([1.0])
    optimizer.step()
    with pytest.raises(GraphError, match="changed in place"):
        loss.backward()


def test_gradients_are_left_as_they_are():
    a = nn.Parameter([2.0])
    a.grad = lucid.tensor([1.0])
    optim.Adam([a], weight_decay=0.5, maximize=True).step()
    assert a.grad.item() == 1.0


def test_what_cannot_be_optimised():
    a = nn.Parameter([1.0])
    with pytest.raises(TypeError, match=r"give the parameters as an iterable"):
        optim.SGD(a)
    with pytest.raises(ValueError, match="no parameters"):
        optim.SGD([])
    with pytest.raises(TypeError, match="got a float as a parameter"):
        optim.SGD([1.0])
    with pytest.raises(GraphError, match="leaves"):
        optim.SGD([a * 2])
    with pytest.raises(DtypeError, match="int64"):
        optim.SGD([lucid.tensor([1])])
    with pytest.raises(ValueError, match="twice"):
        optim.SGD([a, a])
    with pytest.raises(ValueError, match="no setting 'rate'"):
        optim.SGD([{"params": [a], "rate": 1}])
    with pytest.raises(TypeError, match="'params'"):
        optim.SGD([a]).add_param_group({"lr": 1.0})
    a.grad = lucid.tensor([1.0])
    a.grad.data = np.ones((2, 2), np.float32)
    with pytest.raises(LucidError, match=r"\(2, 2\)"):
        optim.SGD([a]).step()


@pytest.mark.parametrize(
    ("kind", "settings", "name"),
    [
        (optim.SGD, {"lr": -1.0}, "lr=-1.0"),
        (optim.SGD, {"momentum": -0.5}, "momentum"),
        (optim.SGD, {"nesterov": True}, "nesterov"),
        (optim.Adam, {"betas": (1.0, 0.9)}, r"betas\[0\]=1.0"),
        (optim.Adam, {"eps": float("nan")}, "eps=nan"),
        (optim.AdamW, {"weight_decay": -1}, "AdamW"),
        (optim.RMSprop, {"alpha": 1.5}, "alpha"),
        (optim.Adagrad, {"lr_decay": -1}, "lr_decay"),
    ],
)
def test_settings_out_of_range(kind, settings, name):
    with pytest.raises(ValueError, match=name):
        kind([nn.Parameter([1.0])], **settings)


def test_optimisers_can_be_pickled():
    net = network()
    optimizer = optim.Adam(net.parameters())
    train(net, optimizer, 1)
    twin_net, twin = pickle.loads(pickle.dumps((net, optimizer)))
    assert twin.param_groups[0]["params"][0] is next(twin_net.parameters())
    train(twin_net, twin, 1)
    train(net, optimizer, 1)
    for ours, theirs in zip(twin_net.parameters(), net.parameters(), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_all_parameters_are_updated_in_one_launch(monkeypatch):
    calls = []
    many = native.many

    def counted(plan, threads, numbers, groups):
        calls.append(len(groups))
        return many(plan, threads, numbers, groups)

    monkeypatch.setattr(native, "many", counted)
    sizes = [3, 500, 70_000, 1]
    params = [lucid.tensor(np.ones(n, np.float32), requires_grad=True) for n in sizes]
    alone = [lucid.tensor(np.ones(n, np.float32), requires_grad=True) for n in sizes]
    together = lucid.optim.Adam(params, lr=0.1)
    each = [lucid.optim.Adam([p], lr=0.1) for p in alone]
    for _ in range(3):
        for p in (*params, *alone):
            p.grad = p.detach() * 2
        together.step()
        for optimizer in each:
            optimizer.step()
    assert calls[0] == len(sizes)
    assert len(calls) == 3 * (1 + len(sizes))
    for p, q in zip(params, alone, strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())
