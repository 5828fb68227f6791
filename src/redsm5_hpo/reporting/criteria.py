"""Results criterion by criterion.

Owns the breakdown of a test result over labels. Does not define the metrics that it breaks down.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from sklearn.metrics import precision_recall_fscore_support

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.tasks import learns_spans
from redsm5_hpo.training.metrics import token_f1
from redsm5_hpo.training.scoring import Answer, answer_text, gold_texts


@dataclass(frozen=True)
class CriterionResult:
    """One criterion on test.

    Attributes:
        support: examples in which it is present.
        examples: all examples of it.
        precision, recall, f1: of present; 0 where undefined.
        evidence_f1: mean token F1; None where no spans are learned.
        low_support: fewer present examples than `evaluate.low_support`.
    """

    support: int
    examples: int
    precision: float
    recall: float
    f1: float
    evidence_f1: float | None
    low_support: bool


def by_criterion(
    architecture: str, examples: Sequence[Example], answers: Sequence[Answer], low_support: int
) -> dict[str, CriterionResult]:
    """One result a label, in alphabetical order."""
    labels = sorted({example.label for example in examples})
    pairs = list(zip(examples, answers, strict=True))
    return {
        label: _result(architecture, [pair for pair in pairs if pair[0].label == label], low_support)
        for label in labels
    }


def flat(result: CriterionResult) -> dict[str, float | int | bool]:
    """A result as numbers for a metrics file, without those that its architecture does not have."""
    return {name: value for name, value in asdict(result).items() if value is not None}


def _result(architecture: str, pairs: Sequence[tuple[Example, Answer]], low_support: int) -> CriterionResult:
    truth = [example.status for example, _ in pairs]
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, [answer.status for _, answer in pairs], labels=[1], average=None, zero_division=0
    )
    spans = None
    if learns_spans(architecture):
        spans = fmean(token_f1(answer_text(example, answer), gold_texts(example)) for example, answer in pairs)
    return CriterionResult(
        support=sum(truth),
        examples=len(pairs),
        precision=float(precision[0]),
        recall=float(recall[0]),
        f1=float(f1[0]),
        evidence_f1=spans,
        low_support=sum(truth) < low_support,
    )
