"""The encoders that a configuration names."""

from pathlib import Path

import pytest

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params import load_params
from redsm5_hpo.params.configuration import EncoderParams

ROOT = Path(__file__).parents[2]

NAMES: dict[str, tuple[Architecture, str | None, tuple[str, ...]]] = {
    "criteria": ("criteria", "b", ("a",)),
    "share": ("share", "b", ("a",)),
    "joint": ("joint", "b", ("a", "b")),
    "joint with one name": ("joint", None, ("a", "a")),
}


@pytest.mark.parametrize(("criteria", "expected"), [(None, "a"), ("b", "b")], ids=["null", "a name"])
def test_a_null_criteria_encoder_means_the_encoder(criteria: str | None, expected: str) -> None:
    configuration = load_params(ROOT / "params.yaml").default_configuration
    named = configuration.model_copy(update={"encoder": "a", "criteria_encoder": criteria})
    assert named.without_nulls().criteria_encoder == expected


@pytest.mark.parametrize(("architecture", "criteria", "expected"), NAMES.values(), ids=NAMES)
def test_the_encoders_are_those_of_the_architecture(
    architecture: Architecture, criteria: str | None, expected: tuple[str, ...]
) -> None:
    encoder = EncoderParams(name="a", criteria_name=criteria, max_length=64, stride=8, attention="window")
    assert encoder.names(architecture) == expected
