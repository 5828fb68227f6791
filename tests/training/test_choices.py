"""Every choice of every categorical value trains, and so do other values."""

import math
from functools import cache
from typing import Literal, get_args, get_origin

import pytest

from redsm5_hpo.modeling.encoders import load_encoder
from redsm5_hpo.params import Configuration
from redsm5_hpo.training.fit import fit
from tests.tiny_encoders import FAMILIES
from tests.training.builders import CONFIGURATION, configured, learnable_corpus, never, spec, weights


def choices():
    """The choices of the configuration's categorical and boolean values, without the defaults."""
    for name, field in Configuration.model_fields.items():
        allowed = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        for value in (True, False) if field.annotation is bool else allowed:
            if value != getattr(CONFIGURATION, name):
                yield pytest.param({name: value}, id=f"{name} {value}")


NUMBERS = (
    {"layer_decay": 0.8},
    {"max_evidence_sentences": 1},
    {"reinitialized_layers": 1},
    {"gradient_accumulation_steps": 3},
    {"attention_dropout": 0.2, "head_dropout": 0.3},
    {"loss": "focal", "class_weight": "balanced", "adapter": "lora", "optimizer": "lion", "lr_scheduler": "one_cycle"},
)


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request, tiny, tmp_path_factory):
    """Trains joint, which has every module, for one epoch: the epoch's record and the weights, cached by values."""
    folder = tmp_path_factory.mktemp("corpus")
    learnable_corpus(13).save(folder / "train")  # more absent than present
    learnable_corpus(8, first=16).save(folder / "val")

    @cache
    def train(**values):
        fitted = fit(
            spec(folder, "joint", 1), configured(tiny[request.param], **{"head_layers": 2, **values}), 1, never
        )
        return fitted.record.epochs[0], weights(fitted.model)

    return train


@pytest.mark.parametrize("values", [*choices(), *(pytest.param(values, id=" ".join(values)) for values in NUMBERS)])
def test_a_choice_trains_and_changes_the_weights(trained, values):
    active = {"adapter": "lora"} if "lora_target_modules" in values else {}
    record, found = trained(**{**active, **values})
    assert math.isfinite(record.train_loss)
    assert math.isfinite(record.loss)
    assert found != trained(**active)[1]


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "bert"])
def test_the_encoder_and_its_windows_are_the_configurations(tiny, splits, family):
    values = {"encoder": str(tiny[family]), "max_length": 32, "stride": 4}
    first, second, other_windows = (
        fit(spec(splits, "share", 1), configuration, 1, never)
        for configuration in (
            configured(tiny["bert"]).with_values(values),
            configured(tiny[family], max_length=32, stride=4),
            configured(tiny[family]),
        )
    )
    assert first.record == second.record != other_windows.record
    assert weights(first.model) == weights(second.model)
    assert type(first.model.encoders[0]) is type(load_encoder(tiny[family]))
