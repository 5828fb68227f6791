"""Metrics as functions of sums over posts, so that thousands of resamples of a test set cost one matrix product.

Owns the sums and the way from them to every reported metric. The metrics are training.scoring's and
reporting.criteria's, whose numbers stay the ones that are reported; what is resampled, and why, is not decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.tasks import learns_spans, learns_status
from redsm5_hpo.training.metrics import exact_match, token_f1
from redsm5_hpo.training.scoring import Answer, answer_text, gold_texts

Floats = NDArray[np.float64]

FIELDS = ("tp", "fp", "fn", "tn", "token_f1", "exact_match")
_FIELD_OF = {(1, 1): 0, (0, 1): 1, (1, 0): 2, (0, 0): 3}  # (truth, answer) -> index in FIELDS
# Multiples of 2**-40 add up without rounding (to 8,192 pairs of a label), so no order in which a machine's
# linear algebra takes them changes a byte; the shift of at most 2**-41 is far below what is reported.
_GRAIN = 2.0**40


@dataclass(frozen=True)
class Components:
    """The additive parts of one list of answers' metrics.

    Attributes:
        architecture: which metrics there are.
        posts: the posts with examples, sorted: rows of `sums`.
        labels: the criteria with examples, sorted: columns of `sums`.
        sums: (posts, fields, labels); for each post and criterion the sums of FIELDS over its examples.
    """

    architecture: str
    posts: tuple[str, ...]
    labels: tuple[str, ...]
    sums: Floats

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        """The metrics of sums over any posts, (..., fields, labels) -> (...) each; names as `metrics` gives them."""
        return metrics(self.architecture, self.labels, sums)

    @property
    def total(self) -> Floats:
        """The sums over all posts, (fields, labels)."""
        summed: Floats = self.sums.sum(axis=0)
        return summed


def components(architecture: str, examples: Sequence[Example], answers: Sequence[Answer]) -> Components:
    """The parts of one architecture's answers, which stand in the order of the examples."""
    posts = tuple(sorted({example.post_id for example in examples}))
    labels = tuple(sorted({example.label for example in examples}))
    row, column = ({name: index for index, name in enumerate(names)} for names in (posts, labels))
    sums = np.zeros((len(posts), len(FIELDS), len(labels)))
    for example, answer in zip(examples, answers, strict=True):
        cell = sums[row[example.post_id], :, column[example.label]]
        cell[_FIELD_OF[example.status, answer.status]] += 1
        if learns_spans(architecture):
            text, golds = answer_text(example, answer), gold_texts(example)
            cell[4] += round(token_f1(text, golds) * _GRAIN) / _GRAIN
            cell[5] += exact_match(text, golds)
    return Components(architecture, posts, labels, sums)


def metrics(architecture: str, labels: Sequence[str], sums: Floats) -> dict[str, Floats]:
    """Every metric of an architecture from sums over posts, whatever posts, however often each.

    Sums (..., fields, labels) -> (...) each. Names: those of training.scoring.Score, then
    "criteria.LABEL.METRIC" for reporting.criteria's precision, recall, f1 and evidence_f1.
    A criterion without examples is left out of means over criteria. A class (absent, present) that is neither there
    nor said counts 0 in status_f1_macro, as in Score. What is undefined (0 / 0) is nan here, 0 in reporting.criteria.
    """
    tp, fp, fn, tn, token_f1_sum, exact_sum = np.moveaxis(sums, -2, 0)
    examples = tp + fp + fn + tn
    found: dict[str, Floats] = {}
    if learns_status(architecture):
        counts = [part.sum(axis=-1) for part in (tp, fp, fn, tn)]
        found["status_f1_macro"] = _status_f1_macro(*counts)
    by_label = {"precision": _ratio(tp, tp + fp), "recall": _ratio(tp, tp + fn), "f1": _ratio(2 * tp, 2 * tp + fp + fn)}
    if learns_spans(architecture):
        by_label["evidence_f1"] = _ratio(token_f1_sum, examples)
        found["evidence_f1"] = _mean_of_defined(by_label["evidence_f1"])
        found["evidence_exact_match"] = _mean_of_defined(_ratio(exact_sum, examples))
    return {
        "f1_macro": _primary(found),
        "accuracy": _ratio((tp + tn).sum(axis=-1), examples.sum(axis=-1)),
        **found,
        **{
            f"criteria.{label}.{name}": values[..., column]
            for column, label in enumerate(labels)
            for name, values in by_label.items()
        },
    }


def _primary(parts: Mapping[str, Floats]) -> Floats:
    kept = [parts[name] for name in ("status_f1_macro", "evidence_f1") if name in parts]
    return np.asarray(sum(kept) / len(kept), dtype=np.float64)


def _status_f1_macro(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    present, absent = _ratio(2 * tp, 2 * tp + fp + fn), _ratio(2 * tn, 2 * tn + fp + fn)
    macro: Floats = (np.nan_to_num(present) + np.nan_to_num(absent)) / 2
    return macro


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, nan for 0 / 0."""
    undefined = np.full(np.shape(below), np.nan)
    ratio: Floats = np.divide(above, below, out=undefined, where=np.asarray(below) > 0)
    return ratio


def _mean_of_defined(values: Floats) -> Floats:
    """(..., labels) -> (...)."""
    return _ratio(np.nan_to_num(values).sum(axis=-1), np.isfinite(values).sum(axis=-1).astype(np.float64))
