"""Answers scored against examples: the one place that says what f1_macro and accuracy of an architecture are.

Owns the answer's form and the architectures' metrics. Does not predict, and knows no files.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.tasks import learns_spans, learns_status
from redsm5_hpo.training.metrics import exact_match, status_f1_macro, token_f1


@dataclass(frozen=True)
class Answer:
    """What a model says of one example.

    Attributes:
        status_log_odds: log odds that the criterion is present; None where the architecture learns no status.
        span_log_odds: log odds of any span against "no evidence"; None where it learns no spans.
        span: the best span's characters in the text, whatever the odds; None where there is none.
        status_threshold: the log odds above which the criterion counts as present.
        span_threshold: the log odds above which the span is given as evidence.
    """

    status_log_odds: float | None = None
    span_log_odds: float | None = None
    span: tuple[int, int] | None = None
    status_threshold: float = 0.0
    span_threshold: float = 0.0

    @property
    def status(self) -> int:
        """1 where present is likely enough; an architecture without status says so by giving evidence."""
        if self.status_log_odds is None:
            return int(self._gives_evidence)
        return int(self.status_log_odds > self.status_threshold)

    @property
    def evidence(self) -> tuple[int, int] | None:
        """The best span where evidence is likely enough."""
        return self.span if self._gives_evidence else None

    @property
    def _gives_evidence(self) -> bool:
        return self.span_log_odds is not None and self.span_log_odds > self.span_threshold


@dataclass(frozen=True)
class Predicted:
    """What a model predicts of some examples.

    Attributes:
        answers: one for each example, in order.
        loss: the mean cross-entropy over their windows.
        windows: how many these are.
        by_seed: the answers of each seed's model alone, read as their mean is; empty unless asked for.
    """

    answers: list[Answer]
    loss: float
    windows: int
    by_seed: dict[int, list[Answer]]


@dataclass(frozen=True)
class Score:
    """How good a list of answers is.

    Attributes:
        f1_macro: the architecture's primary metric.
        accuracy: share of examples whose presence is answered correctly.
        status_f1_macro: F1 over absent and present; None where no status is learned.
        evidence_f1: token F1, mean over pairs of a criterion, then over criteria; None where no spans are learned.
        evidence_exact_match: averaged likewise.
    """

    f1_macro: float
    accuracy: float
    status_f1_macro: float | None
    evidence_f1: float | None
    evidence_exact_match: float | None


def score(architecture: str, examples: Sequence[Example], answers: Sequence[Answer]) -> Score:
    """The metrics of one architecture's answers, which stand in the order of the examples."""
    truth, said = [example.status for example in examples], [answer.status for answer in answers]
    status = status_f1_macro(truth, said) if learns_status(architecture) else None
    evidence = exact = None
    if learns_spans(architecture):
        texts = [
            (answer_text(example, answer), gold_texts(example))
            for example, answer in zip(examples, answers, strict=True)
        ]
        evidence = _mean_over_criteria(examples, (token_f1(*pair) for pair in texts))
        exact = _mean_over_criteria(examples, (exact_match(*pair) for pair in texts))
    return Score(
        f1_macro=fmean(value for value in (status, evidence) if value is not None),
        accuracy=fmean(float(a == b) for a, b in zip(truth, said, strict=True)),
        status_f1_macro=status,
        evidence_f1=evidence,
        evidence_exact_match=exact,
    )


def answer_text(example: Example, answer: Answer) -> str:
    """The text that an answer gives as evidence; "" for none."""
    return example.text[slice(*answer.evidence)] if answer.evidence else ""


def gold_texts(example: Example) -> list[str]:
    """The texts of an example's gold spans; empty where there is no evidence."""
    return [example.text[start:end] for start, end in example.spans]


def _mean_over_criteria(examples: Sequence[Example], values: Iterable[float]) -> float:
    by_label: dict[str, list[float]] = {}
    for example, value in zip(examples, values, strict=True):
        by_label.setdefault(example.label, []).append(value)
    return fmean(fmean(by_label[label]) for label in sorted(by_label))
