"""The steps are those of transformers' Adafactor as its Trainer calls it, without numbers of the host."""

from functools import partial

import pytest
import torch
import transformers
from torch import nn

from redsm5_hpo.training.adafactor import Adafactor
from tests.dispatched import Dispatched

SHAPES = [(7, 5), (5,), (2, 3, 4), (1, 6), (3, 1), ()]
SIZES = {"of usual size": 1.0, "small": 1e-4, "zero": 0.0}
SETTINGS = {"large": {"lr": 0.5}, "small": {"lr": 0.003}, "decay": {"lr": 0.05, "weight_decay": 0.3}}
GRADIENTS = {"of usual size": (0.0, 10.0, 1e-3), "of a large model": (1e-6, 1e-5, 1e-7)}

OURS = partial(Adafactor, beta2_decay=-0.6)
OF_TRAINER = partial(transformers.Adafactor, scale_parameter=False, relative_step=False, decay_rate=-0.6)


def after(make, size, settings, steps=12, gradients=GRADIENTS["of usual size"]):
    """The weights after some steps along random gradients of changing size, and one without any."""
    rng = torch.Generator().manual_seed(1)
    weights = [nn.Parameter(size * torch.randn(shape, generator=rng)) for shape in [*SHAPES, (4,)]]
    optimizer = make([{"params": weights, **settings}])
    for step in range(steps):
        for weight in weights[:-1]:
            weight.grad = torch.randn(weight.shape, generator=rng) * gradients[step % 3]
        optimizer.step()
    return [weight.detach() for weight in weights]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("gradients", GRADIENTS.values(), ids=GRADIENTS)
def test_its_steps_are_those_of_the_trainer(size, settings, gradients):
    ours = after(OURS, size, settings, gradients=gradients)
    expected = after(OF_TRAINER, size, settings, gradients=gradients)
    for found, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(found, other, rtol=1e-4, atol=1e-7)


def test_a_weight_of_zero_learns_as_fast_as_another():
    found = after(OURS, 0.0, {"lr": 0.1}, steps=2)
    assert all(weight.square().mean().sqrt() == pytest.approx(0.1, rel=0.01) for weight in found[:-1])


def test_a_step_reads_nothing_from_the_device():
    weight = nn.Parameter(torch.ones(3, 3))
    weight.grad = torch.ones(3, 3)
    optimizer = Adafactor([{"params": [weight], "lr": torch.tensor(0.1)}], beta2_decay=-0.8)
    with Dispatched() as dispatched:
        optimizer.step()
    assert dispatched.reads == []


def test_a_weight_without_gradients_gets_neither_steps_nor_state():
    (*_, untouched) = after(OURS, 1.0, {"lr": 0.1})
    (*_, before) = after(OURS, 1.0, {"lr": 0.1}, steps=0)
    assert torch.equal(untouched, before)
