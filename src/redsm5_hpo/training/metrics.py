"""Metric formulas on plain values.

Owns F1 of a binary status and SQuAD's token F1 and exact match. Does not know architectures, parts or models.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def status_f1_macro(truth: Sequence[int], answers: Sequence[int]) -> float:
    """Unweighted mean of the F1 of absent (0) and present (1); a class that nobody names scores 0.

    As scikit-learn's f1_score, whose import would take a tenth of a stage's start.
    """
    return (_status_f1(truth, answers, 0) + _status_f1(truth, answers, 1)) / 2


def squad_tokens(text: str) -> list[str]:
    """Words of a text in SQuAD's normal form: lower case, no ASCII punctuation, no English articles."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def token_f1(answer: str, golds: Sequence[str]) -> float:
    """Token F1 of an answer, the best over the gold texts; "" means that there is no evidence.

    After the evaluation script of SQuAD 2.0 (Rajpurkar et al. 2018): without tokens on
    either side, 1 if both have none.
    """
    tokens = squad_tokens(answer)
    return max(_overlap_f1(tokens, squad_tokens(gold)) for gold in golds or [""])


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """1 if the answer equals a gold text in SQuAD's normal form, else 0."""
    tokens = squad_tokens(answer)
    return float(any(tokens == squad_tokens(gold) for gold in golds or [""]))


def _status_f1(truth: Sequence[int], answers: Sequence[int], status: int) -> float:
    right = sum(a == b == status for a, b in zip(truth, answers, strict=True))
    named = sum(a == status for a in truth) + sum(a == status for a in answers)
    return 2 * right / named if named else 0.0


def _overlap_f1(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    common = sum((Counter(answer) & Counter(gold)).values())
    return 2 * common / (len(answer) + len(gold))
