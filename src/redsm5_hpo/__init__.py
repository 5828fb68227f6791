"""Reproducible hyperparameter optimisation of text encoders for DSM-5 criteria and evidence."""
