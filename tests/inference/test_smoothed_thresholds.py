"""Smoothed thresholds: the best on any resample, near the default with few posts, the best one with many."""

import numpy as np
import pytest

from redsm5_hpo.inference import smoothed_thresholds
from redsm5_hpo.inference.smoothed_thresholds import (
    best_threshold,
    evidence_threshold,
    smoothed_threshold,
    status_f1,
    status_threshold,
)
from redsm5_hpo.inference.thresholds import Candidate, evidence_f1
from redsm5_hpo.training.metrics import status_f1_macro, token_f1
from redsm5_hpo.training.scoring import Prediction, score
from tests.training.builders import example

TEXT = "sad day"
SAD = (0, 3)

CUTS = {
    "the default threshold where it is best": ([1, 1, 0, 0], [2.0, 1.0, -1.0, -2.0], 0.0),
    "below the default threshold": ([1, 1, 0, 0], [2.0, -1.0, -2.0, -3.0], -1.5),
    "above the default threshold": ([1, 0, 0, 0], [3.0, 2.0, 1.0, -1.0], 2.5),
    "equal odds go together": ([1, 0, 1, 0], [1.0, 1.0, 1.0, -3.0], 0.0),
    "one class, predicted for all": ([1, 1], [-1.0, -2.0], -3.0),
    "no positive is best, and all log odds are low": ([0, 0], [-5.0, -7.0], 0.0),
    "all positive is best, and all log odds are high": ([1, 1], [7.0, 5.0], 0.0),
}


@pytest.mark.parametrize(("truth", "odds", "value"), CUTS.values(), ids=CUTS)
def test_best_threshold(truth, odds, value):
    f1 = status_f1(np.array(truth, dtype=float))(np.ones(len(truth)))
    assert best_threshold(np.array(odds), f1) == pytest.approx(value)


@pytest.mark.parametrize("seed", range(5))
def test_status_f1_is_that_of_rows_repeated_by_their_weights(seed):
    rng = np.random.default_rng(seed)
    truth, weights = rng.integers(2, size=12), rng.integers(3, size=12)
    expected = [
        status_f1_macro(
            np.repeat(truth, weights).tolist(), np.repeat(np.arange(12) < count, weights).astype(int).tolist()
        )
        for count in range(13)
    ]
    assert status_f1(truth.astype(float))(weights.astype(float)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_evidence_f1_is_that_of_rows_repeated_by_their_weights(seed):
    rng = np.random.default_rng(seed)
    labels, weights = rng.integers(2, size=12), rng.integers(3, size=12)
    rows = [example(TEXT, *[SAD] * int(rng.integers(2)), label=("MOOD", "SLEEP")[label]) for label in labels]
    spans = [(0, int(end)) for end in rng.integers(1, 8, size=12)]
    withheld, predicted = (
        np.array(
            [token_f1(text, [TEXT[slice(*span)] for span in row.spans]) for row, text in zip(rows, texts, strict=True)]
        )
        for texts in ([""] * 12, [TEXT[slice(*span)] for span in spans])
    )

    def expected(count):
        repeated = [
            (row, Prediction(None, 1.0 if index < count else -1.0, span))
            for index, (row, span) in enumerate(zip(rows, spans, strict=True))
            for _ in range(weights[index])
        ]
        return score("evidence", *zip(*repeated, strict=True)).evidence_f1

    found = evidence_f1(labels, withheld, predicted)(weights.astype(float))
    assert found == pytest.approx([expected(count) for count in range(13)])


def drawn(posts, seed):
    """Two examples a post with log odds that are 1.5 too high: the best threshold for macro F1 is near 1.5."""
    rng = np.random.default_rng(seed)
    calibrated = rng.normal(0, 2, 2 * posts)
    present = rng.random(2 * posts) < 1 / (1 + np.exp(-calibrated))
    rows = [example(TEXT, *[SAD] * int(each), post_id=f"p{row // 2}") for row, each in enumerate(present)]
    return rows, calibrated + 1.5


def status(rows, odds):
    return status_threshold(rows, odds)


def evidence(rows, odds):
    return evidence_threshold(rows, [Candidate(float(value), SAD) for value in odds])


def best(rows, odds):
    order = np.argsort(-odds)
    truth = np.array([row.status for row in rows], dtype=float)[order]
    return best_threshold(odds[order], status_f1(truth)(np.ones(len(rows))))


KINDS = {"status": status, "evidence": evidence}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_with_few_posts_it_is_nearer_the_default_than_the_best(kind):
    samples = [drawn(10, seed) for seed in range(10)]
    assert np.mean([kind(*each) for each in samples]) < 0.8 * np.mean([best(*each) for each in samples])


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_with_many_posts_it_is_the_best(kind):
    assert kind(*drawn(3000, 1)) == pytest.approx(1.5, abs=0.15)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_order_of_the_rows_does_not_matter(kind):
    rows, odds = drawn(30, 2)
    odds = odds.round()  # with ties
    order = np.random.default_rng(0).permutation(len(rows))
    assert kind([rows[row] for row in order], odds[order]) == kind(rows, odds)


def test_resamples_are_of_posts_not_of_rows():
    copies = [(row, odds) for row, odds in zip(*drawn(20, 3), strict=True) for _ in range(5)]
    rows, odds = zip(*copies, strict=True)
    assert status(rows, np.array(odds)) == pytest.approx(status(*drawn(20, 3)))


def test_the_threshold_is_the_posterior_mean_of_the_resamples(monkeypatch):
    found = iter([1.0, 2.0, 3.0])
    monkeypatch.setattr(smoothed_thresholds, "RESAMPLES", 3)
    monkeypatch.setattr(smoothed_thresholds, "best_threshold", lambda *_: next(found))
    posts = np.array([0, 1])
    assert smoothed_threshold(np.array([1.0, 0.0]), posts, lambda _: posts) == pytest.approx(2 / (1 + 2 / 3))


def test_without_examples_or_candidates_it_is_the_default_threshold():
    assert status([], np.array([])) == 0.0
    assert evidence_threshold([example(TEXT, SAD), example(TEXT)], [None, None]) == 0.0


def test_an_example_without_a_candidate_counts():
    # Predicted, MOOD gains half of its mean, since the row without a candidate counts, and SLEEP loses all of its own.
    rows = [example(TEXT, SAD), example(TEXT), example(TEXT, label="SLEEP")]
    candidates = [Candidate(1.0, SAD), None, Candidate(1.0, SAD)]
    assert evidence_threshold(rows, candidates) == pytest.approx(2.0)
