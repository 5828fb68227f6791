"""Evidence F1 at every threshold, and the threshold with the best, for scores without a default threshold.

Owns the F1 of the first rows in descending order of their scores, and the choice by it. The thresholds of log odds are
chosen in inference/smoothed_thresholds.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.metrics import token_f1
from redsm5_hpo.training.scoring import gold_texts

Floats = NDArray[np.float64]
# Weights of N rows in descending order of scores, (N,), to the F1 if the first 0, 1, ..., N are positive, (N + 1,).
F1ByCount = Callable[[Floats], Floats]


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


@dataclass(frozen=True)
class RankedCandidates:
    """The candidates of N examples in descending order of scores, the M examples without one after them.

    Attributes:
        scores: (N - M,), descending.
        posts: (N,), the number of each row's post, counted from 0.
        f1: evidence F1 as `training.scoring` defines it, by the number of candidates predicted, (N - M + 1,).
    """

    scores: Floats
    posts: NDArray[np.intp]
    f1: F1ByCount


def ranked_candidates(examples: Sequence[Example], candidates: Sequence[Candidate | None]) -> RankedCandidates:
    """The candidates by score; an example without one is never predicted as evidence, but counts."""
    order = descending(examples, np.array([-np.inf if each is None else each.score for each in candidates]))
    rows = [(examples[row], candidates[row]) for row in order]
    withheld = np.array([token_f1("", gold_texts(example)) for example, _ in rows])
    predicted = np.array([0.0 if each is None else _f1(example, each) for example, each in rows])
    f1 = evidence_f1(codes([example.label for example, _ in rows]), withheld, predicted)
    scores = np.array([each.score for _, each in rows if each is not None], dtype=np.float64)
    posts = codes([example.post_id for example, _ in rows])
    return RankedCandidates(scores, posts, lambda weights: f1(weights)[: len(scores) + 1])


def best_evidence_threshold(examples: Sequence[Example], candidates: Sequence[Candidate | None]) -> Threshold:
    """The threshold with the best evidence F1 as `training.scoring` defines it; the highest of equals.

    Tries every midpoint of neighboring scores, and thresholds that predict all candidates or none. Without any
    candidate it is 0.
    """
    ranked = ranked_candidates(examples, candidates)
    scores, f1 = ranked.scores, ranked.f1(np.ones(len(examples)))
    if not len(scores):
        return Threshold(0.0, float(f1[0]))
    ends = np.concatenate([[scores[0] + 2.0], scores, [scores[-1] - 2.0]])
    possible = np.where(ends[:-1] > ends[1:], f1, -np.inf)  # no threshold separates equal scores
    best = int(np.argmax(possible >= possible.max() - 1e-12))
    return Threshold(float((ends[best] + ends[best + 1]) / 2), float(f1[best]))


def evidence_f1(labels: NDArray[np.intp], withheld: Floats, predicted: Floats) -> F1ByCount:
    """The mean of token F1 over the rows of a criterion, then over criteria.

    Args:
        labels: the number of each row's criterion, (N,).
        withheld: token F1 of "no evidence", (N,).
        predicted: token F1 of the row's span, (N,).
    """

    def f1(weights: Floats) -> Floats:
        sizes = np.bincount(labels, weights=weights).astype(np.float64)
        shares: Floats = weights * ratio(np.ones_like(sizes), sizes)[labels] / np.count_nonzero(sizes)
        return float(shares @ withheld) + sums(shares * (predicted - withheld))

    return f1


def descending(examples: Sequence[Example], scores: Floats) -> list[int]:
    """Row numbers in descending order of scores; of equals, in an order that does not depend on that of the rows."""
    ids = [(example.post_id, example.sentence_id, example.label) for example in examples]
    return sorted(range(len(examples)), key=lambda row: (-scores[row], ids[row]))


def codes(names: Sequence[str]) -> NDArray[np.intp]:
    """The number of each name among the sorted distinct ones."""
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1]


def sums(values: Floats) -> Floats:
    """Sums of the first 0, 1, ..., N values, (N + 1,)."""
    return np.concatenate([[0.0], np.cumsum(values)])


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient; 0 for 0 / 0."""
    quotient: Floats = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
    return quotient


def _f1(example: Example, candidate: Candidate) -> float:
    return token_f1(example.text[slice(*candidate.span)], gold_texts(example))
