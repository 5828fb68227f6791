"""One worker, or no network: the results are the same bytes."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.conftest import FinishedRun
from tests.pipeline.project import (
    UP_TO_DATE,
    can_be_without_network,
    dvc,
    dvc_without_network,
    forget,
    stages_run,
)
from tests.pipeline.tiny_project import copied

# A search, a refit and an evaluation; what lies between follows from the first.
FITTING = ["hpo_s1@criteria", "refit@criteria", "evaluate@criteria"]


@dataclass(frozen=True)
class Rerun:
    """Stages of a copy of the finished project run again, by one worker, and without a network where that can be had.

    Attributes:
        project: the copy.
        output: DVC's output.
        apart: whether there was no network.
    """

    project: Path
    output: str
    apart: bool


@pytest.fixture(scope="module")
def rerun(finished: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> Rerun:
    project, apart = copied(finished.project, tmp_path_factory.mktemp("rerun") / "project"), can_be_without_network()
    forget(project, *FITTING)
    run = dvc_without_network if apart else dvc
    return Rerun(project, run(project, "repro", "--no-run-cache", FITTING[-1], workers=1), apart)


def test_one_worker_gives_the_same_lock_as_two(finished: FinishedRun, rerun: Rerun) -> None:
    assert stages_run(rerun.output) == FITTING
    assert UP_TO_DATE in dvc(rerun.project, "repro")
    assert (rerun.project / "dvc.lock").read_bytes() == finished.lock


def test_a_run_needs_no_network(rerun: Rerun) -> None:
    if not rerun.apart:
        pytest.skip("no network of its own can be made here")
    assert stages_run(rerun.output) == FITTING
