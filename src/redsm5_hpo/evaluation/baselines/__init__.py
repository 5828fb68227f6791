"""Baselines without an encoder: constants, random guesses and linear models, on the same posts as the model."""

from redsm5_hpo.evaluation.baselines.registry import baseline_predictions

__all__ = ["baseline_predictions"]
