"""Metrics as functions of sums over posts, so that thousands of resamples of a test set cost one matrix product.

Owns the sums, and every reported metric as a function of them. The point estimates that are reported come from
training.scoring and, for the evidence F1 of a criterion, per_criterion; a test holds both to the same numbers. Does not
decide what is resampled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.training.metrics import exact_match, token_f1
from redsm5_hpo.training.scoring import Prediction, gold_texts, predicted_text

Floats = NDArray[np.float64]

FIELDS = ("tp", "fp", "fn", "tn", "token_f1", "exact_match")
_FIELD_OF = {(1, 1): 0, (0, 1): 1, (1, 0): 2, (0, 0): 3}  # (truth, predicted status) -> index in FIELDS
# Token F1 is rounded to multiples of 2**-40: these add up exactly (up to 8,192 pairs of a label), so the order in which
# linear algebra sums them changes no byte. The rounding error of at most 2**-41 is far below what is reported.
_GRAIN = 2.0**40


@dataclass(frozen=True)
class Components:
    """The sums from which the metrics of one list of predictions follow.

    Attributes:
        architecture: decides which metrics there are.
        units: the posts with examples, sorted: rows of `sums`. Related posts are one.
        labels: the criteria with examples, sorted: columns of `sums`.
        sums: (units, fields, labels); for each unit and criterion the sums of FIELDS over its examples.
    """

    architecture: Architecture
    units: tuple[str, ...]
    labels: tuple[str, ...]
    sums: Floats

    def metrics(self, sums: Floats) -> dict[str, Floats]:
        """The metrics, by name, from sums over any posts; see the function `metrics`."""
        return metrics(self.architecture, self.labels, sums)

    @property
    def total(self) -> Floats:
        """The sums over all posts, (fields, labels)."""
        summed: Floats = self.sums.sum(axis=0)
        return summed


def components(
    architecture: Architecture,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    related: Mapping[str, str] = MappingProxyType({}),
) -> Components:
    """The sums of one architecture's predictions, which are in the order of the examples; `related` as in intervals."""
    unit_of = [related.get(example.post_id, example.post_id) for example in examples]
    units, labels = tuple(sorted(set(unit_of))), tuple(sorted({example.label for example in examples}))
    row, column = ({name: index for index, name in enumerate(names)} for names in (units, labels))
    sums = np.zeros((len(units), len(FIELDS), len(labels)))
    for unit, example, prediction in zip(unit_of, examples, predictions, strict=True):
        cell = sums[row[unit], :, column[example.label]]
        cell[_FIELD_OF[example.status, prediction.status]] += 1
        if TASKS[architecture].spans:
            text, golds = predicted_text(example, prediction), gold_texts(example)
            cell[4] += round(token_f1(text, golds) * _GRAIN) / _GRAIN
            cell[5] += exact_match(text, golds)
    return Components(architecture, units, labels, sums)


def metrics(architecture: Architecture, labels: Sequence[str], sums: Floats) -> dict[str, Floats]:
    """Every metric of an architecture, by name, from sums over any posts, each counted any number of times.

    Sums (..., fields, labels) -> (...) each. The names are those of training.scoring.Score, and
    "criteria.LABEL.METRIC" for the precision, recall, f1 and evidence_f1 of per_criterion.
    Means over criteria leave out a criterion without examples. A class (absent, present) that is neither true nor
    predicted counts 0 in status_f1_macro, as in Score. What is undefined (0 / 0) is nan here and 0 in per_criterion.
    """
    tp, fp, fn, tn, token_f1_sum, exact_sum = np.moveaxis(sums, -2, 0)
    examples = tp + fp + fn + tn
    found: dict[str, Floats] = {}
    if TASKS[architecture].status:
        counts = [field.sum(axis=-1) for field in (tp, fp, fn, tn)]
        found["status_f1_macro"] = _status_f1_macro(*counts)
    by_label = {"precision": ratio(tp, tp + fp), "recall": ratio(tp, tp + fn), "f1": ratio(2 * tp, 2 * tp + fp + fn)}
    if TASKS[architecture].spans:
        by_label["evidence_f1"] = ratio(token_f1_sum, examples)
        found["evidence_f1"] = _mean_of_defined(by_label["evidence_f1"])
        found["evidence_exact_match"] = _mean_of_defined(ratio(exact_sum, examples))
    return {
        "f1_macro": _primary(found),
        "accuracy": ratio((tp + tn).sum(axis=-1), examples.sum(axis=-1)),
        **found,
        **{
            f"criteria.{label}.{name}": values[..., column]
            for column, label in enumerate(labels)
            for name, values in by_label.items()
        },
    }


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator, nan for 0 / 0."""
    undefined = np.full(np.shape(denominator), np.nan)
    quotient: Floats = np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) > 0)
    return quotient


def _primary(found: Mapping[str, Floats]) -> Floats:
    means = [found[name] for name in ("status_f1_macro", "evidence_f1") if name in found]
    return np.asarray(sum(means) / len(means), dtype=np.float64)


def _status_f1_macro(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    """training.metrics.status_f1_macro from counts, for all resamples at once."""
    present, absent = ratio(2 * tp, 2 * tp + fp + fn), ratio(2 * tn, 2 * tn + fp + fn)
    macro: Floats = (np.nan_to_num(present) + np.nan_to_num(absent)) / 2
    return macro


def _mean_of_defined(values: Floats) -> Floats:
    """(..., labels) -> (...)."""
    return ratio(np.nan_to_num(values).sum(axis=-1), np.isfinite(values).sum(axis=-1).astype(np.float64))
