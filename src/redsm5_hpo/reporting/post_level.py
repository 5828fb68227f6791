"""Scores of whole posts over all criteria: the multi-label task in which results on ReDSM5 are published.

Owns the questions, how their answers become the labels of a post, and the scores. A post's true labels are the criteria
of its sentences with status 1. NO_SYMPTOMS is one more label, of the posts that have no other; a system says it where
it says nothing else. Does not predict: it is given the answers.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.records import Corpus, Post
from redsm5_hpo.files import Json
from redsm5_hpo.params import Architecture
from redsm5_hpo.reporting.floors.segments import sentence_spans
from redsm5_hpo.reporting.intervals import FEWEST_POSTS, LEVEL, RESAMPLES, expanded_level, interval_of, resample_counts
from redsm5_hpo.training.scoring import Answer

NO_SYMPTOMS = "NO_SYMPTOMS"
Indicators = NDArray[np.int64]  # (posts, criteria + 1)


def post_level_result(
    architecture: Architecture, corpus: Corpus, answers: Sequence[Answer], seed: int
) -> dict[str, Json]:
    """Micro, macro and weighted F1 and exact match over all posts of `corpus` and all labels, NO_SYMPTOMS among them.

    `answers` are those to post_questions. A criterion is said of a post where any of its questions is answered with it.
    0 stands for an F1 that is undefined, as of a label that is neither there nor said. Intervals are those of
    intervals.bootstrap_intervals over posts, whose resamples `seed` decides; fewer than FEWEST_POSTS posts have none.
    """
    asked = post_questions(architecture, corpus)
    said = {(each.post_id, each.label) for each, answer in zip(asked, answers, strict=True) if answer.status}
    there = {(row.post_id, row.label) for row in corpus.sentences if row.status}
    truth, found = _indicators(corpus, there), _indicators(corpus, said)
    scores = {f"f1_{mean}": _f1(truth, found, mean) for mean in ("micro", "macro", "weighted")}
    return {
        **scores,
        "exact_match": float(accuracy_score(truth, found)),
        "intervals": _intervals(truth, found, seed) if len(truth) >= FEWEST_POSTS else {},
        "posts": len(truth),
        "questions": len(asked),
    }


def post_questions(architecture: Architecture, corpus: Corpus) -> list[Example]:
    """Every criterion asked of every post: of each of its sentences for criteria, of the whole for all others.

    What is true is not in them.
    """
    return [
        Example(post.post_id, "", label, definition, text, 0, ())
        for post in corpus.posts
        for text in _texts(architecture, post)
        for label, definition in corpus.criteria.items()
    ]


def _texts(architecture: Architecture, post: Post) -> list[str]:
    if architecture != "criteria":
        return [post.text]
    return [post.text[start:end] for start, end in sentence_spans(post.text)]


def _indicators(corpus: Corpus, labelled: Collection[tuple[str, str]]) -> Indicators:
    """(posts, criteria + 1), 1 where a post has a label; NO_SYMPTOMS last."""
    rows = [[int((post.post_id, label) in labelled) for label in corpus.criteria] for post in corpus.posts]
    return np.array([[*row, int(not any(row))] for row in rows], dtype=np.int64)


def _intervals(truth: Indicators, found: Indicators, seed: int) -> dict[str, dict[str, float]]:
    counts, level = resample_counts(len(truth), seed, RESAMPLES), expanded_level(len(truth), LEVEL)
    hit, there, said = (counts @ parts for parts in (truth * found, truth, found))  # (resamples, labels) each
    f1 = np.divide(2 * hit, there + said, out=np.zeros_like(hit), where=there + said > 0)
    totals = [part.sum(axis=1) for part in (hit, there, said)]
    drawn = {
        "f1_micro": 2 * totals[0] / (totals[1] + totals[2]),
        "f1_macro": f1.mean(axis=1),
        "f1_weighted": (f1 * there).sum(axis=1) / totals[1],  # each post has a label: there is always one
        "exact_match": counts @ (truth == found).all(axis=1) / len(truth),
    }
    ends = {name: interval_of(values, level) for name, values in drawn.items()}
    return {name: {"low": interval.low, "high": interval.high} for name, interval in ends.items()}


def _f1(truth: Indicators, found: Indicators, mean: str) -> float:
    return float(f1_score(truth, found, average=mean, zero_division=0))
