"""The majority baseline: the score of predictions that do not depend on the text.

Owns the majority baseline, fitted on train and scored like a model. The other baselines are in evaluation/baselines.
"""

from collections.abc import Sequence
from statistics import fmean

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.training.scoring import Prediction, score


def majority_predictions(train: Sequence[Example], scored: Sequence[Example]) -> list[Prediction]:
    """Train's most frequent status for every example; if that is present, the whole text as evidence."""
    odds = 1.0 if fmean(example.status for example in train) > 0.5 else -1.0
    return [Prediction(odds, odds, (0, len(example.text))) for example in scored]


def majority_baseline(architecture: Architecture, train: Corpus, scored: Corpus) -> float:
    """f1_macro of the majority predictions for `scored`."""
    found = examples(scored, architecture)
    return score(architecture, found, majority_predictions(examples(train, architecture), found)).f1_macro
