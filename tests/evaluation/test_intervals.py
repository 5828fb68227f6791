"""The bootstrap over posts has its coverage, is wide enough for clustered examples and is reproducible."""

import numpy as np
import pytest

from redsm5_hpo.evaluation.components import Components, components
from redsm5_hpo.evaluation.intervals import bootstrap_intervals, expanded_level, resample_counts
from tests.evaluation.simulated_predictions import correlated, from_outcomes, random_examples, random_predictions

SHARE_RIGHT, SHARE_PRESENT, CORRELATION = 0.8, 0.6, 0.3
POSTS, PAIRS, SIMULATIONS = 60, 3, 400
# 3 standard errors of a share of 95 % in that many simulations: 0.033.
TOLERANCE = 3 * np.sqrt(0.95 * 0.05 / SIMULATIONS)


def simulated(seed, posts=POSTS, correlation=CORRELATION):
    """Predictions that are right on 80 % of the pairs of either status, correlated within posts."""
    rng = np.random.default_rng(seed)
    truth = correlated(rng, posts, PAIRS, SHARE_PRESENT, correlation)
    return from_outcomes(truth, correlated(rng, posts, PAIRS, SHARE_RIGHT, correlation))


def population():
    """The metrics of infinitely many posts."""
    wrong = 1 - SHARE_RIGHT  # of the present and of the absent
    tp, fp = SHARE_PRESENT * SHARE_RIGHT, (1 - SHARE_PRESENT) * wrong
    fn, tn = SHARE_PRESENT * wrong, (1 - SHARE_PRESENT) * SHARE_RIGHT
    f1_macro = (2 * tp / (2 * tp + fp + fn) + 2 * tn / (2 * tn + fp + fn)) / 2
    return {"accuracy": SHARE_RIGHT, "f1_macro": f1_macro, "criteria.MOOD.recall": SHARE_RIGHT}


@pytest.fixture(scope="module")
def simulated_intervals():
    return [bootstrap_intervals(simulated(seed), seed, resamples=500) for seed in range(SIMULATIONS)]


@pytest.mark.parametrize("metric", population())
def test_95_of_100_intervals_cover_the_value_of_the_population(simulated_intervals, metric):
    true = population()[metric]
    covered = np.mean([found[metric].low <= true <= found[metric].high for found in simulated_intervals])
    assert covered == pytest.approx(0.95, abs=TOLERANCE)


def row_bootstrap(parts, seed):
    """The width of accuracy's percentile interval if pairs were independent."""
    right = parts.total[0].sum() + parts.total[3].sum()
    pairs = parts.total[:4].sum()
    low, high = np.quantile(
        np.random.default_rng(seed).binomial(int(pairs), right / pairs, 2000) / pairs, [0.025, 0.975]
    )
    return high - low


def test_an_interval_is_wider_than_that_of_rows_if_rows_of_a_post_agree():
    parts = simulated(0, correlation=1.0)
    found = bootstrap_intervals(parts, 1)["accuracy"]
    assert (found.high - found.low) / row_bootstrap(parts, 1) == pytest.approx(np.sqrt(PAIRS), rel=0.15)


def test_an_interval_is_as_wide_as_that_of_rows_if_they_are_independent():
    parts = simulated(0, posts=400, correlation=0.0)
    found = bootstrap_intervals(parts, 1)["accuracy"]
    assert (found.high - found.low) / row_bootstrap(parts, 1) == pytest.approx(1, rel=0.15)


def test_an_interval_narrows_with_the_root_of_the_number_of_posts():
    few, many = (bootstrap_intervals(simulated(0, posts), 1)["accuracy"].standard_error for posts in (100, 1600))
    assert few / many == pytest.approx(4, rel=0.2)


def test_the_standard_error_of_accuracy_is_that_of_a_mean_over_posts():
    parts = simulated(0)
    accuracies = (parts.sums[:, 0] + parts.sums[:, 3]).sum(axis=1) / PAIRS
    found = bootstrap_intervals(parts, 1, resamples=10_000)["accuracy"]
    assert found.standard_error == pytest.approx(accuracies.std() / np.sqrt(POSTS), rel=0.03)


def test_the_same_seed_gives_the_same_intervals():
    assert bootstrap_intervals(simulated(0), 1) == bootstrap_intervals(simulated(0), 1)


def test_another_seed_gives_other_intervals():
    assert bootstrap_intervals(simulated(0), 1) != bootstrap_intervals(simulated(0), 2)


def test_a_higher_level_gives_a_wider_interval():
    narrow, wide = (bootstrap_intervals(simulated(0), 1, level=level)["f1_macro"] for level in (0.8, 0.95))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_resample_has_as_many_posts_as_there_are():
    assert (resample_counts(7, seed=1, resamples=50).sum(axis=1) == 7).all()


def test_each_post_is_drawn_with_equal_probability():
    counts = resample_counts(5, seed=1, resamples=20_000)
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.03)
    assert counts.var(axis=0) == pytest.approx(1 - 1 / 5, abs=0.05)


def test_an_interval_reports_the_share_of_resamples_with_a_rare_criterion():
    truth = np.zeros((10, 1), dtype=bool)
    truth[0] = True  # recall needs this post
    found = bootstrap_intervals(from_outcomes(truth, right=truth), 1)["criteria.MOOD.recall"]
    assert found.defined == pytest.approx(1 - 0.9**10, abs=0.03)
    assert (found.low, found.high) == (1, 1)


def test_a_metric_that_is_never_defined_has_no_interval():
    absent = np.zeros((10, 2), dtype=bool)
    assert "criteria.MOOD.recall" not in bootstrap_intervals(from_outcomes(absent, right=~absent), 1)


LEVELS = {"few": (10, 0.9828), "some": (60, 0.9563), "many": (100_000, 0.95)}  # the first two from tables of t and z


@pytest.mark.parametrize(("posts", "expected"), LEVELS.values(), ids=LEVELS)
def test_the_level_is_expanded_for_few_posts(posts, expected):
    assert expanded_level(posts, 0.95) == pytest.approx(expected, abs=2e-4)


def test_a_single_post_has_no_intervals():
    with pytest.raises(ValueError, match="1 post"):
        bootstrap_intervals(simulated(0, posts=1), 1)


def test_too_few_resamples_for_the_quantiles_are_refused():
    with pytest.raises(ValueError, match="39 resamples are too few"):
        bootstrap_intervals(simulated(0), 1, resamples=39)


def test_all_resamples_are_scored_at_once(monkeypatch):
    examples, scored = random_examples(0, posts=300), []
    parts = components("joint", examples, random_predictions(1, "joint", examples))
    whole = Components.metrics
    monkeypatch.setattr(Components, "metrics", lambda self, sums: scored.append(len(sums)) or whole(self, sums))
    bootstrap_intervals(parts, 1, resamples=2000)
    assert scored == [2000]
