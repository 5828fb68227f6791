"""The narrowed space."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.params import Choices, Range, Space
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.searches.space_narrowing import narrowed_space
from redsm5_hpo.search.space import outside
from tests.search.conftest import made

LINEAR = Range(low=0, high=1)
LOG = Range(low=1e-4, high=1, log=True)
WHOLE = Range(low=1, high=8, integer=True)
SIZES = Choices(choices=(8, 16, 32))

CASES = {
    "from lowest to highest, widened": (LINEAR, [0.4, 0.6], 0.1, (0.38, 0.62)),
    "clipped to the old bounds": (LINEAR, [0.0, 0.95], 0.1, (0.0, 1.0)),
    "widened in the logarithm": (LOG, [1e-3, 1e-2], 0.5, (10**-3.5, 10**-1.5)),
    "equal values do not collapse": (LINEAR, [0.5, 0.5], 0.1, (0.45, 0.55)),
    "nor do nearly equal ones": (LINEAR, [0.5, 0.51], 0.1, (0.455, 0.555)),
    "nor without a margin": (LINEAR, [0.5, 0.5], 0.0, (0.495, 0.505)),
    "whole ends": (WHOLE, [3, 5], 0.1, (2, 6)),
    "whole numbers do not collapse": (WHOLE, [1, 1], 0.0, (1, 2)),
    "values from outside pull to the bound": (LINEAR, [1.5, 2.0], 0.1, (0.95, 1.0)),
}


def trials(values: list[float]) -> list[TrialRecord]:
    return [made(number, 0.9, params={"x": value}) for number, value in enumerate(values)]


@pytest.mark.parametrize(("dimension", "values", "margin", "ends"), CASES.values(), ids=CASES.keys())
def test_a_range_narrows(dimension: Range, values: list[float], margin: float, ends: tuple[float, float]) -> None:
    narrowed = narrowed_space({"x": dimension}, trials(values), 1.0, margin)["x"]
    assert isinstance(narrowed, Range)
    assert (narrowed.low, narrowed.high) == pytest.approx(ends)
    assert (narrowed.log, narrowed.integer) == (dimension.log, dimension.integer)


OCCURRING: dict[str, tuple[list[float], tuple[int, ...]]] = {
    "some": ([32, 8, 32], (8, 32)),
    "one": ([16], (16,)),
    "none that may": ([64], (8, 16, 32)),
}


@pytest.mark.parametrize(("values", "kept"), OCCURRING.values(), ids=OCCURRING)
def test_choices_that_occur_are_kept_in_their_order(values: list[float], kept: tuple[int, ...]) -> None:
    assert narrowed_space({"x": SIZES}, trials(values), 1.0, 0.1)["x"] == Choices(choices=kept)


def test_only_the_best_share_counts() -> None:
    records = [made(number, number / 8, params={"x": number / 8}) for number in range(8)]
    narrowed = narrowed_space({"x": LINEAR}, records, 0.25, 0.0)["x"]
    assert isinstance(narrowed, Range)
    assert (narrowed.low, narrowed.high) == (0.75, 0.875)


def test_at_least_two_trials_count() -> None:
    records = [made(number, number / 8, params={"x": number / 8}) for number in range(4)]
    narrowed = narrowed_space({"x": LINEAR}, records, 0.01, 0.0)["x"]
    assert isinstance(narrowed, Range)
    assert (narrowed.low, narrowed.high) == (0.25, 0.375)


def test_a_pruned_trial_counts_as_a_loser() -> None:
    records = [*trials([0.4, 0.6]), made(2, 0.99, state="pruned", params={"x": 0.0})]
    narrowed = narrowed_space({"x": LINEAR}, records, 1.0, 0.0)["x"]
    assert isinstance(narrowed, Range)
    assert narrowed.low == 0.4


def test_nothing_to_narrow_to_is_an_error() -> None:
    with pytest.raises(StudyError, match="none of 1 trials completed"):
        narrowed_space({"x": LINEAR}, [made(0, state="failed", params={"x": 0.1})], 0.5, 0.1)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.floats(0.01, 1),
    st.floats(0, 2),
    st.sampled_from([LINEAR, LOG, WHOLE, Range(low=1, high=2, integer=True, log=True)]),
)
def test_the_narrowed_space_lies_within_the_old_one_and_holds_the_best(
    positions: list[float], share: float, margin: float, dimension: Range
) -> None:
    def at(position: float) -> float:
        if dimension.log:
            return min(math.exp(math.log(dimension.low) * (1 - position) + math.log(dimension.high) * position), 1)
        return dimension.low + position * (dimension.high - dimension.low)

    values = [round(at(position)) if dimension.integer else at(position) for position in positions]
    space: Space = {"x": dimension}
    narrowed = narrowed_space(space, trials(values), share, margin)["x"]
    assert isinstance(narrowed, Range)
    assert dimension.low <= narrowed.low < narrowed.high <= dimension.high
    assert outside({"x": narrowed}, {"x": min(max(values[0], dimension.low), dimension.high)}) == []


def test_without_a_margin_the_outermost_values_are_inside() -> None:
    """exp(log(x)) is not x: TPE would ignore the best trial as one outside the space."""
    rates = [10 ** (-4 + step / 50) for step in range(200)]
    for low, high in pairwise(rates[::7]):
        narrowed = narrowed_space({"x": LOG}, trials([low, high]), 1.0, 0.0)
        assert [outside(narrowed, {"x": value}) for value in (low, high)] == [[], []]


CONDITIONAL: Space = {
    "kind": Choices(choices=("a", "b", "c")),
    "x": Range(low=0, high=1, when={"kind": ("a", "b")}),
    "y": Range(low=0, high=1, when={"kind": ("c",)}),
}


def test_a_dimension_narrows_to_the_best_trials_that_have_it() -> None:
    configurations: list[Values] = [{"kind": "a", "x": 0.4}, {"kind": "b", "x": 0.6}, {"kind": "c", "y": 0.5}]
    records = [made(number, 0.9, params=values) for number, values in enumerate(configurations)]
    narrowed = narrowed_space(CONDITIONAL, records, 1.0, 0.0)
    assert narrowed["x"] == Range(low=0.4, high=0.6, when={"kind": ("a", "b")})
    assert narrowed["y"] == Range(low=0.495, high=0.505, when={"kind": ("c",)})


def test_a_dimension_that_cannot_exist_any_more_is_left_out() -> None:
    records = [made(number, 0.9, params={"kind": "b", "x": 0.5}) for number in range(2)]
    assert narrowed_space(CONDITIONAL, records, 1.0, 0.1).keys() == {"kind", "x"}


def test_a_dimension_that_none_of_the_best_has_stays_as_it_is() -> None:
    space: Space = {**CONDITIONAL, "z": Range(low=0, high=1, when={"kind": ("a", "b")})}
    records = [made(number, 0.9, params={"kind": "b", "x": 0.5}) for number in range(2)]
    assert narrowed_space(space, records, 1.0, 0.1)["z"] == space["z"]
