"""Confidence intervals of test metrics.

Owns the bootstrap over posts. The unit is the post, since the examples of one post share its author, text and
errors: resampling examples would take them for independent and give intervals that are too narrow. Near-duplicates and
posts that quote each other are one unit for the same reason: with every third post twice, a test of level .05 rejects
a true hypothesis in 12 % of cases. An interval covers the variation between samples of posts, not that between training
seeds or corpora.

Why the expanded percentile interval: on simulated posts of ReDSM5's shape (9 criteria, 2.2 pairs a post; 600 to 1,000
test sets each of three populations) it covered the true f1_macro of a two-headed architecture in 92-93 % at 33 posts,
94 % at 60, 93-95 % at 100 and 94-95 % at 300. The plain percentile interval covered it in 90-91 % at 33 posts. BCa was
equal for status, worse for the mean over criteria at 33 posts (87-88 % against 91-93 %), and needs a jackknife. No
method is good for a rare criterion: intervals of its own metrics cover half of the time on 2 pairs, 86-94 % on 20 and
92-95 % on 60.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.evaluation.components import Components, Floats

LEVEL = 0.95
RESAMPLES = 2000
MIN_POSTS = 5  # unrelated ones; with fewer, the quantiles of the expanded level are beyond RESAMPLES resamples


class Resampling(NamedTuple):
    """How posts are resampled.

    Attributes:
        seed: draws the resamples.
        related: of a related post the one that stands for all that are related to it; no other posts.
    """

    seed: int
    related: Mapping[str, str] = MappingProxyType({})


class Resamples(NamedTuple):
    """Resamples of the posts of N rows, such as examples.

    Attributes:
        counts: how often each unit is in each resample, (RESAMPLES, units).
        unit_of: of each row the column of `counts`, (N,).
    """

    counts: Floats
    unit_of: NDArray[np.intp]

    def weights(self, resamples: slice = slice(None)) -> Floats:
        """How often each row is in each of these resamples, (resamples, N)."""
        return self.counts[resamples][:, self.unit_of]

    def ends(self, drawn: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
        """Of every metric, (RESAMPLES,), that some resample defines, the ends of its interval by name."""
        level = expanded_level(self.counts.shape[1], LEVEL)
        return {name: interval_of(values, level).ends for name, values in drawn.items() if np.isfinite(values).any()}


@dataclass(frozen=True)
class Interval:
    """The confidence interval of a metric.

    Attributes:
        low, high: both included, in the metric's unit.
        standard_error: standard deviation over resamples.
        defined: share of resamples in which the metric is defined, which alone count. Below 1 for a criterion so rare
            that some resamples have none of it.
    """

    low: float
    high: float
    standard_error: float
    defined: float

    @property
    def ends(self) -> dict[str, float]:
        """As details.json lists it."""
        return {"low": self.low, "high": self.high}


def bootstrap_intervals(
    components: Components, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> dict[str, Interval]:
    """The interval of every metric of components.metrics by name, but for those undefined in all resamples.

    Each resample draws as many posts as there are, with replacement (Efron & Tibshirani 1993, "An introduction to
    the bootstrap", chapter 8: the unit that was sampled is the unit that is resampled). The interval is the percentile
    interval (their chapter 13) with its level expanded for few posts (`expanded_level`).

    Raises:
        ValueError: fewer than two posts, or fewer resamples than the quantiles need.
    """
    units = len(components.units)
    if units < 2:
        raise ValueError(f"{units} post(s) cannot be resampled: at least two are needed")
    expanded = expanded_level(units, level)
    if resamples * (1 - expanded) / 2 < 1:
        raise ValueError(f"{resamples} resamples are too few for the {level:.0%} interval of {units} posts")
    drawn = components.metrics(resampled_sums(components, seed, resamples))
    return {name: interval_of(values, expanded) for name, values in drawn.items() if np.isfinite(values).any()}


def resampled_sums(components: Components, seed: int, resamples: int) -> Floats:
    """Sums over resampled posts, (resamples, fields, labels). The posts depend on their number and the seed alone."""
    counts = resample_counts(len(components.units), seed, resamples)
    return np.tensordot(counts, components.sums, axes=1)


def resample_counts(posts: int, seed: int, resamples: int) -> Floats:
    """How often each post is in each resample, (resamples, posts); each row sums to `posts`."""
    picks = generator(seed, "bootstrap").integers(posts, size=(resamples, posts))
    cells = picks + posts * np.arange(resamples)[:, None]
    return np.bincount(cells.ravel(), minlength=resamples * posts).reshape(resamples, posts).astype(np.float64)


def resamples_of_rows(post_ids: Sequence[str], resampling: Resampling) -> Resamples | None:
    """Resamples of rows by the post of each, related posts as one; none of fewer than MIN_POSTS."""
    units, unit_of = np.unique([resampling.related.get(post, post) for post in post_ids], return_inverse=True)
    if len(units) < MIN_POSTS:
        return None
    return Resamples(resample_counts(len(units), resampling.seed, RESAMPLES), unit_of)


def expanded_level(posts: int, level: float) -> float:
    """The level at which a percentile interval of n posts covers about `level`.

    A percentile interval is too narrow by sqrt((n - 1) / n), and uses the normal's quantile in place of
    Student's; the expanded level corrects both (Hesterberg 2015, "What teachers should know about the bootstrap",
    The American Statistician 69): 1 - 2 * Phi(-sqrt(n / (n - 1)) * t), t the quantile of n - 1 degrees of freedom.
    """
    quantile = np.sqrt(posts / (posts - 1)) * t.ppf((1 + level) / 2, posts - 1)
    return float(1 - 2 * norm.cdf(-quantile))


def interval_of(values: Floats, level: float) -> Interval:
    """The percentile interval of resampled values, (resamples,), nan where undefined; at least one is defined."""
    defined = values[np.isfinite(values)]
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), float(defined.std()), defined.size / values.size)
