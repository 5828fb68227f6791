"""The maximal search with real DVC: run beside the main pipeline, run again, and made longer."""

import shutil
from pathlib import Path

from redsm5_hpo.core.files import read_json
from tests.pipeline.conftest import MAXIMAL, FinishedRun
from tests.pipeline.project import UP_TO_DATE, cached_stages, dvc, forget, git, stages_run
from tests.pipeline.tiny_project import MAXIMAL_TRIALS

MAIN = ["prepare", "split", "hpo_s0@criteria", "hpo_s1@criteria", "hpo_s2@criteria"]
STAGES = ("hpo_max", "select_max", "refit_max", "evaluate_max", "report_max")
OURS = [f"maximal/dvc.yaml:{stage}@criteria" for stage in STAGES]
FEWER = MAXIMAL_TRIALS - 2


def trials_in(project: Path) -> list[str]:
    return (project / "data/hpo/criteria/hpo_max/trials.jsonl").read_text(encoding="utf-8").splitlines()


def test_it_runs_after_the_stages_that_it_starts_from(finished: FinishedRun) -> None:
    assert stages_run(finished.maximal) == [*MAIN, *OURS]
    assert len(trials_in(finished.project)) == MAXIMAL_TRIALS


def test_its_model_and_its_report_lie_beside_the_other_searchs(finished: FinishedRun) -> None:
    assert "models/max/criteria" in finished.models
    assert "models/criteria" not in finished.models
    assert 0 <= read_json(finished.project / "metrics/criteria/evaluate_max/details.json")["f1_macro"] <= 1


def test_it_does_not_run_again(copy: Path) -> None:
    assert dvc(copy, "repro", MAXIMAL).endswith(f"{UP_TO_DATE}\n")


def test_a_moved_project_finds_its_journal(finished: FinishedRun, copy: Path) -> None:
    forget(copy / "maximal", "hpo_max@criteria")
    assert f"{MAXIMAL_TRIALS} of {MAXIMAL_TRIALS} trials are kept" in dvc(copy, "repro", "--no-run-cache", OURS[0])
    assert trials_in(copy) == trials_in(finished.project)


def test_more_trials_go_on_with_the_study(finished: FinishedRun, copy: Path) -> None:
    shutil.rmtree(copy / ".hpo_work")  # the journal of all trials
    dvc(copy, "exp", "run", OURS[0], "-S", f"maximal/params.yaml:hpo.max.trials={FEWER}")
    assert trials_in(copy) == trials_in(finished.project)[:FEWER]
    git(copy, "checkout", "maximal/params.yaml")
    assert cached_stages(dvc(copy, "repro", "--dry", OURS[0])) == OURS[:1]
    longer = dvc(copy, "repro", "--no-run-cache", OURS[0])
    assert stages_run(longer) == OURS[:1]
    assert f"{FEWER} of {MAXIMAL_TRIALS} trials are kept" in longer
    assert trials_in(copy) == trials_in(finished.project)
