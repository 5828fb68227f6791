"""How good the probabilities are that stand behind the decisions.

Owns their scores, the intervals of these, and the data of two plots. A probability is of present; an architecture
without status says it as that of any evidence. Every score takes weights, so that resamples of posts cost no loop.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.files import Json
from redsm5_hpo.reporting.components import Floats
from redsm5_hpo.reporting.intervals import FEWEST_POSTS, LEVEL, RESAMPLES, expanded_level, interval_of, resample_counts
from redsm5_hpo.training.scoring import Answer

BINS = 10
POINTS = 100
RELIABILITY = ("predicted", "observed", "examples")
PRECISION_RECALL = ("recall", "precision", "threshold")
_BLOCK = 1_000_000  # weights held at a time


def probability_result(examples: Sequence[Example], answers: Sequence[Answer], seed: int) -> dict[str, Json]:
    """The scores by name, and their 95 % intervals over posts where there are FEWEST_POSTS; without what is undefined.

    `present_share` is the average precision, and the place on the curve, of a system that knows nothing.
    """
    truth, odds, said = _arrays(examples, answers)
    scores = {name: float(value) for name, value in weighted_scores(truth, odds, said, np.ones(len(truth))).items()}
    posts, post_of = np.unique([example.post_id for example in examples], return_inverse=True)
    result: dict[str, Json] = {"present_share": float(truth.mean())}
    result |= {name: value for name, value in scores.items() if np.isfinite(value)}
    if len(posts) < FEWEST_POSTS:
        return result
    counts, rows = resample_counts(len(posts), seed, RESAMPLES), max(1, _BLOCK // len(truth))
    blocks = [
        weighted_scores(truth, odds, said, counts[start : start + rows, post_of]) for start in range(0, RESAMPLES, rows)
    ]
    drawn = {name: np.concatenate([block[name] for block in blocks]) for name in scores}
    ends = expanded_level(len(posts), LEVEL)
    intervals = {name: interval_of(values, ends) for name, values in drawn.items() if np.isfinite(values).any()}
    return {**result, "intervals": {name: {"low": each.low, "high": each.high} for name, each in intervals.items()}}


def weighted_scores(truth: Floats, log_odds: Floats, said: Floats, weights: Floats) -> dict[str, Floats]:
    """Every score by name, (...) of weights (..., N); truth and said (N,) are 0 or 1; nan where undefined.

    brier_score: mean squared error (Brier 1950, "Verification of forecasts expressed in terms of probability").
    log_loss: mean negative log likelihood, natural logarithm.
    calibration_error: mean over bins of |mean probability - share present|, weighted by the bins' sizes, of BINS bins
        with as many examples each (Nixon et al. 2019, "Measuring calibration in deep learning", CVPR workshops). The
        bins are those of the N examples, whatever their weights. Chance alone makes it larger than 0.
    average_precision: sum over thresholds of precision times the recall gained, without interpolation.
    roc_auc: the chance that a present example has a higher probability than an absent one, ties counted half.
    matthews_correlation: of decision and truth (Matthews 1975, Biochimica et Biophysica Acta 405); 0 where one of
        them is constant.
    """
    probability, total = expit(log_odds), weights.sum(axis=-1)
    return {
        "brier_score": (weights * (probability - truth) ** 2).sum(axis=-1) / total,
        "log_loss": (weights * np.logaddexp(0, np.where(truth == 1, -log_odds, log_odds))).sum(axis=-1) / total,
        "calibration_error": _calibration_error(truth, log_odds, weights) / total,
        **_ranking(truth, log_odds, weights),
        "matthews_correlation": _matthews(truth, said, weights),
    }


def reliability(examples: Sequence[Example], answers: Sequence[Answer]) -> list[tuple[float, float, int]]:
    """Rows of RELIABILITY, one a bin, from the least probable on: mean probability, share present, examples."""
    truth, odds, _ = _arrays(examples, answers)
    probability, bins = expit(odds), equal_mass_bins(odds)
    inside = [bins == each for each in np.unique(bins)]
    return [
        (round(float(probability[each].mean()), 6), round(float(truth[each].mean()), 6), int(each.sum()))
        for each in inside
    ]


def precision_recall(examples: Sequence[Example], answers: Sequence[Answer]) -> list[tuple[float, float, float]]:
    """Rows of PRECISION_RECALL, from the highest threshold on; at most POINTS of the curve, the ends among them.

    None where no example is present.
    """
    truth, odds, _ = _arrays(examples, answers)
    if not truth.any():
        return []
    order, last = _descending(odds)
    true, found = np.cumsum(truth[order])[last], (np.arange(len(odds)) + 1.0)[last]
    kept = np.unique(np.linspace(0, len(last) - 1, POINTS).round().astype(np.int64))
    columns = np.stack([true / truth.sum(), true / found, expit(odds[order][last])], axis=1)[kept]
    return [(round(float(r), 6), round(float(p), 6), round(float(t), 6)) for r, p, t in columns]


def equal_mass_bins(values: Floats) -> NDArray[np.int64]:
    """The bin of each of N values, (N,), BINS at most with N / BINS values each; equal values share a bin."""
    lower = np.searchsorted(np.sort(values), values, side="left")
    return lower * BINS // len(values)


def _arrays(examples: Sequence[Example], answers: Sequence[Answer]) -> tuple[Floats, Floats, Floats]:
    """Truth, log odds of present and decision, (N,) each."""
    odds = [answer.span_log_odds if answer.status_log_odds is None else answer.status_log_odds for answer in answers]
    columns = [example.status for example in examples], odds, [answer.status for answer in answers]
    truth, log_odds, said = (np.array(column, dtype=np.float64) for column in columns)
    return truth, log_odds, said


def _calibration_error(truth: Floats, log_odds: Floats, weights: Floats) -> Floats:
    """Sum over bins of |weight of what was expected - weight of what was there|."""
    bins, off = equal_mass_bins(log_odds), weights * (expit(log_odds) - truth)
    return np.asarray(sum(np.abs(off[..., bins == each].sum(axis=-1)) for each in np.unique(bins)))


def _ranking(truth: Floats, values: Floats, weights: Floats) -> dict[str, Floats]:
    order, last = _descending(values)
    ordered = weights[..., order]
    true = np.cumsum(ordered * truth[order], axis=-1)[..., last]
    false = np.cumsum(ordered * (1 - truth[order]), axis=-1)[..., last]
    start = np.zeros((*true.shape[:-1], 1))
    gained_true, gained_false = np.diff(true, prepend=start), np.diff(false, prepend=start)
    precision = _ratio(true, true + false)
    above = true - gained_true / 2  # of the same value, half
    return {
        "average_precision": _ratio((np.nan_to_num(precision) * gained_true).sum(axis=-1), true[..., -1]),
        "roc_auc": _ratio((above * gained_false).sum(axis=-1), true[..., -1] * false[..., -1]),
    }


def _descending(values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order from the highest value on, (N,), and where in it the last of each distinct value stands."""
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    return order, np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(values) - 1)


def _matthews(truth: Floats, said: Floats, weights: Floats) -> Floats:
    tp, fp, fn, tn = (
        (weights * mask).sum(axis=-1)
        for mask in (truth * said, (1 - truth) * said, truth * (1 - said), (1 - truth) * (1 - said))
    )
    return np.nan_to_num(_ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))))


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, nan for 0 / 0."""
    undefined = np.full(np.shape(below), np.nan)
    ratio: Floats = np.divide(above, below, out=undefined, where=np.asarray(below) > 0)
    return ratio
