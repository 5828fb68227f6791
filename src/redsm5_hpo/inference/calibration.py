"""The calibration of a model: the temperatures that make log odds probabilities, and the thresholds of predictions.

Owns its application to predictions. Its fit is in selection/calibration.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from redsm5_hpo.training.scoring import Prediction


@dataclass(frozen=True)
class ScoreCalibration:
    """The calibration of one kind of log odds.

    Attributes:
        temperature: the divisor of the log odds.
        threshold: the divided log odds above which a prediction is positive.
    """

    temperature: float = 1.0
    threshold: float = 0.0

    def scaled(self, log_odds: float | None) -> float | None:
        """Log odds divided by the temperature."""
        return None if log_odds is None else log_odds / self.temperature


@dataclass(frozen=True)
class Calibration:
    """The calibration of a model's predictions; by default temperature 1 and the default threshold, log odds of 0."""

    status: ScoreCalibration = ScoreCalibration()
    spans: ScoreCalibration = ScoreCalibration()

    def applied(self, predictions: Sequence[Prediction]) -> list[Prediction]:
        """The predictions with scaled log odds and these thresholds."""
        return [
            replace(
                each,
                status_log_odds=self.status.scaled(each.status_log_odds),
                span_log_odds=self.spans.scaled(each.span_log_odds),
                status_threshold=self.status.threshold,
                span_threshold=self.spans.threshold,
            )
            for each in predictions
        ]
