"""An empty working directory with a learnable corpus for every test."""

import pytest
import torch

from tests.training.builders import learnable_corpus


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """The token cache is a relative path; nothing of a test stays in the repository."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def splits(tmp_path):
    """A folder with train, val and test."""
    for name, size, first in (("train", 16, 0), ("val", 8, 16), ("test", 8, 24)):
        learnable_corpus(size, first).save(tmp_path / "data/splits" / name)
    return tmp_path / "data/splits"


@pytest.fixture(autouse=True)
def deterministic():
    """As the workers compute."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(before)
