"""Thresholds with the best F1.

Owns the thresholds that are tried and the choice among them. Does not compute scores.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.metrics import token_f1
from redsm5_hpo.training.scoring import gold_texts


@dataclass(frozen=True)
class Candidate:
    """The best span of an example, whether or not it is predicted as evidence.

    Attributes:
        score: the larger, the more likely evidence.
        span: half-open character interval of the example's text.
    """

    score: float
    span: tuple[int, int]


@dataclass(frozen=True)
class Threshold:
    """A candidate is predicted as evidence if its score is above `value`; `f1` is the evidence F1 of this."""

    value: float
    f1: float


def best_status_threshold(truth: Sequence[int], log_odds: NDArray[np.float64]) -> float:
    """The log odds above which "present" has the best macro F1 over absent and present; the nearest 0 of equals.

    Tries the default threshold, 0, every midpoint of neighboring log odds, and thresholds that predict a single class.
    """
    order = np.argsort(-log_odds, kind="stable")
    odds, present = log_odds[order], np.asarray(truth, dtype=np.float64)[order]
    if not len(odds):
        return 0.0
    positives = np.arange(len(odds) + 1.0)  # predicted as present
    hit = np.concatenate([[0.0], np.cumsum(present)])
    total, count = hit[-1], float(len(odds))
    absent_hit = (count - positives) - (total - hit)
    f1 = _ratio(2 * hit, positives + total) + _ratio(2 * absent_hit, (count - positives) + (count - total))
    f1[1:-1][odds[1:] == odds[:-1]] = -np.inf  # no threshold separates equal odds
    ends = np.concatenate([[odds[0] + 2.0], odds, [odds[-1] - 2.0]])
    cuts = (ends[:-1] + ends[1:]) / 2
    inside = (ends[:-1] > 0) & (ends[1:] <= 0)  # the default threshold separates these as well
    cuts = np.where(inside, 0.0, cuts)
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return float(cuts[best[np.argmin(np.abs(cuts[best]))]])


def best_evidence_threshold(examples: Sequence[Example], candidates: Sequence[Candidate | None]) -> Threshold:
    """The threshold with the best evidence F1 as `training.scoring` defines it; the highest of equals.

    Tries every midpoint of neighboring scores, and thresholds that predict all candidates or none. Without any
    candidate it is 0.
    """
    sizes = Counter(example.label for example in examples)
    weights = [1 / (len(sizes) * sizes[example.label]) for example in examples]
    withheld = [token_f1("", gold_texts(example)) for example in examples]
    base = sum(weight * value for weight, value in zip(weights, withheld, strict=True))
    gains = sorted(
        (
            (each.score, weight * (_f1(example, each) - without))
            for example, each, weight, without in zip(examples, candidates, weights, withheld, strict=True)
            if each is not None
        ),
        reverse=True,
    )
    if not gains:
        return Threshold(0.0, base)
    scores = np.array([score for score, _ in gains])
    totals = np.concatenate([[0.0], np.cumsum([gain for _, gain in gains])])
    totals[1:-1][scores[1:] == scores[:-1]] = -np.inf  # no threshold separates equal scores
    ends = np.concatenate([[scores[0] + 2.0], scores, [scores[-1] - 2.0]])
    best = int(np.argmax(totals))
    return Threshold(float((ends[best] + ends[best + 1]) / 2), base + float(totals[best]))


def _f1(example: Example, candidate: Candidate) -> float:
    return token_f1(example.text[slice(*candidate.span)], gold_texts(example))


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quotient; 0 for 0 / 0."""
    ratio: NDArray[np.float64] = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
    return ratio
