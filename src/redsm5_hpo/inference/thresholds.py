"""The threshold with the best evidence F1, for scores without a default threshold.

Owns the thresholds that are tried and the choice among them. Those of log odds are chosen in selection/thresholds.py.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
