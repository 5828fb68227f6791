"""A small corpus for the scripts of bench/, and the ways to run them."""

import subprocess
import sys

import pytest
import torch

from tests.bench.scripts import ROOT, called
from tests.training.builders import learnable_corpus


@pytest.fixture
def sides(tiny, tmp_path, monkeypatch):
    """Options that make a comparison small; tokens are cached in the working directory."""
    monkeypatch.chdir(tmp_path)
    learnable_corpus(16).save(tmp_path / "splits/train")
    learnable_corpus(8, 16).save(tmp_path / "splits/val")
    return ["--splits", tmp_path / "splits", "--encoder", tiny["bert"], "--max-length", 64, "--rows", 8]


@pytest.fixture
def modules(monkeypatch):
    """The scripts can be imported, by workers as well, which get this process's path; no other test finds them."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(ROOT / "bench")):
            del sys.modules[name]
    torch.use_deterministic_algorithms(mode=False)  # a script may have asked for them


@pytest.fixture
def compared(modules, server, monkeypatch):  # noqa: ARG001
    """As `called`; the sides that the script compares run in this process too, which has imported what they need."""

    def side(command, **_):
        return subprocess.CompletedProcess(command, 0, called(*command[1:]), "")

    monkeypatch.setattr(subprocess, "run", side)
    return called
