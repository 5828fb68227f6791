"""The space as numbers."""

import math

import pytest

from redsm5_hpo.params import Choices, Range, Space
from redsm5_hpo.search.space import bound_messages, bounds_touched, from_unit_cube, outside

RATE = Range(low=1e-5, high=1e-1, log=True)
COUNT = Range(low=1, high=4, integer=True)
LOG_COUNT = Range(low=1, high=64, integer=True, log=True)
SIZES = Choices(choices=(8, 16, 32))

VALUES = {
    "linear": (Range(low=2, high=4), 0.25, 2.5),
    "logarithmic": (RATE, 0.5, 1e-3),
    "lowest whole number": (COUNT, 0.0, 1),
    "whole numbers get equal parts": (COUNT, 0.74, 3),
    "highest whole number": (COUNT, 1.0, 4),
    "logarithmic whole number": (LOG_COUNT, 0.5, 8),
    "first choice": (SIZES, 0.3, 8),
    "last choice": (SIZES, 1.0, 32),
}


@pytest.mark.parametrize(("dimension", "position", "value"), VALUES.values(), ids=VALUES.keys())
def test_a_position_is_a_value(dimension: Range | Choices, position: float, value: float) -> None:
    found = from_unit_cube({"x": dimension}, [position])["x"]
    assert found == pytest.approx(value)
    assert type(found) is type(value)


RANGES = {"log": RATE, "integer": COUNT, "integer, log": LOG_COUNT, "even": Range(low=0.1, high=0.3)}


@pytest.mark.parametrize("dimension", RANGES.values(), ids=RANGES)
def test_every_position_lies_in_the_range(dimension: Range) -> None:
    space: Space = {"x": dimension}
    assert not any(outside(space, from_unit_cube(space, [position / 1000])) for position in range(1001))


def test_coordinates_belong_to_sorted_names() -> None:
    space: Space = {"b": Range(low=0, high=1), "a": Range(low=10, high=11)}
    assert from_unit_cube(space, [0.0, 1.0]) == {"a": 10.0, "b": 1.0}


TOUCHES = {
    "low bound": (RATE, 1e-5, True),
    "within one percent of the width": (Range(low=0, high=1), 0.991, True),
    "further away": (Range(low=0, high=1), 0.98, False),
    "near on a log scale": (RATE, 1.05e-5, True),
    "a little above, in the logarithm": (RATE, 2e-5, False),
    "beyond": (RATE, 0.5, True),
    "a choice has no bounds": (SIZES, 8, False),
}


@pytest.mark.parametrize(("dimension", "value", "touches"), TOUCHES.values(), ids=TOUCHES.keys())
def test_values_on_a_bound_are_named(dimension: Range | Choices, value: float, touches: bool) -> None:
    assert bounds_touched({"x": dimension}, {"x": value}) == (["x"] if touches else [])


BOUNDS = {
    "inside": (0.5, []),
    "of the narrowed space alone": (0.6, ["of the narrowed space, not of hpo.space, in x: hpo.s2.margin widens it"]),
    "of both": (0.0, ["of the space in x: consider widening it"]),
}


@pytest.mark.parametrize(("value", "messages"), BOUNDS.values(), ids=BOUNDS)
def test_a_bound_of_a_narrowed_space_is_no_reason_to_widen_the_whole_one(value: float, messages: list[str]) -> None:
    whole, narrowed = Range(low=0, high=1), Range(low=0, high=0.6)
    found = bound_messages({"x": narrowed}, {"x": whole}, {"x": value})
    assert found == [f"the best trial is on a bound {message}" for message in messages]


def test_values_outside_are_named() -> None:
    space: Space = {"rate": RATE, "size": SIZES, "count": COUNT}
    assert outside(space, {"rate": math.nextafter(1e-1, 1), "size": 64, "count": 4}) == ["rate", "size"]
