"""Proposals: functions of what they may see, and of nothing else."""

import pytest

from redsm5_hpo.params import Range, Space
from redsm5_hpo.search.optuna_adapter import GivenTrial
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.samplers import Sampler, SobolSampler, TpeSampler
from redsm5_hpo.search.space import outside
from tests.search.conftest import SPACE, made

FIRST: Values = {"warmup_ratio": 0.5, "pooling": "cls"}
FILLING = SobolSampler(SPACE, (FIRST,))
TPE = TpeSampler(FILLING, startup=3)
PROPOSALS: dict[str, Sampler] = {"space filling": FILLING, "TPE": TPE}


def seen(count: int, state: str = "complete") -> list[TrialRecord]:
    """Trials of a study in which x = 0.3 is best."""
    points = [FILLING.sample(1, number) for number in range(count)]
    values = [1 - abs(float(point["warmup_ratio"]) - 0.3) for point in points]
    return [
        made(number, value, params=point, state=state)
        for number, (point, value) in enumerate(zip(points, values, strict=True))
    ]


@pytest.mark.parametrize("sample", PROPOSALS.values(), ids=PROPOSALS.keys())
class TestEverySampler:
    """What all implementations keep to."""

    def test_same_arguments_same_answer(self, sample: Sampler) -> None:
        running: list[Values] = [{"warmup_ratio": 0.1, "pooling": "mean"}]
        assert sample.sample(1, 9, seen(8), running) == sample.sample(1, 9, seen(8), running)

    def test_other_seed_other_answer(self, sample: Sampler) -> None:
        assert sample.sample(1, 9, seen(8), []) != sample.sample(2, 9, seen(8), [])

    def test_other_number_other_answer(self, sample: Sampler) -> None:
        assert sample.sample(1, 9, seen(8), []) != sample.sample(1, 10, seen(8), [])

    def test_first_configurations_come_first(self, sample: Sampler) -> None:
        assert sample.sample(1, 0, [], []) == FIRST

    def test_samples_are_in_the_space(self, sample: Sampler) -> None:
        assert not any(outside(SPACE, sample.sample(1, number, seen(8), [])) for number in range(30))

    def test_the_order_of_the_space_does_not_matter(self, sample: Sampler) -> None:
        reordered = SobolSampler(dict(reversed(SPACE.items())), (FIRST,))
        other = reordered if sample is FILLING else TpeSampler(reordered, startup=3)
        assert other.sample(1, 9, seen(8), []) == sample.sample(1, 9, seen(8), [])


def test_space_filling_depends_on_no_result() -> None:
    assert FILLING.sample(1, 5, seen(3), [FIRST]) == FILLING.sample(1, 5, [], [])


def test_space_filling_fills_the_space() -> None:
    points = [float(FILLING.sample(1, number)["warmup_ratio"]) for number in range(1, 17)]
    assert len({int(8 * point) for point in points}) == 8


@pytest.mark.parametrize(
    "outlier",
    [{"warmup_ratio": 7.0, "pooling": "cls"}, {"warmup_ratio": 0.5, "pooling": "z"}],
    ids=["a number", "a choice"],
)
def test_a_first_configuration_outside_the_space_is_kept_and_does_no_harm(outlier: Values) -> None:
    tpe = TpeSampler(SobolSampler(SPACE, (outlier,)), startup=3)
    assert tpe.sample(1, 0, [], []) == outlier
    others = [made(record.number + 1, record.value, params=record.params) for record in seen(8)]
    with_outlier = [made(0, 0.99, params=outlier), *others]
    assert tpe.sample(1, 9, with_outlier, [outlier]) == tpe.sample(1, 9, others, [])


STATES = {"complete": True, "pruned": True, "failed": False, "infeasible": False}


@pytest.mark.parametrize(("state", "counts"), STATES.items(), ids=STATES.keys())
def test_tpe_waits_for_measured_trials(state: str, counts: bool) -> None:
    fills = TPE.sample(1, 9, seen(3, state), []) == FILLING.sample(1, 9)
    assert fills is not counts


def test_tpe_goes_where_values_are_high() -> None:
    proposed = [float(TPE.sample(1, number, seen(30), [])["warmup_ratio"]) for number in range(30, 50)]
    assert sum(abs(x - 0.3) for x in proposed) / len(proposed) < 0.15  # uniform points: 0.29


def test_tpe_sees_running_configurations() -> None:
    running: list[Values] = [{"warmup_ratio": 0.3, "pooling": kind} for kind in ("cls", "mean", "max")]
    assert TPE.sample(1, 30, seen(27), running) != TPE.sample(1, 30, seen(27), [])


def test_tpe_keeps_away_from_running_configurations() -> None:
    space: Space = {"warmup_ratio": Range(low=0, high=1)}
    tpe = TpeSampler(SobolSampler(space), startup=1)
    best = [made(0, 0.9, params={"warmup_ratio": 0.3}), made(1, 0.1, params={"warmup_ratio": 0.9})]

    def distance(running: list[Values]) -> float:
        return sum(abs(float(tpe.sample(1, number, best, running)["warmup_ratio"]) - 0.3) for number in range(2, 22))

    assert distance([{"warmup_ratio": 0.3}] * 3) > distance([])


def test_tpe_keeps_away_from_infeasible_configurations() -> None:
    space: Space = {"warmup_ratio": Range(low=0, high=1)}
    tpe = TpeSampler(SobolSampler(space), startup=1)
    best = [made(0, 0.9, params={"warmup_ratio": 0.3}), made(1, 0.1, params={"warmup_ratio": 0.9})]
    no_room = [made(number, state="infeasible", params={"warmup_ratio": 0.35}) for number in range(2, 5)]
    failed = [made(number, state="failed", params={"warmup_ratio": 0.35}) for number in range(2, 5)]

    def distance(lost: list[TrialRecord]) -> float:
        return sum(abs(float(tpe.sample(1, number, best + lost, [])["warmup_ratio"]) - 0.35) for number in range(5, 25))

    assert distance(no_room) > distance([])
    assert distance(failed) == distance([])


def test_trials_that_optuna_does_not_copy_lead_to_the_same_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[Values] = [{"warmup_ratio": 0.1, "pooling": "mean"}]
    found = [TPE.sample(1, number, seen(20), running) for number in range(20, 30)]
    monkeypatch.delattr(GivenTrial, "__deepcopy__")
    assert [TPE.sample(1, number, seen(20), running) for number in range(20, 30)] == found
