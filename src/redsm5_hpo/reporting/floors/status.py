"""The floor of status: logistic regression on TF-IDF.

Owns its columns and its grid. Gives log odds, no evidence.
"""

from collections.abc import Iterable, Sequence
from itertools import product

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.reporting.floors.features import TextColumns, by_label, character_vectorizer, word_vectorizer
from redsm5_hpo.reporting.floors.logistic import fit_logistic
from redsm5_hpo.training.metrics import status_f1_macro

# Where val cannot tell two apart, the first counts: the stronger penalty.
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
CLASS_WEIGHTS = ("balanced", None)


def tfidf_logistic(
    train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example], *, characters: bool
) -> list[float]:
    """Log odds that the criterion is present, one an example of `scored`.

    Penalty and class weight are those with the best macro F1 of status on `val`. `characters` adds runs of characters
    to the words: worth it on sentences, where words are few; slow, and no better, on whole posts.
    """
    vectorizers = [word_vectorizer(), character_vectorizer()] if characters else [word_vectorizer()]
    columns = TextColumns(vectorizers, [example.text for example in train])
    known = sorted({example.label for example in train})
    rows, val_rows, scored_rows = (
        by_label(columns.rows([each.text for each in part]), [each.label for each in part], known)
        for part in (train, val, scored)
    )
    classes, truth = ([example.status for example in part] for part in (train, val))
    models = [fit_logistic(rows, classes, *setting) for setting in product(STRENGTHS, CLASS_WEIGHTS)]
    best = max(models, key=lambda model: _f1_macro(truth, model.log_odds(val_rows)))
    return [float(odds) for odds in best.log_odds(scored_rows)]


def _f1_macro(truth: Sequence[int], log_odds: Iterable[float]) -> float:
    return status_f1_macro(truth, [int(odds > 0) for odds in log_odds]) if truth else 0.0
