"""Reproducible hyperparameter optimization of text encoders for DSM-5 criteria and evidence."""

import importlib

_PUBLIC = {"load_predictor": "redsm5_hpo.inference.predictor"}


def __getattr__(name: str) -> object:
    """A public name, imported when it is used: what it needs, such as torch, most of this package does not."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)
