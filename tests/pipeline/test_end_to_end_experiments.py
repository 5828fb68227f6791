"""`dvc exp run` runs what a setting changes and nothing else, and a wrong setting is named."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.conftest import FinishedRun
from tests.pipeline.fake_studio import Studio, studio
from tests.pipeline.leaks import STUDIO_TOKEN, attempts, leaks, with_token
from tests.pipeline.project import HUB_TOKEN, UP_TO_DATE, cached_stages, dvc, dvc_fails, forget, git, stages_run
from tests.pipeline.tiny_project import EPOCHS, TRIALS, copied

CHANGED = ["hpo_s2@criteria", "select@criteria", "refit@criteria", "evaluate@criteria"]


@dataclass(frozen=True)
class Experiment:
    """A changed budget, tried under DVC Studio in a copy of the finished project, and taken back.

    Attributes:
        project: the copy.
        output: DVC's output for the new budget.
        studio: what Studio was sent meanwhile.
        changes: the output of `dvc metrics diff` then.
        header: the names of the columns of `dvc exp show` then.
        back: the output of `dvc repro` once the old budget has been checked out again.
    """

    project: Path
    output: str
    studio: Studio
    changes: str
    header: list[str]
    back: str


@pytest.fixture(scope="module")
def tried(finished: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    project = copied(finished.project, tmp_path_factory.mktemp("tried") / "project")
    with studio() as received:
        asked = {
            "DVC_STUDIO_URL": received.url,
            "DVC_STUDIO_TOKEN": STUDIO_TOKEN,
            "DVC_STUDIO_REPO_URL": "git@x.org:a/b",
        }
        output = dvc(project, "exp", "run", "report@criteria", *budget(TRIALS["s2"], EPOCHS + 1), **asked)
    changes = dvc(project, "metrics", "diff")
    (header,) = (line for line in dvc(project, "exp", "show", "--csv").splitlines() if line.startswith("Experiment,"))
    git(project, "checkout", "params.yaml")
    back = dvc(project, "repro")
    return Experiment(project, output, received, changes, header.split(","), back)


def budget(trials: int, epochs: int) -> list[str]:
    return ["-S", f"hpo.s2.trials={trials}", "-S", f"hpo.s2.epochs={epochs}"]


def test_a_changed_budget_runs_what_depends_on_it(tried: Experiment) -> None:
    assert stages_run(tried.output) == [*CHANGED, "report@criteria"]
    assert "metrics/criteria.json" in tried.changes
    assert "evidence" not in tried.changes


def test_what_changed_fits_a_screen(tried: Experiment) -> None:
    lines = tried.changes.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_the_table_of_experiments_has_at_most_25_metrics(tried: Experiment) -> None:
    assert 4 < len([name for name in tried.header if name.startswith("metrics/")]) <= 25
    assert [name for name in tried.header if name in {"f1_macro", "selected"}] == []  # each names its file


def test_a_budgets_old_value_trains_nothing(tried: Experiment) -> None:
    assert (cached_stages(tried.back), stages_run(tried.back)) == (CHANGED, ["report@criteria"])
    # The ledger keeps every evaluation on test; all else is as committed, byte by byte.
    assert git(tried.project, "status", "--porcelain", "--", ".", ":!metrics/test_ledger.jsonl") == ""


def test_studio_is_told_numbers_and_no_text(tried: Experiment) -> None:
    assert tried.studio.kinds() == {"start", "data", "done"}
    assert tried.studio.tokens == {f"token {STUDIO_TOKEN}"}
    assert any("f1_macro" in body for body in tried.studio.bodies)
    posted = "\n".join([*tried.studio.bodies, tried.output])
    assert STUDIO_TOKEN not in posted
    assert HUB_TOKEN not in posted
    assert leaks(tried.project, posted) == []
    assert with_token(STUDIO_TOKEN, tried.project.parent) == []
    assert attempts(tried.project) == []


WRONG = {
    "unknown, or of a wrong type": (
        ("+data.sorce=demo", "split.val_size=much"),
        ("data.sorce: unknown key", "split.val_size: Input should be a valid number"),
    ),
    "wrong together": (
        ("split.val_size=0.9",),
        ("split: val_size + test_size is 1.1 and leaves no train split",),
    ),
}


@pytest.mark.parametrize(("settings", "problems"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_named_without_a_traceback(
    copy: Path, settings: tuple[str, ...], problems: tuple[str, ...]
) -> None:
    output = dvc_fails(copy, "exp", "run", *(word for setting in settings for word in ("-S", setting)))
    assert [problem for problem in problems if problem not in output] == []
    assert "Traceback" not in output


def test_a_wrong_worker_count_is_named_by_each_stage_and_what_was_there_comes_back(copy: Path) -> None:
    stages = ["hpo_s1@criteria", "select@evidence", "refit@share"]
    forget(copy, *stages)
    output = dvc_fails(copy, "repro", "--no-run-cache", "--keep-going", *stages, HPO_WORKERS="0")
    assert output.count("error: HPO_WORKERS is not a number of workers\n  got: '0'") == len(stages)
    assert "Traceback" not in output
    git(copy, "checkout", "dvc.lock", "metrics")
    dvc(copy, "checkout", "dvc.yaml")
    assert UP_TO_DATE in dvc(copy, "repro")


def test_without_git_dvc_says_so(copy: Path) -> None:
    shutil.rmtree(copy / ".git")
    output = dvc_fails(copy, "repro")
    assert "git" in output
    assert "Traceback" not in output


def test_dvc_itself_refuses_a_setting_that_does_not_exist(copy: Path) -> None:
    output = dvc_fails(copy, "exp", "run", "-S", "hpo.s2.trails=9")
    assert "hpo.s2.trails" in output
    assert stages_run(output) == []
