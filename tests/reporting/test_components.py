"""Sums over posts give the metrics that scoring and the breakdown by criterion give, on any resample of posts."""

import math

import numpy as np
import pytest

from redsm5_hpo.reporting.components import FIELDS, components, metrics
from redsm5_hpo.reporting.criteria import by_criterion
from redsm5_hpo.training.scoring import score
from tests.reporting.simulated_answers import LABELS, random_answers, random_examples

ARCHITECTURES = ("criteria", "evidence", "share", "joint")
EXACTLY = {"rel": 1e-11, "abs": 1e-11}  # rounding of the last places alone


def scored(architecture, examples, answers):
    """All metrics of training.scoring and reporting.criteria under the names of components.metrics."""
    overall = vars(score(architecture, examples, answers))
    by_label = {
        f"criteria.{label}.{name}": getattr(result, name)
        for label, result in by_criterion(architecture, examples, answers, low_support=0).items()
        for name in ("precision", "recall", "f1", "evidence_f1")
    }
    return {name: value for name, value in {**overall, **by_label}.items() if value is not None}


def repeated(examples, answers, posts, counts):
    """Examples and answers with each post as often as its count."""
    times = dict(zip(posts, counts.astype(int), strict=True))
    rows = [row for row in zip(examples, answers, strict=True) for _ in range(times[row[0].post_id])]
    return zip(*rows, strict=True)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_posts_together_give_the_score_and_the_breakdown(architecture, seed):
    examples = random_examples(seed)
    answers = random_answers(seed + 100, architecture, examples)
    parts = components(architecture, examples, answers)
    found = {name: float(np.nan_to_num(value)) for name, value in parts.metrics(parts.total).items()}
    assert found == pytest.approx(scored(architecture, examples, answers), **EXACTLY)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_resample_gives_the_score_of_its_posts_repeated(architecture, seed):
    examples = random_examples(seed, posts=4)  # few, so that criteria vanish from resamples
    answers = random_answers(seed + 100, architecture, examples)
    parts = components(architecture, examples, answers)
    counts = np.random.default_rng(seed).multinomial(4, [0.25] * 4).astype(float)
    found = parts.metrics(np.tensordot(counts, parts.sums, axes=1))
    expected = scored(architecture, *map(list, repeated(examples, answers, parts.posts, counts)))
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


def test_a_class_that_is_neither_there_nor_said_counts_nothing_as_in_scoring():
    assert metrics("criteria", LABELS, sums_of(tp=[4, 3, 2]))["status_f1_macro"] == 1 / 2


def test_sums_of_many_resamples_give_a_value_each():
    examples = random_examples(0)
    parts = components("joint", examples, random_answers(1, "joint", examples))
    found = parts.metrics(np.broadcast_to(parts.total, (7, 5, *parts.total.shape)))
    assert {value.shape for value in found.values()} == {(7, 5)}


def test_the_order_of_rows_does_not_matter():
    examples = random_examples(0)
    answers = random_answers(1, "share", examples)
    forward, backward = components("share", examples, answers), components("share", examples[::-1], answers[::-1])
    assert (forward.posts, forward.labels) == (backward.posts, backward.labels)
    assert np.array_equal(forward.sums, backward.sums)


def test_the_order_of_adding_posts_does_not_change_a_bit():
    examples = random_examples(0, posts=300)
    parts = components("evidence", examples, random_answers(1, "evidence", examples))
    shuffled = np.random.default_rng(2).permutation(parts.sums)
    assert np.array_equal(np.add.accumulate(shuffled)[-1], np.add.accumulate(parts.sums)[-1])


def test_answers_must_pair_up_with_examples():
    examples = random_examples(0)
    with pytest.raises(ValueError):
        components("share", examples, random_answers(1, "share", examples)[1:])
