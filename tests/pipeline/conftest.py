"""The tiny project, run once to its end for all tests that start from a finished one, in whichever process they run."""

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.pipeline.project import dvc, stages_run
from tests.pipeline.tiny_project import commit, copied, make_project

MAXIMAL = "maximal/dvc.yaml:report_max@criteria"


@dataclass(frozen=True)
class FinishedRun:
    """A project whose pipelines have run, committed afterwards: first the maximal search of criteria, then all else.

    Attributes:
        project: its folder, to read alone.
        maximal: the output of `dvc repro` for the maximal search, and of the stages that it starts from.
        models: the folders of models that were there then.
        output: the output of `dvc repro` for the rest of the main pipeline.
    """

    project: Path
    maximal: str
    models: list[str]
    output: str

    @property
    def stages(self) -> list[str]:
        """The main pipeline's stages that ran, in order."""
        return [stage for stage in stages_run(self.maximal + self.output) if not stage.startswith("maximal/")]

    @property
    def lock(self) -> bytes:
        """The bytes of dvc.lock."""
        return (self.project / "dvc.lock").read_bytes()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """All four architectures, with two workers; made by the first process that asks, the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        record = folder / "run.json"
        if not record.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a process that failed
            folder.mkdir()
            record.write_text(json.dumps(asdict(_run(folder / "project")), default=str), encoding="utf-8")
        content = json.loads(record.read_text(encoding="utf-8"))
    return FinishedRun(**{**content, "project": Path(content["project"])})


def _run(project: Path) -> FinishedRun:
    make_project(project)
    maximal = dvc(project, "repro", MAXIMAL, workers=2)
    models = sorted({str(path.parent.relative_to(project)) for path in project.glob("models/**/model.json")})
    output = dvc(project, "repro", workers=2)
    commit(project, "All has run")
    return FinishedRun(project, maximal, models, output)


@pytest.fixture
def copy(finished: FinishedRun, tmp_path: Path) -> Path:
    """A copy of the finished project to work in."""
    return copied(finished.project, tmp_path / "project")
