"""Running searches for optuna-dashboard."""

import os
from types import SimpleNamespace

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from redsm5_hpo.reporting.live_study import write_live_studies
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.storage.retention import retire
from tests.reporting.samples import SPACE, trials

COVERS = {
    "architecture": "criteria",
    "stage": "s1",
    "settings": {"hpo": {"space": {name: each.model_dump(mode="json") for name, each in SPACE.items()}}},
}


@pytest.fixture
def journal(tmp_path):
    """The journal of a running search, locked as by its driver."""
    with open_journal(tmp_path / "work", COVERS) as found:
        yield found


def numbers_shown(path):
    study = optuna.load_study(study_name="criteria-s1", storage=JournalStorage(JournalFileBackend(str(path))))
    return [trial.number for trial in study.trials]


def test_trials_arrive_in_order_and_what_was_written_stays(journal, tmp_path):
    first, second, third, _ = trials(4)
    shown, before = [], b""
    for record in (first, third, second):
        journal.append(record)
        (path,) = write_live_studies(tmp_path / "work", tmp_path / "live")
        assert path.read_bytes().startswith(before)
        before = path.read_bytes()
        shown.append(numbers_shown(path))
    assert shown == [[0], [0], [0, 1, 2]]


def test_a_line_that_is_being_written_is_left_out(journal, tmp_path):
    journal.append(trials(3)[0])
    with journal.path.open("a") as stream:
        stream.write('{"content": {"num')
    assert write_live_studies(tmp_path / "work", tmp_path / "live") == {tmp_path / "live/criteria-s1.log": 1}


def test_a_line_that_is_cut_inside_of_a_character_is_left_out(journal, tmp_path):
    journal.append(trials(3)[0])
    with journal.path.open("ab") as stream:
        stream.write('{"content": {"reason": "é'.encode()[:-1])
    assert write_live_studies(tmp_path / "work", tmp_path / "live") == {tmp_path / "live/criteria-s1.log": 1}


def write_journal(root, settings, count, modified):
    """The journal of a search with these settings, last written at that time."""
    with open_journal(root, {**COVERS, "settings": {**COVERS["settings"], **settings}}) as found:
        for record in trials(4)[:count]:
            found.append(record)
    os.utime(found.path, (modified, modified))
    return found


@pytest.mark.parametrize("newest", range(4))
def test_of_the_journals_of_a_search_the_one_written_last_is_shown(tmp_path, newest):
    for number in range(4):  # their folders' names are hashes, in any order
        write_journal(tmp_path / "work", {"seed": number}, number + 1, 2000 if number == newest else 1000 - number)
    assert write_live_studies(tmp_path / "work", tmp_path / "live") == {tmp_path / "live/criteria-s1.log": newest + 1}


def test_a_finished_search_is_left_out_and_so_are_its_journals_of_other_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "hpo_s1@criteria")
    (tmp_path / "out").mkdir()
    write_journal(tmp_path / "work", {"seed": 1}, 1, 1000)
    retire(write_journal(tmp_path / "work", {"seed": 2}, 2, 2000), tmp_path / "out")
    assert write_live_studies(tmp_path / "work", tmp_path / "live") == {}


def test_a_journal_that_is_discarded_meanwhile_is_left_out(journal, tmp_path):
    journal.append(trials(3)[0])
    listed = SimpleNamespace(glob=lambda _: [tmp_path / "gone/journal.jsonl", journal.path])
    assert write_live_studies(listed, tmp_path / "live") == {tmp_path / "live/criteria-s1.log": 1}


def test_a_study_that_has_only_begun_is_left_out(tmp_path):
    (tmp_path / "work/s1").mkdir(parents=True)
    (tmp_path / "work/s1/journal.jsonl").touch()
    assert write_live_studies(tmp_path / "work", tmp_path / "live") == {}


def test_reruns_of_a_selection_are_no_study_of_a_space(tmp_path):
    with open_journal(tmp_path / "work", {**COVERS, "stage": "select"}) as found:
        found.append(trials(3)[0])
        assert write_live_studies(tmp_path / "work", tmp_path / "live") == {}
