"""The learning rates that an optimizer finds at each step, as numbers and in tensors."""

import numpy as np
import pytest
import torch
from torch import nn

from redsm5_hpo.training.learning_rates import LearningRates, learning_rates
from redsm5_hpo.training.lr_schedulers import LR_SCHEDULERS, make_lr_scheduler
from redsm5_hpo.training.optimizers import OPTIMIZERS, make_optimizer
from tests.training.builders import CONFIGURATION

STEPS = 12
PEAKS = [0.01, 0.05]


def configuration(name, **values):
    return CONFIGURATION.with_values({"lr_scheduler": name, "warmup_ratio": 0.25, **values})


def optimizer():
    return torch.optim.SGD([{"params": [nn.Parameter(torch.zeros(1))], "lr": peak} for peak in PEAKS])


@pytest.mark.parametrize("name", LR_SCHEDULERS)
def test_the_rates_are_the_schedulers(name):
    trained = optimizer()
    scheduler = make_lr_scheduler(trained, configuration(name), STEPS)
    found = learning_rates(PEAKS, configuration(name), STEPS)
    for step in range(STEPS):
        assert found[step].tolist() == [group["lr"] for group in trained.param_groups]
        trained.step()
        scheduler.step()


def test_each_step_has_the_rates_of_its_row():
    trained = optimizer()
    rates = LearningRates(trained, configuration("cosine"), STEPS, None)
    for row in learning_rates(PEAKS, configuration("cosine"), STEPS):
        rates.advance()
        assert [group["lr"] for group in trained.param_groups] == row.tolist()


def test_tensors_of_rates_stay_in_place():
    trained = optimizer()
    rates = LearningRates(trained, configuration("linear"), STEPS, torch.device("cpu"))
    places = [group["lr"] for group in trained.param_groups]
    for row in learning_rates(PEAKS, configuration("linear"), STEPS):
        rates.advance()
        assert [group["lr"] for group in trained.param_groups] == [place.item() for place in places]
        assert all(group["lr"] is place for group, place in zip(trained.param_groups, places, strict=True))
        assert [place.item() for place in places] == row.astype(np.float32).tolist()


class Model(nn.Module):
    """Something to train, with the encoder that parameter groups look for."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.encoders = nn.ModuleList([nn.Linear(4, 4)])
        self.head = nn.Linear(4, 1)

    def forward(self, values):
        return self.head(self.encoders[0](values).tanh())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_updates_by_a_tensor_as_by_a_number(name):
    found = []
    for device in (None, torch.device("cpu")):
        model, settings = Model(), configuration("linear", optimizer=name, weight_decay=0.1)
        trained = make_optimizer(model, settings)
        rates = LearningRates(trained, settings, STEPS, device)
        for _ in range(STEPS):
            rates.advance()
            model(torch.ones(3, 4)).square().mean().backward()
            trained.step()
            trained.zero_grad(set_to_none=True)
        found.append([weight.detach() for weight in model.parameters()])
    for number, tensor in zip(*found, strict=True):
        torch.testing.assert_close(number, tensor, rtol=1e-6, atol=1e-8)
