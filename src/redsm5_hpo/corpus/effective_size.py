"""The effective sample size of examples that share posts.

Owns the design effect. The minimum detectable difference and the noise of a score are computed from it elsewhere.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from redsm5_hpo.corpus.examples import Example

CORRELATION = 0.1  # between correct predictions of two examples of one post


def independent_examples(examples: Sequence[Example], correlation: float = CORRELATION) -> float:
    """The effective sample size of examples of equal weight."""
    return effective_size([each.post_id for each in examples], [1.0] * len(examples), correlation)


def effective_size(posts: Sequence[str], weights: Sequence[float], correlation: float) -> float:
    """The number of independent examples whose plain mean varies as much as this weighted mean of clustered ones.

    `posts` and `weights` have one entry per example. With variance 1 and one correlation r within posts the
    weighted mean's variance is ((1 - r) sum(w**2) + r sum over posts of (sum of w in the post)**2) / sum(w)**2; with
    equal weights its inverse is n / (1 + (m - 1) r), m = sum(size**2) / sum(size): Kish's design effect (1965,
    "Survey sampling", chapter 5) for clusters of unequal size.
    """
    of_post: dict[str, float] = defaultdict(float)
    for post, weight in zip(posts, weights, strict=True):
        of_post[post] += weight
    alone, together = (float(np.square(list(values)).sum()) for values in (weights, of_post.values()))
    return sum(weights) ** 2 / ((1 - correlation) * alone + correlation * together)
