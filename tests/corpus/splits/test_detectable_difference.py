"""The minimum detectable difference is found at the stated power, and depends on its arguments as published."""

from dataclasses import replace

import numpy as np
import pytest

from redsm5_hpo.corpus.splits.detectable_difference import (
    SHARES_RIGHT,
    detectable_differences,
    detectable_differences_message,
    expected_discordance,
    mcnemar_detectable_difference,
    minimum_detectable_difference,
)
from redsm5_hpo.evaluation.components import metrics
from redsm5_hpo.evaluation.significance import randomization_p
from tests.corpus.builders import SPLIT, corpus, synthetic_corpus
from tests.evaluation.simulated_predictions import from_outcomes, random_examples

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
    """Systems that differ in accuracy by `difference`; which one alone is right correlates within posts."""
    rng, shape = np.random.default_rng(seed), (POSTS, PAIRS)
    truth = rng.random(shape) < SHARE_PRESENT
    a_alone, b_alone = (DISCORDANCE + difference) / 2, (DISCORDANCE - difference) / 2
    outcomes = [a_alone, b_alone, 0.85 * (1 - DISCORDANCE), 0.15 * (1 - DISCORDANCE)]  # a, b, both, neither right
    copies = rng.random(shape) < np.sqrt(CORRELATION)
    drawn = np.where(copies, rng.choice(4, (POSTS, 1), p=outcomes), rng.choice(4, shape, p=outcomes))
    return [from_outcomes(truth, (drawn == alone) | (drawn == 2)) for alone in (0, 1)]


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro"])
def test_a_minimum_detectable_difference_is_found_in_80_of_100_test_sets(metric):
    size = minimum_detectable_difference(simulated_examples(), DISCORDANCE, CORRELATION)["accuracy"]
    found = [randomization_p(*two_systems(seed, size), metric, seed, rounds=500) < 0.05 for seed in range(SIMULATIONS)]
    assert np.mean(found) == pytest.approx(0.8, abs=TOLERANCE)


def test_the_slope_of_f1_macro_in_accuracy_where_false_positives_equal_false_negatives():
    few, many = ([[700 - errors], [errors], [errors], [300 - errors], [0], [0]] for errors in (50, 60))
    scores = [metrics("criteria", ["MOOD"], np.array(sums, dtype=float)) for sums in (few, many)]
    f1, accuracy = (float(scores[0][name] - scores[1][name]) for name in ("f1_macro", "accuracy"))
    found = minimum_detectable_difference(simulated_examples(), DISCORDANCE)
    assert found["status_f1_macro"] / found["accuracy"] == pytest.approx(f1 / accuracy)


def test_mcnemars_power_is_that_of_the_published_formula():
    """(1.95996 sqrt(0.2) + 0.84162 sqrt(0.2 - 0.01))**2 / 0.1**2 = 154.7 examples detect 0.1."""
    assert mcnemar_detectable_difference(154.74, 0.2, 0.05, 0.8) == pytest.approx(0.1, abs=1e-4)


def test_all_discordant_examples_favor_one_system_if_fewer_do_not_suffice():
    found = mcnemar_detectable_difference(20, 0.05, 0.05, 0.8)
    assert found > 0.05
    assert found == pytest.approx(mcnemar_detectable_difference(20, found, 0.05, 0.8))


def test_three_examples_detect_nothing():
    assert mcnemar_detectable_difference(3, 0.2, 0.05, 0.8) == 1


def test_four_times_the_examples_detect_about_half_the_difference():
    few, many = (mcnemar_detectable_difference(size, 0.2, 0.05, 0.8) for size in (400, 1600))
    assert few / many == pytest.approx(2, rel=0.02)


def test_rare_criteria_increase_the_detectable_difference_of_evidence():
    examples = random_examples(0, posts=40)
    rare = [replace(example, label=f"RARE{index}") for index, example in enumerate(examples[:5])]
    found = minimum_detectable_difference([*rare, *examples[5:]], DISCORDANCE)
    assert found["evidence_f1"] > found["accuracy"]


def test_with_one_class_no_difference_of_status_f1_is_detectable():
    present = [example for example in random_examples(0, posts=60) if example.status]
    assert minimum_detectable_difference(present, DISCORDANCE)["status_f1_macro"] == 1


DISCORDANCES = {"shared errors": (0.85, 0.2), "independent": (0.5, 0.5), "always right": (1.0, 0.0)}


@pytest.mark.parametrize(("right", "discordance"), DISCORDANCES.values(), ids=DISCORDANCES)
def test_the_expected_discordance_of_two_systems(right, discordance):
    assert expected_discordance(right) == pytest.approx(discordance)


def test_better_systems_have_smaller_detectable_differences():
    found = detectable_differences(synthetic_corpus(200), SPLIT)
    for name in ("status_of_sentences", "status_of_pairs", "evidence"):
        sizes = [found[f"{name}_at_{100 * right:.0f}"] for right in SHARES_RIGHT]
        assert sizes == sorted(sizes, reverse=True)
        assert 0 < sizes[-1] < sizes[0] < 1


def test_related_posts_are_one_to_all_differences():
    whole = synthetic_corpus(60)
    alone = detectable_differences(whole, SPLIT)
    text = whole.posts[0].text
    copies = tuple(replace(post, text=text) if number < 20 else post for number, post in enumerate(whole.posts))
    found = detectable_differences(replace(whole, posts=copies), SPLIT)
    assert all(found[name] > alone[name] for name in alone)


def test_a_test_split_without_pairs_has_differences_on_sentences_only():
    whole = synthetic_corpus(50)
    texts = {post.post_id: post.text for post in whole.posts}
    found = detectable_differences(corpus(texts, sentences=whole.sentences), SPLIT)
    assert set(found) == {f"status_of_sentences_at_{percent}" for percent in (50, 70, 85)}
    assert "sentences 0." in detectable_differences_message(found)
    assert "evidence" not in detectable_differences_message(found)
