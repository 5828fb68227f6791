"""Parameter groups and optimizers."""

import pytest
import torch
from pytorch_optimizer import Lion
from torch import nn

from redsm5_hpo.params import encoder_ranges
from redsm5_hpo.params.encoder_ranges import EncoderRanges
from redsm5_hpo.training.adafactor import Adafactor
from redsm5_hpo.training.model import fresh_model
from redsm5_hpo.training.optimizers import make_optimizer
from tests.training.builders import CONFIGURATION

CONFIG = CONFIGURATION.with_values(
    {"learning_rate": 0.01, "head_learning_rate_factor": 5.0, "weight_decay": 0.2, "warmup_ratio": 0.2}
)


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
    found = make_optimizer(built, CONFIG).param_groups
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


def test_a_step_moves_weights_by_no_more_than_the_learning_rate():
    built = model()
    optimizer = make_optimizer(built, CONFIG.with_values({"weight_decay": 0.0}))
    before = built.encoders[0][0].weight.detach().clone()
    built.encoders[0][0](torch.ones(3)).sum().backward()
    optimizer.step()
    moved = (built.encoders[0][0].weight.detach() - before).abs()
    assert torch.allclose(moved, torch.tensor(0.01), rtol=1e-3)  # AdamW's first step, whatever the gradient's size


def layered(tiny, family, architecture="criteria", **values):
    """A model around a tiny encoder of two layers, and the learning rate of each of its weights."""
    configuration = CONFIG.with_values({**values, "encoder": str(tiny[family])})
    model = fresh_model(architecture, configuration, freeze_word_embeddings=False, seed=1)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = make_optimizer(model, configuration).param_groups
    return {names[id(p)]: group["lr"] for group in groups for p in group["params"]}


@pytest.mark.parametrize("family", ["bert", "deberta_v2", "modernbert"])
@pytest.mark.parametrize("adapter", ["none", "lora"])
def test_each_layer_learns_slower_than_the_one_above(tiny, family, adapter):
    rates = layered(tiny, family, layer_decay=0.5, adapter=adapter, lora_target_modules="all_linear")
    expected = {"status": 0.05, ".final_norm.": 0.01, ".layer.1.": 0.01, ".layer.0.": 0.005, "": 0.0025}
    rates = {name.replace(".layers.", ".layer."): rate for name, rate in rates.items()}
    for name, rate in rates.items():
        assert rate == pytest.approx(next(expected[key] for key in expected if key in name)), name
    assert any(".layer.0." in name for name in rates)


def test_frozen_layers_do_not_change_the_rates_of_higher_layers(tiny):
    rates = layered(tiny, "bert", layer_decay=0.5, frozen_layers=1)
    assert {rate for name, rate in rates.items() if ".layer.1." in name} == {0.01}


# Small models suit 3e-4, ELECTRA's of base size 1e-4.
CRITERIA_ENCODERS = {"of the same size": ("roberta", 0.01), "that learns slower": ("electra", 0.01 / 3)}


@pytest.mark.parametrize(("family", "rate"), CRITERIA_ENCODERS.values(), ids=CRITERIA_ENCODERS)
def test_a_criteria_encoder_learns_in_proportion_to_what_suits_both(tiny, monkeypatch, family, rate):
    suited = EncoderRanges(1e-4, 1e-5, 2e-4)
    monkeypatch.setitem(encoder_ranges.RANGES, str(tiny["electra"]), suited)
    rates = layered(tiny, "bert", "joint", criteria_encoder=str(tiny[family]))
    found = {name.rpartition("encoders.")[2][:2]: rate for name, rate in rates.items()}
    assert found["0."] == 0.01
    assert found["1."] == pytest.approx(rate)
    assert rates["span.head.1.weight"] == 0.05


KINDS = {"adamw": torch.optim.AdamW, "adafactor": Adafactor, "lion": Lion}


@pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)
def test_the_optimizer_is_the_configurations(name, kind):
    assert type(make_optimizer(model(), CONFIG.with_values({"optimizer": name}))) is kind


@pytest.mark.parametrize("name", KINDS)
def test_every_optimizer_keeps_rates_and_decays_of_the_groups(name):
    found = make_optimizer(model(), CONFIG.with_values({"optimizer": name})).param_groups
    assert sorted({group["lr"] for group in found}) == [0.01, 0.05]
    assert {group["weight_decay"] for group in found} == {0.0, 0.2}


SETTINGS = {
    "adamw": ({"adamw_beta1": 0.8, "adamw_beta2": 0.95, "adamw_epsilon": 1e-6}, {"betas": (0.8, 0.95), "eps": 1e-6}),
    "adafactor": ({"adafactor_beta2_decay": -0.6}, {"beta2_decay": -0.6}),
    "lion": ({"lion_beta1": 0.95, "lion_beta2": 0.98}, {"betas": (0.95, 0.98)}),
}


@pytest.mark.parametrize(
    ("name", "values", "expected"), [(name, *case) for name, case in SETTINGS.items()], ids=SETTINGS
)
def test_an_optimizer_has_its_own_settings(name, values, expected):
    group = make_optimizer(model(), CONFIG.with_values({"optimizer": name, **values})).param_groups[0]
    assert {key: group[key] for key in expected} == expected


def test_lions_step_is_the_learning_rate_times_a_sign():
    built = model()
    optimizer = make_optimizer(built, CONFIG.with_values({"optimizer": "lion", "weight_decay": 0.0}))
    before = built.status.weight.detach().clone()
    built.status(torch.tensor([1.0, -2.0, 3.0])).sum().backward()
    optimizer.step()
    expected = torch.tensor([-0.05, 0.05, -0.05]).expand(2, 3)
    assert torch.allclose(built.status.weight.detach() - before, expected)
