"""Scores of probabilities: worked cases, and scikit-learn's numbers for random ones."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    matthews_corrcoef,
    precision_recall_curve,
    roc_auc_score,
)

from redsm5_hpo.evaluation.calibration_error import BINS
from redsm5_hpo.evaluation.intervals import MIN_POSTS, Resampling
from redsm5_hpo.evaluation.probabilities import (
    POINTS,
    precision_recall,
    probability_result,
    reliability,
    weighted_scores,
)
from redsm5_hpo.training.scoring import Prediction
from tests.evaluation.simulated_predictions import calibrated, random_examples, random_predictions
from tests.training.builders import example


def scored(truth, probabilities, posts=None):
    """Examples and predictions of status; each with a post of its own unless `posts` gives their number."""
    examples = [
        example("text", status=status, post_id=f"p{number % (posts or len(truth))}")
        for number, status in enumerate(truth)
    ]
    return examples, [Prediction(float(logit(probability))) for probability in probabilities]


def test_the_scores_are_those_of_scikit_learn():
    odds, truth = calibrated(500)
    predicted = (odds > 0.3).astype(float)
    expected = {
        "brier_score": brier_score_loss(truth, expit(odds)),
        "log_loss": log_loss(truth, expit(odds)),
        "average_precision": average_precision_score(truth, odds),
        "roc_auc": roc_auc_score(truth, odds),
        "matthews_correlation": matthews_corrcoef(truth, predicted),
    }
    found = weighted_scores(truth, odds, predicted, np.ones(500))
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_weight_is_a_number_of_copies():
    odds, truth = calibrated(300)
    predicted, times = (odds > 0).astype(float), np.random.default_rng(2).integers(3, size=300)
    weighted = weighted_scores(truth, odds, predicted, times.astype(float))
    copied = weighted_scores(*(np.repeat(column, times) for column in (truth, odds, predicted)), np.ones(times.sum()))
    for name in copied:
        assert weighted[name] == pytest.approx(copied[name]), name


def test_many_weights_at_once_give_the_same_as_one_by_one():
    odds, truth = calibrated(100)
    weights = np.random.default_rng(3).integers(4, size=(5, 100)).astype(float)
    together = weighted_scores(truth, odds, truth, weights)
    for row, each in enumerate(weights):
        for name, alone in weighted_scores(truth, odds, truth, each).items():
            assert together[name][row] == pytest.approx(alone), name


def test_related_posts_are_resampled_together():
    examples, predictions = scored([1, 0, 0] * 10, [0.7, 0.4, 0.6] * 10)
    twice = [*examples, *(replace(each, post_id=f"{each.post_id}b") for each in examples)]
    related = {name: each.post_id for each in examples for name in (each.post_id, f"{each.post_id}b")}
    once = probability_result(examples, predictions, Resampling(1))["intervals"]["brier_score"]
    found = probability_result(twice, predictions * 2, Resampling(1, related))["intervals"]["brier_score"]
    assert found == pytest.approx(once)


def test_a_constant_probability_scores_the_share_of_present():
    found = probability_result(*scored([1, 0, 0, 0] * 10, [0.25] * 40), Resampling(1))
    assert found["present_share"] == found["average_precision"] == 0.25
    assert (found["roc_auc"], found["matthews_correlation"]) == (0.5, 0)
    assert found["brier_score"] == pytest.approx(0.25 * 0.75)
    assert found["calibration_error"] == pytest.approx(0)


def test_certain_and_right_probabilities_are_perfect():
    found = probability_result(*scored([1, 0] * 10, [1 - 1e-12, 1e-12] * 10), Resampling(1))
    assert (found["average_precision"], found["roc_auc"], found["matthews_correlation"]) == (1, 1, 1)
    assert max(found[name] for name in ("brier_score", "log_loss", "calibration_error")) < 1e-9


def test_extreme_log_odds_have_a_finite_log_loss():
    examples, _ = scored([1, 0], [0.5, 0.5])
    assert probability_result(examples, [Prediction(-800.0), Prediction(-800.0)], Resampling(1))[
        "log_loss"
    ] == pytest.approx(400)


ONE_CLASS = {"all present": (1, {"average_precision"}), "all absent": (0, set())}


@pytest.mark.parametrize(("status", "ranked"), ONE_CLASS.values(), ids=ONE_CLASS)
def test_what_is_undefined_is_left_out(status, ranked):
    found = probability_result(*scored([status] * 8, [0.3, 0.6] * 4), Resampling(1))
    assert {"average_precision", "roc_auc"} & set(found) == ranked
    assert "roc_auc" not in found["intervals"]


@pytest.mark.parametrize("architecture", ["criteria", "evidence", "share"])
def test_the_probability_of_an_architecture_is_that_of_its_status(architecture):
    examples = random_examples(0, posts=40)
    predictions = random_predictions(1, architecture, examples)
    odds = [each.span_log_odds if architecture == "evidence" else each.status_log_odds for each in predictions]
    expected = roc_auc_score([each.status for each in examples], odds)
    assert probability_result(examples, predictions, Resampling(1))["roc_auc"] == pytest.approx(expected)


def test_an_interval_contains_its_score_and_is_that_of_posts():
    odds, truth = calibrated(400)
    truth = truth.astype(int)
    many, few = (probability_result(*scored(truth, expit(odds), posts), Resampling(1)) for posts in (400, 40))
    for found in (many, few):
        for name in found["intervals"]:
            assert found["intervals"][name]["low"] < found[name] < found["intervals"][name]["high"], name
    without = {"intervals", "present_share", "calibration_error", "calibration_error_by_chance"}
    assert set(many["intervals"]) == set(many) - without


def test_95_of_100_intervals_cover_the_value_of_the_population():
    covered = []
    for seed in range(100):
        odds, truth = calibrated(80, seed)
        interval = probability_result(*scored(truth.astype(int), expit(odds)), Resampling(seed))["intervals"][
            "brier_score"
        ]
        covered.append(interval["low"] <= POPULATION <= interval["high"])
    assert np.mean(covered) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 100))


def _population():
    odds, _ = calibrated(200_000)
    return float((expit(odds) * expit(-odds)).mean())


POPULATION = _population()


def test_few_posts_have_no_intervals():
    assert "intervals" not in probability_result(*scored([1, 0] * 10, [0.4] * 20, MIN_POSTS - 1), Resampling(1))


def test_the_reliability_plot_has_a_row_for_each_bin():
    odds, truth = calibrated(1000)
    rows = reliability(*scored(truth.astype(int), expit(odds)))
    assert len(rows) == BINS
    assert sum(count for _, _, count in rows) == 1000
    assert rows == sorted(rows)
    assert all(abs(predicted - observed) < 0.15 for predicted, observed, _ in rows)


def test_the_precision_recall_plot_is_scikit_learns_curve():
    odds, truth = calibrated(60)
    precision, recall, thresholds = precision_recall_curve(truth, expit(odds))
    rows = precision_recall(*scored(truth.astype(int), expit(odds)))
    kept = len(rows)  # scikit-learn ends the curve by a point of recall 0
    assert np.array(rows) == pytest.approx(
        np.stack([recall[:-1][::-1][:kept], precision[:-1][::-1][:kept], thresholds[::-1][:kept]], axis=1), abs=1e-5
    )


def test_a_long_precision_recall_curve_is_thinned_with_its_ends_kept():
    rng = np.random.default_rng(1)
    rows = precision_recall(*scored(rng.integers(2, size=3000), rng.random(3000)))
    assert len(rows) == POINTS
    assert (rows[0][0], rows[-1][0]) == (pytest.approx(0, abs=0.001), 1)


def test_without_a_present_example_there_is_no_curve():
    assert precision_recall(*scored([0, 0], [0.2, 0.4])) == []
