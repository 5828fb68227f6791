"""A corpus that git ignores is in every copy of the project once `dvc add` has it."""

from pathlib import Path

import pytest

from tests.pipeline.project import dvc, dvc_fails, git
from tests.pipeline.tiny_project import SOURCE, make_project

POINTER = f"{SOURCE}.dvc"
PREPARED = f"{SOURCE.name}: 120 posts"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The tiny project with its corpus as a user's: git ignores it and does not have it."""
    project = make_project(tmp_path / "project")
    git(project, "rm", "-r", "--cached", "--quiet", str(SOURCE))
    git(project, "commit", "--quiet", "--message", "Without the corpus")
    assert git(project, "status", "--porcelain") == ""
    return project


def add(project: Path) -> None:
    dvc(project, "add", str(SOURCE))
    git(project, "add", POINTER)
    git(project, "commit", "--quiet", "--message", "The corpus")
    assert git(project, "ls-files", "data/raw") == f"{POINTER}\n"


def test_a_temporary_workspace_and_the_queue_have_the_corpus(project: Path) -> None:
    add(project)
    assert PREPARED in dvc(project, "exp", "run", "--temp", "prepare")
    for seed in (8, 9):
        dvc(project, "exp", "run", "--queue", "--set-param", f"data.seed={seed}", "prepare")
    assert dvc(project, "exp", "run", "--run-all").count(PREPARED) == 2


def test_without_dvc_add_a_temporary_workspace_names_the_folder_that_it_lacks(project: Path) -> None:
    output = dvc_fails(project, "exp", "run", "--temp", "prepare")
    assert f"{SOURCE}'" in output
    assert "No such file or directory" in output


def test_a_worktree_has_the_corpus_from_the_cache_of_the_project(project: Path) -> None:
    add(project)
    tree = project.with_name("tree")
    git(project, "worktree", "add", "--quiet", str(tree))
    dvc(tree, "cache", "dir", "--local", str(project / ".dvc/cache"))
    dvc(tree, "checkout", POINTER)
    assert PREPARED in dvc(tree, "repro", "prepare")
