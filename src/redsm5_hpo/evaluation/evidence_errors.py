"""Where the evidence F1 of a test set is lost.

Owns the kinds of evidence errors and their shares of the loss, and how good a model is at the two parts of the task:
whether there is evidence, and where it is. Token F1 is in training.metrics.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation.components import Floats
from redsm5_hpo.evaluation.probabilities import weighted_scores
from redsm5_hpo.training.metrics import token_f1
from redsm5_hpo.training.scoring import Prediction, gold_texts, predicted_text

KINDS = ("withheld", "wrongly_present", "wrong_place", "partial")


def evidence_errors(
    architecture: Architecture, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> dict[str, float]:
    """The loss of each kind of error, and the defined ones of `localization` and `roc_auc`; empty without spans.

    The loss of a pair is 1 - token F1. The kinds, of which a pair has one at most:
        withheld: gold evidence, none predicted.
        wrongly_present: no gold evidence, a span predicted.
        wrong_place: both, without a common token.
        partial: both, 0 < token F1 < 1.
    Means are those of evidence_f1, over the pairs of a criterion, then over criteria. So the kinds add up to
    1 - evidence_f1.
    localization: mean token F1 of the best span, whatever its odds, over pairs with gold evidence: evidence_f1 there,
        had the model known that they have some.
    roc_auc: the chance that a pair with gold evidence has higher span log odds than one without; ties count half.
    """
    if not TASKS[architecture].spans:
        return {}
    cases = list(zip(examples, predictions, strict=True))
    present = np.array([bool(example.spans) for example in examples], dtype=np.float64)
    loss = np.array([1 - token_f1(predicted_text(*case), gold_texts(case[0])) for case in cases])
    kinds, weights = [_kind(*case, lost) for case, lost in zip(cases, loss, strict=True)], _weights(examples)
    found = {kind: float(weights @ (loss * [each == kind for each in kinds])) for kind in KINDS}
    if present.any():
        found["localization"] = _localization([case for case in cases if case[0].spans])
    odds = np.array([prediction.span_log_odds for prediction in predictions], dtype=np.float64)
    ranking = float(weighted_scores(present, odds, present, np.ones(len(odds)))["roc_auc"])
    return found | ({"roc_auc": ranking} if np.isfinite(ranking) else {})


def _kind(example: Example, prediction: Prediction, loss: float) -> str:
    """Only a pair with a loss has an error, whatever the kind says."""
    if not example.spans or prediction.evidence is None:
        return "withheld" if example.spans else "wrongly_present"
    return "wrong_place" if loss == 1 else "partial"


def _localization(cases: Sequence[tuple[Example, Prediction]]) -> float:
    best = [token_f1(_best_text(*case), gold_texts(case[0])) for case in cases]
    return float(_weights([example for example, _ in cases]) @ best)


def _best_text(example: Example, prediction: Prediction) -> str:
    return "" if prediction.span is None else example.text[slice(*prediction.span)]


def _weights(examples: Sequence[Example]) -> Floats:
    """The weights of a mean over the pairs of a criterion, then over criteria; (N,), of sum 1."""
    sizes = Counter(example.label for example in examples)
    return np.array([1 / (len(sizes) * sizes[example.label]) for example in examples])
