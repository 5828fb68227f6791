"""Test metrics of each criterion.

Owns the breakdown over labels. Token F1 is in training.metrics.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import numpy as np

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation.components import components
from redsm5_hpo.training.metrics import token_f1
from redsm5_hpo.training.scoring import Prediction, gold_texts, predicted_text


@dataclass(frozen=True)
class CriterionResult:
    """The metrics of one criterion on test.

    Attributes:
        support: examples in which it is present.
        examples: all examples of it.
        precision, recall, f1: of present; 0 where undefined.
        evidence_f1: mean token F1; None for an architecture without spans.
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
    architecture: Architecture, examples: Sequence[Example], predictions: Sequence[Prediction], low_support: int
) -> dict[str, CriterionResult]:
    """One result for each label, in alphabetical order."""
    sums = components(architecture, examples, predictions)
    metrics = {name: float(np.nan_to_num(value)) for name, value in sums.metrics(sums.total).items()}
    pairs = list(zip(examples, predictions, strict=True))
    results = {}
    for label in sums.labels:
        own = [pair for pair in pairs if pair[0].label == label]
        support = sum(example.status for example, _ in own)
        results[label] = CriterionResult(
            support=support,
            examples=len(own),
            precision=metrics[f"criteria.{label}.precision"],
            recall=metrics[f"criteria.{label}.recall"],
            f1=metrics[f"criteria.{label}.f1"],
            evidence_f1=_evidence_f1(own) if TASKS[architecture].spans else None,
            low_support=support < low_support,
        )
    return results


def flat(result: CriterionResult) -> dict[str, float | int | bool]:
    """A result for a metrics file, without what its architecture does not have."""
    return {name: value for name, value in asdict(result).items() if value is not None}


def _evidence_f1(pairs: Sequence[tuple[Example, Prediction]]) -> float:
    """Not from the components, which round token F1."""
    return fmean(token_f1(predicted_text(example, prediction), gold_texts(example)) for example, prediction in pairs)
