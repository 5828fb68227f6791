"""Thresholds with the best evidence F1."""

import numpy as np
import pytest

from redsm5_hpo.inference.thresholds import Candidate, best_evidence_threshold
from redsm5_hpo.training.scoring import Prediction, score
from tests.training.builders import example

TEXT = "sad day"
PRESENT, ABSENT = example(TEXT, (0, 3)), example(TEXT)


def candidates(*scores):
    """The gold span with each score; none for None."""
    return [None if value is None else Candidate(value, (0, 3)) for value in scores]


CUTS = {
    "between the present and the absent": ([PRESENT, PRESENT, ABSENT], (0.9, 0.7, 0.3), 0.5, 1.0),
    "the order of rows does not matter": ([ABSENT, PRESENT, PRESENT], (0.3, 0.7, 0.9), 0.5, 1.0),
    "all are predicted": ([PRESENT, PRESENT], (0.9, 0.7), -0.3, 1.0),
    "none is predicted": ([ABSENT, ABSENT], (0.9, 0.7), 1.9, 1.0),
    "equal scores go together": ([PRESENT, ABSENT, ABSENT], (0.5, 0.5, 0.5), 1.5, 2 / 3),
    "of equals the highest": ([PRESENT, ABSENT, PRESENT], (0.9, 0.7, 0.3), 0.8, 2 / 3),
    "an example without a candidate does not count": ([PRESENT, PRESENT, ABSENT], (None, 0.8, 0.4), 0.6, 2 / 3),
    "no candidate": ([PRESENT, ABSENT], (None, None), 0.0, 1 / 2),
    "no example": ([], (), 0.0, 0.0),
}


@pytest.mark.parametrize(("val", "scores", "value", "f1"), CUTS.values(), ids=CUTS)
def test_threshold(val, scores, value, f1):
    found = best_evidence_threshold(val, candidates(*scores))
    assert (found.value, found.f1) == pytest.approx((value, f1))


def test_a_criterion_with_few_examples_counts_as_much_as_one_with_many():
    val = [example(TEXT, label="SLEEP"), PRESENT, PRESENT, ABSENT, ABSENT]
    found = best_evidence_threshold(val, candidates(0.5, 0.9, 0.5, 0.4, 0.3))
    assert found.value == pytest.approx(0.7)  # below 0.5, MOOD gains 1/4 and SLEEP loses all


@pytest.mark.parametrize("seed", range(5))
def test_no_other_threshold_scores_better(seed):
    rng = np.random.default_rng(seed)
    val = [example(TEXT, *[(0, 3)] * int(rng.integers(2)), label=str(rng.choice(["MOOD", "SLEEP"]))) for _ in range(20)]
    found = [Candidate(float(rng.integers(9)), (0, int(rng.integers(1, 8)))) for _ in val]
    best = best_evidence_threshold(val, found)

    def f1(value):
        predictions = [Prediction(None, each.score, each.span, span_threshold=value) for each in found]
        return score("evidence", val, predictions).f1_macro

    assert best.f1 == pytest.approx(f1(best.value))
    assert best.f1 == pytest.approx(max(f1(value - 0.5) for value in range(11)))
