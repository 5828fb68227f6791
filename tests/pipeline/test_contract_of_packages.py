"""A package is a cache boundary: what an edited line of each of them would run again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.definition import ROOT, tracked
from tests.pipeline.project import dvc, git, stages_run

SEARCHES = "hpo_s0 hpo_s1 hpo_s2"
RERUNS = {  # of one architecture; the stages that follow from these run only if their results differ
    "core": f"prepare split {SEARCHES} select refit evaluate",
    "params": f"prepare split {SEARCHES} select refit evaluate",
    "corpus": f"prepare split {SEARCHES} select refit evaluate",
    "modeling": f"{SEARCHES} select refit evaluate",
    "training": f"{SEARCHES} select refit evaluate",
    "search": f"{SEARCHES} select",
    "selection": "select refit",
    "refit": "refit",
    "inference": "select refit evaluate",
    "evaluation": "evaluate",
    "execution": "",
    "reporting": "",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What git tracks, in a repository of its own, with a dvc.lock that is up to date."""
    directory = tmp_path_factory.mktemp("packages") / "project"
    for path in tracked():
        target = directory / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    git(directory, "init", "--quiet")
    yield directory


def test_the_table_has_all_packages() -> None:
    packages = {path.parent.name for path in (ROOT / "src/redsm5_hpo").glob("*/__init__.py")}
    assert packages == RERUNS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("package", RERUNS)
def test_an_edited_line_runs_what_the_package_decides(copy: Path, package: str) -> None:
    path = copy / "src/redsm5_hpo" / package / "__init__.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}# An edited line.\n", encoding="utf-8")
    planned = stages_run(dvc(copy, "repro", "--allow-missing", "--dry", "evaluate@criteria"))
    path.write_text(before, encoding="utf-8")
    assert " ".join(stage.removesuffix("@criteria") for stage in planned) == RERUNS[package]
