"""The journal of a finished study stays until DVC has recorded its results."""

from pathlib import Path

import pytest

from redsm5_hpo.core.dvc_hash import dvc_hash
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.storage.lock import study_lock
from redsm5_hpo.search.storage.retention import discard_recorded, retire
from tests.search.conftest import COVERS, made

JOURNALS, OUT, LOCK = Path(".hpo_work"), Path("data/hpo/criteria/s0"), Path("dvc.lock")


@pytest.fixture
def finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study that DVC ran to its end, in a project without dvc.lock; returns its folder of the journal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_STAGE", "hpo_s0@criteria")
    OUT.mkdir(parents=True)
    (OUT / "trials.jsonl").write_text("{}\n")
    with open_journal(JOURNALS, COVERS) as journal:
        journal.append(made(0, 0.5))
        retire(journal, OUT)
        return journal.path.parent


def kept() -> int:
    with open_journal(JOURNALS, COVERS) as journal:
        return len(journal.records)


LOCKS = {"no lock": None, "an empty lock": "", "a lock of other results": f"md5: {'0' * 32}.dir"}


@pytest.mark.usefixtures("finish")
@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_what_dvc_did_not_record_is_replayed(lock: str | None) -> None:
    if lock is not None:
        LOCK.write_text(lock)
    discard_recorded(JOURNALS)
    assert kept() == 1


@pytest.mark.usefixtures("finish")
@pytest.mark.parametrize("lock", ["dvc.lock", "maximal/dvc.lock"])
def test_what_dvc_recorded_runs_afresh(lock: str) -> None:
    Path(lock).parent.mkdir(exist_ok=True)
    Path(lock).write_text(f"md5: {dvc_hash(OUT)}\n")
    discard_recorded(JOURNALS)
    assert list(JOURNALS.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "d", "no hash"])
def test_a_damaged_mark_discards_nothing(finish: Path, damage: str) -> None:
    LOCK.write_text(f"md5: {dvc_hash(OUT)} no hash\n")
    (finish / "finished").write_text(damage)
    discard_recorded(JOURNALS)
    assert kept() == 1


def test_a_journal_in_use_stays(finish: Path) -> None:
    LOCK.write_text(f"md5: {dvc_hash(OUT)}\n")
    with study_lock(finish / "lock"):
        discard_recorded(JOURNALS)
    assert kept() == 1


def test_without_dvc_a_finished_journal_is_discarded_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DVC_STAGE", raising=False)
    with open_journal(tmp_path, COVERS) as journal:
        retire(journal, tmp_path)
    assert list(tmp_path.iterdir()) == []
