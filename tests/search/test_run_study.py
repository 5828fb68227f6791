"""A study and its journal: what an earlier run with a shorter timeout could not finish, and what is lost at its end."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from redsm5_hpo.core.layout import JOURNALS
from redsm5_hpo.search.records import TrialRecord, TrialRequest, failed_trial
from redsm5_hpo.search.run_study import StudyRun, run_study
from redsm5_hpo.search.storage.workspace import study_journal
from tests.search.conftest import COVERS, stub_study
from tests.search.objectives import learn, mistaken

TRIALS, LATE = 8, 3


def stub_run() -> StudyRun:
    study = stub_study(TRIALS)
    return StudyRun("criteria", "hpo_s1", study, dict(COVERS), lambda _: ThreadPoolExecutor(1), extendable=True)


@dataclass
class Runs:
    """Runs of one study that is always interrupted before its results are recorded.

    Attributes:
        asked: the trials of the last run that were no longer, or not yet, in the journal.
        records: of the last run.
    """

    asked: list[int] = field(default_factory=list)
    records: tuple[TrialRecord, ...] = ()

    def __call__(self, fit_timeout: float, late: Sequence[int] = ()) -> None:
        """Run it where the trials `late` take longer than the timeout."""
        self.asked.clear()

        def objective(request: TrialRequest) -> TrialRecord:
            self.asked.append(request.number)
            if request.number in late:
                return failed_trial(request, f"not finished after {fit_timeout:g} s")
            return learn(request)

        def export(records: tuple[TrialRecord, ...], _: Path) -> list[str]:
            self.records = records
            return []

        run_study(replace(stub_run(), fit_timeout=fit_timeout), lambda _: objective, export)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """In an empty project."""
    monkeypatch.chdir(tmp_path)
    return Runs()


LONGER = {"a longer one": 60.0, "no limit": math.inf}
AS_SHORT = {"the same": 30.0, "a shorter one": 20.0, "one of other trials alone": 0.0}


@pytest.mark.parametrize("timeout", LONGER.values(), ids=LONGER)
def test_with_a_longer_timeout_a_study_is_the_one_that_always_had_it(
    runs: Runs, capsys: pytest.CaptureFixture[str], timeout: float
) -> None:
    runs(timeout)
    expected = runs.records
    (journal,) = JOURNALS.glob("*/journal.jsonl")
    journal.unlink()
    runs(30.0, late=(LATE, LATE + 2))
    assert runs.records != expected
    runs(timeout)
    assert (runs.asked, runs.records) == (list(range(LATE, TRIALS)), expected)
    assert (
        f"trial {LATE} took longer than the training.fit_timeout_minutes of an earlier run" in capsys.readouterr().err
    )


@pytest.mark.parametrize("timeout", AS_SHORT.values(), ids=AS_SHORT)
def test_without_a_longer_timeout_nothing_runs_again(runs: Runs, timeout: float) -> None:
    runs(30.0, late=(LATE,))
    runs(timeout)
    assert runs.asked == []


def test_the_second_of_two_temporary_workspaces_says_that_its_trials_are_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tmp1", "tmp2"):
        (tmp_path / ".dvc/tmp/exps" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / ".dvc/tmp/exps/tmp1")
    with study_journal(dict(COVERS)), pytest.raises(ZeroDivisionError):
        monkeypatch.chdir(tmp_path / ".dvc/tmp/exps/tmp2")
        run_study(stub_run(), lambda _: mistaken, lambda *_: [])
    assert "trials are finished and lost with this temporary workspace" in capsys.readouterr().err
