"""Tensors on the GPU: where they are, how they get there, and what refuses to mix."""

import copy
import pickle

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import GraphError, ShapeError, TargetError
from lucid.kernels.targets.cuda import array_module, is_device_array


def on_gpu(data, **options):
    return lucid.tensor(data, device="cuda", **options)


def test_there_and_back():
    x = lucid.tensor([1.5, 2.5])
    y = x.to("cuda")
    assert (y.device, y.device.type, y.device.index) == ("cuda:0", "cuda", 0)
    assert is_device_array(y.data)
    assert y.cpu().tolist() == y.tolist() == [1.5, 2.5]
    assert y.to("cuda") is y.to(device="cuda:0") is y.cuda() is y
    assert y.to(x).device == "cpu"
    assert x.to(y).device == "cuda:0"
    z = x.to("cuda", np.float64)
    assert (z.device, z.dtype) == ("cuda:0", np.float64)


def test_the_gradient_comes_back_to_the_cpu():
    x = lucid.tensor([1.0, 2.0], requires_grad=True)
    y = x.to("cuda")
    assert y.requires_grad
    (y * y).sum().backward()
    assert x.grad.device == "cpu"
    assert x.grad.tolist() == [2.0, 4.0]
    (first,) = lucid.grad((x.cuda() ** 3).sum(), x, create_graph=True)
    (second,) = lucid.grad(first.sum(), x)
    assert second.tolist() == [6.0, 12.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda d: lucid.zeros(2, 3, device=d),
        lambda d: lucid.ones((2, 3), device=d, dtype="int32"),
        lambda d: lucid.full((2,), 0.5, device=d),
        lambda d: lucid.arange(1, 7, 2, device=d),
        lambda d: lucid.linspace(0, 1, 5, device=d),
        lambda d: lucid.eye(2, 3, device=d),
        lambda d: lucid.asarray([1, 2], device=d),
        lambda d: lucid.Tensor([1, 2], device=d),
        lambda d: lucid.rand(3, generator=lucid.Generator(7), device=d),
        lambda d: lucid.randn(3, generator=lucid.Generator(7), device=d),
        lambda d: lucid.uniform(0, 2, 3, generator=lucid.Generator(7), device=d),
        lambda d: lucid.normal(0, 2, 3, generator=lucid.Generator(7), device=d),
        lambda d: lucid.randint(0, 9, 3, generator=lucid.Generator(7), device=d),
        lambda d: lucid.randperm(5, generator=lucid.Generator(7), device=d),
    ],
)
def test_creation_gives_the_same_on_both(make):
    here, there = make("cpu"), make("cuda")
    assert there.device == "cuda:0"
    assert there.dtype == here.dtype
    np.testing.assert_array_equal(there.cpu().numpy(), here.numpy())


def test_like_stays_where_it_is():
    x = on_gpu([1.0, 2.0])
    likes = lucid.zeros_like, lucid.ones_like, lucid.empty_like, lambda t: lucid.full_like(t, 3)
    for like in likes:
        assert like(x).device == "cuda:0"
    assert lucid.zeros_like(x, device="cpu").device == "cpu"
    assert lucid.empty(2, 3, device="cuda").shape == (2, 3)
    assert lucid.tensor(x).device == lucid.tensor(x.data).device == "cuda:0"


def test_memory_is_shared_with_other_libraries():
    x = on_gpu([1.0, 2.0])
    assert hasattr(x, "__cuda_array_interface__")
    assert not hasattr(lucid.ones(2), "__cuda_array_interface__")
    taken = array_module().asarray(x)
    for other in (lucid.from_dlpack(x), lucid.asarray(taken)):
        other[0] += 1
    assert x.tolist() == [3.0, 2.0]
    assert x.__dlpack_device__()[0] == 2
    leaf = on_gpu([1.0], requires_grad=True)
    with pytest.raises(BufferError, match="detach"):
        leaf.__dlpack__()
    assert not hasattr(leaf, "__cuda_array_interface__")


def test_arrays_of_the_gpu_as_operands():
    x = on_gpu([1.0, 2.0], requires_grad=True)
    array = on_gpu([3.0, 4.0]).data
    for y in (x * array, array * x):
        assert y.tolist() == [3.0, 8.0]
        assert y.requires_grad
    result = lucid.kernels.exp(array)
    assert is_device_array(result)
    assert lucid.sum(array).device.id == 0 if hasattr(array, "device") else True


def test_printing():
    x = on_gpu([[1.0, 2.0]], requires_grad=True)
    assert repr(x) == "Tensor([[1.0, 2.0]], device='cuda:0', grad=None)"
    assert str(x.detach()) == "[[1.0, 2.0]]"
    assert f"{on_gpu(1.5):.2f}" == "1.50"
    assert on_gpu(1.5).item() == float(on_gpu(1.5)) == 1.5
    assert 2.0 in x.detach()
    assert [row.tolist() for row in x] == [[1.0, 2.0]]


def test_copies():
    x = on_gpu([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    twin = copy.deepcopy(x)
    assert (twin.device, twin.grad.device, twin.grad.tolist()) == ("cuda:0", "cuda:0", [3.0, 3.0])
    twin.data[...] = 0
    assert x.tolist() == [1.0, 2.0]
    read = pickle.loads(pickle.dumps(x))
    assert (read.device, read.grad.device, read.requires_grad) == ("cpu", "cpu", True)
    assert read.tolist() == [1.0, 2.0]
    y = lucid.zeros(2)
    y.copy_(x.detach())
    assert y.tolist() == [1.0, 2.0]
    z = lucid.zeros(2, device="cuda").copy_(lucid.tensor([5, 6]))
    assert (z.device, z.tolist()) == ("cuda:0", [5.0, 6.0])


def test_changes_in_place():
    x = on_gpu([1.0, 2.0, 3.0])
    x += 1
    x[0] = 7
    x[lucid.tensor([True, False, True])] = on_gpu([8.0, 9.0])
    assert x.tolist() == [8.0, 3.0, 9.0]
    x[[1, 1]] = on_gpu([4.0, 5.0])
    assert x.tolist() == [8.0, 5.0, 9.0]
    x[1:] = [1, 2]
    assert x.tolist() == [8.0, 1.0, 2.0]
    wide = lucid.ones(1, device="cuda").broadcast_to((3,))
    with pytest.raises(GraphError, match="read-only"):
        wide += 1


def test_a_change_in_place_is_noticed_by_backward():
    x = on_gpu([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    part = y.detach()[0:1]
    part += 1
    with pytest.raises(GraphError, match="changed"):
        z.backward()


def test_gradients_through_assignment():
    x = on_gpu([1.0, 2.0, 3.0], requires_grad=True)
    value = on_gpu([5.0, 6.0], requires_grad=True)
    y = x * 1
    y[[0, 0]] = value
    (y * on_gpu([2.0, 3.0, 4.0])).sum().backward()
    assert y.tolist() == [6.0, 2.0, 3.0]
    assert x.grad.tolist() == [0.0, 3.0, 4.0]
    assert value.grad.tolist() == [0.0, 2.0]


def test_hooks_and_seeds():
    x = on_gpu([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda gradient: gradient * 10)
    y = x * 3
    y.retain_grad()
    y.backward([1.0, 2.0])
    assert y.grad.device == x.grad.device == "cuda:0"
    assert x.grad.tolist() == [30.0, 60.0]
    (x * 3).backward(on_gpu([1.0, 1.0]))
    assert x.grad.tolist() == [60.0, 90.0]
    x.grad = [0.0, 1.0]
    assert x.grad.device == "cuda:0"


def test_what_lies_elsewhere_is_refused():
    x, y = on_gpu([1.0, 2.0]), lucid.ones(2)
    leaf = on_gpu([1.0, 2.0], requires_grad=True)
    for call in (
        lambda: x + y,
        lambda: y.numpy() * x,
        lambda: lucid.cat([x, y]),
        lambda: lucid.matmul(x, y),
        lambda: lucid.gather(x, 0, lucid.tensor([0])),
        lambda: y[lucid.tensor([0]).cuda()],
        lambda: x.__setitem__(slice(None), y),
        lambda: y.__setitem__(slice(None), x),
        lambda: (leaf * 2).backward(y),
        lambda: setattr(leaf, "grad", y),
        lambda: lucid.where(x > 0, x, y),
    ):
        with pytest.raises(TargetError, match=r"device|host"):
            call()
    with pytest.raises(TargetError, match=r"x\.cpu\(\)"):
        x.numpy()
    with pytest.raises(TargetError, match=r"x\.cpu\(\)"):
        np.asarray(x)
    with pytest.raises(TargetError, match="CUDA_VISIBLE_DEVICES=7"):
        x.to("cuda:7")
    # A single number goes anywhere.
    assert (x * np.float32(2)).tolist() == (x * lucid.tensor(2.0).numpy()).tolist() == [2.0, 4.0]


def test_indices_are_checked():
    x = on_gpu([[1.0, 2.0, 3.0]])
    assert x[0, lucid.tensor([2, -3])].tolist() == [3.0, 1.0]
    assert x[..., [0]].tolist() == [[1.0]]
    for key in ((0, [0, 3]), (Ellipsis, [-4]), [1], 1, (None, [2])):
        with pytest.raises(ShapeError, match="out of bounds"):
            x[key]
    with pytest.raises(ShapeError, match="out of range"):
        lucid.take(x, on_gpu([5]), axis=1)
