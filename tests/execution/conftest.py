"""Fixtures of other packages' tests."""

from tests.search.conftest import run_stub
from tests.training.conftest import deterministic, splits, workplace

__all__ = ["deterministic", "run_stub", "splits", "workplace"]
