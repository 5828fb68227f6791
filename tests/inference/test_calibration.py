"""Calibrations applied to predictions."""

from redsm5_hpo.inference.calibration import Calibration, ScoreCalibration
from redsm5_hpo.training.scoring import Prediction


def test_a_temperature_alone_changes_no_predicted_class():
    predictions = [Prediction(value, value, (0, 3)) for value in (-2.0, -0.1, 0.1, 2.0)]
    found = Calibration(ScoreCalibration(4.0), ScoreCalibration(0.5)).applied(predictions)
    assert [(each.status, each.evidence) for each in found] == [(each.status, each.evidence) for each in predictions]
    assert [each.status_log_odds for each in found] == [-0.5, -0.025, 0.025, 0.5]


def test_predictions_are_positive_above_the_threshold():
    calibration = Calibration(ScoreCalibration(2.0, threshold=0.75), ScoreCalibration(1.0, threshold=-1.5))
    found = calibration.applied([Prediction(value, value, (0, 3)) for value in (-2.0, -1.0, 1.0, 2.0)])
    assert [each.status for each in found] == [0, 0, 0, 1]
    assert [each.evidence for each in found] == [None, (0, 3), (0, 3), (0, 3)]
