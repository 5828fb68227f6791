"""The effective sample size of examples that share posts."""

import numpy as np
import pytest

from redsm5_hpo.corpus.effective_size import effective_size

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
