"""The majority baseline: the score of predictions that do not depend on the text.

Owns the majority baseline, fitted on train and scored like a model. The other baselines are in evaluation/baselines.
"""

from collections.abc import Sequence
from statistics import fmean

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example, examples
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.sufficiency import check_trainable
from redsm5_hpo.training.scoring import Prediction, score


def majority_predictions(train: Sequence[Example], scored: Sequence[Example]) -> list[Prediction]:
    """Train's most frequent status for every example; if that is present, the whole text as evidence."""
    odds = 1.0 if fmean(example.status for example in train) > 0.5 else -1.0
    return [Prediction(odds, odds, (0, len(example.text))) for example in scored]


def majority_baseline(architecture: Architecture, train: Corpus, scored: Corpus) -> float:
    """f1_macro of the majority predictions for `scored`.

    Raises CorpusError if nothing can be learned from `train`, or if no prediction for `scored` can be better.
    """
    learned, found = examples(train, architecture), examples(scored, architecture)
    check_trainable(architecture, learned, found)
    baseline = score(architecture, found, majority_predictions(learned, found)).f1_macro
    if baseline >= score(architecture, found, _right_predictions(found)).f1_macro:
        present = sum(example.status for example in found)
        raise CorpusError(
            f"nothing can be measured on val: the majority baseline of {architecture} is right on all its examples",
            got=f"{present} present and {len(found) - present} absent in val, f1_macro {baseline:.4f}",
            allowed="an example in val that the most frequent status of train, with the whole text as evidence, misses",
            remedy="annotate more, raise split.val_size, change split.seed, or assign the posts in a splits.csv",
        )
    return baseline


def _right_predictions(scored: Sequence[Example]) -> list[Prediction]:
    odds = {0: -1.0, 1: 1.0}
    return [Prediction(odds[each.status], odds[each.status], next(iter(each.spans), None)) for each in scored]
