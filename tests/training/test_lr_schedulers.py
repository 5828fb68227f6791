"""Learning rates from step to step."""

import pytest
import torch
from torch import nn

from redsm5_hpo.training.lr_schedulers import make_lr_scheduler
from tests.training.builders import CONFIGURATION

CONFIG = CONFIGURATION.with_values({"learning_rate": 0.01, "head_learning_rate_factor": 5.0})
STEPS = 20


def learning_rates(name, warmup_ratio=0.2, steps=STEPS, **values):
    """The learning rates of the encoder and of the head in every step, and the encoder's after the last step."""
    configuration = CONFIG.with_values({"lr_scheduler": name, "warmup_ratio": warmup_ratio, **values})
    weights = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": [weight], "lr": rate} for weight, rate in zip(weights, (0.01, 0.05), strict=True)]
    optimizer = torch.optim.SGD(groups)
    scheduler = make_lr_scheduler(optimizer, configuration, steps)
    found = []
    for _ in range(steps):
        found.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[-1]["lr"]))
        optimizer.step()
        scheduler.step()
    return [rate for rate, _ in found], [rate for _, rate in found], optimizer.param_groups[0]["lr"]


# rates in steps 0, 2 (half of warm-up), 4 (peak), 12 (half of the rest), and after the last step
EXPECTED = {
    "linear": (0.0, 0.005, 0.01, 0.005, 0.0),
    "cosine": (0.0, 0.005, 0.01, 0.005, 0.0),
    "constant": (0.0, 0.005, 0.01, 0.01, 0.01),
    "cosine_restarts": (0.0, 0.005, 0.01, 0.01, 0.0),  # the second cycle starts in the middle
    "polynomial": (0.0, 0.005, 0.01, 0.0025, 0.0),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_the_learning_rate_rises_to_its_peak_and_falls_to_its_end(name, expected):
    rates, _, end = learning_rates(name)
    assert [*(rates[step] for step in (0, 2, 4, 12)), end] == pytest.approx(expected)
    assert max(rates) == 0.01


def test_a_cosine_falls_slowly_then_fast():
    rates, _, _ = learning_rates("cosine")
    assert rates[6] > learning_rates("linear")[0][6]
    assert rates[18] < learning_rates("linear")[0][18]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_head_keeps_its_factor_in_every_step(name):
    encoder, head, _ = learning_rates(name)
    assert head == pytest.approx([5 * rate for rate in encoder])


def test_without_warm_up_the_first_step_has_the_peak():
    assert learning_rates("linear", warmup_ratio=0.0)[0][0] == 0.01


def test_cosine_restarts_fall_to_the_end_in_every_cycle():
    rates, _, _ = learning_rates("cosine_restarts", lr_scheduler_cycles=4)
    peaks = [step for step in range(1, STEPS) if rates[step] > rates[step - 1]]
    assert peaks == [1, 2, 3, 4, 8, 12, 16]


def test_a_polynomial_of_power_one_is_linear():
    assert learning_rates("polynomial", lr_scheduler_power=1.0)[0] == pytest.approx(learning_rates("linear")[0])


def test_one_cycle_rises_along_a_cosine_and_falls_below_its_start():
    rates, heads, end = learning_rates("one_cycle")
    assert rates[0] == pytest.approx(0.01 / 25)
    assert rates[3] == pytest.approx(0.01)
    assert rates[:4] == sorted(rates[:4])
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert rates[-1] < 1e-6
    assert heads == pytest.approx([5 * rate for rate in rates])
    assert end <= rates[0]


@pytest.mark.parametrize("name", [*EXPECTED, "one_cycle"])
@pytest.mark.parametrize("warmup_ratio", [0.0, 0.1, 0.3, 1.0])
def test_every_scheduler_has_finite_rates_up_to_its_last_step(name, warmup_ratio):
    for steps in range(1, 13):
        rates, _, end = learning_rates(name, warmup_ratio, steps)
        assert all(0 <= rate <= 0.01 + 1e-12 for rate in [*rates, end])
