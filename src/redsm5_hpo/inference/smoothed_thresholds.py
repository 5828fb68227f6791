"""Thresholds of good F1 that do not follow the accidents of few posts.

Owns the thresholds that are tried, macro F1 at each, and the choice: the best threshold's mean over resamples of posts,
drawn toward the default threshold, log odds of 0, as far as it is uncertain. Does not fit temperatures.

Why not the threshold with the best F1: chosen on 67 simulated pairs it had, with ensembles of three on fresh posts, 2.5
points of macro F1 (standard error 0.5) and 1.2 of evidence F1 (0.2) less (bench/thresholds.py).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.inference.thresholds import (
    Candidate,
    F1ByCount,
    Floats,
    codes,
    descending,
    ranked_candidates,
    ratio,
    sums,
)

RESAMPLES = 200
PRIOR_VARIANCE = 1.0  # of the best threshold around the default one, in squared log odds
_SEED = 0


def status_threshold(examples: Sequence[Example], log_odds: Floats) -> float:
    """The smoothed threshold for macro F1 over absent and present; log odds are (N,), 0 without examples."""
    order = descending(examples, log_odds)
    truth = np.array([examples[row].status for row in order], dtype=np.float64)
    return smoothed_threshold(log_odds[order], codes([examples[row].post_id for row in order]), status_f1(truth))


def evidence_threshold(examples: Sequence[Example], candidates: Sequence[Candidate | None]) -> float:
    """The smoothed threshold for evidence F1 as `training.scoring` defines it; 0 without any candidate."""
    ranked = ranked_candidates(examples, candidates)
    return smoothed_threshold(ranked.scores, ranked.posts, ranked.f1)


def smoothed_threshold(log_odds: Floats, posts: NDArray[np.intp], f1_by_count: F1ByCount) -> float:
    """m / (1 + v / PRIOR_VARIANCE), m and v being mean and variance of the best threshold over resamples of posts.

    The mean over resamples smooths an estimate that jumps with single rows (bagging: Breiman 1996, Machine Learning
    24; Efron 2014, "Estimation and accuracy after model selection", JASA 109). The quotient is the posterior mean of a
    normal m with variance v and the prior N(0, PRIOR_VARIANCE) (Efron & Morris 1975, "Data analysis using Stein's
    estimator and its generalizations", JASA 70): with many posts v goes to 0, and the threshold to the best one.
    Arguments are those of resampled_thresholds; 0 without rows.
    """
    if not len(log_odds):
        return 0.0
    found = resampled_thresholds(log_odds, posts, f1_by_count)
    return float(found.mean() / (1 + found.var() / PRIOR_VARIANCE))


def resampled_thresholds(log_odds: Floats, posts: NDArray[np.intp], f1_by_count: F1ByCount) -> Floats:
    """The best threshold of each resample, which draws as many posts as there are with replacement, (RESAMPLES,).

    Args:
        log_odds: (N,), N > 0, descending.
        posts: the number of each row's post, counted from 0; rows after the first N have no threshold below them.
        f1_by_count: gets one weight for each entry of `posts`; returns (N + 1,).
    """
    size, rng = int(posts.max()) + 1, generator(_SEED, "threshold resamples")
    resamples = (np.bincount(rng.integers(size, size=size), minlength=size) for _ in range(RESAMPLES))
    return np.array([best_threshold(log_odds, f1_by_count(counts[posts].astype(np.float64))) for counts in resamples])


def best_threshold(log_odds: Floats, f1: Floats) -> float:
    """The threshold with the best F1, of equals that nearest 0.

    Tries 0, every midpoint of neighboring log odds, and one beyond each end if 0 is not there.

    Args:
        log_odds: (N,), descending.
        f1: (N + 1,), if the first 0, 1, ..., N rows are positive.
    """
    ends = np.concatenate([[max(log_odds[0], 0.0) + 2.0], log_odds, [min(log_odds[-1], 0.0) - 2.0]])
    upper, lower = ends[:-1], ends[1:]
    cuts = np.where((upper > 0) & (lower <= 0), 0.0, (upper + lower) / 2)
    possible = np.where(upper > lower, f1, -np.inf)  # no threshold separates equal odds
    best = np.flatnonzero(possible >= possible.max() - 1e-12)
    return float(cuts[best[np.argmin(np.abs(cuts[best]))]])


def status_f1(truth: Floats) -> F1ByCount:
    """Macro F1 over absent and present as in training.metrics, for rows with this true status (0 or 1), (N,)."""

    def f1(weights: Floats) -> Floats:
        positive, hit = sums(weights), sums(weights * truth)
        total, count = hit[-1], positive[-1]
        absent_hit = (count - positive) - (total - hit)
        present = ratio(2 * hit, positive + total)
        return (present + ratio(2 * absent_hit, (count - positive) + (count - total))) / 2

    return f1
