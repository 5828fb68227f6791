"""Proposals: functions of what they may see, and of nothing else."""

import pytest

from redsm5_hpo.params import Range, Space
from redsm5_hpo.search.optuna_trials import GivenTrial
from redsm5_hpo.search.proposals import Proposal, SpaceFilling, Tpe
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.space import outside
from tests.search.conftest import SPACE, made

FIRST: Values = {"x": 0.5, "kind": "a"}
FILLING = SpaceFilling(SPACE, (FIRST,))
TPE = Tpe(FILLING, startup=3)
PROPOSALS: dict[str, Proposal] = {"space filling": FILLING, "TPE": TPE}


def seen(count: int, state: str = "complete") -> list[TrialRecord]:
    """Trials of a study in which x = 0.3 is best."""
    points = [FILLING.propose(1, number) for number in range(count)]
    values = [1 - abs(float(point["x"]) - 0.3) for point in points]
    return [
        made(number, value, configuration=point, state=state)
        for number, (point, value) in enumerate(zip(points, values, strict=True))
    ]


@pytest.mark.parametrize("proposal", PROPOSALS.values(), ids=PROPOSALS.keys())
class TestEveryProposal:
    """What all implementations keep to."""

    def test_same_arguments_same_answer(self, proposal: Proposal) -> None:
        running: list[Values] = [{"x": 0.1, "kind": "b"}]
        assert proposal.propose(1, 9, seen(8), running) == proposal.propose(1, 9, seen(8), running)

    def test_other_seed_other_answer(self, proposal: Proposal) -> None:
        assert proposal.propose(1, 9, seen(8), []) != proposal.propose(2, 9, seen(8), [])

    def test_other_number_other_answer(self, proposal: Proposal) -> None:
        assert proposal.propose(1, 9, seen(8), []) != proposal.propose(1, 10, seen(8), [])

    def test_first_configurations_come_first(self, proposal: Proposal) -> None:
        assert proposal.propose(1, 0, [], []) == FIRST

    def test_proposals_lie_in_the_space(self, proposal: Proposal) -> None:
        assert not any(outside(SPACE, proposal.propose(1, number, seen(8), [])) for number in range(30))

    def test_the_order_of_the_space_does_not_matter(self, proposal: Proposal) -> None:
        reordered = SpaceFilling(dict(reversed(SPACE.items())), (FIRST,))
        other = reordered if proposal is FILLING else Tpe(reordered, startup=3)
        assert other.propose(1, 9, seen(8), []) == proposal.propose(1, 9, seen(8), [])


def test_space_filling_depends_on_no_result() -> None:
    assert FILLING.propose(1, 5, seen(3), [FIRST]) == FILLING.propose(1, 5, [], [])


def test_space_filling_fills_the_space() -> None:
    points = [float(FILLING.propose(1, number)["x"]) for number in range(1, 17)]
    assert len({int(8 * point) for point in points}) == 8


@pytest.mark.parametrize("outlier", [{"x": 7.0, "kind": "a"}, {"x": 0.5, "kind": "z"}], ids=["a number", "a choice"])
def test_a_first_configuration_outside_the_space_is_kept_and_does_no_harm(outlier: Values) -> None:
    tpe = Tpe(SpaceFilling(SPACE, (outlier,)), startup=3)
    assert tpe.propose(1, 0, [], []) == outlier
    others = [made(record.number + 1, record.value, configuration=record.configuration) for record in seen(8)]
    with_outlier = [made(0, 0.99, configuration=outlier), *others]
    assert tpe.propose(1, 9, with_outlier, [outlier]) == tpe.propose(1, 9, others, [])


STATES = {"complete": True, "pruned": True, "failed": False, "infeasible": False}


@pytest.mark.parametrize(("state", "counts"), STATES.items(), ids=STATES.keys())
def test_tpe_waits_for_measured_trials(state: str, counts: bool) -> None:
    fills = TPE.propose(1, 9, seen(3, state), []) == FILLING.propose(1, 9)
    assert fills is not counts


def test_tpe_goes_where_values_are_high() -> None:
    proposed = [float(TPE.propose(1, number, seen(30), [])["x"]) for number in range(30, 50)]
    assert sum(abs(x - 0.3) for x in proposed) / len(proposed) < 0.15  # uniform points: 0.29


def test_tpe_sees_running_configurations() -> None:
    running: list[Values] = [{"x": 0.3, "kind": kind} for kind in "abc"]
    assert TPE.propose(1, 30, seen(27), running) != TPE.propose(1, 30, seen(27), [])


def test_tpe_keeps_away_from_running_configurations() -> None:
    space: Space = {"x": Range(low=0, high=1)}
    tpe = Tpe(SpaceFilling(space), startup=1)
    best = [made(0, 0.9, configuration={"x": 0.3}), made(1, 0.1, configuration={"x": 0.9})]

    def distance(running: list[Values]) -> float:
        return sum(abs(float(tpe.propose(1, number, best, running)["x"]) - 0.3) for number in range(2, 22))

    assert distance([{"x": 0.3}] * 3) > distance([])


def test_tpe_keeps_away_from_infeasible_configurations() -> None:
    space: Space = {"x": Range(low=0, high=1)}
    tpe = Tpe(SpaceFilling(space), startup=1)
    best = [made(0, 0.9, configuration={"x": 0.3}), made(1, 0.1, configuration={"x": 0.9})]
    no_room = [made(number, state="infeasible", configuration={"x": 0.35}) for number in range(2, 5)]
    failed = [made(number, state="failed", configuration={"x": 0.35}) for number in range(2, 5)]

    def distance(lost: list[TrialRecord]) -> float:
        return sum(abs(float(tpe.propose(1, number, best + lost, [])["x"]) - 0.35) for number in range(5, 25))

    assert distance(no_room) > distance([])
    assert distance(failed) == distance([])


def test_trials_that_optuna_does_not_copy_lead_to_the_same_proposals(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[Values] = [{"x": 0.1, "kind": "b"}]
    found = [TPE.propose(1, number, seen(20), running) for number in range(20, 30)]
    monkeypatch.delattr(GivenTrial, "__deepcopy__")
    assert [TPE.propose(1, number, seen(20), running) for number in range(20, 30)] == found
