"""The randomization test is uniform under the null hypothesis, finds differences, and refuses other metrics."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import kstest

from redsm5_hpo.evaluation.components import components
from redsm5_hpo.evaluation.significance import difference_interval, holm, randomization_p
from tests.evaluation.simulated_predictions import correlated, from_outcomes, random_examples, random_predictions


def two_systems(seed, right=(0.8, 0.8), posts=60, correlation=0.3):
    """Two systems' predictions for the same pairs, right on these shares of them, correlated within posts."""
    rng = np.random.default_rng(seed)
    truth = rng.random((posts, 3)) < 0.6
    return [from_outcomes(truth, correlated(rng, posts, 3, share, correlation)) for share in right]


def p_of_equally_good_systems(metric):
    return [randomization_p(*two_systems(seed), metric, seed, rounds=199) for seed in range(300)]


def test_p_is_uniform_for_systems_that_are_equally_good():
    assert kstest(p_of_equally_good_systems("f1_macro"), "uniform").pvalue > 0.01


def test_p_is_nowhere_smaller_than_uniform_if_the_metric_has_few_values():
    """Accuracy's differences are multiples of 1 / 180 and tie; ties make p larger."""
    assert kstest(p_of_equally_good_systems("accuracy"), "uniform", alternative="greater").pvalue > 0.01


def test_a_difference_is_found():
    assert randomization_p(*two_systems(1, right=(0.9, 0.7)), "f1_macro", 1) < 0.001


def test_p_is_that_of_all_exchanges_if_they_can_be_listed():
    a, b = two_systems(3, right=(0.9, 0.6), posts=8)
    observed = abs(accuracy(a.total) - accuracy(b.total))
    all_swaps = np.array(list(product([0, 1], repeat=8)))
    moved = np.tensordot(all_swaps, b.sums - a.sums, axes=1)
    differences = [abs(accuracy(a.total + move) - accuracy(b.total - move)) for move in moved]
    exact = np.mean([difference >= observed - 1e-12 for difference in differences])
    assert randomization_p(a, b, "accuracy", 1, rounds=20_000) == pytest.approx(exact, abs=0.015)


def accuracy(sums):
    """Of sums (fields, labels)."""
    return (sums[0] + sums[3]).sum() / sums[:4].sum()


def test_equal_predictions_have_p_1():
    a, _ = two_systems(1)
    assert randomization_p(a, a, "f1_macro", 1) == 1


def test_p_is_never_0():
    truth = np.ones((40, 3), dtype=bool)
    assert (
        randomization_p(from_outcomes(truth, truth), from_outcomes(truth, ~truth), "accuracy", 1, rounds=99) == 1 / 100
    )


def test_the_systems_may_be_in_either_order():
    a, b = two_systems(5, right=(0.85, 0.75))
    assert randomization_p(a, b, "f1_macro", 1) == pytest.approx(randomization_p(b, a, "f1_macro", 1), abs=0.01)


def test_the_same_seed_gives_the_same_p():
    a, b = two_systems(5, right=(0.85, 0.75))
    assert randomization_p(a, b, "f1_macro", 1) == randomization_p(a, b, "f1_macro", 1)


def test_predictions_that_agree_within_posts_are_weaker_evidence():
    """The same pairs, once as posts of three that agree, once as posts of one."""
    rng = np.random.default_rng(1)
    truth = np.ones((40, 3), dtype=bool)
    systems = [np.repeat(rng.random((40, 1)) < share, 3, axis=1) for share in (0.85, 0.65)]
    posts, rows = (
        [from_outcomes(truth.reshape(shape), right.reshape(shape)) for right in systems]
        for shape in ((40, 3), (120, 1))
    )
    assert randomization_p(*posts, "accuracy", 1) > 5 * randomization_p(*rows, "accuracy", 1)


ADJUSTED = {
    "none": ({}, {}),
    "one test needs no correction": ({"a": 0.04}, {"a": 0.04}),
    "the smallest counts for all": ({"b": 0.03, "a": 0.01, "c": 0.04}, {"a": 0.03, "b": 0.06, "c": 0.06}),
    "never above 1": ({"a": 0.6, "b": 0.9}, {"a": 1.0, "b": 1.0}),
    "equals stay equal": ({"a": 0.02, "b": 0.02}, {"a": 0.04, "b": 0.04}),
}


@pytest.mark.parametrize(("found", "adjusted"), ADJUSTED.values(), ids=ADJUSTED)
def test_holms_correction_of_a_worked_case(found, adjusted):
    assert holm(found) == pytest.approx(adjusted)


def test_holms_correction_controls_the_chance_of_any_false_positive():
    draws = np.random.default_rng(1).random((4000, 8))
    false = [min(holm({str(n): p for n, p in enumerate(row)}).values()) <= 0.05 for row in draws]
    assert np.mean(false) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4000))


def predicted(architecture, examples):
    """Components of random predictions."""
    return components(architecture, examples, random_predictions(1, architecture, examples))


def test_95_of_100_intervals_of_a_difference_cover_the_true_one():
    found = [difference_interval(*two_systems(seed, (0.85, 0.75)), "accuracy", seed, 500) for seed in range(300)]
    covered = np.mean([interval.low <= 0.85 - 0.75 <= interval.high for interval in found])
    assert covered == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 300))


def test_the_interval_of_no_difference_is_a_point():
    a, _ = two_systems(1)
    found = difference_interval(a, a, "f1_macro", 1)
    assert (found.low, found.high, found.standard_error) == (0, 0, 0)


PAIRS = random_examples(0, posts=20)


@pytest.mark.parametrize("metric", ["f1_macro", "evidence_f1", "criteria.MOOD.f1"])
def test_share_and_joint_can_be_compared(metric):
    assert 0 < randomization_p(predicted("share", PAIRS), predicted("joint", PAIRS), metric, 1, rounds=99) <= 1


def test_a_metric_that_both_have_can_be_compared():
    assert (
        0 < randomization_p(predicted("share", PAIRS), predicted("evidence", PAIRS), "evidence_f1", 1, rounds=99) <= 1
    )


def test_primary_metrics_that_mean_different_things_are_refused():
    with pytest.raises(ValueError, match="f1_macro of share is not the same metric as that of evidence"):
        randomization_p(predicted("share", PAIRS), predicted("evidence", PAIRS), "f1_macro", 1)


def test_a_metric_that_one_of_them_lacks_is_refused():
    with pytest.raises(ValueError, match="evidence has no metric 'status_f1_macro'"):
        randomization_p(predicted("share", PAIRS), predicted("evidence", PAIRS), "status_f1_macro", 1)


OTHERS = {"other posts": random_examples(0, posts=19), "other pairs of the posts": random_examples(7, posts=20)}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_predictions_for_different_examples_are_refused(others):
    with pytest.raises(ValueError, match="predictions for different examples"):
        randomization_p(predicted("share", PAIRS), predicted("joint", others), "f1_macro", 1)
