"""Fixtures of other packages' tests."""

from tests.search.conftest import params

__all__ = ["params"]
