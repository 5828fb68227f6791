"""A checkpoint, and fixtures of other packages' tests."""

import pytest

from tests.training.conftest import deterministic, splits, workplace

__all__ = ["deterministic", "splits", "workplace"]


@pytest.fixture
def share(tiny, workplace):
    """The checkpoint of an untrained model."""
    from tests.inference.builders import saved_model  # with all that a model needs, which other tests do not

    return saved_model("share", tiny["bert"], workplace / "model")
