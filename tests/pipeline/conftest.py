"""The tiny project, run once to its end for all tests that start from a finished one."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.project import dvc
from tests.pipeline.tiny_project import commit, copied, make_project


@dataclass(frozen=True)
class FinishedRun:
    """A project whose pipeline has run, committed afterwards.

    Attributes:
        project: its folder, to read alone.
        said: what `dvc repro` said.
        lock: the bytes of dvc.lock.
    """

    project: Path
    said: str
    lock: bytes


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """All four architectures, with two workers."""
    project = make_project(tmp_path_factory.mktemp("finished") / "project")
    said = dvc(project, "repro", workers=2)
    commit(project, "All has run")
    return FinishedRun(project, said, (project / "dvc.lock").read_bytes())


@pytest.fixture
def copy(finished: FinishedRun, tmp_path: Path) -> Path:
    """A copy of the finished project to work in."""
    return copied(finished.project, tmp_path / "project")
