"""The orders of trials: functions of parameters and records alone, whatever the timing."""

import heapq
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redsm5_hpo.params import Order
from redsm5_hpo.search.order import CostOrder, NumberOrder, TrialOrder
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.training.fit_record import EpochRecord
from tests.search.conftest import made

MOST_EPOCHS = 5
FAILED = 0  # epochs in the record of a trial without a result

# Of each trial: the cost of an epoch, and the epochs in its record.
Trials = list[tuple[int, int]]
TRIALS = st.lists(st.tuples(st.integers(1, 6), st.integers(FAILED, MOST_EPOCHS)), min_size=1, max_size=30)
CONCURRENT = st.integers(1, 6)
ORDERS = pytest.mark.parametrize("kind", ["number", "cost"])


def record(number: int, epochs: int) -> TrialRecord:
    """A finished trial of so many epochs."""
    if epochs == FAILED:
        return made(number, state="failed")
    return made(number, 0.5, epochs=(EpochRecord(1.0, 1.0, 0.5, 0.5),) * epochs)


def new_order(kind: Order, concurrent: int) -> TrialOrder:
    """An order of trials whose parameters are the cost of an epoch."""
    if kind == "number":
        return NumberOrder(concurrent)
    return CostOrder(concurrent, lambda params: int(params["cost"]), MOST_EPOCHS)


def expected(kind: Order, trials: Trials, concurrent: int) -> list[list[int]]:
    """What each trial sees, from all costs and epochs at once: virtual workers that take the next trial when free."""
    if kind == "number":
        return [list(range(max(0, number - concurrent + 1))) for number in range(len(trials))]
    seen, ended, running = list[list[int]](), list[int](), list[tuple[int, int]]()
    for number, (cost, epochs) in enumerate(trials):
        now = 0
        if number >= concurrent:
            now, first = heapq.heappop(running)
            ended.append(first)
        seen.append(sorted(ended))
        heapq.heappush(running, (now + cost * (epochs or MOST_EPOCHS), number))
    return seen


def observed(
    kind: Order, trials: Trials, concurrent: int, workers: int, choose: Callable[[int], int]
) -> list[list[int]]:
    """What each trial sees where real workers take trials in any order and any time: `choose` picks who goes on."""
    order, seen, waiting, running, begun = new_order(kind, concurrent), list[list[int]](), list[int](), list[int](), {}
    while len(seen) < len(trials) or waiting or running:
        while len(seen) < len(trials) and (visible := order.seen()) is not None:
            waiting.append(len(seen))
            begun[len(seen)] = 1
            order.started({"cost": trials[len(seen)][0]})
            seen.append(list(visible))
        while waiting and len(running) < workers:
            running.append(waiting.pop(choose(len(waiting))))
        assert running, "an order that lets nothing start while nothing runs"
        number = running[choose(len(running))]
        epochs = trials[number][1]
        if begun[number] >= (epochs or MOST_EPOCHS) or (epochs == FAILED and choose(2)):
            running.remove(number)
            order.ended(record(number, epochs))
            order.progressed(number, begun[number])  # a report may come late
        else:
            begun[number] += 1
            if choose(4):  # else it is lost
                order.progressed(number, begun[number])
    return seen


@ORDERS
@given(trials=TRIALS, concurrent=CONCURRENT, workers=st.integers(1, 8), seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_what_a_trial_sees_does_not_depend_on_time_and_workers(
    kind: Order, trials: Trials, concurrent: int, workers: int, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311 (the timing of a test)
    assert observed(kind, trials, concurrent, workers, draw.randrange) == expected(kind, trials, concurrent)


@ORDERS
@given(trials=TRIALS, concurrent=CONCURRENT)
@settings(max_examples=100, deadline=None)
def test_a_trial_sees_all_but_w_minus_one_of_those_before_it(kind: Order, trials: Trials, concurrent: int) -> None:
    seen = observed(kind, trials, concurrent, 2, lambda _: 0)
    assert [len(each) for each in seen] == [max(0, number - concurrent + 1) for number in range(len(trials))]
    assert all(set(before) <= set(after) for before, after in pairwise(seen))


def started(*costs: int) -> TrialOrder:
    """The order by cost of two trials at once, after trials with these costs of an epoch were started."""
    order = new_order("cost", 2)
    for cost in costs:
        assert order.seen() is not None
        order.started({"cost": cost})
    return order


REPORTED = {"may end before": (3, None), "may end together, with a higher number": (4, [0]), "later": (5, [0])}


@pytest.mark.parametrize(("epochs", "seen"), REPORTED.values(), ids=REPORTED)
def test_an_end_is_certain_once_no_running_trial_can_end_before_it(epochs: int, seen: list[int] | None) -> None:
    order = started(2, 1)
    order.ended(record(0, 2))  # at 4
    assert order.seen() is None
    order.progressed(1, epochs)
    assert order.seen() == seen


def test_of_two_that_end_together_the_lower_number_is_first() -> None:
    order = started(1, 2)
    order.ended(record(1, 1))  # at 2
    order.progressed(0, 2)
    assert order.seen() is None  # trial 0 may end at 2, too
    order.ended(record(0, 2))
    assert order.seen() == [0]


def test_a_trial_without_a_result_takes_as_long_as_the_longest() -> None:
    order = started(1, 1)
    order.ended(record(0, FAILED))
    order.ended(record(1, MOST_EPOCHS - 1))
    assert order.seen() == [1]


def test_fewer_epochs_than_reported_are_a_mistake() -> None:
    order = started(1, 1)
    order.progressed(0, 3)
    with pytest.raises(ValueError, match="trial 0 reported 3 epochs but has 2"):
        order.ended(record(0, 2))
