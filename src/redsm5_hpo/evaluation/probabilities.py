"""How good the predicted probabilities are.

Owns their scores, with intervals, and the data of the reliability and precision-recall plots. A probability is that of
present; for an architecture without status, that of any evidence. Scores take weights, so that all resamples of posts
are scored without a loop.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from redsm5_hpo.core.files import Json
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation.calibration_error import calibration_error, calibration_error_by_chance, equal_mass_bins
from redsm5_hpo.evaluation.components import Floats, ratio
from redsm5_hpo.evaluation.intervals import RESAMPLES, Resampling, resamples_of_rows
from redsm5_hpo.training.scoring import Prediction

POINTS = 100
RELIABILITY = ("predicted", "observed", "examples")
PRECISION_RECALL = ("recall", "precision", "threshold")
_BLOCK = 1_000_000  # weights in memory at a time


def probability_result(
    examples: Sequence[Example], predictions: Sequence[Prediction], resampling: Resampling
) -> dict[str, Json]:
    """The defined scores by name, and of MIN_POSTS posts or more their 95 % bootstrap intervals over posts.

    `present_share` is the average precision of random scores, `calibration_error_by_chance` the calibration error of
    probabilities that are right. The calibration error has no interval: it is a sum of absolute values, which the noise
    of a resample makes larger once more. For a simulated model whose error is .010, no percentile interval of 300 on 33
    posts covered it, nor on 60 or 297.
    """
    truth, odds, predicted = _arrays(examples, predictions)
    scores = weighted_scores(truth, odds, predicted, np.ones(len(truth)))
    resamples = resamples_of_rows([example.post_id for example in examples], resampling)
    result: dict[str, Json] = {"present_share": float(truth.mean())}
    result |= {name: float(value) for name, value in scores.items() if np.isfinite(value)}
    result["calibration_error"] = float(calibration_error(truth, odds))
    result["calibration_error_by_chance"] = calibration_error_by_chance(odds, resampling.seed)
    if resamples is None:
        return result
    size = max(1, _BLOCK // len(truth))
    blocks = [
        weighted_scores(truth, odds, predicted, resamples.weights(slice(start, start + size)))
        for start in range(0, RESAMPLES, size)
    ]
    drawn = {name: np.concatenate([block[name] for block in blocks]) for name in scores}
    return {**result, "intervals": resamples.ends(drawn)}


def weighted_scores(truth: Floats, log_odds: Floats, predicted: Floats, weights: Floats) -> dict[str, Floats]:
    """Every score by name, (...) for weights (..., N); truth and predicted (N,) are 0 or 1; nan where undefined.

    brier_score: mean squared error (Brier 1950, "Verification of forecasts expressed in terms of probability").
    log_loss: mean negative log likelihood, natural logarithm.
    average_precision: sum over thresholds of precision times the recall gained, without interpolation.
    roc_auc: the chance that a present example has a higher probability than an absent one; ties count half.
    matthews_correlation: of predicted and true status (Matthews 1975, Biochimica et Biophysica Acta 405); 0 where one
        of them is constant.
    """
    probability, total = expit(log_odds), weights.sum(axis=-1)
    return {
        "brier_score": (weights * (probability - truth) ** 2).sum(axis=-1) / total,
        "log_loss": (weights * np.logaddexp(0, np.where(truth == 1, -log_odds, log_odds))).sum(axis=-1) / total,
        **_ranking(truth, log_odds, weights),
        "matthews_correlation": _matthews(truth, predicted, weights),
    }


def reliability(examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[tuple[float, float, int]]:
    """Rows of RELIABILITY, one for each bin in ascending order: mean probability, share present, examples."""
    truth, odds, _ = _arrays(examples, predictions)
    probability, bins = expit(odds), equal_mass_bins(odds)
    masks = [bins == each for each in np.unique(bins)]
    return [
        (round(float(probability[mask].mean()), 6), round(float(truth[mask].mean()), 6), int(mask.sum()))
        for mask in masks
    ]


def precision_recall(
    examples: Sequence[Example], predictions: Sequence[Prediction]
) -> list[tuple[float, float, float]]:
    """Rows of PRECISION_RECALL in descending order of the threshold: at most POINTS of the curve, its ends included.

    Empty where no example is present.
    """
    truth, odds, _ = _arrays(examples, predictions)
    if not truth.any():
        return []
    order, last = _descending(odds)
    true, positive = np.cumsum(truth[order])[last], (np.arange(len(odds)) + 1.0)[last]
    kept = np.unique(np.linspace(0, len(last) - 1, POINTS).round().astype(np.int64))
    columns = np.stack([true / truth.sum(), true / positive, expit(odds[order][last])], axis=1)[kept]
    return [(round(float(r), 6), round(float(p), 6), round(float(t), 6)) for r, p, t in columns]


def _arrays(examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[Floats, Floats, Floats]:
    """True status, log odds of present and predicted status, (N,) each."""
    odds = [each.span_log_odds if each.status_log_odds is None else each.status_log_odds for each in predictions]
    columns = [each.status for each in examples], odds, [each.status for each in predictions]
    truth, log_odds, predicted = (np.array(column, dtype=np.float64) for column in columns)
    return truth, log_odds, predicted


def _ranking(truth: Floats, values: Floats, weights: Floats) -> dict[str, Floats]:
    order, last = _descending(values)
    ordered = weights[..., order]
    true = np.cumsum(ordered * truth[order], axis=-1)[..., last]
    false = np.cumsum(ordered * (1 - truth[order]), axis=-1)[..., last]
    start = np.zeros((*true.shape[:-1], 1))
    gained_true, gained_false = np.diff(true, prepend=start), np.diff(false, prepend=start)
    precision = ratio(true, true + false)
    above = true - gained_true / 2  # ties count half
    return {
        "average_precision": ratio((np.nan_to_num(precision) * gained_true).sum(axis=-1), true[..., -1]),
        "roc_auc": ratio((above * gained_false).sum(axis=-1), true[..., -1] * false[..., -1]),
    }


def _descending(values: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order from the highest value on, (N,), and the positions in it of the last of each distinct value."""
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    return order, np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(values) - 1)


def _matthews(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    tp, fp, fn, tn = (
        (weights * mask).sum(axis=-1)
        for mask in (truth * predicted, (1 - truth) * predicted, truth * (1 - predicted), (1 - truth) * (1 - predicted))
    )
    return np.nan_to_num(ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))))
