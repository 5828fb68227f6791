"""Tiny encoders saved once a run, and an empty working directory with a learnable corpus for every test."""

import os
from multiprocessing import forkserver

import pytest
import torch

from redsm5_hpo.training.worker_server import KERNELS_KEPT, start_worker_server
from tests.modeling.builders import save_narrow_encoder
from tests.tiny_encoders import FAMILIES, save_tiny_encoder
from tests.training.builders import ROOT, learnable_corpus


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny")
    directories = {family: save_tiny_encoder(family, root / family) for family in FAMILIES}
    return {**directories, "narrow": save_narrow_encoder("roberta", root / "narrow")}


@pytest.fixture(scope="session")
def server():
    """The server that workers are forked from, started as a stage starts it: workers then cost no imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "src"), str(ROOT))))
        patch.setenv("GLIBC_TUNABLES", "")  # what is set for workers stays out of other tests
        patch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS_KEPT)
        forkserver._forkserver._stop()  # one that an earlier test has started holds other imports
        start_worker_server("redsm5_hpo.training.fit")


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
