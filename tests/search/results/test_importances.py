"""What a finished study says of its values."""

import pytest

from redsm5_hpo.params import Choices, Params, Range, Space
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.results.importances import importances, marginals, top_trials
from redsm5_hpo.search.samplers import SobolSampler
from tests.search.conftest import made

SPACE: Space = {
    "x": Range(low=0, high=1),
    "idle": Range(low=0, high=1),
    "kind": Choices(choices=("a", "b")),
    "y": Range(low=0, high=1, when={"kind": ("b",)}),
}


def searched(count: int) -> list[TrialRecord]:
    """Trials whose value is decided by x alone."""
    points = [SobolSampler(SPACE).sample(1, number) for number in range(count)]
    return [made(number, float(point["x"]), params=point) for number, point in enumerate(points)]


def test_what_decides_is_most_important_and_shares_sum_to_one() -> None:
    found = importances(SPACE, searched(64))
    assert max(found, key=found.__getitem__) == "x"
    assert found["x"] > 0.5
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)
    assert found.keys() == SPACE.keys()


def test_of_ten_trials_more_than_the_best_one_decide() -> None:
    found = importances(SPACE, searched(10))
    assert max(found, key=found.__getitem__) == "x"


def test_few_trials_say_nothing() -> None:
    assert importances(SPACE, searched(9)) == {}


def test_trials_without_a_value_or_outside_the_space_do_not_count() -> None:
    records = searched(40)
    more = [
        *records,
        made(40, state="failed", params=records[0].params, reason="loss nan"),
        made(41, 5.0, params={"x": 9.0, "idle": 0.5, "kind": "a"}),
    ]
    assert importances(SPACE, more) == importances(SPACE, records)


def test_each_choice_has_its_trials_and_their_values() -> None:
    records = [
        made(0, 0.5, params={"kind": "a"}),
        made(1, 0.7, params={"kind": "a"}),
        made(2, 0.9, params={"kind": "a"}, state="pruned"),
        made(3, state="failed", params={"kind": "b"}),
    ]
    expected = {"a": {"trials": 3, "complete": 2, "best": 0.7, "median": 0.6}, "b": {"trials": 1, "complete": 0}}
    assert marginals(SPACE, records) == {"kind": expected}


def test_the_best_trials_come_first_and_pruned_ones_not_at_all(params: Params) -> None:
    records = [
        made(0, 0.5, params={"dropout": 0.2}),
        made(1, 0.9, params={"dropout": 0.3}, state="pruned"),
        made(2, 0.7, params={"dropout": 0.25}),
    ]
    found = top_trials(params.default_configuration, records, 10)
    assert [(each["trial"], each["value"], each["configuration"]["dropout"]) for each in found] == [
        (2, 0.7, 0.25),
        (0, 0.5, 0.2),
    ]
