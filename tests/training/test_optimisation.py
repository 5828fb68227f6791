"""Parameter groups and the learning rate's course."""

import pytest
import torch
from torch import nn

from redsm5_hpo.training.optimisation import make_optimiser, make_schedule
from tests.training.builders import CONFIGURATION

CONFIG = CONFIGURATION.with_values(
    {"learning_rate": 0.01, "head_learning_rate_factor": 5.0, "weight_decay": 0.2, "warmup_ratio": 0.2}
)
STEPS = 20


def model(frozen=False):
    """An encoder of a matrix and a norm, and a head, as architectures name them."""
    built = nn.Module()
    built.encoders = nn.ModuleList([nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))])
    built.status = nn.Linear(3, 2)
    built.encoders[0][0].weight.requires_grad_(not frozen)
    return built


def groups(built):
    """Learning rate and weight decay of every trained parameter."""
    names = {id(parameter): name for name, parameter in built.named_parameters()}
    found = make_optimiser(built, CONFIG).param_groups
    return {names[id(p)]: (group["lr"], group["weight_decay"]) for group in found for p in group["params"]}


def test_biases_and_norms_do_not_decay_and_heads_learn_faster():
    assert groups(model()) == {
        "encoders.0.0.weight": (0.01, 0.2),
        "encoders.0.0.bias": (0.01, 0.0),
        "encoders.0.1.weight": (0.01, 0.0),
        "encoders.0.1.bias": (0.01, 0.0),
        "status.weight": (0.05, 0.2),
        "status.bias": (0.05, 0.0),
    }


def test_frozen_weights_are_left_out():
    assert "encoders.0.0.weight" not in groups(model(frozen=True))


def course(schedule, warmup_ratio=0.2, steps=STEPS):
    """The learning rate of every step, of the encoder and of the head."""
    configuration = CONFIG.with_values({"schedule": schedule, "warmup_ratio": warmup_ratio})
    optimiser = make_optimiser(model(), configuration)
    rates = make_schedule(optimiser, configuration, steps)
    found = []
    for _ in range(steps):
        found.append((optimiser.param_groups[0]["lr"], optimiser.param_groups[-1]["lr"]))
        optimiser.step()
        rates.step()
    return [rate for rate, _ in found], [rate for _, rate in found], optimiser.param_groups[0]["lr"]


# schedule: rates at steps 0, 2 (half of warm-up), 4 (peak), 12 (half of the rest), and after the last step
COURSES = {
    "linear": (0.0, 0.005, 0.01, 0.005, 0.0),
    "cosine": (0.0, 0.005, 0.01, 0.005, 0.0),
    "constant": (0.0, 0.005, 0.01, 0.01, 0.01),
}


@pytest.mark.parametrize(("schedule", "expected"), COURSES.items(), ids=COURSES)
def test_the_learning_rate_rises_to_its_peak_and_falls_to_its_end(schedule, expected):
    rates, _, end = course(schedule)
    assert [*(rates[step] for step in (0, 2, 4, 12)), end] == pytest.approx(expected)
    assert max(rates) == 0.01


def test_a_cosine_falls_slowly_then_fast():
    rates, _, _ = course("cosine")
    assert rates[6] > course("linear")[0][6]
    assert rates[18] < course("linear")[0][18]


@pytest.mark.parametrize("schedule", COURSES)
def test_the_head_keeps_its_factor_all_along(schedule):
    encoder, head, _ = course(schedule)
    assert head == pytest.approx([5 * rate for rate in encoder])


def test_without_warm_up_the_first_step_has_the_peak():
    assert course("linear", warmup_ratio=0.0)[0][0] == 0.01


def test_a_step_moves_weights_by_no_more_than_the_learning_rate():
    built = model()
    optimiser = make_optimiser(built, CONFIG.with_values({"weight_decay": 0.0}))
    before = built.encoders[0][0].weight.detach().clone()
    built.encoders[0][0](torch.ones(3)).sum().backward()
    optimiser.step()
    moved = (built.encoders[0][0].weight.detach() - before).abs()
    assert torch.allclose(moved, torch.tensor(0.01), rtol=1e-3)  # AdamW's first step, whatever the gradient's size
