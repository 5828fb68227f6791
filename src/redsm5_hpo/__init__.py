"""Reproducible hyperparameter optimization of text encoders for DSM-5 criteria and evidence."""
