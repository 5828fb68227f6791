"""Logistic regression, also of one class alone."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from redsm5_hpo.evaluation.baselines.logistic import fit_logistic

ROWS = csr_array(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]))


def test_log_odds_follow_the_classes():
    model = fit_logistic(ROWS, [1, 1, 0, 0], 1.0, None)
    assert np.sign(model.log_odds(ROWS)).tolist() == [1, 1, -1, -1]


def test_a_weaker_penalty_gives_larger_weights():
    weak, strong = (fit_logistic(ROWS, [1, 1, 0, 0], inverse, None) for inverse in (10.0, 0.1))
    assert (np.abs(weak.weights) > np.abs(strong.weights)).all()


def test_balanced_classes_raise_the_odds_of_the_rare_one():
    plain, balanced = (fit_logistic(ROWS, [1, 0, 0, 0], 1.0, weight) for weight in (None, "balanced"))
    assert balanced.log_odds(ROWS)[0] > plain.log_odds(ROWS)[0]


@pytest.mark.parametrize(("classes", "odds"), [([1] * 4, 1.0), ([0] * 4, -1.0)], ids=["present", "absent"])
def test_with_one_class_alone_every_row_has_it(classes, odds):
    assert fit_logistic(ROWS, classes, 1.0, None).log_odds(ROWS).tolist() == [odds] * 4


def test_the_number_of_threads_changes_no_byte():
    rng = np.random.default_rng(0)
    rows, classes = csr_array(rng.normal(size=(40, 20_000))), rng.integers(2, size=40)  # enough for BLAS to use threads
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            found.append(fit_logistic(rows, classes.tolist(), 1.0, None).weights.tobytes())
    assert found[0] == found[1]
