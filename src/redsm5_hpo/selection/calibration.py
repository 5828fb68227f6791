"""Temperatures and thresholds, fitted to predictions for examples that their models were not trained on.

Owns the fit. Does not choose the predictions; how temperatures and thresholds are applied is in
inference/calibration.py.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.core.tasks import TASKS, Architecture
from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.inference.calibration import Calibration, ScoreCalibration
from redsm5_hpo.inference.smoothed_thresholds import evidence_threshold, status_threshold
from redsm5_hpo.inference.thresholds import Candidate
from redsm5_hpo.training.scoring import Prediction

MOST_LOG_TEMPERATURE = math.log(20)
_MOST_LOG_ODDS = 50.0  # a window without text has log odds of minus infinity


def fit_calibration(
    architecture: Architecture, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> Calibration:
    """The calibration for predictions of `examples`, on which their models must not have been trained.

    Temperatures minimize the negative log-likelihood (Guo et al. 2017, "On calibration of modern neural networks",
    section 4.2); thresholds are those of smoothed_thresholds for the F1 of status, or of evidence, as training.scoring
    defines them.
    """
    truth = [example.status for example in examples]
    status = spans = ScoreCalibration()
    if TASKS[architecture].status:
        odds = _finite([prediction.status_log_odds for prediction in predictions])
        temperature = best_temperature(truth, odds)
        status = ScoreCalibration(temperature, status_threshold(examples, odds / temperature))
    if TASKS[architecture].spans:
        odds = _finite([prediction.span_log_odds for prediction in predictions])
        temperature = best_temperature(truth, odds)
        candidates = [
            None if prediction.span is None else Candidate(float(value), prediction.span)
            for prediction, value in zip(predictions, odds / temperature, strict=True)
        ]
        spans = ScoreCalibration(temperature, evidence_threshold(examples, candidates))
    return Calibration(status, spans)


def best_temperature(truth: Sequence[int], log_odds: NDArray[np.float64]) -> float:
    """The temperature in [1/20, 20] with the least negative log-likelihood; 1 without examples of both classes."""
    if len(set(truth)) < 2:
        return 1.0
    from scipy.optimize import minimize_scalar  # slow to import, and workers do not need it

    signs = np.where(np.asarray(truth) > 0, -1.0, 1.0)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0.0, signs * log_odds * math.exp(-log_temperature)).mean())

    bounds = (-MOST_LOG_TEMPERATURE, MOST_LOG_TEMPERATURE)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    # Digits beyond the minimizer's precision would differ between machines.
    return round(math.exp(float(found.x)), 4)


def _finite(log_odds: Sequence[float | None]) -> NDArray[np.float64]:
    return np.clip(np.array(log_odds, dtype=np.float64), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)
