"""The three examples of HardSigmoid that the project began with, on the GPU."""

import numpy as np

import lucid
from lucid import nn


def test_forward_of_a_tensor():
    x = lucid.Tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True, device="cuda")
    output = nn.HardSigmoid()(x)
    assert repr(output) == "Tensor([[0.3, 0.9, 0.4, 1.0]], device='cuda:0', grad=None)"


def test_backward_of_a_tensor():
    x = lucid.Tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True).cuda()
    x = x.detach().requires_grad_()
    nn.HardSigmoid()(x).backward()
    assert str(x.grad) == "[[0.2, 0.2, 0.2, 0.0]]"
    np.testing.assert_array_equal(np.asarray(x.grad.cpu()), np.float32([[0.2, 0.2, 0.2, 0.0]]))


def test_a_network():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(in_features=3, out_features=5)
            self.activation = nn.HardSigmoid()

        def forward(self, x):
            return self.activation(self.linear(x))

    net = Net()
    x = lucid.randn(2, 3)
    expected = net(x).detach().numpy()
    net.to("cuda")
    assert {parameter.device for parameter in net.parameters()} == {"cuda:0"}
    result = net(x.to("cuda"))
    np.testing.assert_allclose(result.detach().cpu().numpy(), expected, rtol=1e-6)
    result.backward()
    assert net.linear.weight.grad.device == "cuda:0"
    assert net.linear.weight.grad.shape == (5, 3)
