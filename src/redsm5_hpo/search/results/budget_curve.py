"""What a search gained from its number of trials.

Owns the expected best score against the number of trials, and how many of the first trials were enough. Reads states
and values of trials alone.

The curve's formulas assume that trials are exchangeable draws, as those of a random or space-filling search are. A
sampler that learns finds better trials later: for its study the curve describes the values found, in random order, and
does not predict another study with fewer trials. So the summary takes the trials in their order: a study of fewer is
the first of these, but for the number of trials that TPE waits for.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

COLUMNS = ("trials", "expected", "low", "high")


@dataclass(frozen=True)
class BudgetRow:
    """The best score that a search of this many trials finds on average.

    Attributes:
        trials: the budget.
        expected: mean of the best over all choices of so many of the study's trials.
        low, high: one standard deviation of the best around it, within the observed scores.
    """

    trials: int
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class BudgetSummary:
    """What a search gained from its trials.

    Attributes:
        trials: all that were counted, with those that were pruned or failed.
        best: the highest score.
        noise: the standard error of the best's score, as given.
        enough: the fewest first trials whose best is less than `noise` below the best.
        last_half_gained: what the second half of the trials, in their order, added to the best.
    """

    trials: int
    best: float
    noise: float
    enough: int
    last_half_gained: float

    def message(self) -> str:
        """The budget in one line."""
        noise = f"a score's noise ({self.noise:.3f})"
        if self.enough == self.trials > 1:
            return f"the last of {self.trials} trials gained more than {noise}: more trials may, too"
        return f"the first {self.enough} of {self.trials} trials came within {noise} of the best"


def counted_scores(trials: Iterable[tuple[str, float | None]]) -> list[float]:
    """One score for each trial's (state, value) in a study's order: every trial cost budget, so every trial counts.

    A complete trial counts with its value. A pruned one counts with the value it had reached, a lower bound of what it
    was stopped from reaching, but never above the best complete trial, since it cannot win the study. One
    that failed or was infeasible gives its user nothing and counts as the lowest score there is.

    Raises:
        ValueError: no trial is complete.
    """
    trials = list(trials)
    complete = [value for state, value in trials if state == "complete" and value is not None]
    if not complete:
        raise ValueError("a study without a complete trial has no best score")
    reached = [_reached(state, value, max(complete)) for state, value in trials]
    lowest = min(value for value in reached if value is not None)
    return [lowest if value is None else value for value in reached]


def budget_rows(scores: Sequence[float]) -> list[BudgetRow]:
    """One row for each number of trials from 1 to all.

    Expected maximum as in Dodge et al. 2019 ("Show your work", section 3, EMNLP), but over choices without replacement:
    the mean over all subsets of n of the N trials, sum of v(i) C(i - 1, n - 1) / C(N, n) over the sorted values.
    Theirs, with replacement, is biased low (Tang et al. 2020, "Showing your work doesn't always work", ACL) and stays
    below the best that was found even at n = N. The band is the paper's: one standard deviation of the best of n draws
    WITH replacement, clipped to the observed range; without replacement it would shrink to nothing at n = N, as if
    another search of the same size were bound to find the same best.
    """
    values = np.sort(np.asarray(scores, dtype=np.float64))
    low, high = float(values[0]), float(values[-1])
    rows = []
    for trials in range(1, len(values) + 1):
        expected = min(max(float(_without_replacement(len(values), trials) @ values), low), high)
        spread = _standard_deviation(values, trials)
        rows.append(BudgetRow(trials, expected, max(expected - spread, low), min(expected + spread, high)))
    return rows


def budget_summary(trials: Iterable[tuple[str, float | None]], noise: float) -> BudgetSummary:
    """What a search gained from its trials, (state, value) each in the study's order, in units of the best's noise.

    A trial that is not complete gains nothing; a half without complete ones counts as the lowest score.

    `noise` is one standard error of the best's validation score over posts (`score_noise`): a gain smaller than
    that is what another draw of posts would change (the one-standard-error rule of Breiman et al. 1984,
    "Classification and regression trees", chapter 3). An interval's half-width, twice as wide, would stop sooner,
    though scores on the same posts vary together, and a difference of them less than each. `enough` equal to
    `trials` says that even the last trial was worth more than noise, so that more trials may be, too.

    Raises:
        ValueError: the noise is negative or no number, or no trial is complete.
    """
    if not noise >= 0:
        raise ValueError(f"noise is a standard error, 0 or more, not {noise}")
    trials = list(trials)
    lowest = min(counted_scores(trials))
    complete = (-math.inf if state != "complete" or value is None else value for state, value in trials)
    best = list(accumulate(complete, max))
    enough = next((index for index, value in enumerate(best, start=1) if best[-1] - value < noise), len(best))
    half = max(lowest, best[math.ceil(len(best) / 2) - 1])
    return BudgetSummary(len(best), best[-1], noise, enough, best[-1] - half)


def score_noise(score: float, size: float) -> float:
    """The standard error of a score in [0, 1] on `size` independent examples, as that of a share.

    That of the share with two right and two wrong examples more (Agresti & Coull 1998, The American Statistician 52),
    so that a perfect score on few examples is not taken for certain. A mean of values between 0 and 1 has no larger
    one; macro F1, the mean over two classes' F1, may where one class is rare.
    """
    share = (score * size + 2) / (size + 4)
    return math.sqrt(share * (1 - share) / (size + 4))


def _reached(state: str, value: float | None, best: float) -> float | None:
    if value is None or state not in ("complete", "pruned"):
        return None
    return min(value, best)


def _without_replacement(total: int, drawn: int) -> NDArray[np.float64]:
    """The chance of each of `total` sorted values to be the highest of `drawn` without replacement, (total,)."""
    rank = np.arange(drawn, total + 1)  # the highest of n is at least the n-th lowest
    weights = np.zeros(total)
    weights[drawn - 1 :] = np.exp(_log_choose(rank - 1, drawn - 1) - _log_choose(np.array(total), drawn))
    weights /= weights.sum()  # of logarithms' rounding
    return weights


def _standard_deviation(values: NDArray[np.float64], drawn: int) -> float:
    """Of the best of `drawn` sorted values drawn with replacement (Dodge et al. 2019, section 3)."""
    cumulative = (np.arange(len(values) + 1) / len(values)) ** drawn
    chance = np.diff(cumulative)
    mean = float(chance @ values)
    return float(np.sqrt(chance @ (values - mean) ** 2))


def _log_choose(total: NDArray[np.int_], drawn: int) -> NDArray[np.float64]:
    return np.asarray(gammaln(total + 1) - gammaln(drawn + 1) - gammaln(total - drawn + 1), dtype=np.float64)
