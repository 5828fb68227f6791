"""Every choice of every categorical value, and every kind of other value, trains."""

import math
from functools import cache
from typing import Literal, get_args, get_origin

import pytest

from redsm5_hpo.params import Configuration
from redsm5_hpo.training.fit import fit
from tests.tiny_encoders import FAMILIES
from tests.training.builders import CONFIGURATION, encoder, learnable_corpus, never, plan, weights


def choices():
    """The words and truth values that the configuration's categorical values may take, apart from the defaults."""
    for name, field in Configuration.model_fields.items():
        allowed = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        for value in (True, False) if field.annotation is bool else allowed:
            if value != getattr(CONFIGURATION, name):
                yield pytest.param({name: value}, id=f"{name} {value}")


NUMBERS = (
    {"layer_decay": 0.8},
    {"reinitialised_layers": 1},
    {"gradient_accumulation": 3},
    {"attention_dropout": 0.2, "head_dropout": 0.3},
    {"loss": "focal", "class_weights": "balanced", "adapter": "lora", "optimiser": "lion", "schedule": "one_cycle"},
)


@pytest.fixture(scope="module")
def trained(tiny, tmp_path_factory):
    """Makes the record of one epoch of joint, which has every part, and the trained weights; the same ones once."""
    folder = tmp_path_factory.mktemp("corpus")
    learnable_corpus(13).save(folder / "train")  # more absent than present
    learnable_corpus(8, first=16).save(folder / "val")

    @cache
    def train(**values):
        configuration = CONFIGURATION.with_values({"head_layers": 2, **values})
        fitted = fit(plan(folder, "joint", encoder(tiny["bert"]), 1), configuration, 1, never)
        return fitted.record.epochs[0], weights(fitted.model)

    return train


@pytest.mark.parametrize("values", [*choices(), *(pytest.param(values, id=" ".join(values)) for values in NUMBERS)])
def test_a_choice_trains_and_makes_a_difference(trained, values):
    active = {"adapter": "lora"} if "lora_targets" in values else {}
    record, found = trained(**{**active, **values})
    assert math.isfinite(record.train_loss)
    assert math.isfinite(record.loss)
    assert found != trained(**active)[1]


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "bert"])
def test_the_encoder_and_its_windows_may_be_the_configurations(tiny, splits, family):
    values = {"encoder": str(tiny[family]), "max_length": 32, "stride": 4}
    asked = plan(splits, "share", encoder(tiny["bert"]), 1)
    said = plan(splits, "share", encoder(tiny[family], max_length=32, stride=4), 1)
    first, second = (
        fit(a_plan, CONFIGURATION.with_values(chosen), 1, never) for a_plan, chosen in ((asked, values), (said, {}))
    )
    assert first.record == second.record
    assert weights(first.model) == weights(second.model)
