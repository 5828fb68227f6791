"""The calibration error: worked cases, and what chance gives."""

import numpy as np
import pytest
from scipy.special import logit

from redsm5_hpo.evaluation.calibration_error import calibration_error, calibration_error_by_chance, equal_mass_bins
from tests.evaluation.simulated_predictions import calibrated


def test_the_calibration_error_of_a_worked_case():
    """2/3 are present of those with a probability of 1/2; none of those with 1/4."""
    truth, probabilities = [1, 1, 0] * 5 + [0] * 15, [0.5] * 15 + [0.25] * 15
    found = calibration_error(np.array(truth, dtype=float), logit(probabilities))
    assert found == pytest.approx((1 / 6 + 1 / 4) / 2)


def test_calibrated_probabilities_have_a_small_error():
    odds, truth = calibrated(20_000)
    assert calibration_error(truth, odds) < 0.015
    assert calibration_error(truth, 3 * odds) > 0.1


@pytest.mark.parametrize("count", [40, 300])
def test_the_error_by_chance_is_the_mean_one_of_calibrated_probabilities(count):
    samples = [calibrated(count, seed) for seed in range(150)]
    errors = np.array([float(calibration_error(truth, odds)) for odds, truth in samples])
    by_chance = np.mean([calibration_error_by_chance(odds, 1) for odds, _ in samples])
    assert by_chance == pytest.approx(errors.mean(), abs=3 * errors.std() / np.sqrt(len(errors)))


def test_the_error_does_not_depend_on_the_order_of_equal_probabilities():
    truth, odds = np.array([1.0] * 10 + [0.0] * 30), np.zeros(40)
    assert calibration_error(truth[::-1], odds) == calibration_error(truth, odds) == 0.25


BIN_CASES = {
    "equal size": (range(20), [n // 2 for n in range(20)]),
    "ties share a bin": ([1, 1, 1, 1], [0, 0, 0, 0]),
    "few values": ([3, 1, 2], [6, 0, 3]),
}


@pytest.mark.parametrize(("values", "expected"), BIN_CASES.values(), ids=BIN_CASES)
def test_bins_have_equal_size(values, expected):
    assert equal_mass_bins(np.array(values, dtype=float)).tolist() == expected
