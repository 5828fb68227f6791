"""The maximal search with real DVC: run beside the main pipeline, run again, and made longer."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.project import UP_TO_DATE, dvc, stages_run
from tests.pipeline.tiny_project import MAXIMAL_TRIALS, commit, make_project

TARGET = "maximal/dvc.yaml:evaluate_max@criteria"
MAIN = ["prepare", "split", "hpo_s0@criteria", "hpo_s1@criteria", "hpo_s2@criteria"]
OURS = [f"maximal/dvc.yaml:{stage}@criteria" for stage in ("hpo_max", "select_max", "refit_max", "evaluate_max")]
MORE = MAXIMAL_TRIALS + 2


@dataclass(frozen=True)
class Searched:
    """The maximal search of criteria in one project: what DVC said, the first time, again and for more trials."""

    first: str
    again: str
    longer: str
    trials: list[str]
    more_trials: list[str]
    f1_macro: float
    models: set[str]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    project = make_project(tmp_path_factory.mktemp("maximal") / "project")
    first, again = dvc(project, "repro", TARGET), dvc(project, "repro", TARGET)
    trials = trials_of(project)
    report = json.loads((project / "metrics/criteria/max/test.json").read_text(encoding="utf-8"))
    models = {str(path.parent.relative_to(project)) for path in project.glob("models/**/model.json")}
    commit(project, "The maximal search of criteria has run")
    longer = dvc(project, "exp", "run", OURS[0], "-S", f"maximal/params.yaml:hpo.max.trials={MORE}")
    return Searched(first, again, longer, trials, trials_of(project), report["f1_macro"], models)


def trials_of(project: Path) -> list[str]:
    return (project / "data/hpo/criteria/max/trials.jsonl").read_text(encoding="utf-8").splitlines()


def test_it_runs_after_the_stages_that_it_starts_from(searched: Searched) -> None:
    assert stages_run(searched.first) == [*MAIN, *OURS]
    assert len(searched.trials) == MAXIMAL_TRIALS


def test_it_does_not_run_again(searched: Searched) -> None:
    assert searched.again.endswith(f"{UP_TO_DATE}\n")


def test_its_model_and_its_report_lie_beside_the_other_searchs(searched: Searched) -> None:
    assert "models/max/criteria" in searched.models
    assert "models/criteria" not in searched.models
    assert 0 <= searched.f1_macro <= 1


def test_more_trials_go_on_with_the_study(searched: Searched) -> None:
    assert stages_run(searched.longer) == OURS[:1]
    assert f"{MAXIMAL_TRIALS} of {MORE} trials are kept" in searched.longer
    assert searched.more_trials[:MAXIMAL_TRIALS] == searched.trials
    assert len(searched.more_trials) == MORE
