"""Tiny encoders, saved once per run (a test copies an encoder to change it), and a hub that is never reached."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from tests.tiny_encoders import FAMILIES


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """For matrices this small, threads only cost time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def saved(tiny: dict[str, Path]) -> dict[str, Path]:
    """A directory for each family; read-only."""
    return {family: tiny[family] for family in FAMILIES}


@pytest.fixture(params=FAMILIES)
def directory(request: pytest.FixtureRequest, saved: dict[str, Path]) -> Path:
    """The directory of each family in turn."""
    return saved[request.param]


@pytest.fixture
def copied(saved: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """Copies a family's directory, for a test to change."""
    return lambda family: Path(shutil.copytree(saved[family], tmp_path / family))


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An offline hub with nothing in its cache."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path / "home"))
    return tmp_path / "hub"
