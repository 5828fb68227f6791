"""Metric formulas on plain values.

Owns F1 of a binary status and SQuAD's token F1 and exact match. Does not know architectures or models.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def status_f1_macro(truth: Sequence[int], predictions: Sequence[int]) -> float:
    """Unweighted mean of the F1 of absent (0) and present (1); 0 for a class that is neither true nor predicted.

    Equals scikit-learn's f1_score, whose import would take a tenth of a stage's start.
    """
    return (_status_f1(truth, predictions, 0) + _status_f1(truth, predictions, 1)) / 2


def squad_tokens(text: str) -> list[str]:
    """Words of a text in SQuAD's normal form: lower case, no ASCII punctuation, no English articles."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def token_f1(prediction: str, golds: Sequence[str]) -> float:
    """Token F1 of a prediction, the best over the gold texts; "" and no gold text mean no evidence.

    After the evaluation script of SQuAD 2.0 (Rajpurkar et al. 2018): if either side has no tokens, 1 if both have none,
    else 0. A gold text without tokens beside others does not count.
    """
    tokens = squad_tokens(prediction)
    return max(_overlap_f1(tokens, gold) for gold in _squad_golds(golds))


def exact_match(prediction: str, golds: Sequence[str]) -> float:
    """1 if the prediction equals a gold text in SQuAD's normal form, else 0."""
    return float(squad_tokens(prediction) in _squad_golds(golds))


def _squad_golds(golds: Sequence[str]) -> list[list[str]]:
    return [tokens for tokens in map(squad_tokens, golds) if tokens] or [[]]


def _status_f1(truth: Sequence[int], predictions: Sequence[int], status: int) -> float:
    true_positives = sum(a == b == status for a, b in zip(truth, predictions, strict=True))
    positives = sum(a == status for a in truth) + sum(a == status for a in predictions)
    return 2 * true_positives / positives if positives else 0.0


def _overlap_f1(prediction: list[str], gold: list[str]) -> float:
    if not prediction or not gold:
        return float(prediction == gold)
    common = sum((Counter(prediction) & Counter(gold)).values())
    return 2 * common / (len(prediction) + len(gold))
