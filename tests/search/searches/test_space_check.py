"""A space that an encoder is too small for is refused before a trial."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.params import Choices, Configuration, Params, Range, Space
from redsm5_hpo.search.searches.space_check import check_space

CRITERIA = ["depressed mood", "fatigue"]
LAYERS = 2  # of a tiny encoder, which reads 128 tokens


@pytest.fixture
def defaults(params: Params, tiny: dict[str, Path]) -> Configuration:
    here = {"encoder": str(tiny["bert"]), "max_length": 64, "stride": 16, "frozen_layers": 0}
    return params.default_configuration.with_values(here)


def checked(
    defaults: Configuration, space: Space, architecture: Architecture = "share", criteria: list[str] = CRITERIA
) -> None:
    check_space(space, architecture, defaults, criteria, "hpo.space")


def layers(most: int, **when: tuple[str, ...]) -> Range:
    return Range(low=0, high=most, integer=True, when=when)


TOO_MUCH: dict[str, tuple[Space, str, str]] = {
    "a stride": (
        {"stride": Choices(choices=(16, 48))},
        r"would not advance\n  got: stride 48 with max_length 64\n",
        "stride or max_length in hpo.space",
    ),
    "a range of strides": (
        {"stride": Range(low=8, high=33, integer=True)},
        r"would not advance\n  got: stride 33 with max_length 64\n",
        "stride or max_length in hpo.space",
    ),
    "long windows": (
        {"max_length": Choices(choices=(64, 256))},
        r"longer than the longest of encoder(.|\n)*up to 256 tokens\n  allowed: at most 128\n",
        "max_length in hpo.space",
    ),
    "frozen layers": (
        {"frozen_layers": layers(3)},
        r"frozen_layers of the space(.|\n)*up to 3\n",
        "its range in hpo.space",
    ),
    "reinitialized layers": (
        {"reinitialized_layers": layers(4)},
        r"reinitialized_layers of the space(.|\n)*up to 4\n",
        "its range in hpo.space",
    ),
    "layers under a condition": (
        {"frozen_layers": layers(3, adapter=("none",)), "adapter": Choices(choices=("none", "lora"))},
        r"frozen_layers of the space(.|\n)*up to 3\n",
        "its range in hpo.space",
    ),
}


@pytest.mark.parametrize(("space", "match", "remedy"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_an_encoder_is_too_small_for_is_an_error_that_names_the_setting(
    defaults: Configuration, space: Space, match: str, remedy: str
) -> None:
    with pytest.raises(HpoError, match=match) as caught:
        checked(defaults, space)
    assert remedy in caught.value.remedy


def test_a_default_that_no_dimension_replaces_counts(defaults: Configuration) -> None:
    with pytest.raises(HpoError, match=r"frozen_layers of the space(.|\n)*up to 3\n"):
        checked(defaults.with_values({"frozen_layers": 3}), {"max_length": Choices(choices=(48, 64))})
    checked(defaults.with_values({"frozen_layers": 3}), {"frozen_layers": layers(LAYERS)})


def test_windows_too_long_for_an_encoder_without_a_choice_of_lengths_name_its_section(defaults: Configuration) -> None:
    with pytest.raises(HpoError, match="up to 256 tokens") as caught:
        checked(defaults.with_values({"max_length": 256}), {"stride": Choices(choices=(8, 16))})
    assert "lower encoder.max_length" in caught.value.remedy


def test_a_long_criterion_is_an_error(defaults: Configuration) -> None:
    with pytest.raises(HpoError, match="leaves too little of the window"):
        checked(defaults, {"max_length": Choices(choices=(40, 64))}, criteria=["sad " * 30])


def test_only_combinations_that_conditions_allow_count(defaults: Configuration, tiny: dict[str, Path]) -> None:
    longer, other = str(tiny["bert"]), str(tiny["narrow"])
    checked(
        defaults,
        {
            "encoder": Choices(choices=(longer, other)),
            "max_length": Choices(choices=(32, 128)),
            "pooling": Choices(choices=("cls", "mean")),
            "stride": Choices(choices=(48, 64), when={"max_length": (128,)}),
            "frozen_layers": layers(LAYERS, encoder=(longer,)),
        },
    )


TIED: dict[str, tuple[Architecture, bool]] = {"joint": ("joint", True), "one encoder": ("share", False)}


@pytest.mark.parametrize(("architecture", "refused"), TIED.values(), ids=TIED)
def test_different_encoders_that_are_tied_are_an_error(
    defaults: Configuration, tiny: dict[str, Path], architecture: Architecture, refused: bool
) -> None:
    space: Space = {"criteria_encoder": Choices(choices=(str(tiny["bert"]), str(tiny["narrow"])))}
    tied = defaults.with_values({"tie_encoders": True})
    if refused:
        with pytest.raises(HpoError, match="two different encoders cannot be tied"):
            checked(tied, space, architecture)
    else:
        checked(tied, {}, architecture)
    checked(defaults, space, architecture)
