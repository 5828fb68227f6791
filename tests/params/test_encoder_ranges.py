"""Empty learning rates, batch sizes and warm-ups are those that suit the encoder."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from redsm5_hpo.core.files import read_yaml
from redsm5_hpo.params import RANGES, Choices, Configuration, Params, Range, parse_params, suited_ranges

ROOT = Path(__file__).parents[2]
VALUES = read_yaml(ROOT / "params.yaml")


def settings(encoder: str, **changes: Any) -> Params:
    """The project's settings for an encoder; `changes` replace keys of hpo.space.learning_rate."""
    values = copy.deepcopy(VALUES)
    values["encoder"]["name"] = encoder
    values["hpo"]["space"]["learning_rate"].update(changes)
    return parse_params(values, Path("params.yaml"))


def ends(params: Params, name: str) -> tuple[float, float]:
    dimension = params.hpo.space[name]
    assert isinstance(dimension, Range)
    return dimension.low, dimension.high


def test_the_demo_searches_what_it_always_has() -> None:
    params = settings("minilm_l6")
    assert params.training.defaults.learning_rate == 1e-3
    assert params.hpo.space["learning_rate"] == Range(low=1e-4, high=2e-3, log=True)
    assert params.hpo.space["batch_size"] == Choices(choices=(8, 16, 32))
    assert params.hpo.space["warmup_ratio"] == Range(low=0.0, high=0.2)


@pytest.mark.parametrize("encoder", RANGES)
def test_another_name_alone_changes_learning_rates_to_those_of_the_encoder(encoder: str) -> None:
    params = settings(encoder)
    assert params.default_configuration.learning_rate == RANGES[encoder].learning_rate
    assert ends(params, "learning_rate") == (RANGES[encoder].lowest, RANGES[encoder].highest)


@pytest.mark.parametrize("encoder", RANGES)
def test_the_default_learning_rate_and_batch_size_of_an_encoder_are_in_its_space(encoder: str) -> None:
    params, ranges = settings(encoder), RANGES[encoder]
    assert ranges.lowest < ranges.learning_rate < ranges.highest
    assert params.training.defaults.batch_size in ranges.batch_sizes
    assert params.training.defaults.warmup_ratio <= ranges.most_warmup


def test_what_the_settings_name_counts() -> None:
    params = settings("roberta_base", low=1e-7)
    assert ends(params, "learning_rate") == (1e-7, RANGES["roberta_base"].highest)


RULE = {
    "a small one": ({"hidden_size": 256, "num_hidden_layers": 12}, "of a small model, for 12 layers of width 256"),
    "a base one": ({"hidden_size": 768, "num_hidden_layers": 12}, "of a base model, for 12 layers of width 768"),
    "a deep base one": ({"hidden_size": 768, "num_hidden_layers": 22}, "of a base model, for 22 layers of width 768"),
    "a large one": ({"hidden_size": 1024, "num_hidden_layers": 24}, "of a large model, for 24 layers of width 1024"),
    "a large ELECTRA": (
        {"hidden_size": 1024, "num_hidden_layers": 24, "model_type": "electra"},
        "of a large electra model, for 24 layers of width 1024",
    ),
    "a faulty one": ({"hidden_size": "wide"}, "of a base model, for 12 layers of width 768"),
}


@pytest.mark.parametrize(("config", "whose"), RULE.values(), ids=RULE)
def test_a_directory_has_the_ranges_of_its_size_and_family(tmp_path: Path, config: dict[str, Any], whose: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert suited_ranges(str(tmp_path))[1] == whose


BY_NAME = {
    "mental/mental-roberta-base": "of a base model, for a name without 'large'",
    "AIMH/mental-bert-large-cased@main": "of a large model, for a name with 'large'",
    "org/electra-large-x": "of a large electra model, for a name with 'large'",
    "largest/model": "of a base model, for a name without 'large'",
    "~nosuchuser/model": "of a base model, for a name without 'large'",
    "no/where": "of a base model, for a name without 'large'",
}


@pytest.mark.parametrize(("name", "whose"), BY_NAME.items())
def test_a_repository_that_may_not_be_here_has_those_of_its_name(name: str, whose: str) -> None:
    assert suited_ranges(name)[1] == whose


def test_a_factor_is_relative_to_the_encoders_own_learning_rate() -> None:
    default = settings("minilm_l6").default_configuration
    found = default.with_values({"encoder": "roberta_base", "learning_rate_factor": 0.5})
    assert found.learning_rate == 0.5 * RANGES["roberta_base"].learning_rate
    assert default.learning_rate_factor is None


def test_a_missing_factor_means_the_one_that_gives_the_learning_rate() -> None:
    default = settings("roberta_base").default_configuration
    twice = default.with_values({"learning_rate": 2 * default.learning_rate})
    assert twice.without_nulls().learning_rate_factor == 2
    assert twice.without_nulls().learning_rate == twice.learning_rate


def test_a_factor_among_the_defaults_replaces_the_learning_rate() -> None:
    values = copy.deepcopy(VALUES)
    values["training"]["defaults"] |= {"learning_rate_factor": 2.0}
    default = parse_params(values, Path("params.yaml")).default_configuration
    assert default.learning_rate == 2 * RANGES["minilm_l6"].learning_rate
    assert default.with_values({"learning_rate": 0.5}).learning_rate == 0.5


def test_a_recorded_configuration_keeps_its_learning_rate_wherever_its_encoder_is() -> None:
    recorded = {
        **settings("minilm_l6").default_configuration.model_dump(),
        "encoder": "gone",
        "learning_rate_factor": 2,
    }
    assert Configuration.model_validate(recorded).learning_rate == recorded["learning_rate"]
