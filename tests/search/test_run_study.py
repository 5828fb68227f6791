"""A study and its journal: what an earlier run with a shorter timeout of fits could not finish."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from redsm5_hpo.core.layout import JOURNALS
from redsm5_hpo.search.records import TrialRecord, TrialRequest, failed_trial
from redsm5_hpo.search.run_study import StudyRun, run_study
from tests.search.conftest import COVERS, stub_study
from tests.search.objectives import learn

TRIALS, LATE = 8, 3


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

        study = stub_study(TRIALS)
        run = StudyRun("criteria", "hpo_s1", study, dict(COVERS), lambda _: ThreadPoolExecutor(1), extendable=True)
        run_study(replace(run, fit_timeout=fit_timeout), lambda _: objective, export)


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
