"""A package is a cache boundary: what an edited line of each of them would run again."""

from pathlib import Path

import pytest

from tests.pipeline.conftest import FinishedRun
from tests.pipeline.definition import ROOT
from tests.pipeline.project import dvc, stages_run
from tests.pipeline.tiny_project import copied

SEARCHES = "hpo_s0 hpo_s1 hpo_s2"
RERUNS = {  # of one architecture; the stages that follow from these run only if their results differ
    "core": f"prepare split {SEARCHES} select refit evaluate report",
    "params": f"prepare split {SEARCHES} select refit evaluate report",
    "corpus": f"prepare split {SEARCHES} select refit evaluate report",
    "modeling": f"{SEARCHES} select refit evaluate",
    "training": f"{SEARCHES} select refit evaluate report",
    "search": f"{SEARCHES} select report",
    "selection": "select refit report",
    "refit": "refit",
    "inference": "select refit evaluate report",
    "evaluation": "evaluate report",
    "execution": "",
    "reporting": "report",
    "pages": "",
}


@pytest.fixture(scope="module")
def project(finished: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(finished.project, tmp_path_factory.mktemp("packages") / "project")


def test_the_table_has_all_packages() -> None:
    packages = {path.parent.name for path in (ROOT / "src/redsm5_hpo").glob("*/__init__.py")}
    assert packages == RERUNS.keys()


@pytest.mark.parametrize("package", RERUNS)
def test_an_edited_line_runs_what_the_package_decides(project: Path, package: str) -> None:
    path = project / "src/redsm5_hpo" / package / "__init__.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}# An edited line.\n", encoding="utf-8")
    planned = stages_run(dvc(project, "repro", "--dry", "report@criteria"))
    path.write_text(before, encoding="utf-8")
    assert " ".join(stage.removesuffix("@criteria") for stage in planned) == RERUNS[package]
