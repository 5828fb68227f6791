"""`dvc exp run` runs what a setting changes and nothing else, and a wrong setting is named."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.pipeline.project import UP_TO_DATE, cached_stages, dvc, dvc_fails, forget, git, stages_run
from tests.pipeline.tiny_project import EPOCHS, TRIALS

CHANGED = ["hpo_s2@criteria", "select@criteria", "refit@criteria", "evaluate@criteria"]


def budget(trials: int, epochs: int) -> list[str]:
    return ["-S", f"hpo.s2.trials={trials}", "-S", f"hpo.s2.epochs={epochs}"]


def test_a_changed_budget_runs_what_depends_on_it_and_its_old_value_runs_nothing(copy: Path) -> None:
    said = dvc(copy, "exp", "run", "evaluate@criteria", *budget(TRIALS["s2"] - 1, EPOCHS + 1))
    assert stages_run(said) == CHANGED
    changes = dvc(copy, "metrics", "diff")
    assert "metrics/criteria/hpo_s2.json" in changes
    assert "evidence" not in changes

    said = dvc(copy, "exp", "run", "evaluate@criteria", *budget(TRIALS["s2"], EPOCHS))
    assert (stages_run(said), cached_stages(said)) == ([], CHANGED)
    # DVC lays params.yaml out in its own way, with the same values, and the ledger keeps every look at test; all else
    # is as committed, byte by byte.
    committed = yaml.safe_load(git(copy, "show", "HEAD:params.yaml"))
    assert git(copy, "status", "--porcelain", "--", ".", ":!metrics/test_ledger.jsonl") == " M params.yaml\n"
    assert yaml.safe_load((copy / "params.yaml").read_text(encoding="utf-8")) == committed


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("+data.sorce=demo", "data.sorce: unknown key"),
        ("split.val_share=much", "split.val_share: Input should be a valid number"),
        ("split.val_share=0.9", "split: val_share + test_share is 1.1 and leaves no train part"),
    ],
    ids=["unknown", "wrong type", "wrong together"],
)
def test_a_wrong_setting_is_named_without_a_traceback(copy: Path, setting: str, problem: str) -> None:
    said = dvc_fails(copy, "exp", "run", "-S", setting)
    assert problem in said
    assert "Traceback" not in said


@pytest.mark.parametrize("stage", ["hpo_s1@criteria", "select@criteria", "refit@criteria"])
def test_a_wrong_worker_count_is_named_and_what_was_there_comes_back(copy: Path, stage: str) -> None:
    forget(copy, stage)
    said = dvc_fails(copy, "repro", "--no-run-cache", stage, HPO_WORKERS="0")
    assert "error: HPO_WORKERS is not a number of workers\n  got: '0'" in said
    assert "Traceback" not in said
    git(copy, "checkout", "dvc.lock", "metrics")
    dvc(copy, "checkout", "dvc.yaml")
    assert UP_TO_DATE in dvc(copy, "repro")


def test_without_git_dvc_says_so(copy: Path) -> None:
    shutil.rmtree(copy / ".git")
    said = dvc_fails(copy, "repro")
    assert "git" in said
    assert "Traceback" not in said


def test_dvc_itself_refuses_a_setting_that_does_not_exist(copy: Path) -> None:
    said = dvc_fails(copy, "exp", "run", "-S", "hpo.s2.trails=9")
    assert "hpo.s2.trails" in said
    assert stages_run(said) == []
