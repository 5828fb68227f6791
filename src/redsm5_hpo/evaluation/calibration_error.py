"""The calibration error of probabilities, and how large it is by chance.

Owns the error and its bins. Other scores of probabilities are in probabilities.py.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.evaluation.components import Floats

BINS = 10
_DRAWS = 500  # of all outcomes: for 40 examples their mean error has a standard error of .002


def calibration_error(truth: Floats, log_odds: Floats) -> Floats:
    """Mean over BINS bins of equal size of |mean probability - share present|, weighted by size, (...).

    After Nixon et al. (2019), "Measuring calibration in deep learning", CVPR workshops. It is above 0 by chance alone.

    Args:
        truth: (..., N), 0 or 1.
        log_odds: (N,).
    """
    bins, error = equal_mass_bins(log_odds), expit(log_odds) - truth
    of_bins = (np.abs(error[..., bins == each].sum(axis=-1)) for each in np.unique(bins))
    return np.asarray(sum(of_bins) / len(log_odds))


def calibration_error_by_chance(log_odds: Floats, seed: int) -> float:
    """The mean calibration error of outcomes that are drawn with these probabilities, as if no examples were related.

    After the consistency resampling of Bröcker and Smith (2007, "Increasing the reliability of reliability diagrams",
    Weather and Forecasting 22).
    """
    drawn = generator(seed, "outcomes").random((_DRAWS, len(log_odds))) < expit(log_odds)
    return float(calibration_error(drawn.astype(np.float64), log_odds).mean())


def equal_mass_bins(values: Floats) -> NDArray[np.int64]:
    """The bin of each of N values, (N,): at most BINS bins with N / BINS values each; equal values share a bin."""
    lower = np.searchsorted(np.sort(values), values, side="left")
    return lower * BINS // len(values)
