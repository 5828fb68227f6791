"""The steps are those of torch.optim.Adafactor, without its reads."""

import pytest
import torch
from torch import nn

from redsm5_hpo.training.adafactor import Adafactor
from tests.dispatched import Dispatched

SHAPES = [(7, 5), (5,), (2, 3, 4), (1, 6), (3, 1)]
SIZES = {"of usual size": 1.0, "below epsilon": 1e-4, "zero": 0.0}
SETTINGS = {
    "rate limited by the step": {"lr": 0.5},
    "rate of its own": {"lr": 0.003},
    "decay": {"lr": 0.05, "weight_decay": 0.3},
}


def after(make, size, settings, steps=12):
    """The weights after some steps along random gradients of changing size, some of them zero, and one without any."""
    rng = torch.Generator().manual_seed(1)
    weights = [nn.Parameter(size * torch.randn(shape, generator=rng)) for shape in [*SHAPES, (4,)]]
    optimizer = make([{"params": weights, **settings}])
    for step in range(steps):
        for weight in weights[:-1]:
            weight.grad = torch.randn(weight.shape, generator=rng) * (0.0, 10.0, 1e-3)[step % 3]
        optimizer.step()
    return [weight.detach() for weight in weights]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_its_steps_are_those_of_torch(size, settings):
    ours = after(lambda groups: Adafactor(groups, beta2_decay=-0.6, epsilon=0.01), size, settings)
    torchs = after(lambda groups: torch.optim.Adafactor(groups, beta2_decay=-0.6, eps=(None, 0.01)), size, settings)
    for found, expected in zip(ours, torchs, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-7)


def test_a_step_reads_nothing_from_the_device():
    weight = nn.Parameter(torch.ones(3, 3))
    weight.grad = torch.ones(3, 3)
    optimizer = Adafactor([{"params": [weight], "lr": torch.tensor(0.1)}], beta2_decay=-0.8, epsilon=0.001)
    with Dispatched() as dispatched:
        optimizer.step()
    assert dispatched.reads == []


def test_a_weight_without_gradients_gets_neither_steps_nor_state():
    (*_, untouched) = after(lambda groups: Adafactor(groups, beta2_decay=-0.6, epsilon=0.01), 1.0, {"lr": 0.1})
    (*_, before) = after(lambda groups: Adafactor(groups, beta2_decay=-0.6, epsilon=0.01), 1.0, {"lr": 0.1}, steps=0)
    assert torch.equal(untouched, before)
