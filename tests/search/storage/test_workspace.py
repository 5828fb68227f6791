"""Journals in DVC's temporary workspaces, which DVC deletes when their experiment ends, however it ends."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.layout import JOURNALS
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.storage.retention import FINISHED, discard_recorded, retire
from redsm5_hpo.search.storage.workspace import of_workspaces, outlives_workspace, study_journal
from tests.search.conftest import COVERS, made

Enter = Callable[[str], Path]
PLACES = {"dvc exp run --temp": "standalone/tmp1", "the queue": "tmp1", "a project in a folder": "tmp1/below"}


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Makes a temporary workspace of a project if need be, and works in it under DVC; `` is the project itself."""
    monkeypatch.setenv("DVC_STAGE", "hpo_s0@criteria")

    def work_in(name: str) -> Path:
        folder = tmp_path / ".dvc/tmp/exps" / name if name else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(folder)
        return folder

    return work_in


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_study_goes_on_in_the_next_temporary_workspace(enter: Enter, place: str) -> None:
    first = enter(place)
    with study_journal(COVERS) as journal:
        assert outlives_workspace(journal)
        journal.append(made(0, 0.5))
    enter("standalone/tmp2")
    shutil.rmtree(first)
    with study_journal(COVERS) as journal:
        assert journal.records == (made(0, 0.5),)


def test_a_study_of_two_workspaces_at_once_runs_in_both(enter: Enter) -> None:
    enter("tmp1")
    with study_journal(COVERS) as one:
        enter("tmp2")
        with study_journal(COVERS) as other:
            assert (outlives_workspace(one), outlives_workspace(other)) == (True, False)
            other.append(made(0, 0.5))
        assert one.path.is_file()
        assert one.path.read_text().count("\n") == 1


def test_a_study_of_a_workspace_does_not_hinder_the_projects_own(enter: Enter) -> None:
    enter("tmp1")
    with study_journal(COVERS) as of_workspace:
        of_workspace.append(made(0, 0.5))
        enter("")
        with study_journal(COVERS) as own:
            assert own.records == ()
            assert outlives_workspace(own)
            with pytest.raises(StudyError, match="already being run"), study_journal(COVERS):
                pass


def test_a_workspace_leaves_the_projects_journals(enter: Enter) -> None:
    enter("")
    with open_journal(JOURNALS, COVERS) as journal:
        journal.append(made(0, 0.5))
        journal.path.with_name(FINISHED).write_text(f"{'0' * 32}.dir")
    enter("tmp1")
    Path("dvc.lock").write_text(f"md5: {'0' * 32}.dir\n")
    discard_recorded(JOURNALS)
    with study_journal(COVERS) as other:
        assert other.records == ()
    enter("")
    assert journal.path.is_file()


def test_a_finished_study_leaves_nothing_of_a_workspace(enter: Enter) -> None:
    enter("tmp1")
    with study_journal(COVERS) as journal:
        retire(journal, Path())
    shared = of_workspaces()
    assert shared is not None
    assert list(shared.iterdir()) == []
