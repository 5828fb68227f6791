"""Many fits: the only layer that imports optuna."""
