"""The encoders that a configuration names."""

import pytest

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params.configuration import EncoderParams

NAMES: dict[str, tuple[Architecture, str | None, tuple[str, ...]]] = {
    "criteria": ("criteria", "b", ("a",)),
    "share": ("share", "b", ("a",)),
    "joint": ("joint", "b", ("a", "b")),
    "joint with one name": ("joint", None, ("a", "a")),
}


@pytest.mark.parametrize(("architecture", "criteria", "expected"), NAMES.values(), ids=NAMES)
def test_the_encoders_are_those_of_the_architecture(
    architecture: Architecture, criteria: str | None, expected: tuple[str, ...]
) -> None:
    encoder = EncoderParams(name="a", criteria_name=criteria, max_length=64, stride=8, attention="window")
    assert encoder.names(architecture) == expected
