"""Fixtures of other packages' tests."""

from tests.training.conftest import deterministic, splits, workplace

__all__ = ["deterministic", "splits", "workplace"]
