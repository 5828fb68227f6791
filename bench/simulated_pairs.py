"""Simulated pairs with known probabilities, for thresholds.py.

Owns the population: pairs of posts, and models' log odds as noisy, scaled and shifted versions of the true ones, as of
models whose seeds differ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]

FAMILIES = ("logit-normal", "beta", "saturated")
PREVALENCES = (0.2, 0.4, 0.6)
SHIFTS = (-1.5, 0.0, 1.5)  # of a model's log odds, after they are scaled; 0: calibrated up to a temperature
SCALES = (1.0, 2.5)
SIGNALS = (1.0, 2.0)  # standard deviation of the true log odds
LABELS = np.array([328, 311, 165, 124, 124, 102, 59, 44, 35]) / 1292  # ReDSM5's occurrences
_SEED_SHIFT, _NOISE = 0.4, 1.0  # of a model's own, in the true log odds' unit


@dataclass(frozen=True)
class Pairs:
    """Simulated pairs.

    Attributes:
        posts: (N,), numbers of the pairs' posts.
        present: (N,), 0 or 1.
        log_odds: (models, N).
        f1: (N,), token F1 of the best span; 0 where absent.
        labels: (N,), numbers of the criteria.
    """

    posts: NDArray[np.intp]
    present: Floats
    log_odds: Floats
    f1: Floats
    labels: NDArray[np.intp]


@dataclass(frozen=True)
class Population:
    """Where pairs are drawn from; fields are elements of the constants above."""

    family: str
    prevalence: float
    shift: float
    scale: float
    signal: float

    def draw(self, rng: np.random.Generator, posts: int, models: int) -> Pairs:
        """About 2.2 pairs a post, whose log odds are correlated within posts in two of the families."""
        of_post = np.repeat(np.arange(posts), 1 + rng.poisson(1.2, posts))
        true = self._true_log_odds(rng, posts, of_post)
        size, center, variance = len(true), true.mean(), true.var()
        noisy = true + _NOISE * rng.normal(size=(models, size))
        odds = center + variance / (variance + _NOISE**2) * (noisy - center)  # of present given the noisy ones
        if self.family == "saturated":
            odds = 2 * np.tanh(odds)
        odds = self.scale * odds + self.shift + _SEED_SHIFT * rng.normal(size=(models, 1))
        present = (rng.random(size) < expit(true)).astype(np.float64)
        found = rng.random(size) < expit(0.5 + 0.4 * true)
        f1 = np.where(found, rng.beta(4, 1, size), rng.beta(1, 6, size) * (rng.random(size) < 0.5))
        return Pairs(of_post, present, odds, present * f1, rng.choice(len(LABELS), size, p=LABELS))

    def _true_log_odds(self, rng: np.random.Generator, posts: int, of_post: NDArray[np.intp]) -> Floats:
        size = len(of_post)
        if self.family == "beta":
            concentration = {1.0: 5.0, 2.0: 1.2}[self.signal]
            p = rng.beta(self.prevalence * concentration, (1 - self.prevalence) * concentration, size)
            return np.asarray(logit(np.clip(p, 1e-6, 1 - 1e-6)))
        normal = np.sqrt(0.3) * rng.normal(size=posts)[of_post] + np.sqrt(0.7) * rng.normal(size=size)
        # The mean of expit(m + s x) is about expit(m / sqrt(1 + pi s**2 / 8)).
        center = float(logit(self.prevalence)) * np.sqrt(1 + np.pi * self.signal**2 / 8)
        return np.asarray(center + self.signal * normal)
