"""Dimensions that exist only where others have certain values."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redsm5_hpo.params import Choices, Range, Space
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.samplers import Sampler, SobolSampler, TpeSampler
from redsm5_hpo.search.space import active_values, bounds_touched, drawing_order, from_unit_cube, is_active, outside
from tests.search.conftest import made

SPACE: Space = {
    "a_gamma": Range(low=0, high=5, when={"loss": ("focal",)}),
    "adapter": Choices(choices=("none", "lora")),
    "loss": Choices(choices=("plain", "focal", "smooth")),
    "amount": Range(low=0.01, high=0.3, log=True, when={"loss": ("smooth", "focal")}),
    "rank": Range(low=1, high=8, integer=True, when={"adapter": ("lora",)}),
    "targets": Choices(choices=("few", "all"), when={"adapter": ("lora",), "loss": ("plain", "focal")}),
    "width": Range(low=1, high=2, when={"targets": ("all",)}),
}
FILLING = SobolSampler(SPACE)
SAMPLES: dict[str, Sampler] = {"space filling": FILLING, "TPE": TpeSampler(FILLING, startup=3)}


def seen(count: int) -> list[TrialRecord]:
    points = [FILLING.sample(1, number) for number in range(count)]
    return [made(number, 0.1 * len(point), params=point) for number, point in enumerate(points)]


def expected_names(values: Values) -> set[str]:
    """The definition, written out for this space."""
    names = {"adapter", "loss"}
    names |= {"a_gamma"} if values["loss"] == "focal" else set()
    names |= {"amount"} if values["loss"] != "plain" else set()
    names |= {"rank"} if values["adapter"] == "lora" else set()
    names |= {"targets"} if values["adapter"] == "lora" and values["loss"] != "smooth" else set()
    return names | ({"width"} if values.get("targets") == "all" else set())


@given(st.lists(st.floats(0, 1), min_size=len(SPACE), max_size=len(SPACE)))
def test_a_point_holds_exactly_the_values_that_exist_there(point: list[float]) -> None:
    values = from_unit_cube(SPACE, point)
    assert values.keys() == expected_names(values)
    assert outside(SPACE, values) == []


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(list(SAMPLES)), st.integers(0, 2**31 - 1), st.integers(0, 40), st.integers(0, 12))
def test_a_sample_holds_exactly_the_values_that_exist_and_comes_again(
    name: str, seed: int, number: int, finished: int
) -> None:
    running = [FILLING.sample(2, other) for other in range(2)]
    first, second = (SAMPLES[name].sample(seed, number, seen(finished), running) for _ in range(2))
    assert first == second
    assert first.keys() == expected_names(first)
    assert outside(SPACE, first) == []


SAME = """
from tests.search.test_space_conditions import SAMPLES, seen
print([SAMPLES["TPE"].sample(1, number, seen(20), []) for number in range(20, 26)])
"""


@pytest.mark.slow
def test_tpe_does_not_depend_on_the_order_of_hashes() -> None:
    here = [SAMPLES["TPE"].sample(1, number, seen(20), []) for number in range(20, 26)]
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"  # not this process's
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.check_output([sys.executable, "-c", SAME], env=environment, text=True) == f"{here}\n"  # noqa: S603


def test_tpe_learns_which_branch_is_better() -> None:
    points = [FILLING.sample(1, number) for number in range(40)]
    records = [
        made(number, float(point.get("amount", 0.0) if point["loss"] == "smooth" else 0.0), params=point)
        for number, point in enumerate(points)
    ]
    proposed = [SAMPLES["TPE"].sample(1, number, records, []) for number in range(40, 60)]
    assert sum(values["loss"] == "smooth" for values in proposed) > 10  # of 20; by chance a third
    amounts = [float(values["amount"]) for values in proposed if values["loss"] == "smooth"]
    assert sum(amounts) / len(amounts) > 0.1  # by chance 0.085


def test_names_come_after_those_they_depend_on_and_are_sorted_otherwise() -> None:
    assert drawing_order(SPACE) == ["loss", "a_gamma", "adapter", "amount", "rank", "targets", "width"]


def test_of_a_whole_configuration_the_values_that_exist_are_taken() -> None:
    whole = {
        "a_gamma": 1.0,
        "adapter": "none",
        "loss": "focal",
        "amount": 0.1,
        "rank": 2,
        "targets": "all",
        "width": 1.5,
    }
    assert active_values(SPACE, whole) == {"loss": "focal", "a_gamma": 1.0, "adapter": "none", "amount": 0.1}


STRANGE = {
    "a value too many": ({"loss": "plain", "adapter": "none", "rank": 3}, ["rank"]),
    "a value that is missing": ({"loss": "focal", "adapter": "none", "amount": 0.1}, ["a_gamma"]),
    "a value outside": ({"loss": "smooth", "adapter": "none", "amount": 0.5}, ["amount"]),
    "a choice outside": ({"loss": "odd", "adapter": "none"}, ["loss"]),
    "nothing": ({"loss": "plain", "adapter": "none"}, []),
}


@pytest.mark.parametrize(("values", "names"), STRANGE.values(), ids=STRANGE.keys())
def test_what_a_conditional_space_does_not_contain_is_named(values: Values, names: list[str]) -> None:
    assert outside(SPACE, values) == names


def test_bounds_of_values_that_do_not_exist_are_not_touched() -> None:
    assert bounds_touched(SPACE, {"loss": "focal", "adapter": "none", "a_gamma": 5.0, "amount": 0.1}) == ["a_gamma"]


def test_all_conditions_must_be_met() -> None:
    assert not is_active(SPACE["targets"], {"adapter": "lora", "loss": "smooth"})
    assert is_active(SPACE["targets"], {"adapter": "lora", "loss": "plain"})
