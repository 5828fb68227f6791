"""Predictions scored against examples: the definition of f1_macro and accuracy of an architecture.

Owns the form of a prediction and the architectures' metrics. Does not predict, and knows no files.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.metrics import exact_match, status_f1_macro, token_f1


@dataclass(frozen=True)
class Prediction:
    """What a model predicts for one example.

    Attributes:
        status_log_odds: log odds that the criterion is present; None if the architecture learns no status.
        span_log_odds: log odds of any span against "no evidence"; None if it learns no spans.
        span: the best span's characters in the text, whatever its odds; None if the text has no tokens.
        status_threshold: the log odds above which the criterion is predicted as present.
        span_threshold: the log odds above which the span is predicted as evidence.
    """

    status_log_odds: float | None = None
    span_log_odds: float | None = None
    span: tuple[int, int] | None = None
    status_threshold: float = 0.0
    span_threshold: float = 0.0

    @property
    def status(self) -> int:
        """1 if the criterion is predicted as present; without a status head, if evidence is predicted."""
        if self.status_log_odds is None:
            return int(self._has_evidence)
        return int(self.status_log_odds > self.status_threshold)

    @property
    def evidence(self) -> tuple[int, int] | None:
        """The predicted span; None for "no evidence"."""
        return self.span if self._has_evidence else None

    @property
    def _has_evidence(self) -> bool:
        return self.span_log_odds is not None and self.span_log_odds > self.span_threshold


@dataclass(frozen=True)
class PredictionResult:
    """What a checkpoint predicts for some examples.

    Attributes:
        predictions: one for each example, in order.
        loss: the mean cross-entropy over their windows.
        windows: their number.
        by_seed: the predictions of each seed's model alone, with the same thresholds; empty unless requested.
    """

    predictions: list[Prediction]
    loss: float
    windows: int
    by_seed: dict[int, list[Prediction]]


@dataclass(frozen=True)
class Score:
    """The metrics of a list of predictions.

    Attributes:
        f1_macro: the architecture's primary metric.
        accuracy: share of examples whose status is predicted correctly.
        status_f1_macro: macro F1 over absent and present; None if no status is learned.
        evidence_f1: token F1, mean over the pairs of a criterion, then over criteria; None if no spans are learned.
        evidence_exact_match: averaged likewise.
    """

    f1_macro: float
    accuracy: float
    status_f1_macro: float | None
    evidence_f1: float | None
    evidence_exact_match: float | None


def score(architecture: Architecture, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Score:
    """The metrics of an architecture's predictions, which are in the order of the examples."""
    truth, predicted = [example.status for example in examples], [prediction.status for prediction in predictions]
    status = status_f1_macro(truth, predicted) if TASKS[architecture].status else None
    evidence = exact = None
    if TASKS[architecture].spans:
        texts = [
            (predicted_text(example, prediction), gold_texts(example))
            for example, prediction in zip(examples, predictions, strict=True)
        ]
        evidence = _mean_over_criteria(examples, (token_f1(*pair) for pair in texts))
        exact = _mean_over_criteria(examples, (exact_match(*pair) for pair in texts))
    return Score(
        f1_macro=fmean(value for value in (status, evidence) if value is not None),
        accuracy=fmean(float(a == b) for a, b in zip(truth, predicted, strict=True)),
        status_f1_macro=status,
        evidence_f1=evidence,
        evidence_exact_match=exact,
    )


def predicted_text(example: Example, prediction: Prediction) -> str:
    """The text predicted as evidence; "" for none."""
    return example.text[slice(*prediction.evidence)] if prediction.evidence else ""


def gold_texts(example: Example) -> list[str]:
    """The texts of an example's gold spans; empty if there is no evidence."""
    return [example.text[start:end] for start, end in example.spans]


def _mean_over_criteria(examples: Sequence[Example], values: Iterable[float]) -> float:
    by_label: dict[str, list[float]] = {}
    for example, value in zip(examples, values, strict=True):
        by_label.setdefault(example.label, []).append(value)
    return fmean(fmean(by_label[label]) for label in sorted(by_label))
