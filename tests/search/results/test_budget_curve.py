"""The expected best of n trials, its band and the budget that would have been enough."""

from itertools import combinations, product
from statistics import fmean, pstdev

import numpy as np
import pytest

from redsm5_hpo.search.results.budget_curve import budget_rows, budget_summary, counted_scores, score_noise

SCORES = [0.5, 0.7, 0.4, 0.7, 0.65, 0.1]


@pytest.mark.parametrize("trials", range(1, 7))
def test_the_expected_best_is_the_mean_over_all_subsets(trials):
    expected = fmean(max(subset) for subset in combinations(SCORES, trials))
    assert budget_rows(SCORES)[trials - 1].expected == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("trials", range(1, 5))
def test_the_band_is_the_deviation_over_all_draws_with_replacement(trials):
    scores = [0.5, 0.52, 0.55, 0.6, *[0.0, 1.0]]  # far ends, so that the band is not clipped
    row = budget_rows(scores)[trials - 1]
    spread = pstdev(max(draw) for draw in product(scores, repeat=trials))
    assert row.high - row.expected == pytest.approx(min(spread, 1 - row.expected))
    assert row.expected - row.low == pytest.approx(min(spread, row.expected))


def test_one_trial_is_worth_the_mean_and_all_the_best():
    rows = budget_rows(SCORES)
    assert (rows[0].expected, rows[-1].expected) == pytest.approx((fmean(SCORES), max(SCORES)))


def many_scores(seed, trials=1200):
    """As of the maximal search, with ties."""
    return np.random.default_rng(seed).beta(5, 2, trials).round(3).tolist()


@pytest.mark.parametrize("scores", [SCORES, many_scores(1)], ids=["few", "many"])
def test_more_trials_are_never_worth_less(scores):
    expected = [row.expected for row in budget_rows(scores)]
    assert all(np.diff(expected) >= -1e-12)


@pytest.mark.parametrize("scores", [SCORES, many_scores(1)], ids=["few", "many"])
def test_the_band_stays_within_what_was_observed(scores):
    rows = budget_rows(scores)
    assert all(min(scores) <= row.low <= row.expected <= row.high <= max(scores) for row in rows)


def test_the_order_of_trials_does_not_matter():
    assert budget_rows(SCORES) == budget_rows(SCORES[::-1])


def test_the_expected_best_of_random_trials_is_unbiased():
    """The best of 3 of uniform draws is 3 / 4 on average; estimated from studies of 5 trials."""
    rng = np.random.default_rng(1)
    found = [budget_rows(rng.random(5).tolist())[2].expected for _ in range(1000)]
    assert np.mean(found) == pytest.approx(3 / 4, abs=4 * np.std(found) / np.sqrt(len(found)))


def test_trials_that_are_all_equal_have_no_band():
    assert {(row.expected, row.low, row.high) for row in budget_rows([0.5] * 4)} == {(0.5, 0.5, 0.5)}


COUNTED = {
    "complete": ([("complete", 0.6), ("complete", 0.4)], [0.6, 0.4]),
    "pruned counts with what it reached": ([("complete", 0.6), ("pruned", 0.3)], [0.6, 0.3]),
    "pruned cannot win": ([("complete", 0.6), ("pruned", 0.7)], [0.6, 0.6]),
    "pruned without a value": ([("complete", 0.6), ("pruned", None), ("complete", 0.5)], [0.6, 0.5, 0.5]),
    "failed counts as the lowest": ([("complete", 0.6), ("failed", None), ("pruned", 0.3)], [0.6, 0.3, 0.3]),
    "failed late counts as the lowest": ([("complete", 0.6), ("failed", 0.9), ("complete", 0.5)], [0.6, 0.5, 0.5]),
    "infeasible counts as the lowest": ([("infeasible", None), ("complete", 0.6)], [0.6, 0.6]),
}


@pytest.mark.parametrize(("trials", "expected"), COUNTED.values(), ids=COUNTED)
def test_every_trial_counts(trials, expected):
    assert counted_scores(trials) == expected


def test_a_study_without_a_complete_trial_is_refused():
    with pytest.raises(ValueError, match="without a complete trial"):
        counted_scores([("pruned", 0.5), ("failed", None)])


RISING = [("complete", value) for value in (0.0, 0.3, 0.2, 0.6)]
ENOUGH = {"no noise": (0.0, 4), "little noise": (0.1, 4), "some noise": (0.31, 2), "much noise": (0.7, 1)}


@pytest.mark.parametrize(("noise", "enough"), ENOUGH.values(), ids=ENOUGH)
def test_enough_are_the_first_trials_after_which_less_than_noise_is_gained(noise, enough):
    assert budget_summary(RISING, noise).enough == enough


def test_the_second_half_gained_what_the_best_rose():
    found = budget_summary(RISING, 0.1)
    assert (found.trials, found.best) == (4, 0.6)
    assert found.last_half_gained == pytest.approx(0.6 - 0.3)


def test_trials_of_a_sampler_that_learns_are_enough_when_they_are_made():
    """Nine of these in random order come within .1 of the best, as the curve says; the first nine are far from it."""
    learned = [("complete", value / 20) for value in range(20)]
    curve = [row.expected for row in budget_rows([value for _, value in learned])]
    assert curve[-1] - curve[8] < 0.1
    assert budget_summary(learned, 0.1).enough == 18


def test_a_trial_that_is_not_complete_gains_nothing():
    trials = [("pruned", 0.6), ("failed", None), ("complete", 0.5), ("infeasible", None)]
    found = budget_summary(trials, 0.05)
    assert (found.best, found.enough) == (0.5, 3)


def test_a_half_without_a_complete_trial_counts_as_the_lowest_score():
    trials = [("failed", None), ("pruned", 0.2), ("complete", 0.5), ("complete", 0.4)]
    assert budget_summary(trials, 0.05).last_half_gained == pytest.approx(0.3)


@pytest.mark.parametrize("noise", [-0.1, float("nan")])
def test_noise_that_is_no_standard_error_is_refused(noise):
    with pytest.raises(ValueError, match="standard error"):
        budget_summary(RISING, noise)


TOLD = {
    "all were needed": (RISING, 0.1, "the last of 4 trials gained more"),
    "one was enough": (RISING, 0.7, "the first 1 of 4 trials came within a score's noise (0.700) of the best"),
    "there is one": (RISING[:1], 0.1, "the first 1 of 1 trials"),
}


@pytest.mark.parametrize(("trials", "noise", "words"), TOLD.values(), ids=TOLD)
def test_the_budget_in_words(trials, noise, words):
    assert words in budget_summary(trials, noise).message()


NOISES = {"a half": (0.5, 96, 0.05), "certain on many": (1.0, 1e6, 0), "certain on few": (1.0, 6, 0.4 / 10**0.5)}


@pytest.mark.parametrize(("score", "size", "noise"), NOISES.values(), ids=NOISES)
def test_the_noise_of_a_score_is_that_of_a_share(score, size, noise):
    assert score_noise(score, size) == pytest.approx(noise, abs=1e-5)


def test_scores_on_other_posts_vary_by_the_noise():
    drawn = np.random.default_rng(1).binomial(100, 0.8, 20_000) / 100
    assert score_noise(0.8, 100) == pytest.approx(drawn.std(), rel=0.02)
