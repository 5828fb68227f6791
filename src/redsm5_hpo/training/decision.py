"""From which log odds on a model says present, or gives evidence, and what probability its odds stand for.

Owns temperature and threshold, and their choice from answers to examples that the answering model did not see. Does
not decide which answers those are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.tasks import learns_spans, learns_status
from redsm5_hpo.training.scoring import Answer
from redsm5_hpo.training.thresholds import Candidate, best_evidence_threshold, best_status_threshold

MOST_LOG_TEMPERATURE = math.log(20)
_MOST_LOG_ODDS = 50.0  # a window without text answers with minus infinity


@dataclass(frozen=True)
class Cut:
    """How one kind of log odds is read.

    Attributes:
        temperature: log odds are divided by it before they count as probabilities.
        threshold: log odds, so divided, above which the answer is yes.
    """

    temperature: float = 1.0
    threshold: float = 0.0

    def scaled(self, log_odds: float | None) -> float | None:
        """Log odds divided by the temperature."""
        return None if log_odds is None else log_odds / self.temperature


@dataclass(frozen=True)
class Decision:
    """How a model's answers are read; without a better one even odds decide."""

    status: Cut = Cut()
    spans: Cut = Cut()

    def applied(self, answers: Sequence[Answer]) -> list[Answer]:
        """The answers with scaled odds, and thresholds in place of even odds."""
        return [
            replace(
                answer,
                status_log_odds=self.status.scaled(answer.status_log_odds),
                span_log_odds=self.spans.scaled(answer.span_log_odds),
                status_threshold=self.status.threshold,
                span_threshold=self.spans.threshold,
            )
            for answer in answers
        ]


def fit_decision(architecture: str, examples: Sequence[Example], answers: Sequence[Answer]) -> Decision:
    """The decision that serves best on answers to `examples`, which their models must not have been trained on.

    Temperatures make the examples likeliest (Guo et al. 2017, "On calibration of modern neural networks", section 4.2);
    thresholds have the best F1 of status, or of evidence, as training.scoring defines them. Of equal ones the nearest
    to even odds counts for status, the highest for evidence.
    """
    truth = [example.status for example in examples]
    status = spans = Cut()
    if learns_status(architecture):
        odds = _finite([answer.status_log_odds for answer in answers])
        temperature = best_temperature(truth, odds)
        status = Cut(temperature, best_status_threshold(truth, odds / temperature))
    if learns_spans(architecture):
        odds = _finite([answer.span_log_odds for answer in answers])
        temperature = best_temperature(truth, odds)
        candidates = [
            None if answer.span is None else Candidate(float(value), answer.span)
            for answer, value in zip(answers, odds / temperature, strict=True)
        ]
        spans = Cut(temperature, best_evidence_threshold(examples, candidates).value)
    return Decision(status, spans)


def best_temperature(truth: Sequence[int], log_odds: NDArray[np.float64]) -> float:
    """The temperature in [1/20, 20] under which `truth` is likeliest; 1 without examples of both kinds."""
    if len(set(truth)) < 2:
        return 1.0
    from scipy.optimize import minimize_scalar  # slow to import, and only the selection calls this

    signs = np.where(np.asarray(truth) > 0, -1.0, 1.0)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0.0, signs * log_odds * math.exp(-log_temperature)).mean())

    bounds = (-MOST_LOG_TEMPERATURE, MOST_LOG_TEMPERATURE)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    # Digits beyond what the search for the minimum can tell would only differ between machines.
    return round(math.exp(float(found.x)), 4)


def _finite(log_odds: Sequence[float | None]) -> NDArray[np.float64]:
    return np.clip(np.array(log_odds, dtype=np.float64), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)
