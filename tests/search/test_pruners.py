"""The pruners."""

from typing import Any

import pytest

from redsm5_hpo.search.pruners import MedianEpochPruner, NoPruner, WilcoxonFoldPruner, comparable_curves
from redsm5_hpo.search.records import Curve
from tests.search.conftest import made

MEDIAN, WILCOXON = MedianEpochPruner(startup_trials=3, warmup_epochs=1), WilcoxonFoldPruner(p_threshold=0.1)
HISTORY: list[Curve] = [(0.1, 0.2, 0.3), (0.2, 0.4, 0.6), (0.3, 0.6, 0.9)]

CASES = {
    "below the median": (HISTORY, [0.0, 0.3], True),
    "at the median": (HISTORY, [0.0, 0.4], False),
    "above the median": (HISTORY, [0.0, 0.5], False),
    "an earlier epoch was better": (HISTORY, [0.5, 0.1], False),
    "not in the warm-up": (HISTORY, [0.0], False),
    "too few trials before": (HISTORY[:2], [0.0, 0.0], False),
    "nobody got this far": ([(0.5,)] * 3, [0.0, 0.0], False),
    "only those that got this far vote": ([*HISTORY, (0.9,)], [0.0, 0.4], False),
    "no history": ([], [0.0, 0.0], False),
}


@pytest.mark.parametrize(("history", "curve", "pruned"), CASES.values(), ids=CASES.keys())
def test_median_pruner(history: list[Curve], curve: list[float], pruned: bool) -> None:
    assert MEDIAN.against(history)(curve) is pruned


def test_no_pruner_prunes_nothing() -> None:
    assert not NoPruner().against(HISTORY)([0.0, 0.0, 0.0])


def test_only_complete_trials_are_compared_with() -> None:
    records = [made(0, 0.5), made(1, 0.9, state="pruned"), made(2, state="failed"), made(3, 0.7)]
    assert comparable_curves(records) == ((0.5,), (0.7,))


FOLD_CASES = {
    "worse on four folds": (((0.9, 0.8, 0.9, 0.8, 0.9),), (0.5, 0.6, 0.4, 0.5), True),
    "worse on three folds, too few to tell": (((0.9, 0.8, 0.9, 0.8, 0.9),), (0.5, 0.6, 0.4), False),
    "worse on some": (((0.9, 0.4, 0.9, 0.4, 0.9),), (0.5, 0.6, 0.4, 0.7), False),
    "compared with the best alone": (((0.1,) * 5, (0.9, 0.8, 0.9, 0.8, 0.9)), (0.5, 0.6, 0.4, 0.5), True),
    "nothing to compare with": ((), (0.1, 0.1, 0.1, 0.1), False),
}


@pytest.mark.parametrize(("history", "values", "pruned"), FOLD_CASES.values(), ids=FOLD_CASES)
def test_pruner_over_folds(history: Any, values: Any, pruned: bool) -> None:
    assert WILCOXON.against(history)(values) is pruned


@pytest.mark.parametrize("folds", range(2, 8))
@pytest.mark.parametrize("p_threshold", [0.0, 0.05, 0.1, 0.3, 1.0])
def test_folds_that_are_too_few_to_prune_a_trial_worse_on_each_are_named(folds: int, p_threshold: float) -> None:
    pruner = WilcoxonFoldPruner(p_threshold)
    best, bad = tuple(0.9 - number / 100 for number in range(folds)), [number / 10 for number in range(folds)]
    pruned = any(pruner.against([best])(bad[:asked]) for asked in range(1, folds))
    assert bool(pruner.messages(folds)) is not pruned
