"""Calibrations fitted to predictions."""

import numpy as np
import pytest

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.inference.calibration import ScoreCalibration
from redsm5_hpo.selection.calibration import best_temperature, fit_calibration
from redsm5_hpo.training.scoring import Prediction, score
from tests.training.builders import example

TEXT = "sad day"


def overconfident(factor, size=2000):
    """Classes, and log odds that are `factor` times the calibrated ones."""
    rng = generator(7, "odds")
    calibrated = rng.normal(0, 1.5, size)
    truth = (rng.random(size) < 1 / (1 + np.exp(-calibrated))).astype(int)
    return truth.tolist(), calibrated * factor


@pytest.mark.parametrize("factor", [3.0, 1.0], ids=["overconfident", "calibrated"])
def test_the_temperature_is_the_factor_of_overconfidence(factor):
    assert best_temperature(*overconfident(factor)) == pytest.approx(factor, rel=0.1)


def test_the_temperature_of_a_single_class_is_1():
    assert best_temperature([1, 1], np.array([0.5, 1.0])) == 1.0


@pytest.mark.parametrize("architecture", ["criteria", "evidence", "share", "joint"])
def test_a_calibration_fitted_to_many_posts_scores_better_on_them_than_the_default(architecture):
    rng = generator(3, architecture)
    examples = [example(TEXT, *[(0, 3)] * int(rng.integers(2)), post_id=f"p{number}") for number in range(400)]
    odds = [float(rng.normal(1.5 if each.status else 0.5)) for each in examples]
    default = [Prediction(value, value, (0, 3)) for value in odds]
    fitted = fit_calibration(architecture, examples, default).applied(default)
    assert score(architecture, examples, fitted).f1_macro > score(architecture, examples, default).f1_macro


def test_an_output_that_is_not_learned_keeps_the_default_calibration():
    examples = [example(TEXT, (0, 3)), example(TEXT)]
    predictions = [Prediction(3.0, 3.0, (0, 3)), Prediction(1.0, 1.0, (0, 3))]
    assert fit_calibration("criteria", examples, predictions).spans == ScoreCalibration()
    assert fit_calibration("evidence", examples, predictions).status == ScoreCalibration()


def test_infinite_odds_are_allowed():
    examples = [example(TEXT, (0, 3)), example(TEXT), example(TEXT)]
    predictions = [Prediction(None, 2.0, (0, 3)), Prediction(None, -1.0, (0, 3)), Prediction(None, -np.inf, None)]
    calibration = fit_calibration("evidence", examples, predictions)
    assert [each.status for each in calibration.applied(predictions)] == [1, 0, 0]
