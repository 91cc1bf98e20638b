"""Networks on the GPU: every module, every optimiser, a training run, and their state."""

import copy
import io
import pickle

import numpy as np
import pytest

import lucid
from lucid import nn, optim
from lucid.kernels.errors import TargetError

RANDOM = np.random.default_rng(1)
X = RANDOM.standard_normal((3, 4)).astype(np.float32)
Y = RANDOM.standard_normal((3, 4)).astype(np.float32)
SHARES = RANDOM.uniform(0.1, 0.9, (3, 4)).astype(np.float32)
SIGNS = np.sign(Y)
CLASSES = np.array([1, 3, 0])

GATED = ("GEGLU", "GLU", "ReGLU", "SwiGLU")
ACTIVATIONS = [
    name
    for name, kind in vars(nn).items()
    if isinstance(kind, type) and kind.__module__ == "lucid.nn.activation"
]
LAYERS = {
    "Linear": (lambda: nn.Linear(4, 3), X),
    "Linear without bias": (lambda: nn.Linear(4, 3, bias=False), X),
    "Bilinear": (lambda: nn.Bilinear(4, 4, 2), X, Y),
    "Embedding": (lambda: nn.Embedding(5, 3, padding_idx=0), CLASSES),
    "Flatten": (lambda: nn.Flatten(), X[:, None]),
    "Identity": (lambda: nn.Identity(), X),
    "LayerNorm": (lambda: nn.LayerNorm(4), X),
    "RMSNorm": (lambda: nn.RMSNorm(4), X),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4), X),
    "BatchNorm1d of averages": (lambda: nn.BatchNorm1d(4, momentum=None), X),
    "Dropout": (lambda: nn.Dropout(0.5), X),
    "Sequential": (lambda: nn.Sequential(nn.Linear(4, 2), nn.Tanh()), X),
    **{name: (getattr(nn, name), X) for name in ACTIVATIONS},
}
LOSSES = {
    "BCELoss": (nn.BCELoss, SHARES, SHARES.T.reshape(3, 4).copy()),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss, X, SHARES),
    "CrossEntropyLoss": (nn.CrossEntropyLoss, X, CLASSES),
    "FocalLoss": (nn.FocalLoss, X, (SIGNS + 1) / 2),
    "GaussianNLLLoss": (nn.GaussianNLLLoss, X, Y, SHARES),
    "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss, X, SIGNS),
    "HuberLoss": (nn.HuberLoss, X, Y),
    "KLDivLoss": (nn.KLDivLoss, X, SHARES),
    "L1Loss": (nn.L1Loss, X, Y),
    "LogCoshLoss": (nn.LogCoshLoss, X, Y),
    "MSELoss": (nn.MSELoss, X, Y),
    "NLLLoss": (nn.NLLLoss, X, CLASSES),
    "PoissonNLLLoss": (nn.PoissonNLLLoss, X, SHARES),
    "SmoothL1Loss": (nn.SmoothL1Loss, X, Y),
    "SoftMarginLoss": (nn.SoftMarginLoss, X, SIGNS),
    "CosineEmbeddingLoss": (nn.CosineEmbeddingLoss, X, Y, SIGNS[:, 0].copy()),
}


def run(make, arrays, device, weights_for):
    """Return what a module gives on a device, with all gradients and buffers."""
    lucid.manual_seed(3)
    module = make().to(device)
    inputs = [lucid.tensor(a, device=device, requires_grad=a.dtype.kind == "f") for a in arrays]
    if isinstance(module, (nn.CrossEntropyLoss, nn.NLLLoss)):
        inputs[1:] = [x.detach() for x in inputs[1:]]
    result = module(*inputs)
    assert result.device.type == device
    (result * weights_for(result)).sum().backward()
    found = [result.detach()]
    found += [x.grad for x in (*inputs, *module.parameters()) if x.requires_grad]
    found += list(module.buffers())
    assert all(x is None or x.device.type == device for x in found)
    return [None if x is None else x.cpu().numpy() for x in found]


@pytest.mark.parametrize("name", [*LAYERS, *LOSSES])
def test_modules_give_what_they_give_on_the_cpu(name, weights_for):
    make, *arrays = {**LAYERS, **LOSSES}[name]
    expected = run(make, arrays, "cpu", weights_for)
    got = run(make, arrays, "cuda", weights_for)
    assert len(got) == len(expected)
    for mine, wanted in zip(got, expected, strict=True):
        if wanted is None:
            assert mine is None
        else:
            np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-6)


def test_no_module_is_left_out():
    containers = {"Module", "ModuleList", "ModuleDict", "Parameter"}
    kinds = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    assert kinds - containers <= {*LAYERS, *LOSSES}


def make_network(device="cpu"):
    lucid.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.HardSigmoid(), nn.Linear(3, 4)).to(device)


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "SGD with momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.05),
    "Adam with AMSGrad": lambda p: optim.Adam(p, lr=0.05, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.05),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.05),
}


def train(network, optimizer, steps):
    """Return the losses of some steps, on the network's own device."""
    device = next(network.parameters()).device
    x, y = lucid.tensor(X, device=device), lucid.tensor(CLASSES, device=device)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(steps):
        loss = criterion(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_gives_the_same_losses_as_on_the_cpu(name):
    losses = []
    for device in ("cpu", "cuda"):
        network = make_network(device)
        losses.append(train(network, OPTIMIZERS[name](network.parameters()), 4))
        assert {p.device.type for p in network.parameters()} == {device}
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    assert losses[1][-1] < losses[1][0]


def test_modules_move_in_place_with_their_gradients():
    network = make_network()
    before = list(network.parameters())
    network(lucid.tensor(X)).sum().backward()
    held = [p.grad.tolist() for p in before]
    assert network.to("cuda") is network
    assert all(p is q for p, q in zip(network.parameters(), before, strict=True))
    assert {p.device for p in before} == {p.grad.device for p in before} == {"cuda:0"}
    assert [p.grad.tolist() for p in before] == held
    assert all(p.requires_grad and p.is_leaf for p in before)
    assert {p.device for p in network.cpu().parameters()} == {"cpu"}
    norm = nn.BatchNorm1d(4).cuda()
    assert {b.device for b in norm.buffers()} == {"cuda:0"}
    assert norm.num_batches_tracked.dtype == np.int64
    double = make_network().to("cuda", "float64")
    assert {(p.device, p.dtype) for p in double.parameters()} == {("cuda:0", np.dtype("f8"))}


def test_a_network_and_its_input_must_be_in_one_place():
    with pytest.raises(TargetError, match=r"linear.*'cpu'.*'cuda:0'"):
        make_network("cuda")(lucid.tensor(X))
    with pytest.raises(TargetError, match=r"linear.*'cuda:0'.*'cpu'"):
        make_network()(lucid.tensor(X, device="cuda"))


def test_state_is_saved_on_the_cpu_and_loaded_where_the_module_is():
    trained = make_network("cuda")
    optimizer = OPTIMIZERS["Adam"](trained.parameters())
    train(trained, optimizer, 2)
    file = io.BytesIO()
    pickle.dump((trained.state_dict(), optimizer.state_dict()), file)
    file.seek(0)
    weights, memory = pickle.load(file)
    assert {value.device for value in weights.values()} == {"cpu"}
    assert all(type(held["exp_avg"]) is np.ndarray for held in memory["state"].values())
    expected = train(trained, optimizer, 2)
    for device in ("cpu", "cuda"):
        network = make_network(device)
        again = OPTIMIZERS["Adam"](network.parameters())
        network.load_state_dict(weights)
        again.load_state_dict(memory)
        np.testing.assert_allclose(train(network, again, 2), expected, rtol=1e-5)


def test_copies_and_pickles_of_modules_and_optimisers():
    network = make_network("cuda")
    optimizer = OPTIMIZERS["Adam"](network.parameters())
    train(network, optimizer, 1)
    twin = copy.deepcopy(network)
    assert {p.device for p in twin.parameters()} == {"cuda:0"}
    read, memory = pickle.loads(pickle.dumps((network, optimizer)))
    assert {p.device for p in read.parameters()} == {"cpu"}
    expected = train(network, optimizer, 2)
    np.testing.assert_allclose(train(read, memory, 2), expected, rtol=1e-5)


def test_helpers_of_gradients():
    network = make_network("cuda")
    x = lucid.tensor(X, device="cuda")
    (network(x) * 100).sum().backward()
    gradients = [p.grad.cpu().numpy() for p in network.parameters()]
    whole = np.sqrt(sum(float((g.astype(float) ** 2).sum()) for g in gradients))
    for p in (2.0, 1.0, float("inf")):
        total = nn.utils.clip_grad_norm_(network.parameters(), np.inf, p)
        flat = np.concatenate([g.ravel() for g in gradients])
        np.testing.assert_allclose(float(total), np.linalg.norm(flat, p), rtol=1e-5)
    nn.utils.clip_grad_norm_(network.parameters(), whole / 2)
    np.testing.assert_allclose(
        next(network.parameters()).grad.cpu().numpy(), gradients[0] / 2, rtol=1e-5
    )
    nn.utils.clip_grad_value_(network.parameters(), 0.01)
    assert all(float(abs(p.grad).max()) <= 0.01 for p in network.parameters())
    vector = nn.utils.parameters_to_vector(network.parameters())
    assert vector.device == "cuda:0"
    nn.utils.vector_to_parameters(vector * 2, network.parameters())
    np.testing.assert_allclose(
        nn.utils.parameters_to_vector(network.parameters()).tolist(), (vector * 2).tolist()
    )
    network.zero_grad(set_to_none=False)
    assert all(p.grad.tolist() == (p * 0).tolist() for p in network.parameters())


def test_initial_values_are_the_same_on_both():
    for fill in (nn.init.xavier_uniform_, nn.init.kaiming_normal_, nn.init.trunc_normal_):
        found = []
        for device in ("cpu", "cuda"):
            lucid.manual_seed(5)
            found.append(fill(lucid.empty(3, 4, device=device)).tolist())
        assert found[0] == found[1]
    assert nn.init.constant_(lucid.empty(2, device="cuda"), 3.0).tolist() == [3.0, 3.0]


def test_dropout_draws_the_same_mask():
    found = []
    for device in ("cpu", "cuda"):
        lucid.manual_seed(7)
        x = lucid.ones(4, 5, requires_grad=True, device=device)
        y = nn.functional.dropout(x, 0.5)
        y.sum().backward()
        assert x.grad.tolist() == y.tolist()
        found.append(y.tolist())
    assert found[0] == found[1]
    assert {0.0, 2.0} == {value for row in found[0] for value in row}


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
def test_a_module_made_on_the_device(make):
    lucid.manual_seed(0)
    here = make()
    lucid.manual_seed(0)
    there = make(device="cuda")
    for mine, other in zip(here.state_dict().values(), there.state_dict().values(), strict=True):
        assert other.device.type == "cuda"
        np.testing.assert_array_equal(mine.numpy(), other.cpu().numpy())
