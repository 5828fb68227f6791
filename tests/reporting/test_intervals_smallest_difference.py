"""The smallest difference is what the tests of a paper find at the stated power, and shrinks as it should."""

from dataclasses import replace

import numpy as np
import pytest

from redsm5_hpo.reporting.components import metrics
from redsm5_hpo.reporting.significance import randomisation_p
from redsm5_hpo.reporting.smallest_difference import effective_size, resolvable_difference, smallest_difference
from tests.reporting.simulated_answers import from_outcomes, random_examples

POSTS, PAIRS, SHARE_PRESENT, DISCORDANCE, CORRELATION = 80, 3, 0.7, 0.2, 0.1
SIMULATIONS = 300
# 3 standard errors of a share of 80 % in that many simulations, 0.07.
TOLERANCE = 3 * np.sqrt(0.8 * 0.2 / SIMULATIONS)


def simulated_examples():
    """POSTS x PAIRS examples of one criterion, SHARE_PRESENT of them present."""
    blank = random_examples(0, posts=1)[0]
    rows = range(POSTS * PAIRS)
    present = SHARE_PRESENT * len(rows)
    return [
        replace(blank, post_id=f"p{row // PAIRS}", label="MOOD", status=int(row * 7 % len(rows) < present))
        for row in rows
    ]


def two_systems(seed, difference):
    """Systems that differ in accuracy by `difference`; where just one is right, which one correlates within posts."""
    rng, shape = np.random.default_rng(seed), (POSTS, PAIRS)
    truth = rng.random(shape) < SHARE_PRESENT
    a_alone, b_alone = (DISCORDANCE + difference) / 2, (DISCORDANCE - difference) / 2
    outcomes = [a_alone, b_alone, 0.85 * (1 - DISCORDANCE), 0.15 * (1 - DISCORDANCE)]  # a, b, both, neither right
    copies = rng.random(shape) < np.sqrt(CORRELATION)
    drawn = np.where(copies, rng.choice(4, (POSTS, 1), p=outcomes), rng.choice(4, shape, p=outcomes))
    return [from_outcomes(truth, (drawn == alone) | (drawn == 2)) for alone in (0, 1)]


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro"])
def test_a_difference_of_that_size_is_found_in_80_of_100_test_sets(metric):
    size = smallest_difference("criteria", simulated_examples(), DISCORDANCE, CORRELATION)["accuracy"]
    found = [randomisation_p(*two_systems(seed, size), metric, seed, rounds=500) < 0.05 for seed in range(SIMULATIONS)]
    assert np.mean(found) == pytest.approx(0.8, abs=TOLERANCE)


def test_f1_macro_moves_with_accuracy_as_said_where_false_alarms_equal_misses():
    few, many = ([[700 - errors], [errors], [errors], [300 - errors], [0], [0]] for errors in (50, 60))
    scores = [metrics("criteria", ["MOOD"], np.array(sums, dtype=float)) for sums in (few, many)]
    f1, accuracy = (float(scores[0][name] - scores[1][name]) for name in ("f1_macro", "accuracy"))
    found = smallest_difference("criteria", simulated_examples())
    assert found["f1_macro"] / found["accuracy"] == pytest.approx(f1 / accuracy)


def test_mcnemars_power_is_that_of_the_published_formula():
    """(1.95996 sqrt(0.2) + 0.84162 sqrt(0.2 - 0.01))**2 / 0.1**2 = 154.7 examples resolve 0.1."""
    assert resolvable_difference(154.74, 0.2, 0.05, 0.8) == pytest.approx(0.1, abs=1e-4)


def test_all_discordant_examples_favour_one_system_where_fewer_do_not_suffice():
    found = resolvable_difference(20, 0.05, 0.05, 0.8)
    assert found > 0.05
    assert found == pytest.approx(resolvable_difference(20, found, 0.05, 0.8))


def test_three_examples_resolve_nothing():
    assert resolvable_difference(3, 0.2, 0.05, 0.8) == 1


def test_four_times_the_examples_resolve_about_half_the_difference():
    few, many = (resolvable_difference(size, 0.2, 0.05, 0.8) for size in (400, 1600))
    assert few / many == pytest.approx(2, rel=0.02)


SIZES = {
    "independent": (["a", "a", "b", "b"], [1, 1, 1, 1], 0.0, 4),
    "a post is one example": (["a", "a", "b", "b"], [1, 1, 1, 1], 1.0, 2),
    "Kish's design effect": (["a", "a", "a", "b"], [1, 1, 1, 1], 0.5, 4 / (1 + (10 / 4 - 1) * 0.5)),
    "weights count as their squares": (["a", "b"], [3, 1], 0.0, 16 / 10),
    "the unit of weights does not matter": (["a", "b"], [30, 10], 0.0, 16 / 10),
}


@pytest.mark.parametrize(("posts", "weights", "correlation", "expected"), SIZES.values(), ids=SIZES)
def test_the_effective_size_of_a_worked_case(posts, weights, correlation, expected):
    assert effective_size(posts, weights, correlation) == pytest.approx(expected)


def test_the_effective_size_is_the_inverse_variance_of_the_weighted_mean():
    rng, posts = np.random.default_rng(1), np.repeat(np.arange(30), 3)
    weights = rng.uniform(0.2, 2, 90)
    shared = np.sqrt(0.3) * rng.normal(size=(20_000, 30))[:, posts]
    means = (shared + np.sqrt(0.7) * rng.normal(size=(20_000, 90))) @ weights / weights.sum()
    assert effective_size(posts, weights, 0.3) == pytest.approx(1 / means.var(), rel=0.04)


def test_rare_criteria_make_evidence_harder_to_tell_apart_than_accuracy():
    examples = random_examples(0, posts=40)
    rare = [replace(example, label=f"RARE{index}") for index, example in enumerate(examples[:5])]
    found = smallest_difference("share", [*rare, *examples[5:]])
    assert found["evidence_f1"] > found["accuracy"]


NAMES = {
    "criteria": {"f1_macro", "accuracy", "status_f1_macro"},
    "evidence": {"f1_macro", "accuracy", "evidence_f1"},
    "joint": {"f1_macro", "accuracy", "status_f1_macro", "evidence_f1"},
}


@pytest.mark.parametrize(("architecture", "names"), NAMES.items(), ids=NAMES)
def test_an_architecture_has_the_differences_of_its_metrics(architecture, names):
    assert set(smallest_difference(architecture, random_examples(0))) == names


def test_one_class_alone_leaves_status_f1_unresolved():
    present = [example for example in random_examples(0, posts=60) if example.status]
    assert smallest_difference("criteria", present)["status_f1_macro"] == 1
