"""Sums over posts give the metrics of training.scoring, scikit-learn and per_criterion, on any resample of posts."""

import math

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from redsm5_hpo.evaluation.components import FIELDS, components, metrics
from redsm5_hpo.evaluation.per_criterion import by_criterion
from redsm5_hpo.training.scoring import score
from tests.evaluation.simulated_predictions import LABELS, random_examples, random_predictions

ARCHITECTURES = ("criteria", "evidence", "share", "joint")
EXACTLY = {"rel": 1e-11, "abs": 1e-11}  # but for rounding errors


def scored(architecture, examples, predictions):
    """All metrics under the names of components.metrics: scikit-learn's of a criterion, evidence of per_criterion."""
    overall = vars(score(architecture, examples, predictions))
    by_label = {}
    for label, result in by_criterion(architecture, examples, predictions, low_support=0).items():
        own = [
            (example.status, prediction.status)
            for example, prediction in zip(examples, predictions, strict=True)
            if example.label == label
        ]
        precision, recall, f1, _ = precision_recall_fscore_support(
            *zip(*own, strict=True), labels=[1], average=None, zero_division=0
        )
        expected = (precision[0], recall[0], f1[0])
        assert (result.precision, result.recall, result.f1) == expected  # to the last bit
        values = zip(("precision", "recall", "f1", "evidence_f1"), (*expected, result.evidence_f1), strict=True)
        by_label |= {f"criteria.{label}.{name}": value for name, value in values}
    return {name: value for name, value in {**overall, **by_label}.items() if value is not None}


def repeated(examples, predictions, posts, counts):
    """Examples and predictions with each post repeated by its count."""
    times = dict(zip(posts, counts.astype(int), strict=True))
    rows = [row for row in zip(examples, predictions, strict=True) for _ in range(times[row[0].post_id])]
    return zip(*rows, strict=True)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_total_over_all_posts_gives_the_score_and_the_breakdown(architecture, seed):
    examples = random_examples(seed)
    predictions = random_predictions(seed + 100, architecture, examples)
    parts = components(architecture, examples, predictions)
    found = {name: float(np.nan_to_num(value)) for name, value in parts.metrics(parts.total).items()}
    assert found == pytest.approx(scored(architecture, examples, predictions), **EXACTLY)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_resample_gives_the_score_of_its_posts_repeated(architecture, seed):
    examples = random_examples(seed, posts=4)  # few, so that resamples lack criteria
    predictions = random_predictions(seed + 100, architecture, examples)
    parts = components(architecture, examples, predictions)
    counts = np.random.default_rng(seed).multinomial(4, [0.25] * 4).astype(float)
    found = parts.metrics(np.tensordot(counts, parts.sums, axes=1))
    expected = scored(architecture, *map(list, repeated(examples, predictions, parts.units, counts)))
    kept = {name: float(np.nan_to_num(value)) for name, value in found.items() if name in expected}
    assert kept == pytest.approx(expected, **EXACTLY)


def sums_of(**by_field):
    """Sums (fields, labels) with zeros in the fields that are not named."""
    return np.array([by_field.get(name, [0.0] * 3) for name in FIELDS])


def test_a_criterion_without_examples_is_left_out_of_the_mean_over_criteria():
    sums = sums_of(tp=[4, 0, 2], token_f1=[3, 0, 1], exact_match=[2, 0, 0])
    found = metrics("evidence", LABELS, sums)
    assert found["evidence_f1"] == (3 / 4 + 1 / 2) / 2
    assert found["evidence_exact_match"] == (2 / 4 + 0) / 2


def test_a_criterion_without_examples_has_no_metrics_of_its_own():
    found = metrics("share", LABELS, sums_of(tp=[4, 0, 2]))
    names = ("precision", "recall", "f1", "evidence_f1")
    assert all(math.isnan(found[f"criteria.MOOD.{name}"]) for name in names)


def test_a_class_that_is_neither_true_nor_predicted_counts_0_as_in_scoring():
    assert metrics("criteria", LABELS, sums_of(tp=[4, 3, 2]))["status_f1_macro"] == 1 / 2


def test_sums_of_many_resamples_give_one_value_for_each():
    examples = random_examples(0)
    parts = components("joint", examples, random_predictions(1, "joint", examples))
    found = parts.metrics(np.broadcast_to(parts.total, (7, 5, *parts.total.shape)))
    assert {value.shape for value in found.values()} == {(7, 5)}


def test_the_order_of_rows_does_not_matter():
    examples = random_examples(0)
    predictions = random_predictions(1, "share", examples)
    forward, backward = (
        components("share", examples, predictions),
        components("share", examples[::-1], predictions[::-1]),
    )
    assert (forward.units, forward.labels) == (backward.units, backward.labels)
    assert np.array_equal(forward.sums, backward.sums)


def test_the_order_of_summation_over_posts_changes_no_bit():
    examples = random_examples(0, posts=300)
    parts = components("evidence", examples, random_predictions(1, "evidence", examples))
    shuffled = np.random.default_rng(2).permutation(parts.sums)
    assert np.array_equal(np.add.accumulate(shuffled)[-1], np.add.accumulate(parts.sums)[-1])


def test_predictions_must_match_examples_in_number():
    examples = random_examples(0)
    with pytest.raises(ValueError):
        components("share", examples, random_predictions(1, "share", examples)[1:])
