"""Floors: what answers without reading would score.

Owns the majority floor. Fitted on train alone, scored like a model's answers.
"""

from collections.abc import Sequence
from statistics import fmean

from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.params import Architecture
from redsm5_hpo.training.scoring import Answer, score


def majority_answers(train: Sequence[Example], part: Sequence[Example]) -> list[Answer]:
    """The commonest status of train for every example; where that is present, the whole text as evidence."""
    odds = 1.0 if fmean(example.status for example in train) > 0.5 else -1.0
    return [Answer(odds, odds, (0, len(example.text))) for example in part]


def majority_floor(architecture: Architecture, train: Corpus, part: Corpus) -> float:
    """f1_macro of the majority answers on `part`."""
    scored = examples(part, architecture)
    return score(architecture, scored, majority_answers(examples(train, architecture), scored)).f1_macro
