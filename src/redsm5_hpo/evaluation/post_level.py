"""Scores of whole posts over all criteria: the multi-label task in which results on ReDSM5 are published.

Owns how predictions for the examples of inference/posts.py become labels of a post, and the scores. A post's true
labels are the criteria of its sentences with status 1. NO_SYMPTOMS is one more label, true or predicted where no other
is. Does not predict.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score

from redsm5_hpo.core.files import Json
from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.evaluation.components import ratio
from redsm5_hpo.evaluation.intervals import Resampling, resamples_of_rows
from redsm5_hpo.inference.posts import post_examples
from redsm5_hpo.training.scoring import Prediction

NO_SYMPTOMS = "NO_SYMPTOMS"
Indicators = NDArray[np.int64]  # (posts, criteria + 1)


def post_level_result(
    architecture: Architecture, corpus: Corpus, predictions: Sequence[Prediction], resampling: Resampling
) -> dict[str, Json]:
    """Micro, macro and weighted F1 and exact match over all posts of `corpus` and all labels, NO_SYMPTOMS among them.

    `predictions` are those for post_level_examples. A post is predicted to have a criterion if one of its examples is.
    The macro F1 is the mean over the labels that some post has, `labels` of them: with the others as 0, half of the
    resamples of 33 posts would lack a rare label, and intervals cover as rarely. Intervals are those of
    intervals.bootstrap_intervals over posts; fewer than MIN_POSTS posts have none. `criteria_per_post` compares how
    many criteria a post has and is predicted to have: its model and thresholds know annotated examples alone.
    """
    examples = post_level_examples(architecture, corpus)
    pairs = zip(examples, predictions, strict=True)
    truth = _indicators(corpus, {(row.post_id, row.label) for row in corpus.sentences if row.status})
    predicted = _indicators(corpus, {(each.post_id, each.label) for each, prediction in pairs if prediction.status})
    had = np.flatnonzero(truth.any(axis=0))
    scores = {
        f"f1_{average}": float(f1_score(truth, predicted, labels=labels, average=average, zero_division=0))
        for average, labels in (("micro", None), ("macro", had), ("weighted", None))
    }
    return {
        **scores,
        "exact_match": float(accuracy_score(truth, predicted)),
        "intervals": _intervals(corpus, truth, predicted, resampling),
        "criteria_per_post": {"true": _criteria_per_post(truth), "predicted": _criteria_per_post(predicted)},
        "labels": len(had),
        "posts": len(truth),
        "examples": len(examples),
    }


def post_level_examples(architecture: Architecture, corpus: Corpus) -> list[Example]:
    """Every criterion with every sentence of every post, or with the whole post where the unit is the pair."""
    return [each for post in corpus.posts for each in post_examples(architecture, post, corpus.criteria)]


def _indicators(corpus: Corpus, labeled: Collection[tuple[str, str]]) -> Indicators:
    """(posts, criteria + 1), 1 where a post has a label; NO_SYMPTOMS last."""
    rows = [[int((post.post_id, label) in labeled) for label in corpus.criteria] for post in corpus.posts]
    return np.array([[*row, int(not any(row))] for row in rows], dtype=np.int64)


def _criteria_per_post(labels: Indicators) -> float:
    return float(labels[:, :-1].sum(axis=1).mean())  # without NO_SYMPTOMS


def _intervals(
    corpus: Corpus, truth: Indicators, predicted: Indicators, resampling: Resampling
) -> dict[str, dict[str, float]]:
    resamples = resamples_of_rows([post.post_id for post in corpus.posts], resampling)
    if resamples is None:
        return {}
    counts = resamples.weights()  # (resamples, posts)
    # (resamples, labels) each
    right, true, positive = (counts @ labels for labels in (truth * predicted, truth, predicted))
    f1 = ratio(2 * right, true + positive)
    all_right, all_true, all_positive = (labels.sum(axis=1) for labels in (right, true, positive))
    drawn = {  # each post has a label
        "f1_micro": 2 * all_right / (all_true + all_positive),
        "f1_macro": np.nanmean(np.where(true > 0, f1, np.nan), axis=1),
        "f1_weighted": (np.nan_to_num(f1) * true).sum(axis=1) / all_true,
        "exact_match": counts @ (truth == predicted).all(axis=1) / counts.sum(axis=1),
    }
    return resamples.ends(drawn)
